"""Reading published questions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pymongo import ASCENDING

from api_service.data.blog_repository import find_summary
from shared.data.content_repository import QUESTIONS
from shared.data.database import Database, Document, maps_mongo_errors
from shared.models.published import Citation, PublishedBlog, PublishedQuestion

_QUESTION_FIELDS: Final = {
    "question": 1,
    "answer": 1,
    "kind": 1,
    "citations": 1,
    "order": 1,
    "language": 1,
    "engine": 1,
}
_SUMMARY_FIELDS: Final = {"vectors": 0}


class QuestionRepository:
    """All reads of ``blog_summaries`` and ``processed_questions`` that serve readers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._questions = database[QUESTIONS]

    @maps_mongo_errors
    async def find(self, blog_id: str) -> tuple[str, PublishedBlog] | None:
        """The published version of a blog by its id or an alias, with the id it is stored under.

        Two queries, one version: the questions of a version outlive it long enough for whoever read its number.
        """
        summary = await find_summary(self._database, blog_id, _SUMMARY_FIELDS)
        if summary is None:
            return None
        version = {"blog_id": summary["_id"], "version": summary["published_version"]}
        cursor = self._questions.find(version, _QUESTION_FIELDS).sort("order", ASCENDING)
        questions = tuple([_question(document) async for document in cursor])
        return summary["_id"], PublishedBlog(
            blog_url=summary["blog_url"],
            title=summary["title"],
            language=summary["language"],
            summary=summary["summary"],
            key_points=tuple(summary["key_points"]),
            engine=summary["engine"],
            version=summary["published_version"],
            published_at=summary["published_at"],
            questions=questions,
        )

    @maps_mongo_errors
    async def get_many(self, question_ids: Collection[str]) -> dict[str, PublishedQuestion]:
        """Questions by id; those that are gone are left out."""
        cursor = self._questions.find({"_id": {"$in": list(question_ids)}}, _QUESTION_FIELDS)
        return {document["_id"]: _question(document) async for document in cursor}

    @maps_mongo_errors
    async def get(self, question_id: str, *, publisher_id: str) -> PublishedQuestion | None:
        """One of the publisher's questions, or None."""
        query = {"_id": question_id, "publisher_id": publisher_id}
        document = await self._questions.find_one(query, _QUESTION_FIELDS)
        return _question(document) if document else None


def _question(document: Document) -> PublishedQuestion:
    return PublishedQuestion(
        id=document["_id"],
        question=document["question"],
        answer=document["answer"],
        kind=document["kind"],
        citations=tuple(Citation.model_validate(citation) for citation in document["citations"]),
        order=document["order"],
        language=document["language"],
        engine=document["engine"],
    )
