"""Where pages, summaries and questions live, and how all of a blog is forgotten.

The worker writes them (``worker_service.data.publishing_repository``), the API reads them
(``api_service.data.question_repository``).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from numpy.typing import NDArray
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession

from shared.data.asked_repository import COLLECTION as ASKED
from shared.data.database import Database, maps_mongo_errors
from shared.data.event_repository import COLLECTION as EVENTS
from shared.data.job_repository import JobRepository
from shared.models.published import Removal

PAGES: Final = "raw_blog_content"
SUMMARIES: Final = "blog_summaries"
QUESTIONS: Final = "processed_questions"
PASSAGES: Final = "passages"
"""Passages with their vectors, versioned as questions are: a search needs one document for each vector."""


def vector_field(model: str) -> str:
    """Where a document keeps its vector of an embedding model.

    Vectors of several models can lie side by side, so that a publisher moves to another one while the old is served.
    """
    return f"vectors.{model.replace('.', '_')}"


def sentence_field(model: str) -> str:
    """Where a passage keeps the vectors of its sentences: one row of signed bytes each, to be scaled to length one."""
    return f"sentence_{vector_field(model)}"


def stored_vector(values: NDArray[np.float32]) -> Binary:
    """A vector as documents and searches hold it: binary subtype 9, 32-bit floats.

    Args:
        values: Shape ``(dimensions,)``.
    """
    return Binary.from_vector(values.tolist(), BinaryVectorDtype.FLOAT32)


def stored_sentences(rows: NDArray[np.float32]) -> bytes:
    """A passage's sentence vectors as it keeps them: a quarter of the size, and off by less than half a per cent.

    Args:
        rows: Shape ``(sentences, dimensions)``.
    """
    largest = np.max(np.abs(rows), axis=1, keepdims=True, initial=1e-12)
    scaled: NDArray[np.int8] = np.rint(rows / largest * 127).astype(np.int8)
    return scaled.tobytes()


PAGE_INDEXES: Final[tuple[IndexModel, ...]] = ()  # Read by _id, which is the blog's id, only.

SUMMARY_INDEXES: Final = (
    # QuestionRepository.find(): a blog by the canonical URL of its page.
    IndexModel([("aliases", ASCENDING)], name="aliases", partialFilterExpression={"aliases": {"$exists": True}}),
    # VectorRepository.versions(): what of a publisher is published in which version, from the index alone.
    # EmbeddingRepository: a publisher's blogs with or without a model.
    IndexModel(
        [("publisher_id", ASCENDING), ("models", ASCENDING), ("_id", ASCENDING), ("published_version", ASCENDING)],
        name="publisher_models",
    ),
)

QUESTION_INDEXES: Final = (
    # QuestionRepository.find(): one version's questions in order; publishing: the superseded ones.
    IndexModel([("blog_id", ASCENDING), ("version", ASCENDING), ("order", ASCENDING)], name="blog_version"),
    # Superseded questions leave once no reader can be between two queries.
    IndexModel([("expires_at", ASCENDING)], name="superseded", expireAfterSeconds=0),
)

PASSAGE_INDEXES: Final = (
    # VectorRepository.vectors(): one version's passages; publishing: the superseded ones.
    IndexModel([("blog_id", ASCENDING), ("version", ASCENDING)], name="blog_version"),
    # PassageRepository.with_terms() and .frequencies(): which of a publisher's passages hold a word.
    IndexModel([("publisher_id", ASCENDING), ("terms", ASCENDING)], name="publisher_terms"),
    # PassageRepository.count(): how many passages a publisher has.
    IndexModel([("publisher_id", ASCENDING)], name="publisher"),
    # Superseded passages leave with their questions.
    IndexModel([("expires_at", ASCENDING)], name="superseded", expireAfterSeconds=0),
)


@maps_mongo_errors
async def delete_blog(database: Database, blog_id: str) -> Removal:
    """Removes everything that is stored about a blog, its jobs included, in one transaction.

    A worker that is processing the blog loses its lease and can publish nothing afterwards.
    """

    async def remove(session: AsyncClientSession) -> Removal:
        jobs = await JobRepository(database).delete_for_blog(blog_id, session=session)
        questions = await database[QUESTIONS].delete_many({"blog_id": blog_id}, session=session)
        await database[PASSAGES].delete_many({"blog_id": blog_id}, session=session)
        await database[ASKED].delete_many({"blog_ids": blog_id}, session=session)
        await database[EVENTS].delete_many({"blog_id": blog_id}, session=session)
        summaries = await database[SUMMARIES].delete_one({"_id": blog_id}, session=session)
        pages = await database[PAGES].delete_one({"_id": blog_id}, session=session)
        return Removal(
            questions=questions.deleted_count,
            summaries=summaries.deleted_count,
            pages=pages.deleted_count,
            jobs=jobs,
        )

    async with database.client.start_session() as session:
        return await session.with_transaction(remove)
