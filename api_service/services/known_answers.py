"""Answers that are there already: to stored questions, and to what readers asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from api_service.data.blog_repository import BlogRepository
from api_service.data.question_repository import QuestionRepository
from api_service.data.vector_repository import VectorKind, VectorRepository
from api_service.services.answers import Answer
from api_service.services.inquiries import Asked
from api_service.services.same_question import means_the_same
from api_service.services.vector_search import VectorSearch
from shared.ai.embeddings import nearness
from shared.data.asked_repository import AskedRepository
from shared.models.published import PublishedQuestion

_NEAREST: Final = 8


class KnownAnswers:
    """Finds answers without writing any.

    Args:
        questions: Reads stored questions.
        vectors: Reads a blog's question vectors.
        search: Searches all of a publisher's.
        asked: Keeps what readers asked.
        blogs: Knows the state of blogs.
        model: Name of the embedding model.
        version: Of what writes answers: those of another one are not served again. None where nothing writes any.
    """

    def __init__(
        self,
        questions: QuestionRepository,
        vectors: VectorRepository,
        search: VectorSearch,
        asked: AskedRepository,
        blogs: BlogRepository,
        *,
        model: str,
        version: str | None,
    ) -> None:
        self._questions = questions
        self._vectors = vectors
        self._search = search
        self._asked = asked
        self._blogs = blogs
        self._model = model
        self._version = version

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
        if self._version is None or asked.history or asked.stored != asked.question:
            return None
        found = await self._asked.kept(asked.stored_key, version=self._version)
        if found is None:
            return None
        document, content = found
        now = await self._blogs.states(content.keys())
        if any(blog not in now or now[blog].content_hash != known for blog, known in content.items()):
            await self._asked.retire(asked.stored_key)
            return None
        try:
            return Answer.model_validate(document)
        except ValidationError:  # Kept by another version of this service.
            return None

    async def remember(self, asked: Asked, answer: Answer, written_from: Mapping[str, int] | None = None) -> None:
        """Counts a question, and keeps a written answer.

        Follow-ups are not counted: their words mean something else each time. An answer to words that had to be masked
        is not kept, nor one to an article that was republished while it was written.

        Args:
            asked: The question.
            answer: Its answer.
            written_from: Version by id of every blog that is cited, if the answer is one to keep.
        """
        if asked.history:
            return
        await self._asked.count(
            asked.stored_key,
            publisher_id=asked.publisher.id,
            blog_id=asked.blog.blog_id if asked.blog else None,
            question=asked.stored,
            covered=answer.covered,
        )
        if not written_from or self._version is None or asked.stored != asked.question:
            return
        now = await self._blogs.states(written_from.keys())
        if any(blog not in now or now[blog].version != version for blog, version in written_from.items()):
            return
        content = {blog: state.content_hash for blog, state in now.items()}
        await self._asked.keep(asked.stored_key, answer.model_dump(mode="json"), content=content, version=self._version)
