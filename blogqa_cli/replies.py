"""What the server answers, as far as it is read here; whatever else is in it is kept for ``--json``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Reply(BaseModel):
    """Anything that a server answers."""

    model_config = ConfigDict(extra="allow", frozen=True)


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the job by itself."""
        return self not in (JobState.QUEUED, JobState.PROCESSING)


class Progress(Reply):
    """How far an attempt is."""

    step: str
    percent: int


class AttemptError(Reply):
    """What ended an attempt."""

    attempt: int
    code: str
    message: str
    step: str | None = None
    at: AwareDatetime


class JobResult(Reply):
    """What a completed job did."""

    questions: int
    version: int
    engine: str
    unchanged: bool = False
    step_seconds: dict[str, float] = {}


class Job(Reply):
    """One page's processing."""

    job_id: str
    blog_url: str
    state: JobState
    attempt: int
    max_attempts: int
    progress: Progress | None
    cancel_requested: bool
    run_at: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    finished_at: AwareDatetime | None
    errors: tuple[AttemptError, ...]
    result: JobResult | None


class JobsPage(Reply):
    """Jobs, newest first."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


class Accepted(Reply):
    """The job that stands for a page."""

    status: Literal["accepted"] = "accepted"
    blog_url: str
    job_id: str
    state: JobState
    created: bool


class Refused(Reply):
    """A page that is not processed, and why."""

    status: Literal["refused"] = "refused"
    blog_url: str
    code: str
    detail: str


class HandedIn(Reply):
    """What became of each page, in the order given."""

    jobs: tuple[Annotated[Accepted | Refused, Field(discriminator="status")], ...]


class Problem(Reply):
    """Problem details (RFC 9457)."""

    detail: str
    code: str
    request_id: str | None = None
