"""Every index of every collection, gathered from the repositories for one idempotent set-up."""

from __future__ import annotations

from shared.data import (
    asked_repository,
    content_repository,
    event_repository,
    job_repository,
    publisher_repository,
    usage_repository,
    worker_repository,
)
from shared.data.database import Database, ensure_indexes, require_replica_set

INDEXES = {
    asked_repository.COLLECTION: asked_repository.INDEXES,
    event_repository.COLLECTION: event_repository.INDEXES,
    job_repository.COLLECTION: job_repository.INDEXES,
    content_repository.PAGES: content_repository.PAGE_INDEXES,
    content_repository.SUMMARIES: content_repository.SUMMARY_INDEXES,
    content_repository.QUESTIONS: content_repository.QUESTION_INDEXES,
    content_repository.PASSAGES: content_repository.PASSAGE_INDEXES,
    publisher_repository.COLLECTION: publisher_repository.INDEXES,
    usage_repository.COLLECTION: usage_repository.INDEXES,
    worker_repository.COLLECTION: worker_repository.INDEXES,
}


async def prepare(database: Database) -> None:
    """Checks the deployment and creates all indexes; every process may call this at start.

    Raises:
        DatabaseUnsuitable: Not a replica set.
        DatabaseUnavailable: No answer.
    """
    await require_replica_set(database)
    await ensure_indexes(database, INDEXES)
