"""What readers asked, masked and for a while; and the answers that a model wrote, to be served again.

The collection ``asked_questions``. An answer is served again only while every article that it cites is the one that it
was written from: it carries their content hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, IndexModel

from shared.data.database import Database, maps_mongo_errors

COLLECTION: Final = "asked_questions"

_KEPT: Final = timedelta(days=30)

INDEXES: Final = (
    # delete_blog(): questions about a blog, and answers that cite it.
    IndexModel([("blog_ids", ASCENDING)], name="blogs"),
    IndexModel([("expires_at", ASCENDING)], name="old", expireAfterSeconds=0),
)


class AskedRepository:
    """Remembers questions and answers, each under a key that names who was asked what about which content."""

    def __init__(self, database: Database) -> None:
        self._asked = database[COLLECTION]

    @maps_mongo_errors
    async def count(self, key: str, *, publisher_id: str, blog_id: str | None, question: str, covered: bool) -> None:
        """Counts one asking.

        Args:
            key: Identity of the question, at most one document each.
            publisher_id: Whose reader asked.
            blog_id: The blog it was asked about, or None for all content.
            question: As it was asked, masked.
            covered: Whether the content answered it.
        """
        now = datetime.now(UTC)
        first = {
            "publisher_id": publisher_id,
            "blog_id": blog_id,
            "question": question,
            "first_asked_at": now,
        }
        change: dict[str, Any] = {
            "$inc": {"count": 1},
            "$set": {"covered": covered, "last_asked_at": now, "expires_at": now + _KEPT},
            "$setOnInsert": first,
        }
        if blog_id is not None:
            change["$addToSet"] = {"blog_ids": blog_id}
        await self._asked.update_one({"_id": key}, change, upsert=True)

    @maps_mongo_errors
    async def keep(self, key: str, answer: dict[str, Any], *, content: Mapping[str, str], version: str) -> None:
        """Keeps an answer with a question that was counted; does nothing for one that was not.

        Args:
            key: Identity of the question.
            answer: As JSON.
            content: Content hash of every cited blog, by blog id.
            version: Of what wrote it.
        """
        change = {
            "$set": {"answer": answer, "content": dict(content), "version": version},
            "$addToSet": {"blog_ids": {"$each": list(content)}},
        }
        await self._asked.update_one({"_id": key}, change)

    @maps_mongo_errors
    async def kept(self, key: str, *, version: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        """The answer of one version that was kept, and the content it was written from, or None."""
        query = {"_id": key, "answer": {"$exists": True}, "version": version}
        found = await self._asked.find_one(query, {"answer": 1, "content": 1})
        return (found["answer"], found["content"]) if found else None

    @maps_mongo_errors
    async def retire(self, key: str) -> None:
        """Forgets an answer whose articles have changed; the question stays counted."""
        await self._asked.update_one({"_id": key}, {"$unset": {"answer": 1, "content": 1, "version": 1}})
