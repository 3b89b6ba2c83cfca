"""Moves published blogs to the embedding model of the settings: ``python -m worker_service.reembed``.

The steps of an operator are in SPLIT_SERVICES_ARCHITECTURE.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from shared.ai.embeddings import open_embedder
from shared.config import explain_settings_error
from shared.data.database import open_database
from shared.data.publisher_repository import PublisherRepository
from shared.data.schema import prepare
from shared.errors import BlogQAError
from shared.log import configure_logging, get_logger
from shared.metrics import ModelMetrics
from worker_service.core.settings import WorkerSettings
from worker_service.data.embedding_repository import EmbeddingRepository
from worker_service.services.reembedding import Reembedded, Reembedding

logger = get_logger(__name__)

_NICENESS: Final = 5  # On a shared machine the API and the database come first.
_LOG_EVERY_S: Final = 10.0


async def reembed(
    settings: WorkerSettings, *, publisher: str | None, drop_others: bool, report: Callable[[int, int], None]
) -> Reembedded:
    """Gives published blogs vectors of the settings' embedding model, beside those they have.

    Args:
        settings: As a worker's.
        publisher: Name or id of the only publisher to move; everybody for None.
        drop_others: Whether blogs that have the model's vectors then lose all others.
        report: Told after each blog how many have been looked at, and of how many.

    Raises:
        NotFound: There is no such publisher.
        BlogQAError: What else stopped it; what was done stays done.
    """
    async with AsyncExitStack() as stack:
        url = settings.mongodb_url.get_secret_value()
        database = await stack.enter_async_context(
            open_database(url, settings.mongodb_database, app_name="blogqa-reembed")
        )
        await prepare(database)
        publisher_id = None
        if publisher is not None:
            publisher_id = (await PublisherRepository(database).named(publisher)).id
        embedder = await open_embedder(settings, stack, ModelMetrics(CollectorRegistry()))
        store = EmbeddingRepository(database, model=embedder.model)
        reembedding = Reembedding(store, embedder, retry_base_s=settings.retry_base_s)
        result = await reembedding.all(publisher_id, report=report)
        if drop_others:
            result.dropped = await reembedding.drop_others(publisher_id)
        logger.info("reembedded", model=embedder.model, **vars(result))
        return result


def _progress() -> Callable[[int, int], None]:
    """A line that is written over on a terminal, else a log line now and then."""
    logged_at = monotonic()

    def on_terminal(done: int, total: int) -> None:
        print(f"\r{done} of {total} blogs", end="\n" if done == total else "", file=sys.stderr, flush=True)

    def in_log(done: int, total: int) -> None:
        nonlocal logged_at
        if done == total or monotonic() - logged_at > _LOG_EVERY_S:
            logged_at = monotonic()
            logger.info("reembedding", done=done, total=total)

    return on_terminal if sys.stderr.isatty() else in_log


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker_service.reembed",
        description="Gives published blogs vectors of the embedding model in the worker's settings, beside those they "
        "have. May be stopped and run again.",
    )
    parser.add_argument("--publisher", metavar="NAME_OR_ID", help="move only this publisher's blogs")
    parser.add_argument(
        "--drop-others",
        action="store_true",
        help="then remove other models' vectors; only when no API uses them any more",
    )
    return parser.parse_args()


def main() -> None:
    """Exits with 0 when every published blog has the model's vectors, else with 1 and a sentence."""
    arguments = _arguments()
    try:
        settings = WorkerSettings()
    except ValidationError as exc:
        sys.exit(explain_settings_error(exc))
    configure_logging(log_format=settings.log_format, level=settings.log_level, service="reembed")
    os.nice(_NICENESS)
    work = reembed(settings, publisher=arguments.publisher, drop_others=arguments.drop_others, report=_progress())
    try:
        result = asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)
    except BlogQAError as exc:
        sys.exit(f"Stopped: {exc}. What was done stays done; run it again to go on.")
    print(f"Blogs embedded: {result.blogs}, vectors written: {result.vectors}.")
    if arguments.drop_others:
        print(f"Blogs whose other vectors were removed: {result.dropped}.")
    if result.lacking:
        sys.exit(f"Blogs published with another model meanwhile: {result.lacking}. Run it again.")


if __name__ == "__main__":
    main()
