"""The claim loop: takes jobs off the queue, keeps their leases, settles how they end. Knows no crawling.

::

    claim loop ──► one task per job ──► handler (the pipeline)
    heartbeat  ──► extends leases; stops jobs that are lost or asked to cancel
    rescue     ──► returns other workers' expired leases to the queue
    listener   ──► wakes the claim loop as soon as something is queued

The death of a side task stops the worker: one that no longer renews its leases must not go on working.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from enum import Enum
from time import monotonic
from typing import Final

import structlog

from shared.cancellation import AGAIN_S, cancel
from shared.data.job_repository import JobRepository
from shared.data.worker_repository import WorkerRepository
from shared.errors import DatabaseUnavailable, LeaseLost
from shared.log import get_logger
from shared.models.job_queue import ClaimedJob, JobStatus, ProcessingJob, Progress, RetryPolicy, Step
from shared.models.worker import WorkerBeat
from worker_service.core.metrics import AttemptOutcome, WorkerMetrics

logger = get_logger(__name__)

_JITTER: Final = 0.2
_RELEASE_LIMIT_S: Final = 10.0

STEP_PERCENT: Final = {
    Step.CRAWL: 5,
    Step.EXTRACT: 15,
    Step.GENERATE: 25,
    Step.GROUND: 75,
    Step.EMBED: 85,
    Step.PUBLISH: 95,
}
"""Where each step begins on the progress bar; generating takes most of the time when a model writes."""


_COMPLETED: Final = {
    JobStatus.COMPLETED: AttemptOutcome.COMPLETED,
    # Somebody wanted an unchanged page all the same, or no longer.
    JobStatus.QUEUED: AttemptOutcome.RELEASED,
    JobStatus.CANCELLED: AttemptOutcome.CANCELLED,
}
"""What became of an attempt that did its work, by the state that it left its job in."""

_FAILED: Final = {
    JobStatus.QUEUED: AttemptOutcome.RETRIED,
    JobStatus.FAILED: AttemptOutcome.FAILED,
    JobStatus.CANCELLED: AttemptOutcome.CANCELLED,
}
"""What became of an attempt that failed, by the state that it left its job in."""


@dataclass(frozen=True)
class WorkerOptions:
    """How one worker process behaves; all times in seconds."""

    name: str
    engine: str
    slots: int = 4
    poll_s: float = 5.0
    lease_s: float = 30.0
    heartbeat_s: float = 10.0
    rescue_s: float = 15.0
    grace_s: float = 25.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class StopReason(Enum):
    """Why a running job is stopped before it ends by itself."""

    LEASE_LOST = "lease_lost"
    CANCELLED = "cancelled"
    RELEASED = "released"


class Attempt:
    """One execution of one job: what the handler works with.

    Attributes:
        claimed: The job and the lease token that fences every write for it.
        step: The step that is running, None before the first.
        step_seconds: Duration of the steps that are over.
        is_completing: Whether it is past being stopped, see ``complete``.
        ended: The job as it left it, once it has completed it.
    """

    def __init__(self, claimed: ClaimedJob, jobs: JobRepository, metrics: WorkerMetrics) -> None:
        self.claimed = claimed
        self.step: Step | None = None
        self.step_seconds: dict[str, float] = {}
        self.is_completing = False
        self.ended: ProcessingJob | None = None
        self._jobs = jobs
        self._metrics = metrics
        self._step_began = monotonic()

    @property
    def job(self) -> ProcessingJob:
        """The job as it was claimed."""
        return self.claimed.job

    async def enter(self, step: Step) -> None:
        """Begins a step: ends the timing of the one before and stores the progress.

        Raises:
            LeaseLost: The job belongs to somebody else now.
        """
        self.leave()
        self.step, self._step_began = step, monotonic()
        await self._jobs.report_progress(self.claimed, Progress(step=step, percent=STEP_PERCENT[step]))

    async def complete(self, transaction: Awaitable[ProcessingJob]) -> ProcessingJob:
        """Awaits the transaction that completes the job; nothing stops the attempt meanwhile or after that.

        The transaction is fenced and short. A stop in between could come from a heartbeat that takes the job, no longer
        leased, for one that was lost.

        Raises:
            LeaseLost: The job belongs to somebody else now.
            DatabaseUnavailable: Nobody knows whether it was completed.
        """
        self.is_completing = True
        self.ended = await transaction
        return self.ended

    def leave(self) -> None:
        """Ends the timing of the running step."""
        if self.step is not None:
            seconds = monotonic() - self._step_began
            self.step_seconds[self.step.value] = round(seconds, 3)
            self._metrics.step_ended(self.step, seconds)


Handler = Callable[[Attempt], Awaitable[None]]
"""Does the work and completes the job by ``Attempt.complete``, in one transaction with what it stores."""


class _Running:
    """A job's task, and why it was told to stop, if it was."""

    def __init__(self, attempt: Attempt, task: asyncio.Task[None]) -> None:
        self.attempt = attempt
        self.task = task
        self.stop_reason: StopReason | None = None

    def stop(self, reason: StopReason) -> None:
        """Asks the task to end, unless it is completing the job; asked again if it has not."""
        self.stop_reason = self.stop_reason or reason
        if not self.attempt.is_completing:
            self.task.cancel()


class Worker:
    """Runs jobs from the queue until it is told to stop.

    Args:
        jobs: The queue.
        workers: Where this worker shows that it is alive.
        handler: What processes one job.
        queued: Opens a stream that yields whenever something is queued.
        options: Names, limits and times.
        metrics: Records what happens.
    """

    def __init__(
        self,
        *,
        jobs: JobRepository,
        workers: WorkerRepository,
        handler: Handler,
        queued: Callable[[], AsyncGenerator[None]],
        options: WorkerOptions,
        metrics: WorkerMetrics,
    ) -> None:
        self._jobs = jobs
        self._workers = workers
        self._handler = handler
        self._queued = queued
        self._options = options
        self._metrics = metrics
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[str, _Running] = {}
        self._supervisors: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._releasing = asyncio.Event()
        self._look = asyncio.Event()
        self._sound_since: float | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether one of the tasks that keep it going has ended, and with it the worker; for other threads, too."""
        return any(task.done() for task in self._tasks)

    def request_stop(self) -> None:
        """Stops claiming and lets running jobs finish within the grace period; a second call releases them at once."""
        if self._stopping.is_set():
            self._releasing.set()
        self._stopping.set()
        self._look.set()

    async def run(self) -> None:
        """Works until ``request_stop``; whatever ends it, no job stays leased to this worker if that can be helped."""
        log = logger.bind(worker=self._options.name)
        log.info("worker_started", slots=self._options.slots, engine=self._options.engine)
        self._metrics.slots.set(self._options.slots)
        self._tasks = tasks = {
            asyncio.create_task(self._claim_and_drain(), name="claims"),
            asyncio.create_task(self._heartbeat_loop(), name="heartbeat"),
            asyncio.create_task(self._rescue_loop(), name="rescue"),
            asyncio.create_task(self._listen_loop(), name="listener"),
        }
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            await cancel(tasks)
            await self._release_running()
            with suppress(DatabaseUnavailable):
                await self._workers.leave(self._options.name)
            log.info("worker_stopped")

    async def _claim_and_drain(self) -> None:
        while not self._stopping.is_set():
            self._look.clear()
            if len(self._running) < self._options.slots and await self._claim_one():
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._jittered(self._options.poll_s)):
                    await self._look.wait()
        await self._drain()

    async def _claim_one(self) -> bool:
        try:
            claimed = await self._jobs.claim(worker=self._options.name)
            if claimed is None:
                return False
            if self._stopping.is_set():
                await self._jobs.release(claimed)
                return False
        except (DatabaseUnavailable, LeaseLost) as exc:
            logger.warning("claim_failed", error=str(exc))
            return False
        self._metrics.claimed.inc()
        self._start(claimed)
        return True

    def _start(self, claimed: ClaimedJob) -> None:
        attempt = Attempt(claimed, self._jobs, self._metrics)
        with structlog.contextvars.bound_contextvars(job_id=claimed.job.id, attempt=claimed.job.attempt):
            handler = asyncio.create_task(self._handle(attempt), name=f"job {claimed.job.id}")
            running = _Running(attempt, handler)
            self._running[claimed.token] = running
            self._metrics.running.inc()
            supervisor = asyncio.create_task(self._supervise(running), name=f"supervisor {claimed.job.id}")
        self._supervisors.add(supervisor)
        supervisor.add_done_callback(self._supervisors.discard)

    async def _handle(self, attempt: Attempt) -> None:
        await self._handler(attempt)
        if attempt.ended is None:
            raise RuntimeError("the handler returned without having completed the job")

    async def _supervise(self, running: _Running) -> None:
        """Waits for the job's task and settles with the queue how it ended."""
        outcome, code = AttemptOutcome.NOT_STORED, ""
        try:
            await asyncio.wait({running.task})
            running.attempt.leave()
            outcome, code = await self._settle(running)
        except LeaseLost as exc:
            outcome = AttemptOutcome.LEASE_LOST
            logger.warning("lease_lost", error=str(exc))
        except DatabaseUnavailable as exc:
            # The lease runs out by itself and another worker takes the job over.
            logger.warning("outcome_not_stored", error=str(exc))
        except Exception:
            logger.exception("settling_failed")
        finally:
            self._running.pop(running.attempt.claimed.token, None)
            self._metrics.running.dec()
            self._metrics.attempt_ended(outcome, code)
            self._look.set()

    async def _settle(self, running: _Running) -> tuple[AttemptOutcome, str]:
        """What became of the attempt, with the code of the error if one ended it."""
        claimed, reason = running.attempt.claimed, running.stop_reason
        error = None if running.task.cancelled() else running.task.exception()
        if isinstance(error, LeaseLost):
            raise error
        if ended := running.attempt.ended:
            seconds = running.attempt.step_seconds
            logger.info("job_ended", state=ended.state, url=ended.url, step_seconds=seconds, exc_info=error)
            return _COMPLETED[ended.state], ""
        if error is not None and reason is None:
            return await self._settle_failed(running.attempt, error)
        # However a job that was told to stop ended without completing: it is handed back.
        return await self._settle_stopped(claimed, reason or StopReason.RELEASED), ""

    async def _settle_stopped(self, claimed: ClaimedJob, reason: StopReason) -> AttemptOutcome:
        outcome = AttemptOutcome.LEASE_LOST
        if reason is not StopReason.LEASE_LOST:
            # Also when cancelled: somebody may have asked for the page again since the heartbeat brought the cancel.
            released = await self._jobs.release(claimed)
            is_cancelled = released.state is JobStatus.CANCELLED
            outcome = AttemptOutcome.CANCELLED if is_cancelled else AttemptOutcome.RELEASED
        logger.info("job_stopped", reason=reason.value)
        return outcome

    async def _settle_failed(self, attempt: Attempt, error: BaseException) -> tuple[AttemptOutcome, str]:
        job = attempt.job
        retry_in_s = self._options.retry.delay_s(
            error,
            attempt=job.attempt,
            max_attempts=job.max_attempts,
            fraction=random.random(),  # noqa: S311 - spreads load, guards nothing
        )
        settled = await self._jobs.fail(attempt.claimed, error, step=attempt.step, retry_in_s=retry_in_s)
        logger.warning(
            "job_failed" if settled.state is JobStatus.FAILED else "attempt_failed",
            step=attempt.step,
            error=str(error),
            error_type=type(error).__name__,
            retry_in_s=retry_in_s,
            exc_info=None if settled.errors[-1].code != "internal_error" else error,
        )
        return _FAILED[settled.state], settled.errors[-1].code

    async def _drain(self) -> None:
        """Waits for the running jobs until the grace period ends or a second stop request comes."""
        if not self._supervisors:
            return
        logger.info("draining", running=len(self._running), grace_s=self._options.grace_s)
        waits = {asyncio.create_task(self._releasing.wait()), asyncio.create_task(_all_done(self._supervisors))}
        await asyncio.wait(waits, timeout=self._options.grace_s, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()

    async def _release_running(self) -> None:
        deadline = monotonic() + _RELEASE_LIMIT_S
        while self._supervisors and monotonic() < deadline:
            for running in self._running.values():
                running.stop(StopReason.RELEASED)
            await asyncio.wait(self._supervisors, timeout=AGAIN_S)
        if self._supervisors:
            logger.error("jobs_would_not_stop", count=len(self._supervisors))  # Their leases run out by themselves.

    async def _heartbeat_loop(self) -> None:
        options = self._options
        while True:
            began = monotonic()
            try:
                # Leases first: whether others see this worker is less important than that it keeps its jobs.
                await self._renew_leases()
                await self._workers.beat(
                    WorkerBeat(
                        name=options.name, engine=options.engine, slots=options.slots, running=len(self._running)
                    )
                )
                self._sound_since = self._sound_since or monotonic()
                self._metrics.database_up.set(1)
            except DatabaseUnavailable as exc:
                self._sound_since = None
                self._metrics.database_up.set(0)
                logger.warning("heartbeat_failed", error=str(exc))
            await asyncio.sleep(max(0.0, began + options.heartbeat_s - monotonic()))

    async def _renew_leases(self) -> None:
        held = dict(self._running)
        if not held:
            return
        reply = await self._jobs.heartbeat([running.attempt.claimed for running in held.values()])
        for token, running in held.items():
            if token not in reply.alive:
                running.stop(StopReason.LEASE_LOST)
            elif token in reply.cancelled:
                running.stop(StopReason.CANCELLED)

    async def _rescue_loop(self) -> None:
        while True:
            await asyncio.sleep(self._jittered(self._options.rescue_s))
            if not self._may_rescue():
                continue
            try:
                while rescued := await self._jobs.rescue():
                    self._metrics.rescued(rescued.state)
                    logger.warning("job_rescued", job_id=rescued.id, state=rescued.state, attempt=rescued.attempt)
            except DatabaseUnavailable as exc:
                logger.warning("rescue_failed", error=str(exc))

    def _may_rescue(self) -> bool:
        """Whether an expired lease speaks for a dead worker.

        While the database was away nobody could renew, and every lease looks expired when it comes back: only after
        one more lease's length have all living workers had their chance.
        """
        return self._sound_since is not None and monotonic() - self._sound_since >= self._options.lease_s

    async def _listen_loop(self) -> None:
        while True:
            try:
                async with aclosing(self._queued()) as stream:
                    async for _ in stream:
                        self._look.set()
            except DatabaseUnavailable as exc:
                logger.warning("wake_up_lost", error=str(exc))
            await asyncio.sleep(self._jittered(self._options.poll_s))

    def _jittered(self, seconds: float) -> float:
        return seconds * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads load, guards nothing


async def _all_done(tasks: Collection[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)
