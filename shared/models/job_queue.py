"""The job queue's nouns and its pure decisions.

::

    queued ──claim──► processing ──► completed
      ▲  │                │  └─────► failed      (permanent error, or the last attempt spent)
      │  └──► cancelled ◄─┤                      (cancel: at once while queued, through the heartbeat while processing)
      └────retry/release──┘

Execution is at least once, effect is exactly once: whatever a worker writes carries its lease token, and a token that
no longer matches changes nothing. ``docs/adr/0002-leases-and-fencing.md`` says why.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

from pydantic import AwareDatetime, Field

from shared.errors import PermanentError, TransientError
from shared.models.base import Frozen

MAX_ATTEMPTS = 3
"""A job that has been claimed this often without finishing is failed."""


class JobStatus(StrEnum):
    """Where a job stands; the last three are final unless an explicit retry asks otherwise."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether the queue is done with the job."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class Priority(IntEnum):
    """Lower is sooner. Non-negative always: the claim's index bounds rely on it."""

    INTERACTIVE = 0
    NORMAL = 1
    BATCH = 2


class Step(StrEnum):
    """The pipeline's steps in order."""

    CRAWL = "crawl"
    EXTRACT = "extract"
    GENERATE = "generate"
    GROUND = "ground"
    EMBED = "embed"
    PUBLISH = "publish"


class Lease(Frozen):
    """A worker's right to work on a job until the server's clock passes ``until``."""

    token: str
    worker: str
    until: AwareDatetime


class Progress(Frozen):
    """How far the running attempt is."""

    step: Step
    percent: int = Field(ge=0, le=100)


class AttemptError(Frozen):
    """What ended one attempt."""

    attempt: int
    code: str
    message: str
    step: Step | None = None
    at: AwareDatetime


class JobResult(Frozen):
    """What a completed job did."""

    questions: int = Field(ge=0, description="Questions that are served now.")
    version: int = Field(ge=1, description="Published version of the blog's questions.")
    engine: str
    unchanged: bool = Field(default=False, description="The page had not changed, so nothing was generated again.")
    dropped: int = Field(default=0, ge=0, description="Drafted questions that grounding refused.")
    step_seconds: dict[str, float] = Field(default_factory=dict, description="Seconds spent in each step.")


class ProcessingJob(Frozen):
    """One request to process one blog page."""

    id: str
    publisher_id: str
    blog_id: str
    url: str = Field(description="As given: this is what is crawled.")
    normalized_url: str = Field(description="Identity only, never fetched.")
    state: JobStatus
    priority: Priority
    force: bool = False
    attempt: int = Field(default=0, ge=0, description="Claims so far, releases refunded.")
    max_attempts: int = MAX_ATTEMPTS
    run_at: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    cancel_requested_at: AwareDatetime | None = None
    lease: Lease | None = None
    progress: Progress | None = None
    errors: tuple[AttemptError, ...] = ()
    result: JobResult | None = None


class ClaimedJob(Frozen):
    """A job together with the token that this worker holds on it."""

    job: ProcessingJob
    token: str


class HeartbeatReply(Frozen):
    """What a worker learns from one heartbeat."""

    alive: frozenset[str] = Field(description="Tokens whose lease was extended.")
    cancelled: frozenset[str] = Field(description="Those of them whose job somebody asked to cancel.")


class QueueStats(Frozen):
    """The queue at one moment, counted without scanning history."""

    by_state: dict[JobStatus, int] = Field(description="Jobs by state; terminal ones as long as they are retained.")
    due: int = Field(description="Queued jobs that could be claimed now.")
    oldest_due_age_s: float | None = Field(description="How long the oldest claimable job has waited, seconds.")
    completed_last_hour: int
    failed_last_hour: int
    failure_rate_last_hour: float | None = Field(description="Failed over finished, null when nothing finished.")


class QueuePulse(Frozen):
    """Whether accepted work is being done."""

    due: int = Field(description="Jobs that could be claimed now.")
    processing: int
    oldest_due_age_s: float | None = Field(description="How long the oldest claimable job has waited, seconds.")


class QueueDepth(QueuePulse):
    """What is accepted and not done yet."""

    scheduled: int = Field(description="Jobs that wait for a later retry.")


class RetryPolicy(Frozen):
    """Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"), capped."""

    base_s: float = 5.0
    cap_s: float = 300.0
    retry_after_cap_s: float = 3_600.0

    def delay_s(self, error: BaseException, *, attempt: int, max_attempts: int, fraction: float) -> float | None:
        """Decides whether and when a failed attempt is tried again.

        Args:
            error: What ended the attempt. Permanent errors are final; everything else, bugs included, is tried again.
            attempt: Number of the attempt that failed, from 1.
            max_attempts: Attempts that the job may have.
            fraction: Uniform random number in [0, 1).

        Returns:
            Seconds to wait, never less than the other side's Retry-After; None when the job has failed.
        """
        if isinstance(error, PermanentError) or attempt >= max_attempts:
            return None
        backoff = fraction * min(self.cap_s, self.base_s * 2.0 ** (attempt - 1))
        asked = error.retry_after_s if isinstance(error, TransientError) else None
        return max(backoff, min(asked or 0.0, self.retry_after_cap_s))


def utc_age_s(now: datetime, then: datetime) -> float:
    """Seconds from ``then`` to ``now``, never negative."""
    return max(0.0, (now - then).total_seconds())
