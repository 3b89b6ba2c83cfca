"""Every index of every collection, gathered from the repositories for one idempotent set-up."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_random_exponential

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
from shared.errors import BlogQAError, DatabaseUnavailable
from shared.log import get_logger

logger = get_logger(__name__)

_LONGEST_PAUSE_S = 10.0

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


async def prepare_when_possible(
    database: Database,
    *,
    wait_for: type[BlogQAError] = DatabaseUnavailable,
    on_problem: Callable[[str], None] = lambda problem: None,
) -> None:
    """Prepares the database as soon as it lets us, with exponential back-off in between.

    Args:
        database: What to prepare.
        wait_for: Errors that may pass by themselves; any other ends the waiting.
        on_problem: Told why it is not prepared yet, in a sentence.
    """

    def tell(state: RetryCallState) -> None:
        problem = str(state.outcome.exception()) if state.outcome else ""
        logger.warning("database_not_ready", error=problem)
        on_problem(problem)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(wait_for),
        wait=wait_random_exponential(multiplier=0.5, max=_LONGEST_PAUSE_S),
        before_sleep=tell,
    )
    await retrying(prepare, database)
