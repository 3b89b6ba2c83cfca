"""Finding the passages that may answer a question: by meaning and by words, the two fused."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api_service.data.blog_repository import BlogRepository, BlogState
from api_service.data.passage_repository import COMMON, PassageRepository, StoredPassage
from api_service.data.vector_repository import VectorKind, Vectors
from api_service.services.vector_search import VectorSearch
from shared.ai.embeddings import OTHER_LANGUAGE, nearness, nearnesses
from shared.text.language import are_different
from shared.text.terms import terms

SENTENCE_SHARE: Final = 0.7
"""What the nearest sentence of a passage counts in its nearness; the rest is the passage as a whole."""

LEXICAL_WEIGHT: Final = 0.3
"""What a question's words count beside its meaning, both on scales from 0 to 1. Both were chosen on the retrieval sets
(``docs/quality.md``)."""

_BY_MEANING: Final = 50
_BY_WORDS: Final = 100
_RARE_TERMS: Final = 4
MAX_TERMS: Final = 24
_FEW: Final = 200
"""Passages that are ranked on the event loop: handing them to a thread takes longer."""


@dataclass(frozen=True)
class Query:
    """A question as retrieval compares it.

    Attributes:
        text: What is asked, cleaned.
        language: ISO 639-1 code, "und" if it cannot be told.
        vector: Its embedding, shape ``(dimensions,)``.
    """

    text: str
    language: str
    vector: Vectors


@dataclass(frozen=True)
class Found:
    """A passage with how near it is to the question.

    Attributes:
        nearness: Embedding similarity, 0 for unrelated, 1 for the same.
        coverage: Share of the question's terms that the passage holds, weighted by rarity, 0 to 1.
        sentences: Nearness of each sentence, as far as the passage's sentences have vectors.
    """

    passage: StoredPassage
    nearness: float
    coverage: float
    sentences: NDArray[np.float32]

    @property
    def score(self) -> float:
        """Meaning and words fused; what passages are ordered by."""
        return self.nearness + LEXICAL_WEIGHT * self.coverage


@dataclass(frozen=True)
class Retrieved:
    """What was found.

    Attributes:
        weights: Weight of each of the question's terms, by how rare it is among the passages searched.
        known: Share of the terms' weight that occurs anywhere among the passages searched, 0 to 1.
        passages: Best first.
    """

    weights: Mapping[str, float]
    known: float
    passages: Sequence[Found]


class PassageRetrieval:
    """Hybrid retrieval over one blog or all of a publisher's content.

    Args:
        passages: Where passages are read from.
        blogs: Knows which versions are published.
        search: Searches the publisher's vectors.
        model: Name of the embedding model.
    """

    def __init__(self, passages: PassageRepository, blogs: BlogRepository, search: VectorSearch, *, model: str) -> None:
        self._passages = passages
        self._blogs = blogs
        self._search = search
        self._model = model

    async def in_blog(self, blog: BlogState, query: Query) -> Retrieved:
        """A blog's passages, the nearest to the question first; exact, for a blog has few."""
        passages = await self._passages.of_blog(blog)
        asked = terms(query.text)[:MAX_TERMS]
        counts = {term: sum(term in passage.terms for passage in passages) for term in asked}
        return await self._ranked(query, counts, len(passages), passages)

    async def in_publisher(self, publisher_id: str, query: Query) -> Retrieved:
        """The nearest of all a publisher's passages, nearest first.

        Raises:
            SearchNotReady: The index is being loaded.
        """
        hits = await self._search.nearest(publisher_id, VectorKind.PASSAGE, query.vector, limit=_BY_MEANING)
        asked = terms(query.text)[:MAX_TERMS]
        counts = await self._passages.frequencies(publisher_id, asked)
        rare = sorted((term for term in asked if counts[term]), key=counts.__getitem__)[:_RARE_TERMS]
        by_words = await self._passages.with_terms(publisher_id, rare, limit=_BY_WORDS) if rare else []
        known = {passage.key for passage in by_words}
        by_meaning = await self._passages.by_keys([hit.key for hit in hits if hit.key not in known])
        total = await self._passages.count(publisher_id)
        counts = {term: total if count >= COMMON else count for term, count in counts.items()}
        return await self._ranked(query, counts, total, await self._published([*by_words, *by_meaning]))

    async def _published(self, passages: Sequence[StoredPassage]) -> list[StoredPassage]:
        """Those of the versions that are published now: both searches may be behind by a moment."""
        states = await self._blogs.states({passage.blog_id for passage in passages})
        return [
            passage
            for passage in passages
            if passage.blog_id in states and states[passage.blog_id].version == passage.version
        ]

    async def _ranked(
        self, query: Query, counts: Mapping[str, int], total: int, passages: Sequence[StoredPassage]
    ) -> Retrieved:
        weights = rarity(counts, total)
        known = share(weights, {term for term, count in counts.items() if count})
        if len(passages) <= _FEW:
            return Retrieved(weights, known, rank(query, weights, passages, model=self._model))
        ranked = await asyncio.to_thread(rank, query, weights, passages, model=self._model)
        return Retrieved(weights, known, ranked)


def rarity(counts: Mapping[str, int], passages: int) -> dict[str, float]:
    """Weight of each term by in how many of the passages it occurs (BM25's inverse document frequency)."""
    total = max(passages, 1, *counts.values()) if counts else 1
    return {term: math.log(1 + (total - count + 0.5) / (count + 0.5)) for term, count in counts.items()}


def rank(query: Query, weights: Mapping[str, float], passages: Sequence[StoredPassage], *, model: str) -> list[Found]:
    """Passages by fused score, best first.

    Args:
        query: What is asked.
        weights: Of its terms.
        passages: What to rank.
        model: Name of the embedding model.
    """
    found = []
    for passage in passages:
        near, sentences = 0.0, np.empty(0, dtype=np.float32)
        if passage.vector is not None:
            near = nearness(float(passage.vector @ query.vector), model)
            sentences = nearnesses(passage.sentences @ query.vector, model)
            if len(sentences):
                near = SENTENCE_SHARE * float(np.max(sentences)) + (1 - SENTENCE_SHARE) * near
            if are_different(query.language, passage.language):
                near += OTHER_LANGUAGE
        found.append(Found(passage, near, share(weights, passage.terms), sentences))
    return sorted(found, key=lambda each: -each.score)


def share(weights: Mapping[str, float], held: Collection[str]) -> float:
    """Share of the weight of terms that are held, 0 to 1."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / total if total else 0.0
