from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import IndexModel

from shared.data.database import Database, ensure_indexes
from shared.data.job_filters import due
from shared.data.job_repository import COLLECTION, JobRepository
from shared.data.queue_statistics import COUNT_CAP, queue_stats
from shared.errors import Conflict, LeaseLost, NotAnArticle, NotFound, PageUnavailable
from shared.models.job_queue import ClaimedJob, JobResult, JobStatus, Priority, ProcessingJob, Progress, Step

RESULT = JobResult(questions=5, version=1, engine="extractive")


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


async def enqueue(jobs: JobRepository, name: str = "a", **options: Any) -> ProcessingJob:
    job, _ = await jobs.enqueue(
        publisher_id=options.pop("publisher_id", "p1"),
        blog_id=f"blog-{name}",
        url=f"https://example.com/{name}",
        normalized_url=f"https://example.com/{name}",
        **options,
    )
    return job


async def claim(jobs: JobRepository, worker: str = "w1") -> ClaimedJob:
    claimed = await jobs.claim(worker=worker)
    assert claimed is not None
    return claimed


async def lapse(database: Database, job_id: str) -> None:
    """Makes the lease look as if its worker had been silent for an hour."""
    past = [{"$set": {"lease.until": {"$subtract": ["$$NOW", 3_600_000]}}}]
    await database[COLLECTION].update_one({"_id": job_id}, past)


async def make_due(database: Database, job_id: str) -> None:
    await database[COLLECTION].update_one({"_id": job_id}, [{"$set": {"run_at": "$$NOW"}}])


async def test_a_new_job_is_queued_and_due_at_once(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    assert (job.state, job.attempt, job.errors) == (JobStatus.QUEUED, 0, ())
    assert (await claim(jobs)).job.id == job.id


async def test_a_url_that_looks_like_an_expression_is_stored_as_it_is(jobs: JobRepository) -> None:
    job, _ = await jobs.enqueue(publisher_id="$$ROOT", blog_id="b", url="$state", normalized_url="$$NOW")
    stored = await jobs.get(job.id)
    assert (stored.publisher_id, stored.url, stored.normalized_url) == ("$$ROOT", "$state", "$$NOW")


async def test_claims_take_the_most_urgent_then_the_oldest(jobs: JobRepository, database: Database) -> None:
    normal, batch, interactive = Priority.NORMAL, Priority.BATCH, Priority.INTERACTIVE
    waiting = {"n1": (normal, 30), "n2": (normal, 20), "n3": (normal, 40), "b": (batch, 90), "i": (interactive, 10)}
    for name, (priority, age_s) in waiting.items():
        job = await enqueue(jobs, name, priority=priority)
        older = [{"$set": {"run_at": {"$subtract": ["$$NOW", age_s * 1_000]}}}]
        await database[COLLECTION].update_one({"_id": job.id}, older)
    order = [(await claim(jobs)).job.blog_id for _ in waiting]
    assert order == ["blog-i", "blog-n3", "blog-n1", "blog-n2", "blog-b"]
    assert await jobs.claim(worker="w1") is None


async def test_concurrent_claims_never_share_a_job(jobs: JobRepository) -> None:
    for number in range(30):
        await enqueue(jobs, str(number))

    async def claim_all(worker: str) -> list[str]:
        taken = []
        while claimed := await jobs.claim(worker=worker):
            taken.append(claimed.job.id)
        return taken

    taken = await asyncio.gather(*(claim_all(f"w{number}") for number in range(8)))
    counts = Counter(job_id for ids in taken for job_id in ids)
    assert len(counts) == 30
    assert set(counts.values()) == {1}


async def test_concurrent_enqueues_of_one_page_make_one_job(jobs: JobRepository) -> None:
    outcomes = await asyncio.gather(
        *(
            jobs.enqueue(publisher_id="p1", blog_id="b", url="https://e.com/", normalized_url="https://e.com/")
            for _ in range(20)
        )
    )
    assert len({job.id for job, _ in outcomes}) == 1
    assert [created for _, created in outcomes].count(True) == 1


async def test_a_waiting_job_is_moved_up_and_forced_by_a_later_request(jobs: JobRepository) -> None:
    await enqueue(jobs, priority=Priority.BATCH)
    job = await enqueue(jobs, priority=Priority.INTERACTIVE, force=True)
    assert (job.priority, job.force) == (Priority.INTERACTIVE, True)
    job = await enqueue(jobs, priority=Priority.BATCH)
    assert (job.priority, job.force) == (Priority.INTERACTIVE, True)


async def test_a_recent_result_stands_in_for_a_new_job_unless_forced(jobs: JobRepository) -> None:
    first = await enqueue(jobs)
    await jobs.complete(await claim(jobs), RESULT)
    assert (await enqueue(jobs, fresh_for_s=3_600)).id == first.id
    assert (await enqueue(jobs, fresh_for_s=3_600, force=True)).id != first.id


async def test_an_old_result_does_not_stand_in_for_a_new_job(jobs: JobRepository, database: Database) -> None:
    first = await enqueue(jobs)
    await jobs.complete(await claim(jobs), RESULT)
    old = [{"$set": {"finished_at": {"$subtract": ["$$NOW", 7_200_000]}}}]
    await database[COLLECTION].update_one({"_id": first.id}, old)
    assert (await enqueue(jobs, fresh_for_s=3_600)).id != first.id


async def test_a_heartbeat_extends_only_leases_that_hold(jobs: JobRepository, database: Database) -> None:
    await enqueue(jobs, "a")
    await enqueue(jobs, "b")
    kept, lost = await claim(jobs), await claim(jobs)
    await lapse(database, lost.job.id)
    await jobs.rescue()
    await lapse(database, kept.job.id)
    before = (await jobs.get(kept.job.id)).lease
    made_up = kept.model_copy(update={"token": "made-up"})
    reply = await jobs.heartbeat([kept, lost, made_up])
    after = (await jobs.get(kept.job.id)).lease
    assert reply.alive == {kept.token}
    assert before is not None
    assert after is not None
    assert (after.until - before.until).total_seconds() > 3_600


@pytest.mark.parametrize("operation", ["progress", "complete", "fail", "release"])
async def test_a_stale_token_changes_nothing(jobs: JobRepository, database: Database, operation: str) -> None:
    await enqueue(jobs)
    stale = await claim(jobs)
    await lapse(database, stale.job.id)
    await jobs.rescue()
    current = await claim(jobs, "w2")
    before = await database[COLLECTION].find_one({"_id": current.job.id})
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "progress": lambda: jobs.report_progress(stale, Progress(step=Step.EMBED, percent=50)),
        "complete": lambda: jobs.complete(stale, RESULT),
        "fail": lambda: jobs.fail(stale, PageUnavailable("x"), step=Step.CRAWL, retry_in_s=0),
        "release": lambda: jobs.release(stale),
    }
    with pytest.raises(LeaseLost):
        await calls[operation]()
    assert await database[COLLECTION].find_one({"_id": current.job.id}) == before


async def test_a_failed_attempt_waits_for_its_retry_and_keeps_its_error(
    jobs: JobRepository, database: Database
) -> None:
    await enqueue(jobs)
    claimed = await claim(jobs)
    job = await jobs.fail(claimed, PageUnavailable("the site was slow"), step=Step.CRAWL, retry_in_s=60)
    assert (job.state, job.attempt, job.lease) == (JobStatus.QUEUED, 1, None)
    assert (job.run_at - job.updated_at).total_seconds() == pytest.approx(60, abs=1)
    (error,) = job.errors
    assert (error.code, error.message, error.step) == ("page_unavailable", "the site was slow", Step.CRAWL)
    assert await jobs.claim(worker="w1") is None
    await make_due(database, job.id)
    assert (await claim(jobs)).job.attempt == 2


async def test_an_unexpected_exception_is_stored_without_its_text(jobs: JobRepository) -> None:
    await enqueue(jobs)
    job = await jobs.fail(await claim(jobs), RuntimeError("secret"), step=None, retry_in_s=None)
    assert job.errors[-1].code == "internal_error"
    assert "secret" not in job.errors[-1].message


async def test_a_final_failure_frees_the_page_for_a_new_job(jobs: JobRepository) -> None:
    first = await enqueue(jobs)
    failed = await jobs.fail(await claim(jobs), NotAnArticle("too short"), step=Step.EXTRACT, retry_in_s=None)
    assert failed.state is JobStatus.FAILED
    assert failed.finished_at is not None
    assert (await enqueue(jobs)).id != first.id


async def test_a_release_refunds_the_attempt(jobs: JobRepository) -> None:
    await enqueue(jobs)
    released = await jobs.release(await claim(jobs))
    assert (released.state, released.attempt) == (JobStatus.QUEUED, 0)
    assert (await claim(jobs)).job.attempt == 1


async def test_a_page_that_kills_its_worker_fails_after_three_attempts(jobs: JobRepository, database: Database) -> None:
    job = await enqueue(jobs)
    for attempt in (1, 2, 3):
        claimed = await claim(jobs)
        assert claimed.job.attempt == attempt
        await lapse(database, job.id)
        rescued = await jobs.rescue()
        assert rescued is not None
        assert rescued.state is (JobStatus.FAILED if attempt == 3 else JobStatus.QUEUED)
    assert [error.code for error in (await jobs.get(job.id)).errors] == ["lease_lost"] * 3
    assert await jobs.claim(worker="w1") is None


async def test_rescue_leaves_live_leases_alone(jobs: JobRepository) -> None:
    await enqueue(jobs)
    await claim(jobs)
    assert await jobs.rescue() is None


async def test_cancelling_a_queued_job_is_at_once_and_for_good(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    assert (await jobs.cancel(job.id)).state is JobStatus.CANCELLED
    assert await jobs.claim(worker="w1") is None
    assert (await jobs.cancel(job.id)).state is JobStatus.CANCELLED


async def test_cancelling_a_running_job_is_delivered_by_the_heartbeat(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    claimed = await claim(jobs)
    assert (await jobs.cancel(job.id)).cancel_requested_at is not None
    assert (await jobs.heartbeat([claimed])).cancelled == {claimed.token}
    assert (await jobs.release(claimed)).state is JobStatus.CANCELLED


async def test_asking_for_a_page_again_withdraws_its_pending_cancel(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    claimed = await claim(jobs)
    await jobs.cancel(job.id)
    again = await enqueue(jobs)
    assert (again.id, again.cancel_requested_at) == (job.id, None)
    # The worker may have heard of the cancel before it was withdrawn, and stops: the work must not be lost.
    assert (await jobs.release(claimed)).state is JobStatus.QUEUED


async def test_force_that_meets_a_running_job_is_not_lost_when_the_page_is_unchanged(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    claimed = await claim(jobs)
    assert (await enqueue(jobs, force=True)).id == job.id
    ended = await jobs.complete(claimed, RESULT.model_copy(update={"unchanged": True}))
    assert (ended.state, ended.attempt, ended.result) == (JobStatus.QUEUED, 0, None)
    again = await claim(jobs)
    assert (again.job.id, again.job.force) == (job.id, True)
    assert (await jobs.complete(again, RESULT)).state is JobStatus.COMPLETED


async def test_force_that_meets_a_running_job_is_served_by_what_that_job_publishes(jobs: JobRepository) -> None:
    await enqueue(jobs)
    claimed = await claim(jobs)
    await enqueue(jobs, force=True)
    assert (await jobs.complete(claimed, RESULT)).state is JobStatus.COMPLETED


@pytest.mark.parametrize("ending", ["fail", "release", "rescue"])
async def test_a_cancel_is_honoured_however_the_attempt_ends(
    jobs: JobRepository, database: Database, ending: str
) -> None:
    job = await enqueue(jobs)
    claimed = await claim(jobs)
    await jobs.cancel(job.id)
    if ending == "fail":
        await jobs.fail(claimed, PageUnavailable("x"), step=Step.CRAWL, retry_in_s=0)
    elif ending == "release":
        await jobs.release(claimed)
    else:
        await lapse(database, job.id)
        await jobs.rescue()
    assert (await jobs.get(job.id)).state is JobStatus.CANCELLED


async def test_a_finished_job_cannot_be_cancelled(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    await jobs.complete(await claim(jobs), RESULT)
    with pytest.raises(Conflict, match="completed already"):
        await jobs.cancel(job.id)


async def test_retrying_a_failed_job_gives_it_fresh_attempts(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    await jobs.fail(await claim(jobs), NotAnArticle("x"), step=Step.EXTRACT, retry_in_s=None)
    retried = await jobs.retry(job.id)
    assert (retried.state, retried.attempt, retried.finished_at) == (JobStatus.QUEUED, 0, None)
    assert len(retried.errors) == 1
    assert (await claim(jobs)).job.id == job.id


async def test_retrying_is_refused_for_active_and_completed_jobs(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    with pytest.raises(Conflict, match="is queued"):
        await jobs.retry(job.id)
    await jobs.complete(await claim(jobs), RESULT)
    with pytest.raises(Conflict, match="force"):
        await jobs.retry(job.id)


async def test_retrying_is_refused_while_another_job_for_the_page_is_active(jobs: JobRepository) -> None:
    job = await enqueue(jobs)
    await jobs.cancel(job.id)
    await enqueue(jobs)
    with pytest.raises(Conflict, match="another job"):
        await jobs.retry(job.id)


async def test_jobs_of_other_publishers_do_not_exist(jobs: JobRepository) -> None:
    job = await enqueue(jobs, publisher_id="p1")
    for call in (jobs.get, jobs.cancel, jobs.retry):
        with pytest.raises(NotFound):
            await call(job.id, publisher_id="p2")


async def test_pages_of_jobs_are_newest_first_and_complete(jobs: JobRepository) -> None:
    ids = [(await enqueue(jobs, str(number))).id for number in range(7)]
    first = await jobs.page(limit=4)
    second = await jobs.page(limit=4, before=first[-1].id)
    assert [job.id for job in first + second] == sorted(ids, reverse=True)
    assert await jobs.page(publisher_id="p2") == []


async def test_statistics_count_states_and_the_last_hour(jobs: JobRepository, database: Database) -> None:
    for name in "abcd":
        await enqueue(jobs, name)
    await jobs.complete(await claim(jobs), RESULT)
    await jobs.fail(await claim(jobs), NotAnArticle("x"), step=Step.EXTRACT, retry_in_s=None)
    await claim(jobs)
    stats = await queue_stats(database)
    assert stats.by_state == {
        JobStatus.QUEUED: 1,
        JobStatus.PROCESSING: 1,
        JobStatus.COMPLETED: 1,
        JobStatus.FAILED: 1,
        JobStatus.CANCELLED: 0,
    }
    assert (stats.due, stats.completed_last_hour, stats.failed_last_hour) == (1, 1, 1)
    assert stats.failure_rate_last_hour == 0.5
    assert stats.oldest_due_age_s is not None
    assert (await queue_stats(database, publisher_id="p2")).by_state[JobStatus.QUEUED] == 0


async def test_cost_of_claiming_does_not_grow_with_history_or_with_waiting_retries(
    jobs: JobRepository, database: Database
) -> None:
    template = {"publisher_id": "p", "blog_id": "b", "priority": 0, "attempt": 1, "errors": []}
    later = {"$dateAdd": {"startDate": "$$NOW", "unit": "hour", "amount": 1}}
    collection = database[COLLECTION].with_options(write_concern=None)
    for _ in range(10):
        await collection.insert_many(
            [{"_id": f"f{_}-{n}", "state": "completed", **template} for n in range(20_000)], ordered=False
        )
    await collection.insert_many([{"_id": f"r-{n}", "state": "queued", **template} for n in range(5_000)])
    await collection.update_many({"_id": {"$regex": "^r-"}}, [{"$set": {"run_at": later}}])
    await enqueue(jobs, priority=Priority.BATCH)
    explained = await database.command(
        "explain",
        {
            "findAndModify": COLLECTION,
            "query": due(),
            "sort": {"priority": 1, "run_at": 1},
            "update": [{"$set": {"state": "processing"}}],
        },
        verbosity="executionStats",
    )
    assert explained["executionStats"]["totalKeysExamined"] <= 5
    assert explained["executionStats"]["totalDocsExamined"] <= 2
    stats = await queue_stats(database)
    assert stats.by_state[JobStatus.COMPLETED] == COUNT_CAP
    assert stats.due == 1


async def test_counting_the_last_hour_does_not_read_the_history(jobs: JobRepository, database: Database) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    finished = {"publisher_id": "p", "blog_id": "b", "state": "completed", "priority": 0, "finished_at": long_ago}
    await database[COLLECTION].insert_many([{"_id": f"f-{number}", **finished} for number in range(2_000)])
    await enqueue(jobs)
    await jobs.complete(await claim(jobs), RESULT)
    await database.command("profile", 2)
    try:
        assert (await queue_stats(database)).completed_last_hour == 1
    finally:
        await database.command("profile", 0)
    query = {"ns": f"{database.name}.{COLLECTION}", "command.aggregate": COLLECTION, "planSummary": {"$exists": True}}
    profiled = await database["system.profile"].find(query).sort("ts", -1).to_list()
    await database["system.profile"].drop()
    last_hour = [entry for entry in profiled if "finished_at" in str(entry["command"])]
    assert len(last_hour) == 2
    assert all(entry["docsExamined"] <= 2 for entry in last_hour)


async def test_finished_jobs_are_kept_for_the_retention_period(database: Database) -> None:
    jobs = JobRepository(database, retention_s=3_600)
    job = await enqueue(jobs)
    await jobs.complete(await claim(jobs), RESULT)
    stored = await database[COLLECTION].find_one({"_id": job.id})
    assert stored is not None
    assert (stored["expires_at"] - stored["finished_at"]).total_seconds() == 3_600


async def test_processes_that_change_the_same_index_at_once_agree(database: Database) -> None:
    old = IndexModel([("a", 1)], name="index")
    new = IndexModel([("a", 1), ("b", 1)], name="index")
    await ensure_indexes(database, {"changing": [old]})
    await asyncio.gather(*(ensure_indexes(database, {"changing": [new]}) for _ in range(4)))
    assert list((await database["changing"].index_information())["index"]["key"]) == [("a", 1), ("b", 1)]
    renamed = IndexModel([("a", 1), ("b", 1)], name="renamed")
    await ensure_indexes(database, {"changing": [renamed]})
    assert set(await database["changing"].index_information()) == {"_id_", "renamed"}
    await database["changing"].drop()
