"""The job queue on MongoDB: every state change is one atomic, fenced find-and-modify.

Whatever a worker changes is matched by ``{_id, state: processing, lease.token}``; when nothing matches, the lease is
lost and nothing changes. The changes themselves are in ``job_transitions``.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from shared.data import job_transitions as transitions
from shared.data.database import Database, Document, maps_mongo_errors, new_id
from shared.data.job_filters import due, held, scope
from shared.errors import Conflict, LeaseLost, NotFound
from shared.models.job_queue import (
    MAX_ATTEMPTS,
    ClaimedJob,
    HeartbeatReply,
    JobResult,
    JobStatus,
    Priority,
    ProcessingJob,
    Progress,
    Step,
)

COLLECTION: Final = "processing_jobs"
_INTERNAL_FIELDS: Final = ("active_key", "expires_at")

INDEXES: Final = (
    # claim(): walks due jobs in order; finished jobs leave the index.
    IndexModel(
        [("priority", ASCENDING), ("run_at", ASCENDING)],
        name="claim",
        partialFilterExpression={"state": JobStatus.QUEUED.value},
    ),
    # rescue(): leases in order of expiry.
    IndexModel(
        [("lease.until", ASCENDING)],
        name="lease_expiry",
        partialFilterExpression={"state": JobStatus.PROCESSING.value},
    ),
    # enqueue(), retry(): at most one active job per blog.
    IndexModel(
        [("active_key", ASCENDING)],
        name="active",
        unique=True,
        partialFilterExpression={"active_key": {"$exists": True}},
    ),
    # enqueue(): the freshest completed job of a blog; latest_for_blog(); delete_for_blog().
    IndexModel([("blog_id", ASCENDING), ("_id", DESCENDING)], name="blog"),
    # page(), queue_statistics: by publisher, newest first within a state.
    IndexModel([("publisher_id", ASCENDING), ("state", ASCENDING), ("_id", DESCENDING)], name="publisher_state"),
    # page(), queue_statistics: everybody's.
    IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="state"),
    # queue_statistics: what finished during the last hour.
    IndexModel(
        [("state", ASCENDING), ("finished_at", ASCENDING)],
        name="finished",
        partialFilterExpression={"finished_at": {"$exists": True}},
    ),
    # Retention: finished jobs leave by themselves.
    IndexModel([("expires_at", ASCENDING)], name="retention", expireAfterSeconds=0),
)


def _job(document: Document) -> ProcessingJob:
    fields = {key: value for key, value in document.items() if key not in _INTERNAL_FIELDS}
    fields["id"] = fields.pop("_id")
    return ProcessingJob.model_validate(fields)


class JobRepository:
    """All reads and writes of ``processing_jobs``.

    Wherever ``publisher_id`` is optional, None means an operator, who sees everybody's jobs.

    Args:
        database: Where the collection lives.
        lease_s: How long a claim or heartbeat holds, seconds.
        retention_s: How long a finished job is kept, seconds.
    """

    def __init__(self, database: Database, *, lease_s: float = 30.0, retention_s: float = 30 * 86_400.0) -> None:
        self._jobs = database[COLLECTION]
        self._lease_s = lease_s
        self._retention_s = retention_s

    @maps_mongo_errors
    async def enqueue(
        self,
        *,
        publisher_id: str,
        blog_id: str,
        url: str,
        normalized_url: str,
        priority: Priority = Priority.NORMAL,
        force: bool = False,
        fresh_for_s: float = 0.0,
    ) -> tuple[ProcessingJob, bool]:
        """Accepts a job, or returns the one that makes it unnecessary.

        Args:
            publisher_id: Whose blog.
            blog_id: Identity of the blog (publisher and normalized URL).
            url: What will be crawled.
            normalized_url: For display beside ``url``.
            priority: A job that waits already is moved up if this is more urgent.
            force: Process again though a recent result exists; a job that runs unforced and finds the page unchanged
                runs once more.
            fresh_for_s: A job completed within this many seconds is returned instead of a new one, unless forced.

        Returns:
            The job, and whether this call created it.
        """
        fields = {
            "publisher_id": publisher_id,
            "blog_id": blog_id,
            "active_key": blog_id,
            "url": url,
            "normalized_url": normalized_url,
            "priority": int(priority),
            "force": force,
            "max_attempts": MAX_ATTEMPTS,
        }
        while True:
            if standing := await self._standing(blog_id, fresh_for_s=0 if force else fresh_for_s):
                if joined := await self._join(standing, priority=priority, force=force):
                    return _job(joined), False
                continue  # It ended in between: look again.
            try:
                document = await self._jobs.find_one_and_update(
                    {"_id": new_id()},
                    transitions.created(fields),
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                continue  # Somebody enqueued the same blog in between: join theirs.
            if document is not None:
                return _job(document), True

    async def _standing(self, blog_id: str, *, fresh_for_s: float) -> Document | None:
        """The job that makes a new one unnecessary: the active one, else the newest recently completed one."""
        recent = {"$expr": {"$gt": ["$finished_at", transitions.after_now(-fresh_for_s)]}}
        wanted = [{"active_key": blog_id}, {"state": JobStatus.COMPLETED.value} | recent]
        query = {"blog_id": blog_id, "$or": wanted[: 2 if fresh_for_s > 0 else 1]}
        found = await self._jobs.find(query).sort("_id", DESCENDING).to_list()
        return next((job for job in found if "active_key" in job), found[0] if found else None)

    async def _join(self, standing: Document, *, priority: Priority, force: bool) -> Document | None:
        """Lets a job stand for one more request: as urgent and forced as either, and wanted whoever cancelled it."""
        asks_more = priority < standing["priority"] or force > standing["force"] or "cancel_requested_at" in standing
        if "active_key" not in standing or not asks_more:
            return standing
        return await self._jobs.find_one_and_update(
            {"_id": standing["_id"], "active_key": standing["active_key"]},
            {
                "$min": {"priority": int(priority)},
                "$max": {"force": force},
                "$unset": {"cancel_requested_at": ""},
            },
            return_document=ReturnDocument.AFTER,
        )

    @maps_mongo_errors
    async def claim(self, *, worker: str) -> ClaimedJob | None:
        """Takes the most urgent due job, oldest first, or None when nothing is due. The attempt counts from here."""
        token = uuid.uuid4().hex
        document = await self._jobs.find_one_and_update(
            due(),
            transitions.claimed(token=token, worker=worker, lease_s=self._lease_s),
            sort=[("priority", ASCENDING), ("run_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return ClaimedJob(job=_job(document), token=token) if document else None

    @maps_mongo_errors
    async def heartbeat(self, claims: Collection[ClaimedJob]) -> HeartbeatReply:
        """Extends the leases that still hold; reads back which do, and which of their jobs are asked to cancel."""
        alive_query = {
            "_id": {"$in": [claimed.job.id for claimed in claims]},
            "state": JobStatus.PROCESSING.value,
            "lease.token": {"$in": [claimed.token for claimed in claims]},
        }
        await self._jobs.update_many(alive_query, [{"$set": {"lease.until": transitions.after_now(self._lease_s)}}])
        alive, cancelled = set(), set()
        async for document in self._jobs.find(alive_query, {"lease.token": 1, "cancel_requested_at": 1}):
            alive.add(document["lease"]["token"])
            if "cancel_requested_at" in document:
                cancelled.add(document["lease"]["token"])
        return HeartbeatReply(alive=frozenset(alive), cancelled=frozenset(cancelled))

    @maps_mongo_errors
    async def report_progress(self, claimed: ClaimedJob, progress: Progress) -> None:
        """Stores how far the attempt is.

        Raises:
            LeaseLost: The token no longer holds the job.
        """
        change = {"$set": {"progress": progress.model_dump(mode="json")}, "$currentDate": {"updated_at": True}}
        result = await self._jobs.update_one(held(claimed.job.id, claimed.token), change)
        if result.matched_count == 0:
            raise _lease_lost(claimed)

    async def complete(
        self, claimed: ClaimedJob, result: JobResult, *, session: AsyncClientSession | None = None
    ) -> ProcessingJob:
        """Finishes the job. Publishing calls this inside its transaction, so that both happen or neither.

        The driver's errors pass through: the transaction retries those that it may, a write conflict with the
        heartbeat for one.

        Raises:
            LeaseLost: The token no longer holds the job.
        """
        pipeline = transitions.completed(result, retention_s=self._retention_s)
        return await self._end_attempt(claimed, pipeline, session=session)

    @maps_mongo_errors
    async def fail(
        self, claimed: ClaimedJob, error: BaseException, *, step: Step | None, retry_in_s: float | None
    ) -> ProcessingJob:
        """Ends the attempt: back to the queue for ``retry_in_s`` seconds, or failed when that is None.

        A job that somebody asked to cancel meanwhile is cancelled instead of tried again.

        Raises:
            LeaseLost: The token no longer holds the job.
        """
        pipeline = transitions.failed(error, step=step, retry_in_s=retry_in_s, retention_s=self._retention_s)
        return await self._end_attempt(claimed, pipeline)

    @maps_mongo_errors
    async def release(self, claimed: ClaimedJob) -> ProcessingJob:
        """Gives an unfinished job back at once and refunds the attempt; a requested cancel is carried out instead.

        Raises:
            LeaseLost: The token no longer holds the job.
        """
        return await self._end_attempt(claimed, transitions.released(retention_s=self._retention_s))

    async def _end_attempt(
        self, claimed: ClaimedJob, pipeline: transitions.Pipeline, *, session: AsyncClientSession | None = None
    ) -> ProcessingJob:
        document = await self._jobs.find_one_and_update(
            held(claimed.job.id, claimed.token), pipeline, return_document=ReturnDocument.AFTER, session=session
        )
        if document is None:
            raise _lease_lost(claimed)
        return _job(document)

    @maps_mongo_errors
    async def rescue(self) -> ProcessingJob | None:
        """Takes one expired lease away: its job is queued again, or failed when the attempts are spent.

        Returns:
            The rescued job, or None when no lease has expired.
        """
        expired = {
            "state": JobStatus.PROCESSING.value,
            "lease.until": {"$type": "date"},
            "$expr": {"$lt": ["$lease.until", "$$NOW"]},
        }
        document = await self._jobs.find_one_and_update(
            expired,
            transitions.rescued(retention_s=self._retention_s),
            sort=[("lease.until", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return _job(document) if document else None

    @maps_mongo_errors
    async def cancel(self, job_id: str, *, publisher_id: str | None = None) -> ProcessingJob:
        """Cancels at once while queued; asks the worker to stop while processing; repeats are harmless.

        Raises:
            NotFound: No such job for this caller.
            Conflict: The job has completed or failed already.
        """
        mine = {"_id": job_id} | scope(publisher_id)
        attempts = (
            (JobStatus.QUEUED, transitions.cancelled(retention_s=self._retention_s)),
            (JobStatus.PROCESSING, [{"$set": {"cancel_requested_at": {"$ifNull": ["$cancel_requested_at", "$$NOW"]}}}]),
        )
        while True:
            for state, pipeline in attempts:
                document = await self._jobs.find_one_and_update(
                    mine | {"state": state.value}, pipeline, return_document=ReturnDocument.AFTER
                )
                if document:
                    return _job(document)
            job = await self.get(job_id, publisher_id=publisher_id)
            if job.state is JobStatus.CANCELLED:
                return job
            if job.state.is_terminal:
                raise Conflict(f"job {job_id!r} has {job.state.value} already and cannot be cancelled")

    @maps_mongo_errors
    async def retry(self, job_id: str, *, publisher_id: str | None = None) -> ProcessingJob:
        """Queues a failed or cancelled job again with a fresh set of attempts.

        Raises:
            NotFound: No such job for this caller.
            Conflict: The job is active or completed, or another job for the same blog is active.
        """
        retryable = [JobStatus.FAILED.value, JobStatus.CANCELLED.value]
        try:
            document = await self._jobs.find_one_and_update(
                {"_id": job_id, "state": {"$in": retryable}} | scope(publisher_id),
                transitions.retried(),
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as exc:
            raise Conflict(f"another job for the same page as job {job_id!r} is active; watch that one") from exc
        if document:
            return _job(document)
        job = await self.get(job_id, publisher_id=publisher_id)
        hint = "; process the URL with force to run it again" if job.state is JobStatus.COMPLETED else ""
        raise Conflict(f"job {job_id!r} is {job.state.value}; only failed or cancelled jobs can be retried{hint}")

    @maps_mongo_errors
    async def get(self, job_id: str, *, publisher_id: str | None = None) -> ProcessingJob:
        """Reads one job.

        Raises:
            NotFound: No such job for this caller.
        """
        document = await self._jobs.find_one({"_id": job_id} | scope(publisher_id))
        if document is None:
            raise NotFound(f"there is no job {job_id!r}")
        return _job(document)

    @maps_mongo_errors
    async def latest_for_blog(self, blog_id: str) -> ProcessingJob | None:
        """The active job of a blog if there is one, else its newest."""
        document = await self._jobs.find_one({"active_key": blog_id})
        document = document or await self._jobs.find_one({"blog_id": blog_id}, sort=[("_id", DESCENDING)])
        return _job(document) if document else None

    @maps_mongo_errors
    async def page(
        self,
        *,
        publisher_id: str | None = None,
        state: JobStatus | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[ProcessingJob]:
        """Jobs, newest first.

        Args:
            publisher_id: Whose.
            state: Only those in this state.
            before: Only jobs older than this id: the last one of the page before.
            limit: At most this many.
        """
        # All states spelled out keep the query on the (…, state, _id) indexes, whose runs the server merges by _id.
        states = [state.value] if state else [each.value for each in JobStatus]
        query = {"state": {"$in": states}} | scope(publisher_id) | ({"_id": {"$lt": before}} if before else {})
        return [_job(document) async for document in self._jobs.find(query).sort("_id", DESCENDING).limit(limit)]

    async def delete_for_blog(self, blog_id: str, *, session: AsyncClientSession) -> int:
        """Forgets every job of a blog; a worker on one of them loses its lease. Returns how many there were.

        The driver's errors pass through to the transaction.
        """
        return (await self._jobs.delete_many({"blog_id": blog_id}, session=session)).deleted_count


def _lease_lost(claimed: ClaimedJob) -> LeaseLost:
    return LeaseLost(f"the lease on job {claimed.job.id!r} is lost; its result is discarded")
