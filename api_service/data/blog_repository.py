"""Which blogs are published, under which names and in which version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pymongo import DESCENDING

from shared.data.content_repository import SUMMARIES
from shared.data.database import Database, Document, maps_mongo_errors

_STATE: Final = {"published_version": 1, "language": 1, "content_hash": 1}


@dataclass(frozen=True)
class BlogState:
    """Which version of a blog is published."""

    blog_id: str
    version: int
    language: str
    content_hash: str


class BlogRepository:
    """Reads the state of blogs from ``blog_summaries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @maps_mongo_errors
    async def find(self, blog_id: str) -> BlogState | None:
        """The state of a blog by its id or an alias, or None if it is not published."""
        found = await find_summary(self._database, blog_id, _STATE)
        return _state(found) if found else None

    @maps_mongo_errors
    async def states(self, blog_ids: Collection[str]) -> dict[str, BlogState]:
        """The states of blogs by id; those that are gone are left out."""
        cursor = self._database[SUMMARIES].find({"_id": {"$in": list(blog_ids)}}, _STATE)
        return {document["_id"]: _state(document) async for document in cursor}


async def find_summary(database: Database, blog_id: str, fields: Mapping[str, Any]) -> Document | None:
    """A blog's summary by its id, else by an alias; of two pages that claim the same address, the newest."""
    found = await database[SUMMARIES].find_one({"_id": blog_id}, fields)
    newest = [("published_at", DESCENDING)]
    return found or await database[SUMMARIES].find_one({"aliases": blog_id}, fields, sort=newest)


def _state(document: Document) -> BlogState:
    return BlogState(
        blog_id=document["_id"],
        version=document["published_version"],
        language=document["language"],
        content_hash=document["content_hash"],
    )
