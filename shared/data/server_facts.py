"""What MongoDB says of itself, for whoever looks after it."""

from __future__ import annotations

from contextlib import suppress

from pydantic import Field
from pymongo.errors import OperationFailure

from shared.data.database import Database, Document, maps_mongo_errors
from shared.models.base import Frozen


class ServerFacts(Frozen):
    """MongoDB and its disk; null is what the deployment does not say, or not to this user."""

    version: str | None = None
    replica_set: str | None = Field(default=None, description="Name of the replica set.")
    disk_used_bytes: int | None = Field(default=None, description="Used on the file system that holds the data.")
    disk_total_bytes: int | None = Field(default=None, description="Size of that file system.")
    data_bytes: int | None = Field(default=None, description="BlogQA's own documents, uncompressed.")


@maps_mongo_errors
async def server_facts(database: Database) -> ServerFacts:
    """Asks for what is known without reading a document.

    Raises:
        DatabaseUnavailable: No answer.
    """
    built, hello, stats = [await _answer(database, command) for command in ("buildInfo", "hello", "dbStats")]
    return ServerFacts(
        version=built.get("version"),
        replica_set=hello.get("setName"),
        disk_used_bytes=_bytes(stats, "fsUsedSize"),
        disk_total_bytes=_bytes(stats, "fsTotalSize"),
        data_bytes=_bytes(stats, "dataSize"),
    )


async def _answer(database: Database, command: str) -> Document:
    with suppress(OperationFailure):  # Hosted deployments know not all commands, and let not everybody use them.
        return await database.command(command)
    return {}


def _bytes(stats: Document, field: str) -> int | None:
    value = stats.get(field)  # A double, whatever the documentation says.
    return None if value is None else int(value)
