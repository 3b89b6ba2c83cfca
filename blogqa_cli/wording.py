"""How things are put for people."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from blogqa_cli.printable import printable
from blogqa_cli.replies import Citation, Job, JobState

_UNITS: Final = (("days", 86_400), ("hours", 3_600), ("min", 60))


def gist(each: Job) -> str:
    """What is to be said of a job beside its state."""
    if each.result and each.state is JobState.COMPLETED:
        return f"{each.result.questions} questions" + (", unchanged" if each.result.unchanged else "")
    if each.state is JobState.PROCESSING and each.progress:
        return f"{each.progress.step} {each.progress.percent} %" + (", to be cancelled" * each.cancel_requested)
    if each.errors and each.state is JobState.FAILED:
        return each.errors[-1].message
    if each.errors and each.state is JobState.QUEUED:
        return f"again after attempt {each.errors[-1].attempt} of {each.max_attempts}: {each.errors[-1].message}"
    return ""


def local(moment: datetime) -> str:
    """A moment as the person's clock shows it."""
    return moment.astimezone().replace(tzinfo=None).isoformat(" ", "seconds")


def cited(citation: Citation) -> str:
    """Where a passage is, and how it begins."""
    where = " / ".join(part for part in (citation.title, citation.section) if part)
    return f"{where}  {citation.url}  “{printable(citation.text, limit=120)}”"


def duration(seconds: float) -> str:
    """A length of time in its largest unit."""
    unit, length_s = next((each for each in _UNITS if seconds >= each[1]), ("s", 1))
    return f"{seconds / length_s:.1f}".removesuffix(".0") + f" {unit}"
