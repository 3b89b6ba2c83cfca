"""Answers that are there already: to stored questions, and to what readers asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from api_service.data.passage_repository import PassageRepository
from api_service.data.question_repository import QuestionRepository
from api_service.data.vector_repository import VectorKind, VectorRepository
from api_service.services.answers import Answer
from api_service.services.inquiries import Asked
from api_service.services.same_question import means_the_same
from api_service.services.vector_search import VectorSearch
from shared.ai.embeddings import nearness
from shared.data.asked_repository import AskedRepository
from shared.models.published import PublishedQuestion
from shared.text.privacy import masked

_NEAREST: Final = 8


class KnownAnswers:
    """Finds answers without writing any.

    Args:
        questions: Reads stored questions.
        vectors: Reads a blog's question vectors.
        search: Searches all of a publisher's.
        asked: Keeps what readers asked.
        passages: Knows the state of blogs.
        model: Name of the embedding model.
    """

    def __init__(
        self,
        questions: QuestionRepository,
        vectors: VectorRepository,
        search: VectorSearch,
        asked: AskedRepository,
        passages: PassageRepository,
        *,
        model: str,
    ) -> None:
        self._questions = questions
        self._vectors = vectors
        self._search = search
        self._asked = asked
        self._passages = passages
        self._model = model

    async def nearest(self, asked: Asked) -> list[tuple[PublishedQuestion, float]]:
        """The stored questions that are nearest to what is asked, with how near they are, nearest first.

        Raises:
            SearchNotReady: All content is asked about, and the index is being loaded.
        """
        if asked.blog is not None:
            vectors = await self._vectors.questions_of(asked.blog.blog_id, asked.blog.version)
            scores = {key: float(vector @ asked.query.vector) for key, vector in vectors.items()}
        else:
            hits = await self._search.nearest(
                asked.publisher.id, VectorKind.QUESTION, asked.query.vector, limit=_NEAREST
            )
            scores = {hit.key: hit.score for hit in hits}
        nearest = sorted(scores, key=lambda key: -scores[key])[:_NEAREST]
        found = await self._questions.get_many(nearest)
        return [(found[key], nearness(scores[key], self._model)) for key in nearest if key in found]

    @staticmethod
    def same(asked: Asked, nearest: Sequence[tuple[PublishedQuestion, float]]) -> PublishedQuestion | None:
        """The stored question that means what is asked, if one does; a follow-up means more than it says."""
        if asked.history:
            return None
        for question, near in nearest:
            if asked.query.language in (question.language, "und") and means_the_same(
                question.question, asked.question, language=question.language, nearness=near
            ):
                return question
        return None

    async def kept(self, asked: Asked) -> Answer | None:
        """The answer that a model wrote to the same words before, if all that it cites is still as it was."""
        found = None if asked.history else await self._asked.kept(asked.key)
        if found is None:
            return None
        document, content = found
        now = await self._passages.blogs(content.keys())
        if any(blog not in now or now[blog].content_hash != known for blog, known in content.items()):
            await self._asked.retire(asked.key)
            return None
        try:
            return Answer.model_validate(document)
        except ValidationError:  # Kept by another version of this service.
            return None

    async def remember(self, asked: Asked, answer: Answer, content: Mapping[str, str] | None) -> None:
        """Counts a question, and keeps its answer if ``content`` says what it was written from.

        Follow-ups are not counted: their words mean something else each time. An answer to words that had to be masked
        is not kept.
        """
        if asked.history:
            return
        question = masked(asked.question)
        await self._asked.count(
            asked.key,
            publisher_id=asked.publisher.id,
            blog_id=asked.blog.blog_id if asked.blog else None,
            question=question,
            covered=answer.covered,
        )
        if content and question == asked.question:
            await self._asked.keep(asked.key, answer.model_dump(mode="json"), content=content)
