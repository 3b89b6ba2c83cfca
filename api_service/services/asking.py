"""Answering readers' own questions: from what is known, by a model from passages, or by quoting the passages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from typing import Any, Final

from api_service.data.passage_repository import PassageRepository, StoredPassage
from api_service.services.answers import (
    Answer,
    AnswerSentence,
    Checked,
    Done,
    Event,
    Inquiry,
    Notice,
    RelatedQuestion,
    Sources,
    failed,
)
from api_service.services.flights import Flights
from api_service.services.inquiries import Asked, Inquiries
from api_service.services.known_answers import KnownAnswers
from api_service.services.quoting import Quote, answerability, quote
from api_service.services.related import RelatedArticle, RelatedArticles
from api_service.services.retrieval import Found, PassageRetrieval, Retrieved
from api_service.services.writing import BudgetSpent, Writer
from shared.errors import (
    BlogQAError,
    ModelBusy,
    ModelMisconfigured,
    ModelOutputInvalid,
    ModelUnavailable,
    SearchNotReady,
)
from shared.log import get_logger
from shared.models.published import PublishedQuestion
from shared.models.publisher import Publisher
from shared.text.sentences import joined

logger = get_logger(__name__)

_SOURCES: Final = 6
_RELATED_QUESTIONS: Final = 4
_RELATED_ARTICLES: Final = 3
_ANSWERABLE: Final = 0.5
_HOPELESS: Final = 0.1
"""Below this even a model finds nothing to answer from: it is not asked."""

_Near = Sequence[tuple[PublishedQuestion, float]]


class Asking:
    """Answers questions about a publisher's content.

    Args:
        inquiries: Makes questions ready.
        known: Finds answers that are there.
        retrieval: Finds passages.
        passages: Knows the state of blogs.
        related: Finds articles.
        writer: Writes answers; None where they are quoted.
    """

    def __init__(
        self,
        *,
        inquiries: Inquiries,
        known: KnownAnswers,
        retrieval: PassageRetrieval,
        passages: PassageRepository,
        related: RelatedArticles,
        writer: Writer | None,
    ) -> None:
        self._inquiries = inquiries
        self._known = known
        self._retrieval = retrieval
        self._passages = passages
        self._related = related
        self._writer = writer
        self._flights: Flights[Event] = Flights()
        self._afterwards: set[asyncio.Task[None]] = set()

    async def events(self, publisher: Publisher, inquiry: Inquiry) -> AsyncGenerator[Event]:
        """Answers in events: sources, pieces and checked sentences if a model writes, and last ``Done`` or ``Failed``.

        Whoever asks the same at the same time gets the same events; when the last of them leaves, the work stops.

        Raises:
            InvalidUrl: The blog's address is not a URL.
            NotFound: The blog was never processed, or is another publisher's.
            StillProcessing: Its first questions are being made.
            SearchNotReady: All content is asked about, and the index is being loaded.
            DatabaseUnavailable: MongoDB does not answer.
        """
        asked = await self._inquiries.ready(publisher, inquiry)
        async with aclosing(self._flights.join(asked.key, lambda: self._events(asked))) as events:
            async for event in events:
                yield event

    async def answer(self, publisher: Publisher, inquiry: Inquiry) -> Answer:
        """The whole answer; where the model fails half-way, quoted text in place of what it wrote.

        Raises:
            BlogQAError: As ``events`` does.
        """
        async with aclosing(self.events(publisher, inquiry)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        asked = await self._inquiries.ready(publisher, inquiry)
        retrieved = await self._retrieved(asked)
        return await self._quoted(asked, retrieved, await self._known.nearest(asked), Notice.MODEL_UNAVAILABLE)

    async def aclose(self) -> None:
        """Stops all work and lets what was learned be written down."""
        await self._flights.aclose()
        if self._afterwards:
            await asyncio.wait(self._afterwards)

    async def _events(self, asked: Asked) -> AsyncGenerator[Event]:
        nearest = await self._known.nearest(asked)
        if (same := self._known.same(asked, nearest)) is not None:
            answer = _stored(same, _others(nearest, same.id))
        elif self._writer is not None and (kept := await self._known.kept(asked)) is not None:
            answer = kept.model_copy(update={"from_cache": True})
        else:
            retrieved = await self._retrieved(asked)
            async with aclosing(self._answered(asked, retrieved, nearest)) as events:
                async for event in events:
                    yield event
            return
        yield Done(answer=answer)
        self._later(self._known.remember(asked, answer, None))

    async def _retrieved(self, asked: Asked) -> Retrieved:
        if asked.blog is not None:
            return await self._retrieval.in_blog(asked.blog, asked.query)
        return await self._retrieval.in_publisher(asked.publisher.id, asked.query)

    async def _answered(self, asked: Asked, retrieved: Retrieved, nearest: _Near) -> AsyncGenerator[Event]:
        notice: Notice | None = None
        if self._writer is not None and answerability(asked.query, retrieved) >= _HOPELESS:
            shown = False
            try:
                async with aclosing(self._written(self._writer, asked, retrieved, nearest)) as events:
                    async for event in events:
                        shown = True
                        yield event
                return
            except BudgetSpent:
                notice = Notice.BUDGET_SPENT
            except ModelBusy:
                notice = Notice.MODEL_BUSY
            except (ModelUnavailable, ModelMisconfigured, ModelOutputInvalid) as exc:
                logger.warning("model_failed", code=exc.code, error=str(exc), cause=repr(exc.__cause__))
                if shown:
                    yield failed(exc)
                    return
                notice = Notice.MODEL_UNAVAILABLE
        answer = await self._quoted(asked, retrieved, nearest, notice)
        yield Sources(citations=answer.citations)
        yield Done(answer=answer)
        self._later(self._known.remember(asked, answer, None))

    async def _written(
        self, writer: Writer, asked: Asked, retrieved: Retrieved, nearest: _Near
    ) -> AsyncGenerator[Event]:
        sources = retrieved.passages[:_SOURCES]
        known = asked.query.language != "und"
        language = asked.query.language if known else sources[0].passage.language
        kept: list[Checked] = []
        first = True
        async with aclosing(writer.write(asked, sources, language)) as parts:
            async for part in parts:
                if first:
                    first = False
                    yield Sources(citations=tuple(found.passage.citation for found in sources))
                if isinstance(part, Checked) and part.supported:
                    kept.append(part)
                yield part
        if not kept:
            answer = await self._not_covered(asked, nearest, engine="openai")
            yield Done(answer=answer)
            self._later(self._known.remember(asked, answer, None))
            return
        answer = _composed(
            [(sentence.text, sentence.citations) for sentence in kept], sources, language=language, engine="openai"
        ).model_copy(update={"related_questions": _others(nearest)})
        yield Done(answer=answer)
        cited = {number for sentence in kept for number in sentence.citations}
        self._later(self._remember_written(asked, answer, [sources[number].passage for number in cited]))

    async def _remember_written(self, asked: Asked, answer: Answer, cited: Sequence[StoredPassage]) -> None:
        """Keeps what a model wrote, unless an article was published anew while it did."""
        states = await self._passages.blogs({passage.blog_id for passage in cited})
        versions = {blog: state.version for blog, state in states.items()}
        is_current = all(versions.get(passage.blog_id) == passage.version for passage in cited)
        content = {blog: state.content_hash for blog, state in states.items()} if is_current else None
        await self._known.remember(asked, answer, content)

    async def _quoted(self, asked: Asked, retrieved: Retrieved, nearest: _Near, notice: Notice | None) -> Answer:
        notices = (notice,) if notice else ()
        quotes = await self._quotes(asked, retrieved)
        if not quotes:
            answer = await self._not_covered(asked, nearest, engine="extractive")
            return answer.model_copy(update={"notices": notices + answer.notices})
        sentences = [(sentence, (number,)) for number, each in enumerate(quotes) for sentence in each.sentences]
        sources = [each.passage for each in quotes]
        answer = _composed(sentences, sources, language=sources[0].passage.language, engine="extractive")
        return answer.model_copy(update={"notices": notices, "related_questions": _others(nearest)})

    async def _quotes(self, asked: Asked, retrieved: Retrieved) -> list[Quote]:
        """What answers the question, or those of its parts that are answered."""
        if answerability(asked.query, retrieved) >= _ANSWERABLE:
            return quote(asked.query, retrieved)
        quotes: dict[str, Quote] = {}
        for part in await self._inquiries.parts(asked):
            found = await self._retrieved(part)
            if answerability(part.query, found) >= _ANSWERABLE:
                quotes |= {each.passage.passage.key: each for each in quote(part.query, found)}
        return list(quotes.values())

    async def _not_covered(self, asked: Asked, nearest: _Near, *, engine: str) -> Answer:
        return Answer(
            covered=False,
            answer="",
            sentences=(),
            citations=(),
            language=asked.query.language,
            engine=engine,
            from_cache=False,
            notices=(Notice.NOT_COVERED,),
            related_questions=_others(nearest),
            related_articles=tuple(await self._articles(asked)),
        )

    async def _articles(self, asked: Asked) -> list[RelatedArticle]:
        try:
            return await self._related.to_text(asked.publisher, asked.query.text, limit=_RELATED_ARTICLES)
        except SearchNotReady:  # They are an extra: not worth an error.
            return []

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Does what no reader should wait for, and none who leaves should stop."""

        async def done() -> None:
            try:
                await work
            except BlogQAError as exc:
                logger.warning("question_not_remembered", error=str(exc))

        task = asyncio.create_task(done(), name="remembering a question")
        self._afterwards.add(task)
        task.add_done_callback(self._afterwards.discard)


def _composed(
    sentences: Sequence[tuple[str, tuple[int, ...]]], sources: Sequence[Found], *, language: str, engine: str
) -> Answer:
    """An answer out of sentences with the numbers of their sources; only what is cited is listed."""
    used = sorted({number for _, numbers in sentences for number in numbers})
    place = {number: index for index, number in enumerate(used)}
    return Answer(
        covered=True,
        answer=joined([text for text, _ in sentences]),
        sentences=tuple(
            AnswerSentence(text=text, citations=tuple(place[number] for number in numbers))
            for text, numbers in sentences
        ),
        citations=tuple(sources[number].passage.citation for number in used),
        language=language,
        engine=engine,
        from_cache=False,
    )


def _stored(question: PublishedQuestion, others: tuple[RelatedQuestion, ...]) -> Answer:
    return Answer(
        covered=True,
        answer=question.answer,
        sentences=(AnswerSentence(text=question.answer, citations=tuple(range(len(question.citations)))),),
        citations=question.citations,
        language=question.language,
        engine=question.engine,
        from_cache=True,
        question_id=question.id,
        related_questions=others,
    )


def _others(nearest: _Near, but: str | None = None) -> tuple[RelatedQuestion, ...]:
    found = [RelatedQuestion(id=question.id, question=question.question) for question, _ in nearest]
    return tuple(question for question in found if question.id != but)[:_RELATED_QUESTIONS]
