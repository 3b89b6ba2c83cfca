"""Letting a model write an answer, and keeping of it only what the passages support."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

import numpy as np

from api_service.data.vector_repository import Vectors
from api_service.services.answers import Checked, Token
from api_service.services.inquiries import Asked
from api_service.services.model_slots import ModelSlots
from api_service.services.retrieval import Found
from shared.ai.answering import ModelAnswers, Sentence, Source, Written
from shared.ai.embeddings import Embedder, nearness
from shared.data.usage_repository import UsageRepository
from shared.errors import ModelUnavailable
from shared.models.usage import Purpose, Usage
from shared.text.evidence import MIN_SUPPORT, Evidence, content_words
from shared.text.question_form import is_in_script, script

_FOREIGN_NEARNESS: Final = 0.45
"""From here on a sentence in another language than a passage counts as saying what the passage says."""


class BudgetSpent(Exception):
    """The publisher's tokens of today are used up."""


class Writer:
    """Writes answers with a model, within its budget.

    Args:
        model: Writes.
        embedder: Compares what it writes with the passages.
        slots: Bounds how many write at once.
        usage: Where tokens are counted.
        tokens_per_day: A publisher's budget.
        timeout_s: Longest an answer may take.
    """

    def __init__(
        self,
        model: ModelAnswers,
        embedder: Embedder,
        slots: ModelSlots,
        usage: UsageRepository,
        *,
        tokens_per_day: int,
        timeout_s: float,
    ) -> None:
        self._model = model
        self._embedder = embedder
        self._slots = slots
        self._usage = usage
        self._tokens_per_day = tokens_per_day
        self._timeout_s = timeout_s

    async def write(self, asked: Asked, sources: Sequence[Found], language: str) -> AsyncGenerator[Token | Checked]:
        """Yields pieces as they are written, and each finished sentence with its verdict.

        Args:
            asked: The question.
            sources: What may be used, best first.
            language: ISO 639-1 code to answer in.

        Raises:
            BudgetSpent: Nothing was asked.
            ModelBusy: Nothing was asked.
            ModelUnavailable: No answer, one that broke off, or one that took too long.
            ModelMisconfigured: The endpoint refuses.
            ModelOutputInvalid: The answer was empty or withheld.
        """
        if (await self._usage.today(asked.publisher.id)).ask.tokens >= self._tokens_per_day:
            raise BudgetSpent
        async with self._slots.slot(asked.publisher.id):
            try:
                async with asyncio.timeout(self._timeout_s):
                    async for event in self._checked(asked, sources, language):
                        yield event
            except TimeoutError as exc:
                raise ModelUnavailable(f"the model took longer than {self._timeout_s:g} s") from exc

    async def _checked(self, asked: Asked, sources: Sequence[Found], language: str) -> AsyncGenerator[Token | Checked]:
        quoted = [
            Source(title=citation.title, section=citation.section, text=citation.text)
            for citation in (found.passage.citation for found in sources)
        ]
        parts = self._model.answer(asked.question, quoted, history=asked.history, language=language)
        async with aclosing(parts):
            async for part in parts:
                if isinstance(part, Usage):
                    await self._usage.add(asked.publisher.id, Purpose.ASK, part)
                elif isinstance(part, Written):
                    yield Token(text=part.text)
                else:
                    supported = await self._support(asked, part, sources, language)
                    yield Checked(text=part.text, supported=bool(supported), citations=supported)

    async def _support(
        self, asked: Asked, sentence: Sentence, sources: Sequence[Found], language: str
    ) -> tuple[int, ...]:
        """The sources that support a sentence: those that it names if they do, else the one that does best."""
        (vector,) = await self._embedder.embed_passages([sentence.text])
        support = await asyncio.to_thread(
            lambda: [self._supports(asked, sentence.text, vector, found, language) for found in sources]
        )
        named = tuple(number for number in sentence.sources if support[number] >= MIN_SUPPORT)
        if named:
            return named
        best = int(np.argmax(support))
        return (best,) if support[best] >= MIN_SUPPORT else ()

    def _supports(self, asked: Asked, sentence: str, vector: Vectors, found: Found, language: str) -> float:
        passage = found.passage
        rows = [row for row in (passage.vector, *passage.sentences) if row is not None]
        near = max((nearness(float(row @ vector), self._embedder.model) for row in rows), default=0.0)
        citation = passage.citation
        evidence = Evidence("\n".join((citation.title, citation.section, citation.text)), passage.language)
        if language in (passage.language, "und") and is_in_script(sentence, script(citation.text)):
            return evidence.support(sentence, nearness=near, given=frozenset(content_words(asked.question)))
        # Between languages only numbers, and names in the same script, can be compared word by word.
        same_script = is_in_script(sentence, script(citation.text))
        if evidence.lacks_number(sentence) or (same_script and evidence.lacks_name(sentence)):
            return 0.0
        return 1.0 if near >= _FOREIGN_NEARNESS else 0.0
