"""How often readers saw, opened and judged what; the collection ``event_counts``. Nothing about any reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo import ASCENDING, IndexModel, UpdateOne

from shared.data.database import Database, maps_mongo_errors
from shared.models.events import Event, EventType, QuestionCounts

COLLECTION: Final = "event_counts"

_KEPT_S: Final = 400 * 86_400
"""Long enough to compare a month with the same one a year before."""

INDEXES: Final = (
    # EventRepository.add() and counts(): a blog's days, then questions.
    IndexModel(
        [("blog_id", ASCENDING), ("day", ASCENDING), ("question_id", ASCENDING)], name="blog_day_question", unique=True
    ),
    IndexModel([("changed_at", ASCENDING)], name="old", expireAfterSeconds=_KEPT_S),
)


class EventRepository:
    """Adds up events by blog, question and day (UTC)."""

    def __init__(self, database: Database) -> None:
        self._counts = database[COLLECTION]

    @maps_mongo_errors
    async def add(self, publisher_id: str, blog_id: str, events: Iterable[Event]) -> None:
        """Counts events of one blog."""
        now = datetime.now(UTC)
        by_question: dict[str | None, Counter[str]] = {}
        for event in events:
            by_question.setdefault(event.question_id, Counter())[event.type] += 1
        writes = [
            UpdateOne(
                {"blog_id": blog_id, "day": now.date().isoformat(), "question_id": question_id},
                {"$inc": dict(counts), "$set": {"changed_at": now}, "$setOnInsert": {"publisher_id": publisher_id}},
                upsert=True,
            )
            for question_id, counts in by_question.items()
        ]
        if writes:
            await self._counts.bulk_write(writes, ordered=False)

    @maps_mongo_errors
    async def counts(self, blog_id: str, *, days: int) -> list[QuestionCounts]:
        """Sums by question over so many days, today among them; None stands for the blog as a whole."""
        first = (datetime.now(UTC) - timedelta(days=days - 1)).date().isoformat()
        cursor = await self._counts.aggregate(
            [
                {"$match": {"blog_id": blog_id, "day": {"$gte": first}}},
                {"$group": {"_id": "$question_id", **{kind.value: {"$sum": f"${kind}"} for kind in EventType}}},
                {"$sort": {"_id": 1}},
            ]
        )
        return [
            QuestionCounts(question_id=found["_id"], counts={kind: found[kind] for kind in EventType})
            async for found in cursor
        ]
