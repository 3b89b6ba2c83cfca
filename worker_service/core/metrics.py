"""What the worker counts and times."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from shared.metrics import Ending, EventLoopLag, ModelMetrics, ending, new_registry
from shared.models.job_queue import JobStatus, Step

_STEP_BUCKETS_S: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)


class AttemptOutcome(StrEnum):
    """What becomes of an attempt at a job."""

    COMPLETED = "completed"
    RETRIED = "retried"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RELEASED = "released"
    LEASE_LOST = "lease_lost"
    NOT_STORED = "not_stored"


class WorkerMetrics:
    """One worker process's metrics, in a registry of its own.

    Attributes:
        slots: Jobs that it runs at once.
        running: Jobs that it runs now.
        database_up: 1 while its heartbeats are stored.
    """

    def __init__(self) -> None:
        self.registry = registry = new_registry("worker")
        self.loop_lag = EventLoopLag(registry)
        self.models = ModelMetrics(registry)
        self.slots = Gauge("blogqa_worker_slots", "Jobs that this worker runs at once.", registry=registry)
        self.running = Gauge("blogqa_worker_running_jobs", "Jobs that this worker runs now.", registry=registry)
        self.database_up = Gauge(
            "blogqa_database_up", "1 while MongoDB answers this process, else 0.", registry=registry
        )
        self.claimed = Counter("blogqa_jobs_claimed_total", "Jobs taken off the queue: attempts.", registry=registry)
        self._attempts = Counter(
            "blogqa_job_attempts_total",
            "Attempts that ended; `code` is the error's if one ended it, else empty.",
            ("outcome", "code"),
            registry=registry,
        )
        self._rescued = Counter(
            "blogqa_jobs_rescued_total",
            "Expired leases taken away from dead workers, by the state that the job is in then.",
            ("state",),
            registry=registry,
        )
        self._steps = Histogram(
            "blogqa_job_step_duration_seconds",
            "Length of a pipeline step, however it ended.",
            ("step",),
            buckets=_STEP_BUCKETS_S,
            registry=registry,
        )
        self._crawls = Counter(
            "blogqa_crawls_total",
            "Pages asked for: `fetched`, `not_modified`, `cancelled`, or the error's code.",
            ("outcome",),
            registry=registry,
        )
        pages = Counter(
            "blogqa_pages_total", "Pages processed: `published` or `unchanged`.", ("outcome",), registry=registry
        )
        self.published, self.unchanged = pages.labels("published"), pages.labels("unchanged")
        self._questions = Counter(
            "blogqa_questions_drafted_total",
            "Questions that the engine proposed: `kept` or `dropped` by grounding.",
            ("outcome",),
            registry=registry,
        )
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """A rate needs a zero to rise from: whatever can be named before it happens is there from the start."""
        for outcome in AttemptOutcome:
            if outcome not in (AttemptOutcome.RETRIED, AttemptOutcome.FAILED):
                self._attempts.labels(outcome, "")
        for state in (JobStatus.QUEUED, JobStatus.FAILED, JobStatus.CANCELLED):
            self._rescued.labels(state)
        for step in Step:
            self._steps.labels(step)
        for crawled in ("fetched", "not_modified"):
            self._crawls.labels(crawled)
        self.grounded(kept=0, dropped=0)

    def attempt_ended(self, outcome: AttemptOutcome, code: str) -> None:
        """Counts an attempt's end.

        Args:
            outcome: What became of it.
            code: Of the error that ended it, or empty.
        """
        self._attempts.labels(outcome, code).inc()

    def rescued(self, state: JobStatus) -> None:
        """Counts a lease that was taken away."""
        self._rescued.labels(state).inc()

    def step_ended(self, step: Step, seconds: float) -> None:
        """Times a step."""
        self._steps.labels(step).observe(seconds)

    def crawling(self) -> AbstractContextManager[Ending]:
        """Counts how fetching a page ends."""
        return ending(lambda outcome: self._crawls.labels(outcome).inc())

    def grounded(self, *, kept: int, dropped: int) -> None:
        """Counts a draft's questions."""
        self._questions.labels("kept").inc(kept)
        self._questions.labels("dropped").inc(dropped)
