"""Reading stored vectors, and what is shown of the blogs and questions that a search finds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api_service.data.blog_repository import find_summary
from shared.data.content_repository import PASSAGES, QUESTIONS, SUMMARIES, vector_field
from shared.data.database import Database, Document, maps_mongo_errors

Vectors = NDArray[np.float32]

_VECTOR_HEADER_BYTES: Final = 2  # BSON vectors (binary subtype 9): element type and padding come first.


class VectorKind(StrEnum):
    """What a vector stands for; the value is the collection it is stored in."""

    QUESTION = QUESTIONS
    SUMMARY = SUMMARIES
    PASSAGE = PASSAGES


@dataclass(frozen=True)
class BlogVectors:
    """A published version's vectors, keys and rows by kind."""

    keys: dict[VectorKind, list[str]]
    rows: dict[VectorKind, Vectors]


@dataclass(frozen=True)
class StoredVector:
    """One vector with where it belongs."""

    blog_id: str
    language: str
    vector: Vectors


@dataclass(frozen=True)
class BlogCard:
    """What is shown of a blog in a list."""

    title: str
    url: str
    summary: str
    language: str


class VectorRepository:
    """All reads for searching. Vectors of another embedding model than ``model`` do not exist for it.

    Args:
        database: Where.
        model: Name of the embedding model that queries are embedded with.
    """

    def __init__(self, database: Database, *, model: str) -> None:
        self._database = database
        self._model = model
        self._field = vector_field(model)

    @maps_mongo_errors
    async def versions(self, publisher_id: str) -> dict[str, int]:
        """The published version of every blog of a publisher, by blog id; read from the index alone."""
        query = {"publisher_id": publisher_id, "models": self._model}
        cursor = self._database[SUMMARIES].find(query, {"_id": 1, "published_version": 1})
        return {document["_id"]: document["published_version"] async for document in cursor}

    @maps_mongo_errors
    async def vectors(self, versions: dict[str, int]) -> dict[str, BlogVectors]:
        """The vectors of blogs at given versions; superseded ones stay readable for a minute.

        Args:
            versions: Published version by blog id.
        """
        found: dict[str, dict[VectorKind, tuple[list[str], list[Vectors]]]] = {
            blog_id: {kind: ([], []) for kind in VectorKind} for blog_id in versions
        }
        for kind in VectorKind:
            name = "_id" if kind is VectorKind.SUMMARY else "blog_id"
            query = {name: {"$in": list(versions)}, self._field: {"$exists": True}}
            fields = {"blog_id": 1, "version": 1, "published_version": 1, self._field: 1}
            async for document in self._database[kind.value].find(query, fields):
                is_summary = kind is VectorKind.SUMMARY
                blog_id = document["_id" if is_summary else "blog_id"]
                if versions[blog_id] == document["published_version" if is_summary else "version"]:
                    keys, rows = found[blog_id][kind]
                    keys.append(document["_id"])
                    rows.append(decoded_vector(document, self._field))
        return {blog_id: _blog_vectors(kinds) for blog_id, kinds in found.items()}

    @maps_mongo_errors
    async def of_question(self, question_id: str, *, publisher_id: str) -> StoredVector | None:
        """A question's vector, or None if the publisher has no such question."""
        query = {"_id": question_id, "publisher_id": publisher_id, self._field: {"$exists": True}}
        document = await self._database[QUESTIONS].find_one(query, {"blog_id": 1, "language": 1, self._field: 1})
        return (
            StoredVector(document["blog_id"], document["language"], decoded_vector(document, self._field))
            if document
            else None
        )

    @maps_mongo_errors
    async def questions_of(self, blog_id: str, version: int) -> dict[str, Vectors]:
        """The vectors of a blog version's questions by question id."""
        query = {"blog_id": blog_id, "version": version, self._field: {"$exists": True}}
        cursor = self._database[QUESTIONS].find(query, {self._field: 1})
        return {document["_id"]: decoded_vector(document, self._field) async for document in cursor}

    @maps_mongo_errors
    async def of_blog(self, blog_id: str) -> StoredVector | None:
        """A blog's vector by its id or an alias, or None if it is not published."""
        document = await find_summary(self._database, blog_id, {"language": 1, "models": 1, self._field: 1})
        if document is None or self._model not in document.get("models", ()):
            return None
        return StoredVector(document["_id"], document["language"], decoded_vector(document, self._field))

    @maps_mongo_errors
    async def cards(self, blog_ids: Collection[str]) -> dict[str, BlogCard]:
        """What is shown of blogs, by id; those that are gone are left out."""
        fields = {"title": 1, "blog_url": 1, "summary": 1, "language": 1}
        cursor = self._database[SUMMARIES].find({"_id": {"$in": list(blog_ids)}}, fields)
        return {
            document["_id"]: BlogCard(
                title=document["title"],
                url=document["blog_url"],
                summary=document["summary"],
                language=document["language"],
            )
            async for document in cursor
        }

    @maps_mongo_errors
    async def question_texts(self, question_ids: Collection[str]) -> dict[str, str]:
        """The wording of questions by id; those that are gone are left out."""
        cursor = self._database[QUESTIONS].find({"_id": {"$in": list(question_ids)}}, {"question": 1})
        return {document["_id"]: document["question"] async for document in cursor}


def decoded_vector(document: Document, field: str) -> Vectors:
    """The vector that a document keeps in a field of ``vector_field``."""
    holder, _, name = field.partition(".")
    return np.frombuffer(document[holder][name], dtype="<f4", offset=_VECTOR_HEADER_BYTES)


def _blog_vectors(kinds: dict[VectorKind, tuple[list[str], list[Vectors]]]) -> BlogVectors:
    return BlogVectors(
        keys={kind: keys for kind, (keys, _) in kinds.items()},
        rows={kind: _stacked(rows) for kind, (_, rows) in kinds.items()},
    )


def _stacked(rows: Iterable[Vectors]) -> Vectors:
    rows = list(rows)
    return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)
