"""Hearing which blogs were republished or removed."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from shared.data.content_repository import SUMMARIES
from shared.data.database import Database, mongo_errors_mapped


async def published_changes(database: Database) -> AsyncGenerator[str | None]:
    """Yields None once when the stream is open, then the id of every blog whose published version changed.

    Raises:
        DatabaseUnavailable: The stream is lost; changes may have been missed.
    """
    with mongo_errors_mapped():
        async with await database[SUMMARIES].watch([{"$project": {"documentKey": 1}}]) as stream:
            yield None
            async for change in stream:
                yield str(change["documentKey"]["_id"])
