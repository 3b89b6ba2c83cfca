"""The engine without a language model: an article's headings and sentences become questions, its sentences answers."""

from __future__ import annotations

import asyncio

import numpy as np

from shared.ai.embeddings import Embedder, Vectors
from shared.ai.extractive_rules.answers import Candidate
from shared.ai.extractive_rules.candidates import candidates
from shared.ai.extractive_rules.languages import grammar_of
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.selection import Chosen, Vectorized, found_first, varied
from shared.ai.extractive_rules.summary import summarize
from shared.ai.extractive_rules.wording import Grammar
from shared.models.content import Article, Draft, DraftQuestion, PassageKind

MAX_SENTENCES = 300
"""Sentences that are embedded; more than most articles have, and a bound on the work that a hostile page can cause."""

MAX_CANDIDATES = 80

_HEADING_WEIGHT = 0.35
_NOT_PROSE = (PassageKind.CODE, PassageKind.TABLE)


class ExtractiveEngine:
    """Writes drafts by rules; the embedder, its only model, checks that each question finds its own passage first."""

    name = "extractive"
    version = "extractive-4"
    deterministic = True

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def draft(self, article: Article) -> Draft:
        """Writes the draft; the same article and embedder always give the same one.

        An article from which no good question can be made gives a draft without questions.

        Raises:
            ModelUnavailable: The embedding endpoint did not answer (never with local embeddings).
            ModelOutputInvalid: It answered with nothing usable.
        """
        # Tens of milliseconds of string work for a long page: too long for the event loop, so it gets a thread.
        outline, grammar, found = await asyncio.to_thread(_read, article)
        if not outline.blocks:
            return Draft(summary=outline.title, questions=())
        vectors = await self._vectorize(outline, found)
        chosen = await self._choose(outline, grammar, found, vectors)
        summary, key_points = summarize(outline, article.description, vectors, grammar)
        return Draft(
            summary=summary, key_points=key_points, questions=tuple(_as_question(one, outline) for one in chosen)
        )

    async def _vectorize(self, outline: Outline, found: list[Candidate]) -> Vectorized:
        # Only sentences of answers that compete: embedding takes nearly all of a draft's time.
        open_ = [candidate.answers for candidate in found if len(candidate.answers) > 1]
        spoken = {place for answers in open_ for answer in answers for place in answer.sentences}
        prose = [place for place in sorted(spoken) if outline.blocks[place[0]].kind not in _NOT_PROSE]
        places = prose[:MAX_SENTENCES]
        texts = _indexed(outline)
        headings = [block.section for block in outline.blocks]
        sentences = [outline.blocks[block].sentences[place] for block, place in places]
        rows = {text: row for row, text in enumerate(dict.fromkeys((*texts, *headings, *sentences)))}
        vectors = await self._embedder.embed_passages(list(rows))

        def of(texts: list[str]) -> Vectors:
            return vectors[[rows[text] for text in texts]]

        title = await self._embedder.embed_queries([outline.title])
        return Vectorized(
            views=(of(texts), _under_headings(of(texts), of(headings))),
            sentences=of(sentences),
            rows={place: row for row, place in enumerate(places)},
            title=title[0],
        )

    async def _choose(
        self, outline: Outline, grammar: Grammar, found: list[Candidate], vectors: Vectorized
    ) -> list[Chosen]:
        if not found:
            return []
        queries = [candidate.query or candidate.wording.question for candidate in found]
        questions = await self._embedder.embed_queries(queries)

        def explains(text: str) -> bool:
            return any(reason in text.lower() for reason in grammar.reasons)

        tried = (
            found_first(candidate, vector, vectors, explains)
            for candidate, vector in zip(found, questions, strict=True)
        )
        return varied([one for one in tried if one is not None], outline)


def _read(article: Article) -> tuple[Outline, Grammar, list[Candidate]]:
    outline = Outline.of(article)
    grammar = grammar_of(outline.language)
    found = candidates(outline, article.faq, grammar)
    return outline, grammar, sorted(found, key=lambda one: -one.wording.trust)[:MAX_CANDIDATES]


def _indexed(outline: Outline) -> list[str]:
    openings = {blocks[0] for blocks in outline.sections.values()}
    return [
        f"{block.section}\n{block.text}".strip() if index in openings and block.kind not in _NOT_PROSE else block.text
        for index, block in enumerate(outline.blocks)
    ]


def _under_headings(texts: Vectors, headings: Vectors) -> Vectors:
    """Vectors of passages each leaning towards its heading's, in place of embedding every passage a second time.

    On the demo blog this chooses the same questions as embedding "heading, passage" does, at a fifth less work.
    """
    mixed = texts + _HEADING_WEIGHT * headings
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def _as_question(chosen: Chosen, outline: Outline) -> DraftQuestion:
    return DraftQuestion(
        question=chosen.wording.question,
        answer=chosen.answer.text,
        passage_ids=tuple(outline.blocks[block].id for block in chosen.answer.blocks),
        kind=chosen.wording.kind,
    )
