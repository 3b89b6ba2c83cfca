"""Tokens and cost by publisher and day; the collection ``usage``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from shared.data.database import Database, Document, maps_mongo_errors
from shared.models.usage import DailyUsage, Prices, Purpose, Usage

COLLECTION: Final = "usage"

_KEPT_S: Final = 400 * 86_400
"""Long enough to compare a month with the same one a year before."""

INDEXES: Final = (
    # UsageRepository.today(), and days() in order.
    IndexModel([("publisher_id", ASCENDING), ("day", ASCENDING)], name="publisher_day", unique=True),
    IndexModel([("changed_at", ASCENDING)], name="old", expireAfterSeconds=_KEPT_S),
)


class UsageRepository:
    """Adds up what publishers use.

    Args:
        database: Where.
        prices: What tokens cost.
    """

    def __init__(self, database: Database, *, prices: Prices) -> None:
        self._usage = database[COLLECTION]
        self._prices = prices

    @maps_mongo_errors
    async def add(self, publisher_id: str, purpose: Purpose, usage: Usage) -> None:
        """Counts one call of a model, on today's account (UTC)."""
        now = datetime.now(UTC)
        await self._usage.update_one(
            {"publisher_id": publisher_id, "day": now.date().isoformat()},
            {
                "$inc": {
                    f"{purpose}.calls": 1,
                    f"{purpose}.prompt_tokens": usage.prompt_tokens,
                    f"{purpose}.completion_tokens": usage.completion_tokens,
                    f"{purpose}.cost_usd": self._prices.cost(usage),
                },
                "$set": {"changed_at": now},
            },
            upsert=True,
        )

    @maps_mongo_errors
    async def today(self, publisher_id: str) -> DailyUsage:
        """What a publisher has used since midnight UTC."""
        day: date = datetime.now(UTC).date()
        found = await self._usage.find_one({"publisher_id": publisher_id, "day": day.isoformat()}) or {}
        return _daily(day, found)

    @maps_mongo_errors
    async def days(self, publisher_id: str, *, days: int) -> list[DailyUsage]:
        """What a publisher used on each of the last so many days, today included, newest first, idle days left out."""
        first = datetime.now(UTC).date() - timedelta(days=days - 1)
        query = {"publisher_id": publisher_id, "day": {"$gte": first.isoformat()}}
        found = self._usage.find(query).sort("day", DESCENDING).limit(days)
        return [_daily(date.fromisoformat(document["day"]), document) async for document in found]


def _daily(day: date, document: Document) -> DailyUsage:
    return DailyUsage(day=day, **{purpose: document.get(purpose, {}) for purpose in Purpose})
