"""How things are put for people."""

from __future__ import annotations

from datetime import datetime

from blogqa_cli.replies import Job, JobState


def gist(each: Job) -> str:
    """What is to be said of a job beside its state."""
    if each.result and each.state is JobState.COMPLETED:
        return f"{each.result.questions} questions" + (", unchanged" if each.result.unchanged else "")
    if each.state is JobState.PROCESSING and each.progress:
        return f"{each.progress.step} {each.progress.percent} %" + (", to be cancelled" * each.cancel_requested)
    if each.errors and each.state is not JobState.CANCELLED:
        return f"attempt {each.errors[-1].attempt}/{each.max_attempts}: {each.errors[-1].message}"
    return ""


def local(moment: datetime) -> str:
    """A moment as the person's clock shows it."""
    return moment.astimezone().isoformat(" ", "seconds")
