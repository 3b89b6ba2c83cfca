"""Publishers and their keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pymongo import ASCENDING, IndexModel

from shared.data.database import Database, Document, maps_mongo_errors, new_id
from shared.models.publisher import Publisher

COLLECTION: Final = "publishers"
KEY_PREFIX: Final = "pub_"

INDEXES: Final = (
    # find_by_key(): one look-up by hash; two publishers can never share a key.
    IndexModel(
        [("key_hashes", ASCENDING)],
        name="key",
        unique=True,
        partialFilterExpression={"key_hashes": {"$exists": True}},
    ),
    # ensure(), named(): publishers by name.
    IndexModel([("name", ASCENDING)], name="name", unique=True),
)


def new_key() -> str:
    """A fresh publisher key: 192 random bits, so that a plain hash is enough to store it by."""
    return KEY_PREFIX + secrets.token_urlsafe(24)


def hash_key(key: str) -> str:
    """What is stored of a key: SHA-256, 64 hex digits."""
    return hashlib.sha256(key.encode()).hexdigest()


class PublisherRepository:
    """All reads and writes of ``publishers``."""

    def __init__(self, database: Database) -> None:
        self._publishers = database[COLLECTION]

    @maps_mongo_errors
    async def find_by_key(self, key: str) -> Publisher | None:
        """The publisher that the key belongs to, or None."""
        key_hash = hash_key(key)
        document = await self._publishers.find_one({"key_hashes": key_hash})
        if document is None or not any(hmac.compare_digest(known, key_hash) for known in document["key_hashes"]):
            return None
        return _publisher(document)

    @maps_mongo_errors
    async def get(self, publisher_id: str) -> Publisher | None:
        """The publisher with this id, or None."""
        document = await self._publishers.find_one({"_id": publisher_id})
        return _publisher(document) if document else None

    @maps_mongo_errors
    async def named(self, name_or_id: str) -> Publisher | None:
        """The publisher with this name or id, or None."""
        document = await self._publishers.find_one({"$or": [{"name": name_or_id}, {"_id": name_or_id}]})
        return _publisher(document) if document else None

    @maps_mongo_errors
    async def ensure(self, *, name: str, domains: Sequence[str], key: str) -> Publisher:
        """Creates the publisher of that name, or gives the existing one these domains and this key."""
        change = {
            "$set": {"domains": list(domains), "key_hashes": [hash_key(key)]},
            "$setOnInsert": {"_id": new_id(), "created_at": datetime.now(UTC), "disabled": False},
        }
        await self._publishers.update_one({"name": name}, change, upsert=True)
        document = await self._publishers.find_one({"name": name})
        if document is None:
            raise AssertionError(f"publisher {name!r} vanished while it was being created")
        return _publisher(document)


def _publisher(document: Document) -> Publisher:
    return Publisher(
        id=document["_id"],
        name=document["name"],
        domains=tuple(document["domains"]),
        disabled=document["disabled"],
        created_at=document["created_at"],
    )
