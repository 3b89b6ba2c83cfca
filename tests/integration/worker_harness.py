"""A queue, and workers on it whose handlers a test controls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.data.job_wakeup import queued_jobs
from shared.data.worker_repository import WorkerRepository
from shared.models.job_queue import JobResult, ProcessingJob, RetryPolicy, Step
from tests.integration.waiting import eventually
from worker_service.core.metrics import WorkerMetrics
from worker_service.worker import Attempt, Handler, Worker, WorkerOptions

RESULT = JobResult(questions=1, version=1, engine="extractive")
NEVER = 3_600.0


class Harness:
    """A queue, and workers on it whose handler the test controls."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs = JobRepository(database)
        self.started: asyncio.Queue[Attempt] = asyncio.Queue()
        self.go_on = asyncio.Event()
        self.metrics = WorkerMetrics()

    async def complete(self, attempt: Attempt) -> None:
        await self.started.put(attempt)
        await attempt.enter(Step.CRAWL)
        await self.go_on.wait()
        await attempt.complete(self.jobs.complete(attempt.claimed, RESULT))

    async def enqueue(self, name: str = "a", *, force: bool = False) -> ProcessingJob:
        url = f"https://example.com/{name}"
        job, _ = await self.jobs.enqueue(publisher_id="p", blog_id=name, url=url, normalized_url=url, force=force)
        return job

    def worker(self, handler: Handler, *, name: str = "w1", **times: float) -> Worker:
        options = {"poll_s": NEVER, "heartbeat_s": 0.02, "rescue_s": NEVER, "grace_s": 10.0, "lease_s": 0.0} | times
        return Worker(
            jobs=self.jobs,
            workers=WorkerRepository(self.database),
            handler=handler,
            queued=partial(queued_jobs, self.database),
            options=WorkerOptions(
                name=name, engine="extractive", slots=2, retry=RetryPolicy(base_s=0.001, cap_s=0.001), **options
            ),
            metrics=self.metrics,
        )

    @asynccontextmanager
    async def running(self, worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(worker.run())
        try:
            yield task
        finally:
            worker.request_stop()
            worker.request_stop()
            await asyncio.wait({task})

    async def until(self, job_id: str, condition: Callable[[ProcessingJob], bool]) -> ProcessingJob:
        return await eventually(lambda: self.jobs.get(job_id), condition)
