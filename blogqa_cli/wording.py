"""How things are put for people."""

from __future__ import annotations

from datetime import datetime

from blogqa_cli.printable import printable
from blogqa_cli.replies import Citation, Job, JobState


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


def cited(citation: Citation) -> str:
    """Where a passage is, and how it begins."""
    where = " / ".join(part for part in (citation.title, citation.section) if part)
    return f"{where}  {citation.url}  “{printable(citation.text, limit=120)}”"


def age(seconds: float | None) -> str:
    """A length of time in its largest unit."""
    if seconds is None:
        return "none"
    for unit, length_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length_s:
            return f"{seconds / length_s:.1f} {unit}"
    return f"{seconds:.1f} s"
