"""Vectors of another embedding model beside those that published blogs have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession

from shared.ai.embeddings import Vectors
from shared.data.content_repository import (
    PASSAGES,
    QUESTIONS,
    SUMMARIES,
    sentence_field,
    stored_sentences,
    stored_vector,
    vector_field,
)
from shared.data.database import Database, Document, maps_mongo_errors
from shared.models.content import Passage


@dataclass(frozen=True)
class PublishedTexts:
    """What is embedded of one published version.

    Attributes:
        question_ids: Document ids, one for each question.
        passage_ids: Document ids, one for each passage; passages are in reading order.
    """

    blog_id: str
    version: int
    title: str
    summary: str
    question_ids: tuple[str, ...]
    questions: tuple[str, ...]
    passage_ids: tuple[str, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class BlogVectors:
    """A blog's vectors.

    Attributes:
        summary: Shape ``(dimensions,)``.
        questions: One row per question.
        passages: One row per passage.
        sentences: For each passage one row per sentence.
    """

    summary: Vectors
    questions: Vectors
    passages: Vectors
    sentences: tuple[Vectors, ...]

    def __len__(self) -> int:
        """Vectors in all."""
        return 1 + len(self.questions) + len(self.passages)


class EmbeddingRepository:
    """Reads published texts and writes their vectors of one embedding model.

    Args:
        database: Where.
        model: Name of the model.
    """

    def __init__(self, database: Database, *, model: str) -> None:
        self._database = database
        self._model = model
        self._field = vector_field(model)
        self._sentence_field = sentence_field(model)

    @maps_mongo_errors
    async def count_lacking(self, publisher_id: str | None) -> int:
        """How many published blogs have no vectors of the model; of all publishers for None."""
        return await self._database[SUMMARIES].count_documents(self._lacking(publisher_id))

    @maps_mongo_errors
    async def lacking(self, publisher_id: str | None, *, after: str, limit: int) -> list[str]:
        """Ids of blogs without vectors of the model, in order.

        Args:
            publisher_id: Whose; everybody's for None.
            after: Only ids that sort behind this one.
            limit: At most this many.
        """
        return await self._ids({**self._lacking(publisher_id), "_id": {"$gt": after}}, limit)

    @maps_mongo_errors
    async def mixed(self, publisher_id: str | None, *, after: str, limit: int) -> list[str]:
        """Ids of blogs that have vectors of the model and of others, in order; as ``lacking``."""
        query = {**_of(publisher_id), "models": self._model, "models.1": {"$exists": True}, "_id": {"$gt": after}}
        return await self._ids(query, limit)

    @maps_mongo_errors
    async def texts(self, blog_id: str) -> PublishedTexts | None:
        """What is to be embedded, or None if the blog is gone or has the model's vectors."""
        summary = await self._database[SUMMARIES].find_one(
            {"_id": blog_id, "models": {"$ne": self._model}}, {"published_version": 1, "title": 1, "summary": 1}
        )
        if summary is None:
            return None
        published = {"blog_id": blog_id, "version": summary["published_version"]}
        questions = await self._database[QUESTIONS].find(published, {"question": 1}).sort("order").to_list()
        fields = {"passage_id": 1, **{name: 1 for name in Passage.model_fields if name != "id"}}
        passages = await self._database[PASSAGES].find(published, fields).sort("start").to_list()
        return PublishedTexts(
            blog_id=blog_id,
            version=summary["published_version"],
            title=summary["title"],
            summary=summary["summary"],
            question_ids=tuple(question["_id"] for question in questions),
            questions=tuple(question["question"] for question in questions),
            passage_ids=tuple(passage.pop("_id") for passage in passages),
            passages=tuple(Passage(id=passage.pop("passage_id"), **passage) for passage in passages),
        )

    @maps_mongo_errors
    async def add_vectors(self, texts: PublishedTexts, vectors: BlogVectors) -> bool:
        """Adds a version's vectors beside those it has, all or none.

        Returns:
            False if the blog has another version by now, or is gone: nothing was written.
        """

        async def write(session: AsyncClientSession) -> bool:
            # The summary comes first: a publication at the same time meets it there, and one of the two waits.
            change = {"$set": {self._field: stored_vector(vectors.summary)}, "$addToSet": {"models": self._model}}
            published = {"_id": texts.blog_id, "published_version": texts.version}
            found = await self._database[SUMMARIES].update_one(published, change, session=session)
            if not found.matched_count:
                return False
            await self._set(QUESTIONS, texts.question_ids, vectors.questions, session)
            await self._set(PASSAGES, texts.passage_ids, vectors.passages, session)
            await self._set_sentences(texts.passage_ids, vectors.sentences, session)
            return True

        async with self._database.client.start_session() as session:
            return await session.with_transaction(write)

    @maps_mongo_errors
    async def drop_others(self, blog_id: str) -> bool:
        """Removes a blog's vectors of other models; False if it is gone, lacks the model, or has no others."""

        async def write(session: AsyncClientSession) -> bool:
            summaries = self._database[SUMMARIES]
            summary = await summaries.find_one({"_id": blog_id, "models": self._model}, {"models": 1}, session=session)
            if summary is None or summary["models"] == [self._model]:
                return False
            fields = {vector_field(model) for model in summary["models"]} - {self._field}
            fields |= {sentence_field(model) for model in summary["models"]} - {self._sentence_field}
            drop: Document = {"$unset": dict.fromkeys(fields, "")}
            only = {**drop, "$set": {"models": [self._model]}}
            await summaries.update_one({"_id": blog_id}, only, session=session)
            for name in (QUESTIONS, PASSAGES):
                await self._database[name].update_many({"blog_id": blog_id}, drop, session=session)
            return True

        async with self._database.client.start_session() as session:
            return await session.with_transaction(write)

    async def _set(self, name: str, ids: Sequence[str], rows: Vectors, session: AsyncClientSession) -> None:
        changes = [
            UpdateOne({"_id": key}, {"$set": {self._field: stored_vector(row)}})
            for key, row in zip(ids, rows, strict=True)
        ]
        if changes:
            await self._database[name].bulk_write(changes, ordered=False, session=session)

    async def _set_sentences(self, ids: Sequence[str], rows: Sequence[Vectors], session: AsyncClientSession) -> None:
        changes = [
            UpdateOne({"_id": key}, {"$set": {self._sentence_field: stored_sentences(each)}})
            for key, each in zip(ids, rows, strict=True)
        ]
        if changes:
            await self._database[PASSAGES].bulk_write(changes, ordered=False, session=session)

    def _lacking(self, publisher_id: str | None) -> Document:
        return {**_of(publisher_id), "models": {"$ne": self._model}}

    async def _ids(self, query: Document, limit: int) -> list[str]:
        found = await self._database[SUMMARIES].find(query, {"_id": 1}).sort("_id").limit(limit).to_list()
        return [document["_id"] for document in found]


def _of(publisher_id: str | None) -> Document:
    return {} if publisher_id is None else {"publisher_id": publisher_id}
