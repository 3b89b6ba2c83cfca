"""Hearing of new work without waiting for the next poll."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from shared.data.database import Database, Document, open_change_stream
from shared.data.job_repository import COLLECTION
from shared.models.job_queue import JobStatus

_BECAME_QUEUED: Final[list[Document]] = [
    {
        "$match": {
            "$or": [
                {"operationType": {"$in": ["insert", "replace"]}, "fullDocument.state": JobStatus.QUEUED.value},
                {"operationType": "update", "updateDescription.updatedFields.state": JobStatus.QUEUED.value},
            ]
        }
    },
    {"$project": {"_id": 1}},
]


async def queued_jobs(database: Database) -> AsyncGenerator[None]:
    """Yields once when the stream is open, then whenever a job becomes queued; what it says is "look", nothing more.

    The first yield matters: whoever starts listening looks once after the stream is open, so that nothing enqueued in
    between waits for the next poll.

    Raises:
        DatabaseUnavailable: The stream is lost; open a new one after a pause.
    """
    async with open_change_stream(database[COLLECTION], _BECAME_QUEUED) as stream:
        yield
        async for _ in stream:
            yield
