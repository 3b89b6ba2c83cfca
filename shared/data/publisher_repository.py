"""Publishers and their keys."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from shared.data.database import ID_PATTERN, Database, Document, maps_mongo_errors, new_id
from shared.errors import Conflict, NotFound
from shared.models.publisher import Publisher, PublisherCounts

COLLECTION: Final = "publishers"
KEY_PREFIX: Final = "pub_"
MAX_KEYS: Final = 5
"""Keys of one publisher that may work at the same time."""

INDEXES: Final = (
    # find_by_key(): one look-up by hash; two publishers can never share a key.
    IndexModel(
        [("key_hashes", ASCENDING)],
        name="key",
        unique=True,
        partialFilterExpression={"key_hashes": {"$exists": True}},
    ),
    # ensure(), named(): publishers by name; create(), change(): no two have the same.
    IndexModel([("name", ASCENDING)], name="name", unique=True),
    # counts(): in the index alone.
    IndexModel([("disabled", ASCENDING)], name="disabled"),
)


def new_key() -> str:
    """A fresh publisher key: 192 random bits, so that a plain hash is enough to store it by."""
    return KEY_PREFIX + secrets.token_urlsafe(24)


def hash_key(key: str) -> str:
    """What is stored of a key: SHA-256, 64 hex digits."""
    return hashlib.sha256(key.encode()).hexdigest()


_FIELDS: Final = {
    "name": 1,
    "domains": 1,
    "disabled": 1,
    "created_at": 1,
    "key_hashes": 1,
    "key_ends": 1,
    "now": "$$NOW",
}
"""What is read of a publisher, and the server's clock."""


class PublisherRepository:
    """All reads and writes of ``publishers``.

    ``key_hashes`` holds the keys, oldest first; ``key_ends`` says by hash when a key ends, and nothing of one that
    works until it is rotated. Whether a key has ended is decided by the server's clock.
    """

    def __init__(self, database: Database) -> None:
        self._publishers = database[COLLECTION]

    @maps_mongo_errors
    async def find_by_key(self, key: str) -> tuple[Publisher, float] | None:
        """The publisher that the key belongs to, and how many seconds it has left (``inf``: nobody has said).

        None when the key is unknown or has ended.
        """
        key_hash = hash_key(key)
        document = await self._publishers.find_one({"key_hashes": key_hash}, _FIELDS)
        if document is None or not any(hmac.compare_digest(known, key_hash) for known in document["key_hashes"]):
            return None
        ends_at = document.get("key_ends", {}).get(key_hash)
        left_s = math.inf if ends_at is None else (ends_at - document["now"]).total_seconds()
        return (_publisher(document), left_s) if left_s > 0 else None

    @maps_mongo_errors
    async def get(self, publisher_id: str) -> Publisher | None:
        """The publisher with this id, or None."""
        document = await self._publishers.find_one({"_id": publisher_id}, _FIELDS)
        return _publisher(document) if document else None

    @maps_mongo_errors
    async def named(self, name_or_id: str) -> Publisher:
        """The publisher with this name or id; what looks like an id is one, whatever others are named.

        Raises:
            NotFound: There is none.
        """
        field = "_id" if re.fullmatch(ID_PATTERN, name_or_id) else "name"
        document = await self._publishers.find_one({field: name_or_id}, _FIELDS)
        if document is None:
            raise NotFound(f"there is no publisher with the name or id {name_or_id[:100]!r}")
        return _publisher(document)

    @maps_mongo_errors
    async def page(self, *, before: str | None, limit: int) -> list[Publisher]:
        """At most ``limit`` publishers, newest first; only those older than the id ``before``."""
        query = {"_id": {"$lt": before}} if before else {}
        found = self._publishers.find(query, _FIELDS).sort("_id", DESCENDING).limit(limit)
        return [_publisher(document) async for document in found]

    @maps_mongo_errors
    async def counts(self) -> PublisherCounts:
        """How many publishers are served, and how many are disabled."""
        active, disabled = [await self._publishers.count_documents({"disabled": value}) for value in (False, True)]
        return PublisherCounts(active=active, disabled=disabled)

    @maps_mongo_errors
    async def create(self, *, name: str, domains: Sequence[str], key: str) -> Publisher:
        """Creates a publisher.

        Raises:
            Conflict: The name is taken.
        """
        document: Document = {
            "_id": new_id(),
            "name": name,
            "domains": list(domains),
            "disabled": False,
            "created_at": datetime.now(UTC),
            "key_hashes": [hash_key(key)],
        }
        try:
            await self._publishers.insert_one(document)
        except DuplicateKeyError as exc:
            raise _name_taken(name) from exc
        return await self.named(document["_id"])

    @maps_mongo_errors
    async def change(self, publisher_id: str, changes: dict[str, Any]) -> Publisher:
        """Gives the publisher another ``name``, ``domains`` or ``disabled``; at least one of them.

        Raises:
            NotFound: There is no such publisher.
            Conflict: The name is taken.
        """
        try:
            await self._publishers.update_one({"_id": publisher_id}, {"$set": changes})
        except DuplicateKeyError as exc:
            raise _name_taken(changes["name"]) from exc
        return await self.named(publisher_id)

    @maps_mongo_errors
    async def rotate(self, publisher_id: str, *, key: str, overlap_s: int) -> Publisher:
        """Gives the publisher a new key; older ones work for ``overlap_s`` more seconds, or less if they ended sooner.

        Raises:
            NotFound: There is no such publisher.
            Conflict: Too many keys would work at once, or somebody else rotates at this moment.
        """
        document = await self._publishers.find_one({"_id": publisher_id}, _FIELDS)
        if document is None:
            raise NotFound(f"there is no publisher with the id {publisher_id!r}")
        older = _working_keys(document) if overlap_s else {}
        if len(older) >= MAX_KEYS:
            raise Conflict(
                f"{MAX_KEYS} keys of this publisher work already; wait until one has ended, "
                "or rotate with overlap_s 0, which ends all older keys at once"
            )
        until = document["now"] + timedelta(seconds=overlap_s)
        changes = {
            "key_hashes": [*older, hash_key(key)],
            "key_ends": {known: min(until, ends_at or until) for known, ends_at in older.items()},
        }
        # Every rotation changes the hashes, so they tell whether another one came in between.
        query = {"_id": publisher_id, "key_hashes": document["key_hashes"]}
        if (await self._publishers.update_one(query, {"$set": changes})).matched_count == 0:
            raise Conflict(
                "this publisher's key was rotated by somebody else at this moment; look before doing it again"
            )
        return await self.named(publisher_id)

    @maps_mongo_errors
    async def ensure(self, *, name: str, domains: Sequence[str], key: str) -> Publisher:
        """Creates the publisher of that name, or gives the existing one these domains and this key."""
        change = {
            "$set": {"domains": list(domains), "key_hashes": [hash_key(key)]},
            "$unset": {"key_ends": ""},
            "$setOnInsert": {"_id": new_id(), "created_at": datetime.now(UTC), "disabled": False},
        }
        await self._publishers.update_one({"name": name}, change, upsert=True)
        return await self.named(name)


def _publisher(document: Document) -> Publisher:
    return Publisher(
        id=document["_id"],
        name=document["name"],
        domains=tuple(document["domains"]),
        disabled=document["disabled"],
        created_at=document["created_at"],
        key_ends=tuple(reversed(_working_keys(document).values())),
    )


def _working_keys(document: Document) -> dict[str, datetime | None]:
    """When each key that has not ended does, by hash, oldest key first."""
    ends: dict[str, datetime] = document.get("key_ends", {})
    keys = {known: ends.get(known) for known in document["key_hashes"]}
    return {known: ends_at for known, ends_at in keys.items() if ends_at is None or ends_at > document["now"]}


def _name_taken(name: str) -> Conflict:
    return Conflict(f"the name {name!r} is taken; choose another one, or change that publisher")
