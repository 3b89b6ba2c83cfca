"""Related articles: which of a publisher's other blogs a reader of this one may want next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from api_service.data.vector_repository import StoredVector, VectorKind, VectorRepository, Vectors
from api_service.services.vector_search import VectorSearch
from api_service.services.vector_table import Hit
from shared.ai.embeddings import OTHER_LANGUAGE, Embedder, nearness
from shared.errors import NotFound
from shared.models.base import Frozen
from shared.models.published import blog_id
from shared.models.publisher import Publisher
from shared.text.language import are_different
from shared.text.question_form import language_asked_in
from shared.text.sentences import clean
from shared.url import normalize_url

_QUESTIONS_PER_ARTICLE: Final = 10
"""Most questions of a blog: so many hits may all be one article's."""

_SUMMARY_WEIGHT: Final = 0.5
_SAME_LANGUAGE: Final = 0.1
"""How much nearer an article in the language of the page that is read counts, on the scale of ``nearness``."""


class MatchedQuestion(Frozen):
    """The question of an article that is nearest to what was asked for."""

    id: str
    question: str


class RelatedArticle(Frozen):
    """One article, with why it is shown."""

    title: str
    url: str
    summary: str
    language: str
    score: float
    question: MatchedQuestion | None


_Favour = Callable[[str], float]
"""What an article's score gains for its language."""


@dataclass
class _Match:
    summary: float = 0.0
    question: Hit | None = None
    question_nearness: float = 0.0

    @property
    def score(self) -> float:
        return _SUMMARY_WEIGHT * self.summary + (1 - _SUMMARY_WEIGHT) * self.question_nearness


class RelatedArticles:
    """Finds articles by what their summaries and their questions mean.

    Args:
        vectors: Where stored vectors are read one by one.
        search: Where they are searched.
        embedder: Embeds a text that somebody sends.
    """

    def __init__(self, vectors: VectorRepository, search: VectorSearch, embedder: Embedder) -> None:
        self._vectors = vectors
        self._search = search
        self._embedder = embedder

    async def to_question(self, publisher: Publisher, question_id: str, *, limit: int) -> list[RelatedArticle]:
        """Articles near a stored question, without its own.

        Raises:
            NotFound: The publisher has no such question.
            SearchNotReady: The index is being loaded.
        """
        stored = await self._vectors.of_question(question_id, publisher_id=publisher.id)
        if stored is None:
            raise NotFound(f"there is no question {question_id[:100]!r}; the blog may have been republished")
        return await self._near_stored(publisher, stored, limit)

    async def to_blog(self, publisher: Publisher, url: str, *, limit: int) -> list[RelatedArticle]:
        """Articles near another one of the publisher's.

        Raises:
            InvalidUrl: Not a URL.
            NotFound: Nothing is published for it.
            SearchNotReady: The index is being loaded.
        """
        normalized = normalize_url(url)
        stored = await self._vectors.of_blog(blog_id(publisher.id, normalized))
        if stored is None:
            raise NotFound(f"nothing is published for {normalized!r}; POST the URL to /api/v1/jobs/process first")
        return await self._near_stored(publisher, stored, limit)

    async def to_text(self, publisher: Publisher, text: str, *, limit: int) -> list[RelatedArticle]:
        """Articles near what a reader wrote.

        Raises:
            SearchNotReady: The index is being loaded.
            ModelUnavailable: The embedding endpoint did not answer (never with local embeddings).
        """
        text = " ".join(clean(text).split())
        (vector,) = await self._embedder.embed_queries([text])
        return await self.to_vector(publisher, vector, language=language_asked_in(text), limit=limit)

    async def to_vector(
        self, publisher: Publisher, vector: Vectors, *, language: str, limit: int, without: str | None = None
    ) -> list[RelatedArticle]:
        """Articles near an embedded text.

        Args:
            publisher: Whose.
            vector: Embedded as a question.
            language: ISO 639-1 code, "und" if it cannot be told.
            limit: At most this many.
            without: Id of a blog to leave out.

        Raises:
            SearchNotReady: The index is being loaded.
        """

        def favour(other: str) -> float:
            return OTHER_LANGUAGE if are_different(language, other) else 0.0

        return await self._near(publisher, vector, limit=limit, favour=favour, without=without)

    async def _near_stored(self, publisher: Publisher, stored: StoredVector, limit: int) -> list[RelatedArticle]:
        def favour(language: str) -> float:
            return _SAME_LANGUAGE if language == stored.language else 0.0

        return await self._near(publisher, stored.vector, limit=limit, favour=favour, without=stored.blog_id)

    async def _near(
        self, publisher: Publisher, vector: Vectors, *, limit: int, favour: _Favour, without: str | None
    ) -> list[RelatedArticle]:
        matches: dict[str, _Match] = {}
        model = self._embedder.model
        wide = (limit + 1) * _QUESTIONS_PER_ARTICLE
        for hit in await self._search.nearest(publisher.id, VectorKind.SUMMARY, vector, limit=wide, without=without):
            matches.setdefault(hit.group, _Match()).summary = nearness(hit.score, model)
        for hit in await self._search.nearest(publisher.id, VectorKind.QUESTION, vector, limit=wide, without=without):
            match = matches.setdefault(hit.group, _Match())
            if match.question is None:
                match.question, match.question_nearness = hit, nearness(hit.score, model)
        return await self._described(matches, favour, limit)

    async def _described(self, matches: dict[str, _Match], favour: _Favour, limit: int) -> list[RelatedArticle]:
        cards = await self._vectors.cards(matches.keys())

        def rank(blog: str) -> float:
            return matches[blog].score + favour(cards[blog].language)

        best = sorted(cards, key=lambda blog: (-rank(blog), blog))[:limit]
        asked = [match.question.key for blog in best if (match := matches[blog]).question]
        texts = await self._vectors.question_texts(asked)
        articles = []
        for blog in best:
            hit = matches[blog].question
            question = MatchedQuestion(id=hit.key, question=texts[hit.key]) if hit and hit.key in texts else None
            articles.append(
                RelatedArticle(
                    title=cards[blog].title,
                    url=cards[blog].url,
                    summary=cards[blog].summary,
                    language=cards[blog].language,
                    score=round(matches[blog].score, 4),
                    question=question,
                )
            )
        return articles
