"""Reading passages: the text that answers are taken from."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from api_service.data.blog_repository import BlogState
from api_service.data.vector_repository import Vectors, decoded_vector
from shared.data.content_repository import PASSAGES, sentence_field, vector_field
from shared.data.database import Database, Document, maps_mongo_errors
from shared.models.content import PassageKind
from shared.models.published import Citation

COMMON: Final = 1_000
"""A term in this many passages is as good as in all of them; counting stops there."""

_COUNTED: Final = 2 * COMMON
"""Counting stops here: a thousand take 2 ms, and every question counts. The rarity of words hardly changes beyond."""
_FIELDS: Final = tuple("blog_id version language title kind url section text start end passage_id terms".split())


@dataclass(frozen=True)
class StoredPassage:
    """One passage as it is searched and cited.

    Attributes:
        key: Id of its document.
        terms: Distinct terms of title, section and text, as ``shared.text.terms`` makes them.
        vector: Of the repository's embedding model; None if it has none.
        sentences: One row per sentence of the text, of the same model; none for code and in what is left of others.
    """

    key: str
    blog_id: str
    version: int
    language: str
    kind: PassageKind
    citation: Citation
    terms: frozenset[str]
    vector: Vectors | None
    sentences: Vectors


class PassageRepository:
    """All reads of ``passages``.

    Args:
        database: Where.
        model: Name of the embedding model that questions are embedded with.
    """

    def __init__(self, database: Database, *, model: str) -> None:
        self._passages = database[PASSAGES]
        self._field = vector_field(model)
        self._sentence_field = sentence_field(model)

    @maps_mongo_errors
    async def of_blog(self, blog: BlogState) -> list[StoredPassage]:
        """All passages of a blog's version, in reading order."""
        return await self._found({"blog_id": blog.blog_id, "version": blog.version})

    @maps_mongo_errors
    async def by_keys(self, keys: Collection[str]) -> list[StoredPassage]:
        """Passages by key, in reading order, of superseded versions too; those that are gone are left out."""
        return await self._found({"_id": {"$in": list(keys)}})

    @maps_mongo_errors
    async def with_terms(self, publisher_id: str, terms: Sequence[str], *, limit: int) -> list[StoredPassage]:
        """Some of a publisher's passages that hold any of the terms, of superseded versions too."""
        # Superseded ones are left out by the caller: asking for it here makes the planner take their index.
        return await self._found({"publisher_id": publisher_id, "terms": {"$in": list(terms)}}, limit=limit)

    @maps_mongo_errors
    async def frequencies(self, publisher_id: str, terms: Sequence[str]) -> dict[str, int]:
        """In how many of a publisher's passages each term occurs, at most ``COMMON``."""
        counts = await asyncio.gather(
            *(
                self._passages.count_documents({"publisher_id": publisher_id, "terms": term}, limit=COMMON)
                for term in terms
            )
        )
        return dict(zip(terms, counts, strict=True))

    @maps_mongo_errors
    async def count(self, publisher_id: str) -> int:
        """How many passages a publisher has, at most ``_COUNTED``."""
        return await self._passages.count_documents({"publisher_id": publisher_id}, limit=_COUNTED)

    async def _found(self, query: dict[str, Any], *, limit: int = 0) -> list[StoredPassage]:
        fields = dict.fromkeys([*_FIELDS, self._field, self._sentence_field], 1)
        cursor = self._passages.find(query, fields, limit=limit)
        found = [self._passage(document) async for document in cursor]
        return sorted(found, key=lambda passage: (passage.blog_id, passage.citation.start))

    def _passage(self, document: Document) -> StoredPassage:
        citation = Citation(
            passage_id=document["passage_id"],
            text=document["text"],
            title=document.get("title", ""),
            section=document["section"],
            start=document["start"],
            end=document["end"],
            url=document["url"],
        )
        vector = decoded_vector(document, self._field) if document.get("vectors") else None
        return StoredPassage(
            key=document["_id"],
            blog_id=document["blog_id"],
            version=document["version"],
            language=document["language"],
            kind=PassageKind(document["kind"]),
            citation=citation,
            terms=frozenset(document.get("terms", ())),
            vector=vector,
            sentences=self._rows(document, vector),
        )

    def _rows(self, document: Document, vector: Vectors | None) -> Vectors:
        holder, _, name = self._sentence_field.partition(".")
        stored = document.get(holder, {}).get(name, b"")
        if vector is None or not stored:
            return np.empty((0, 0 if vector is None else len(vector)), dtype=np.float32)
        rows = np.frombuffer(stored, dtype=np.int8).reshape(-1, len(vector)).astype(np.float32)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)
