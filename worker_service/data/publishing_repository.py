"""Making a processed page visible: all of it and the job's completion in one transaction, or nothing.

Published data is only ever written together with the job's completion, which matches the lease token: a worker that
lost its lease can change nothing that readers see.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from pymongo.asynchronous.client_session import AsyncClientSession

from shared.ai.embeddings import Vectors
from shared.data.content_repository import (
    PAGES,
    PASSAGES,
    QUESTIONS,
    SUMMARIES,
    sentence_field,
    stored_sentences,
    stored_vector,
    vector_field,
)
from shared.data.database import Database, Document, maps_mongo_errors, new_id
from shared.data.job_repository import JobRepository
from shared.data.job_transitions import after_now
from shared.models.base import Frozen
from shared.models.content import Article, Passage, QuestionKind
from shared.models.job_queue import ClaimedJob, JobResult, ProcessingJob
from shared.text.terms import terms

R = TypeVar("R")

SUPERSEDED_FOR_S: Final = 300.0
"""How long questions and passages outlive their version, seconds: a reader may just have read the old version number,
and a proxy and a browser may each keep an answer with the old ids for a minute."""


@dataclass(frozen=True)
class Validators:
    """What a site gave us to ask "has it changed?" with (RFC 9110, conditional requests)."""

    etag: str | None
    last_modified: str | None


class StoredPage(Frozen):
    """What is known of a blog's page from the last time."""

    content_hash: str
    engine_version: str
    embedding_models: tuple[str, ...]
    etag: str | None
    last_modified: str | None
    version: int
    questions: int
    engine: str


@dataclass(frozen=True)
class PublishedDraft:
    """One grounded question on its way into the store."""

    question: str
    answer: str
    kind: QuestionKind
    passages: tuple[Passage, ...]
    support: float


@dataclass(frozen=True)
class Publication:
    """All that one run of the pipeline makes visible.

    Attributes:
        passage_vectors: One row per passage of the article.
        sentence_vectors: For each passage one row per sentence, of ``sentence_texts``.
        question_vectors: One row per question.
        summary_vector: Shape ``(dimensions,)``.
        aliases: Blog ids under which the blog is found too.
    """

    article: Article
    content_hash: str
    validators: Validators
    summary: str
    key_points: tuple[str, ...]
    questions: tuple[PublishedDraft, ...]
    passage_vectors: Vectors
    sentence_vectors: tuple[Vectors, ...]
    question_vectors: Vectors
    summary_vector: Vectors
    engine: str
    engine_version: str
    embedding_model: str
    aliases: tuple[str, ...]


class PublishingRepository:
    """Writes ``raw_blog_content``, ``blog_summaries`` and ``processed_questions``."""

    def __init__(self, database: Database, jobs: JobRepository) -> None:
        self._database = database
        self._jobs = jobs

    @maps_mongo_errors
    async def stored_page(self, blog_id: str) -> StoredPage | None:
        """What the last run stored, or None for a blog that has never been published."""
        page = await self._database[PAGES].find_one({"_id": blog_id}, {"passages": 0, "text": 0})
        summary = await self._database[SUMMARIES].find_one({"_id": blog_id})
        if page is None or summary is None:
            return None
        return StoredPage(
            content_hash=page["content_hash"],
            engine_version=summary["engine_version"],
            embedding_models=tuple(summary.get("models", ())),
            etag=page["etag"],
            last_modified=page["last_modified"],
            version=summary["published_version"],
            questions=summary["question_count"],
            engine=summary["engine"],
        )

    @maps_mongo_errors
    async def publish(self, claimed: ClaimedJob, publication: Publication, result: JobResult) -> ProcessingJob:
        """Makes the publication visible as the blog's next version and completes the job, which is returned.

        Args:
            claimed: The job and the lease token that fences the transaction.
            publication: What readers will see.
            result: Outcome to store with the job; its ``version`` is filled in here.

        Raises:
            LeaseLost: The token no longer holds the job; nothing was changed.
        """
        job = claimed.job

        async def write(session: AsyncClientSession) -> ProcessingJob:
            summaries = self._database[SUMMARIES]
            current = await summaries.find_one({"_id": job.blog_id}, {"published_version": 1}, session=session)
            version = (current["published_version"] if current else 0) + 1
            final = result.model_copy(update={"version": version})
            ended = await self._jobs.complete(claimed, final, session=session)
            for name, documents in (
                (QUESTIONS, _question_documents(claimed, publication, version)),
                (PASSAGES, _passage_documents(claimed, publication, version)),
            ):
                await self._supersede(name, job.blog_id, session)
                if documents:
                    await self._database[name].insert_many(documents, session=session)
            summary = _summary_document(claimed, publication, version)
            await summaries.update_one(
                {"_id": job.blog_id},
                [{"$replaceWith": {"$mergeObjects": [{"$literal": summary}, {"published_at": "$$NOW"}]}}],
                upsert=True,
                session=session,
            )
            page = _page_document(claimed, publication)
            await self._database[PAGES].update_one(
                {"_id": job.blog_id},
                [{"$replaceWith": {"$mergeObjects": [{"$literal": page}, {"crawled_at": "$$NOW"}]}}],
                upsert=True,
                session=session,
            )
            return ended

        return await self._in_transaction(write)

    @maps_mongo_errors
    async def confirm_unchanged(self, claimed: ClaimedJob, validators: Validators, result: JobResult) -> ProcessingJob:
        """Completes the job of a page that has not changed and returns it; readers keep what they have.

        It is queued again instead if somebody has forced the page meanwhile.

        Raises:
            LeaseLost: The token no longer holds the job; nothing was changed.
        """

        async def write(session: AsyncClientSession) -> ProcessingJob:
            ended = await self._jobs.complete(claimed, result, session=session)
            known = {"etag": validators.etag, "last_modified": validators.last_modified}
            change = {key: {"$literal": value} for key, value in known.items()} | {"crawled_at": "$$NOW"}
            await self._database[PAGES].update_one({"_id": claimed.job.blog_id}, [{"$set": change}], session=session)
            return ended

        return await self._in_transaction(write)

    async def _in_transaction(self, write: Callable[[AsyncClientSession], Awaitable[R]]) -> R:
        async with self._database.client.start_session() as session:
            return await session.with_transaction(write)

    async def _supersede(self, collection: str, blog_id: str, session: AsyncClientSession) -> None:
        await self._database[collection].update_many(
            {"blog_id": blog_id, "expires_at": {"$exists": False}},
            [{"$set": {"expires_at": after_now(SUPERSEDED_FOR_S)}}],
            session=session,
        )


def _vectors(model: str, values: NDArray[np.float32]) -> Document:
    return _nested(vector_field(model), stored_vector(values))


def _nested(field: str, value: bytes) -> Document:
    holder, _, name = field.partition(".")
    return {holder: {name: value}}


def _versioned(claimed: ClaimedJob, publication: Publication, version: int, vector: NDArray[np.float32]) -> Document:
    """What questions and passages have in common: whose they are, of which version, and where they lie."""
    return {
        "_id": new_id(),
        "publisher_id": claimed.job.publisher_id,
        "blog_id": claimed.job.blog_id,
        "version": version,
        "language": publication.article.language,
        **_vectors(publication.embedding_model, vector),
    }


def _question_documents(claimed: ClaimedJob, publication: Publication, version: int) -> list[Document]:
    article = publication.article
    return [
        {
            **_versioned(claimed, publication, version, vector),
            "order": order,
            "question": draft.question,
            "answer": draft.answer,
            "kind": draft.kind.value,
            "passage_ids": [passage.id for passage in draft.passages],
            "citations": [
                {
                    "passage_id": passage.id,
                    "text": passage.text,
                    "title": article.title,
                    "section": passage.section,
                    "start": passage.start,
                    "end": passage.end,
                    "url": article.url,
                }
                for passage in draft.passages
            ],
            "support": draft.support,
            "engine": publication.engine,
        }
        for order, (draft, vector) in enumerate(zip(publication.questions, publication.question_vectors, strict=True))
    ]


def _passage_documents(claimed: ClaimedJob, publication: Publication, version: int) -> list[Document]:
    article = publication.article
    return [
        {
            **_versioned(claimed, publication, version, vector),
            **passage.model_dump(mode="json", exclude={"id"}),
            "passage_id": passage.id,
            "url": article.url,
            "title": article.title,
            "terms": terms(f"{article.title}\n{passage.section}\n{passage.text}"),
            **_nested(sentence_field(publication.embedding_model), stored_sentences(sentences)),
        }
        for passage, vector, sentences in zip(
            article.passages, publication.passage_vectors, publication.sentence_vectors, strict=True
        )
    ]


def _summary_document(claimed: ClaimedJob, publication: Publication, version: int) -> Document:
    article = publication.article
    return {
        "_id": claimed.job.blog_id,
        "publisher_id": claimed.job.publisher_id,
        "blog_url": article.url,
        "normalized_url": claimed.job.normalized_url,
        "aliases": list(publication.aliases),
        "title": article.title,
        "language": article.language,
        "summary": publication.summary,
        "key_points": list(publication.key_points),
        **_vectors(publication.embedding_model, publication.summary_vector),
        "models": [publication.embedding_model],
        "engine": publication.engine,
        "engine_version": publication.engine_version,
        "content_hash": publication.content_hash,
        "published_version": version,
        "question_count": len(publication.questions),
    }


def _page_document(claimed: ClaimedJob, publication: Publication) -> Document:
    article = publication.article
    return {
        "_id": claimed.job.blog_id,
        "publisher_id": claimed.job.publisher_id,
        "normalized_url": claimed.job.normalized_url,
        **article.model_dump(mode="python", exclude={"passages", "faq"}),
        "passages": [passage.model_dump(mode="json") for passage in article.passages],
        "content_hash": publication.content_hash,
        "etag": publication.validators.etag,
        "last_modified": publication.validators.last_modified,
    }
