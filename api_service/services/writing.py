"""Letting a model write an answer, and keeping of it only what the passages support."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

import numpy as np

from api_service.data.passage_repository import StoredPassage
from api_service.data.vector_repository import Vectors
from api_service.services.afterwards import Afterwards
from api_service.services.answers import Checked, Token
from api_service.services.inquiries import Asked
from api_service.services.model_slots import ModelSlots
from api_service.services.retrieval import Found
from shared.ai.answering import ModelAnswers, Sentence, Source, Written
from shared.ai.embeddings import Embedder, nearnesses
from shared.data.usage_repository import UsageRepository
from shared.errors import ModelUnavailable
from shared.models.usage import Purpose, Usage
from shared.text.evidence import MIN_SUPPORT, Evidence, content_words, negated
from shared.text.language import are_different, language_of
from shared.text.question_form import is_in_script, script
from shared.text.sentences import split_sentences

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
        afterwards: Counts them, whatever becomes of the answer.
        tokens_per_day: A publisher's budget.
        timeout_s: Longest an answer may take.

    Attributes:
        version: Changes whenever the same question might be answered otherwise.
    """

    def __init__(
        self,
        model: ModelAnswers,
        embedder: Embedder,
        slots: ModelSlots,
        usage: UsageRepository,
        afterwards: Afterwards,
        *,
        tokens_per_day: int,
        timeout_s: float,
    ) -> None:
        self.version = model.version
        self._model = model
        self._embedder = embedder
        self._slots = slots
        self._usage = usage
        self._afterwards = afterwards
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
                async with (
                    asyncio.timeout(self._timeout_s),
                    aclosing(self._checked(asked, sources, language)) as events,
                ):
                    async for event in events:
                        yield event
            except TimeoutError as exc:
                raise ModelUnavailable(f"the model took longer than {self._timeout_s:g} s") from exc

    async def _checked(self, asked: Asked, sources: Sequence[Found], language: str) -> AsyncGenerator[Token | Checked]:
        quoted = [
            Source(title=citation.title, section=citation.section, text=citation.text)
            for citation in (found.passage.citation for found in sources)
        ]

        def billed(usage: Usage) -> None:
            if usage.tokens:
                work = self._usage.add(asked.publisher.id, Purpose.ASK, usage)
                self._afterwards.add(work, name="counting tokens")

        question = frozenset(content_words(asked.question))
        witnesses = [_Witness(found.passage, question, self._embedder.model) for found in sources]
        parts = self._model.answer(asked.question, quoted, history=asked.history, language=language, billed=billed)
        async with aclosing(parts):
            async for part in parts:
                if isinstance(part, Written):
                    yield Token(text=part.text)
                else:
                    supported = await self._support(part, witnesses, language)
                    yield Checked(text=part.text, supported=bool(supported), citations=supported)

    async def _support(self, sentence: Sentence, witnesses: Sequence[_Witness], language: str) -> tuple[int, ...]:
        """The sources that support a sentence: those that it names if they do, else the one that does best."""
        (vector,) = await self._embedder.embed_passages([sentence.text])
        # What it was asked to write in and what it did write in are two things.
        spoken = language_of(sentence.text, [language])
        support = await asyncio.to_thread(lambda: [each.support(sentence.text, vector, spoken) for each in witnesses])
        named = tuple(number for number in sentence.sources if support[number] >= MIN_SUPPORT)
        if named:
            return named
        best = int(np.argmax(support))
        return (best,) if support[best] >= MIN_SUPPORT else ()


class _Witness:
    """A passage that sentences are checked against; what it says is worked out once.

    Args:
        passage: The passage.
        question: Content words of the question.
        model: Name of the embedding model.
    """

    def __init__(self, passage: StoredPassage, question: frozenset[str], model: str) -> None:
        citation = passage.citation
        self._passage = passage
        self._question = question
        self._model = model
        self._script = script(citation.text)
        # A heading helps to understand, and states nothing: "Freezing bread" does not say that one should.
        self._stated = Evidence(citation.text, passage.language)
        self._evidence = Evidence("\n".join((citation.title, citation.section, citation.text)), passage.language)

    def support(self, sentence: str, vector: Vectors, spoken: str) -> float:
        """How well the passage supports a sentence, 0 to 1, from ``MIN_SUPPORT`` on well enough.

        Args:
            sentence: What is said.
            vector: Its embedding.
            spoken: The language that it is in.
        """
        near = np.zeros(1, dtype=np.float32)
        if self._passage.vector is not None:
            near = nearnesses(np.vstack((self._passage.vector, self._passage.sentences)) @ vector, self._model)
        same_script = is_in_script(sentence, self._script)
        if same_script and not are_different(spoken, self._passage.language):
            if self._evidence.echoes(sentence, self._question) or self._stated.contradicts(sentence):
                return 0.0
            return self._evidence.support(sentence, nearness=float(np.max(near)), given=self._question)
        # Between languages only numbers, denials, and names in the same script can be compared.
        if self._evidence.lacks_number(sentence, language=spoken):
            return 0.0
        if same_script and self._evidence.lacks_name(sentence, language=spoken):
            return 0.0
        sentences = split_sentences(self._passage.citation.text)[: len(near) - 1]
        nearest = sentences[int(np.argmax(near[1:]))] if sentences else self._passage.citation.text
        if negated(sentence, spoken) != negated(nearest, self._passage.language):
            return 0.0
        return 1.0 if np.max(near) >= _FOREIGN_NEARNESS else 0.0
