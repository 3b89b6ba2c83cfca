"""The queue's figures, each bounded in cost whatever the history's length."""

from __future__ import annotations

from typing import Final

import pymongo
from pymongo import ASCENDING

from shared.data.database import Database, Document, maps_mongo_errors
from shared.data.job_filters import due, scheduled, scope
from shared.data.job_repository import COLLECTION
from shared.data.job_transitions import after_now
from shared.models.job_queue import JobStatus, Priority, QueueDepth, QueuePulse, QueueStats, utc_age_s

COUNT_CAP: Final = 10_000
"""Counts stop here: a dashboard needs to know that there are many, not read a million index entries to say how many."""

_DEPTH_TIMEOUT_S: Final = 2.0
"""Whoever scrapes metrics waits no longer to learn that the database is away."""


@maps_mongo_errors
async def queue_stats(database: Database, *, publisher_id: str | None = None) -> QueueStats:
    """Counts by state, age of the oldest due job, throughput and failure rate of the last hour.

    Args:
        database: Where the queue is.
        publisher_id: Only this publisher's jobs; None for everybody's.
    """
    jobs = database[COLLECTION]

    async def count(query: Document) -> int:
        return await jobs.count_documents(query | scope(publisher_id), limit=COUNT_CAP)

    async def finished_last_hour(state: JobStatus) -> int:
        # ``$type`` is there for the planner: ``$expr`` alone does not imply that the field exists, so it would not
        # choose the partial index and read the whole history instead.
        last_hour = {"finished_at": {"$type": "date"}, "$expr": {"$gt": ["$finished_at", after_now(-3_600)]}}
        return await count({"state": state.value} | last_hour)

    completed = await finished_last_hour(JobStatus.COMPLETED)
    failed = await finished_last_hour(JobStatus.FAILED)
    return QueueStats(
        by_state={state: await count({"state": state.value}) for state in JobStatus},
        due=await count(due()),
        oldest_due_age_s=await _oldest_due_age_s(database, publisher_id),
        completed_last_hour=completed,
        failed_last_hour=failed,
        failure_rate_last_hour=failed / (completed + failed) if completed + failed else None,
    )


@maps_mongo_errors
async def queue_pulse(database: Database) -> QueuePulse:
    """Whether the queue moves, in a few index reads: cheap enough for every health check."""
    jobs = database[COLLECTION]
    return QueuePulse(
        due=await jobs.count_documents(due(), limit=COUNT_CAP),
        processing=await jobs.count_documents({"state": JobStatus.PROCESSING.value}, limit=COUNT_CAP),
        oldest_due_age_s=await _oldest_due_age_s(database, None),
    )


@maps_mongo_errors
async def queue_depth(database: Database) -> QueueDepth:
    """How much is accepted and not done yet; reads of history nothing, and takes at most two seconds."""
    with pymongo.timeout(_DEPTH_TIMEOUT_S):
        pulse = await queue_pulse(database)
        waiting = await database[COLLECTION].count_documents(scheduled(), limit=COUNT_CAP)
    return QueueDepth(**pulse.model_dump(), scheduled=waiting)


async def _oldest_due_age_s(database: Database, publisher_id: str | None) -> float | None:
    ages = []
    for priority in Priority:
        pipeline: list[Document] = [
            {"$match": due() | {"priority": int(priority)} | scope(publisher_id)},
            {"$sort": {"run_at": ASCENDING}},
            {"$limit": 1},
            {"$project": {"run_at": 1, "now": "$$NOW"}},
        ]
        async for document in await database[COLLECTION].aggregate(pipeline):
            ages.append(utc_age_s(document["now"], document["run_at"]))
    return max(ages, default=None)
