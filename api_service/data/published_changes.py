"""Hearing which blogs were republished or removed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from shared.data.content_repository import SUMMARIES
from shared.data.database import Database, Document, open_change_stream

_CHANGES: Final[list[Document]] = [
    {"$match": {"operationType": {"$in": ["insert", "update", "replace", "delete"]}}},
    {"$project": {"documentKey": 1}},
]


async def published_changes(database: Database) -> AsyncGenerator[str | None]:
    """Yields None once when the stream is open, then the id of every blog whose published version changed.

    Raises:
        DatabaseUnavailable: The stream is lost; changes may have been missed.
    """
    async with open_change_stream(database[SUMMARIES], _CHANGES) as stream:
        yield None
        async for change in stream:
            yield str(change["documentKey"]["_id"])
