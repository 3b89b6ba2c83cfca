from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from shared.data.job_repository import COLLECTION, JobRepository
from shared.data.worker_repository import WorkerRepository
from shared.errors import DatabaseUnavailable, NotAnArticle, PageUnavailable
from shared.models.job_queue import JobStatus, ProcessingJob, Step
from tests.integration.worker_harness import NEVER, Harness
from worker_service.worker import Attempt, StopReason, _Running


async def test_a_job_enqueued_while_the_worker_sleeps_is_started_by_the_wake_up(harness: Harness) -> None:
    async with harness.running(harness.worker(harness.complete)):
        job = await harness.enqueue()
        attempt = await harness.started.get()
        assert attempt.job.id == job.id
        harness.go_on.set()
        await harness.until(job.id, lambda job: job.state is JobStatus.COMPLETED)


async def test_a_retry_whose_time_has_come_is_found_by_polling(harness: Harness) -> None:
    async def fail(attempt: Attempt) -> None:
        await harness.started.put(attempt)
        await attempt.enter(Step.GENERATE)
        raise PageUnavailable("the site is slow")

    async with harness.running(harness.worker(fail, poll_s=0.02)):
        job = await harness.enqueue()
        failed = await harness.until(job.id, lambda job: job.state is JobStatus.FAILED)
    assert [(error.attempt, error.code, error.step) for error in failed.errors] == [
        (number, "page_unavailable", Step.GENERATE) for number in (1, 2, 3)
    ]


async def test_a_handler_that_does_not_complete_its_job_has_failed(harness: Harness) -> None:
    async def forget(attempt: Attempt) -> None:
        await attempt.enter(Step.PUBLISH)

    async with harness.running(harness.worker(forget, poll_s=0.02)):
        job = await harness.enqueue()
        failed = await harness.until(job.id, lambda job: job.state is JobStatus.FAILED)
    assert [error.code for error in failed.errors] == ["internal_error"] * 3


async def test_a_permanent_error_fails_at_once(harness: Harness) -> None:
    async def fail(attempt: Attempt) -> None:
        raise NotAnArticle("only 12 words")

    async with harness.running(harness.worker(fail)):
        job = await harness.enqueue()
        failed = await harness.until(job.id, lambda job: job.state is JobStatus.FAILED)
    assert failed.attempt == 1


async def test_no_more_jobs_run_at_once_than_there_are_slots(harness: Harness) -> None:
    for name in "abc":
        await harness.enqueue(name)
    async with harness.running(harness.worker(harness.complete)):
        await harness.started.get()
        await harness.started.get()
        assert (await harness.database[COLLECTION].count_documents({"state": "processing"})) == 2
        assert harness.started.empty()
        harness.go_on.set()
        await harness.started.get()


async def test_a_cancelled_job_is_stopped_by_the_heartbeat(harness: Harness) -> None:
    job = await harness.enqueue()
    async with harness.running(harness.worker(harness.complete)):
        await harness.started.get()
        await harness.jobs.cancel(job.id)
        cancelled = await harness.until(job.id, lambda job: job.state.is_terminal)
    assert cancelled.state is JobStatus.CANCELLED


async def test_a_job_whose_lease_was_lost_is_stopped_and_changes_nothing(harness: Harness) -> None:
    stopped = asyncio.Event()

    async def hang(attempt: Attempt) -> None:
        await harness.started.put(attempt)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    job = await harness.enqueue()
    async with harness.running(harness.worker(hang, heartbeat_s=0.02)):
        await harness.started.get()
        taken = {"lease.token": "another-worker's"}
        await harness.database[COLLECTION].update_one({"_id": job.id}, {"$set": taken})
        async with asyncio.timeout(60):
            await stopped.wait()
    stored = await harness.jobs.get(job.id)
    assert stored.state is JobStatus.PROCESSING
    assert stored.lease is not None
    assert stored.lease.token == "another-worker's"


async def test_stopping_lets_running_jobs_finish(harness: Harness) -> None:
    worker = harness.worker(harness.complete)
    job = await harness.enqueue()
    async with harness.running(worker) as task:
        await harness.started.get()
        worker.request_stop()
        late = await harness.enqueue("late")
        harness.go_on.set()
        await asyncio.wait({task})
    assert (await harness.jobs.get(job.id)).state is JobStatus.COMPLETED
    assert (await harness.jobs.get(late.id)).state is JobStatus.QUEUED


@pytest.mark.parametrize("how", ["grace period over", "second signal"])
async def test_jobs_that_cannot_finish_are_handed_back_with_their_attempt(harness: Harness, how: str) -> None:
    worker = harness.worker(harness.complete, grace_s=0.01 if how == "grace period over" else NEVER)
    job = await harness.enqueue()
    async with harness.running(worker) as task:
        await harness.started.get()
        worker.request_stop()
        if how == "second signal":
            worker.request_stop()
        async with asyncio.timeout(60):
            await asyncio.wait({task})
        released = await harness.jobs.get(job.id)
    assert (released.state, released.attempt, released.lease) == (JobStatus.QUEUED, 0, None)


async def test_an_expired_lease_is_taken_over_by_another_worker(harness: Harness) -> None:
    job = await harness.enqueue()
    dead = await harness.jobs.claim(worker="dead")
    assert dead is not None
    past = [{"$set": {"lease.until": {"$subtract": ["$$NOW", 1_000]}}}]
    await harness.database[COLLECTION].update_one({"_id": job.id}, past)
    harness.go_on.set()
    async with harness.running(harness.worker(harness.complete, rescue_s=0.02)):
        done = await harness.until(job.id, lambda job: job.state is JobStatus.COMPLETED)
    assert done.attempt == 2


async def test_leases_that_ran_out_while_the_database_was_away_are_not_taken_from_the_living(harness: Harness) -> None:
    job = await harness.enqueue()
    held = await harness.jobs.claim(worker="alive but cut off")
    assert held is not None
    past = [{"$set": {"lease.until": {"$subtract": ["$$NOW", 1_000]}}}]
    await harness.database[COLLECTION].update_one({"_id": job.id}, past)
    other = await harness.enqueue("other")
    harness.go_on.set()
    async with harness.running(harness.worker(harness.complete, rescue_s=0.01, lease_s=NEVER)):
        await harness.until(other.id, lambda job: job.state is JobStatus.COMPLETED)
        assert (await harness.jobs.heartbeat([held])).alive == {held.token}


async def test_a_database_that_goes_away_for_a_while_stops_no_worker(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"claim": 0, "heartbeat": 0, "beat": 0, "rescue": 0}

    def flaky(owner: type, name: str) -> None:
        original = getattr(owner, name)

        async def sometimes(*args: Any, **options: Any) -> Any:
            refused[name] += 1
            # Not for ever: nothing is rescued until a heartbeat and a beat in a row have gone well for a moment.
            if refused[name] % 2 and refused[name] < 6:
                raise DatabaseUnavailable("gone")
            return await original(*args, **options)

        monkeypatch.setattr(owner, name, sometimes)

    for name in ("claim", "heartbeat", "rescue"):
        flaky(JobRepository, name)
    flaky(WorkerRepository, "beat")
    async with harness.running(harness.worker(harness.complete, poll_s=0.02, rescue_s=0.02)):
        job = await harness.enqueue()
        await harness.started.get()
        async with asyncio.timeout(20):
            while min(refused.values()) < 3:  # noqa: ASYNC110 - the worker's loops count
                await asyncio.sleep(0.01)
        harness.go_on.set()
        await harness.until(job.id, lambda job: job.state is JobStatus.COMPLETED)


async def test_a_handler_that_turns_its_cancellation_into_an_error_is_still_released(harness: Harness) -> None:
    async def stubborn(attempt: Attempt) -> None:
        await harness.started.put(attempt)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as exc:
            raise PageUnavailable("interrupted") from exc

    worker = harness.worker(stubborn, grace_s=0.01)
    job = await harness.enqueue()
    async with harness.running(worker) as task:
        await harness.started.get()
        worker.request_stop()
        async with asyncio.timeout(60):
            await asyncio.wait({task})
    released = await harness.jobs.get(job.id)
    assert (released.state, released.attempt, released.errors) == (JobStatus.QUEUED, 0, ())


@pytest.mark.parametrize(("asked", "state"), [("to stop", JobStatus.QUEUED), ("to cancel", JobStatus.CANCELLED)])
async def test_a_job_that_cannot_complete_when_it_was_asked_to_end_has_not_failed(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, asked: str, state: JobStatus
) -> None:
    was_asked = asyncio.Event()
    monkeypatch.setattr("worker_service.worker._Running.stop", _announced(_Running.stop, was_asked))

    async def restarting() -> ProcessingJob:
        await was_asked.wait()
        raise DatabaseUnavailable("it restarts")

    async def fail_to_complete(attempt: Attempt) -> None:
        await harness.started.put(attempt)
        await attempt.complete(restarting())

    worker = harness.worker(fail_to_complete)
    job = await harness.enqueue()
    await harness.database[COLLECTION].update_one({"_id": job.id}, {"$set": {"max_attempts": 1}})
    async with harness.running(worker):
        await harness.started.get()
        if asked == "to cancel":
            await harness.jobs.cancel(job.id)
            await harness.until(job.id, lambda job: job.lease is None)
    ended = await harness.jobs.get(job.id)
    assert (ended.state, ended.attempt, ended.errors) == (state, 0, ())


def _announced(stop: Callable[[_Running, StopReason], None], event: asyncio.Event) -> Callable[..., None]:
    def announce(running: _Running, reason: StopReason) -> None:
        stop(running, reason)
        event.set()

    return announce


async def test_the_worker_is_listed_while_it_runs_and_gone_after_a_clean_stop(harness: Harness) -> None:
    workers = WorkerRepository(harness.database)
    await harness.enqueue()
    async with harness.running(harness.worker(harness.complete)):
        await harness.started.get()
        async with asyncio.timeout(60):
            while not (found := await workers.statuses()):
                pass
        (status,) = found
        assert (status.name, status.engine, status.slots) == ("w1", "extractive", 2)
        harness.go_on.set()
    assert await workers.statuses() == []


async def test_the_death_of_a_side_task_stops_the_worker_and_hands_jobs_back(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await harness.enqueue()
    worker = harness.worker(harness.complete, heartbeat_s=0.02)

    async def broken(*_: object) -> None:
        raise RuntimeError("a bug in the heartbeat")

    async with harness.running(worker) as task:
        await harness.started.get()
        monkeypatch.setattr(JobRepository, "heartbeat", broken)
        async with asyncio.timeout(60):
            await asyncio.wait({task})
        assert isinstance(task.exception(), RuntimeError)
    assert (await harness.jobs.get(job.id)).state is JobStatus.QUEUED
