"""Answering readers' own questions: from what is known, by a model from passages, or by quoting the passages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

from api_service.core.metrics import AskMetrics
from api_service.services.afterwards import Afterwards
from api_service.services.answers import (
    Answer,
    AnswerSentence,
    Checked,
    Done,
    Event,
    Failed,
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
from shared.config import EngineName
from shared.errors import (
    BlogQAError,
    ModelBusy,
    ModelMisconfigured,
    ModelOutputInvalid,
    ModelUnavailable,
)
from shared.log import get_logger
from shared.models.published import PublishedQuestion
from shared.models.publisher import Publisher
from shared.text.question_kind import kind_of, tells
from shared.text.sentences import joined

logger = get_logger(__name__)

_SOURCES: Final = 5
_RELATED_QUESTIONS: Final = 4
_RELATED_ARTICLES: Final = 3
ANSWERABLE: Final = 0.5
_HOPELESS: Final = 0.25
"""Below this even a model finds nothing to answer from: it is not asked."""

_Near = Sequence[tuple[PublishedQuestion, float]]


class Asking:
    """Answers questions about a publisher's content.

    Args:
        inquiries: Makes questions ready.
        known: Finds answers that are there.
        retrieval: Finds passages.
        related: Finds articles.
        writer: Writes answers; None where they are quoted.
        afterwards: Writes down what was learned.
        metrics: Counts how questions end.
    """

    def __init__(
        self,
        *,
        inquiries: Inquiries,
        known: KnownAnswers,
        retrieval: PassageRetrieval,
        related: RelatedArticles,
        writer: Writer | None,
        afterwards: Afterwards,
        metrics: AskMetrics,
    ) -> None:
        self._inquiries = inquiries
        self._known = known
        self._retrieval = retrieval
        self._related = related
        self._writer = writer
        self._afterwards = afterwards
        self._metrics = metrics
        self._flights: Flights[Event] = Flights()

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
        with self._metrics.asking() as end:
            async with aclosing(self._joined(publisher, inquiry)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        end.answered(event.answer)
                    elif isinstance(event, Failed):
                        end.failed(event.code)
                    yield event

    async def answer(self, publisher: Publisher, inquiry: Inquiry) -> Answer:
        """The whole answer; where the model fails half-way, quoted text in place of what it wrote.

        Raises:
            BlogQAError: As ``events`` does.
        """
        with self._metrics.asking() as end:
            answer = await self._whole(publisher, inquiry)
            end.answered(answer)
            return answer

    async def _joined(self, publisher: Publisher, inquiry: Inquiry) -> AsyncGenerator[Event]:
        asked = await self._inquiries.ready(publisher, inquiry)
        async with aclosing(self._flights.join(asked.key, lambda: self._events(asked))) as events:
            async for event in events:
                yield event

    async def _whole(self, publisher: Publisher, inquiry: Inquiry) -> Answer:
        async with aclosing(self._joined(publisher, inquiry)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        asked = await self._inquiries.ready(publisher, inquiry)
        retrieved = await self._retrieved(asked)
        return await self._quoted(asked, retrieved, await self._known.nearest(asked), Notice.MODEL_UNAVAILABLE)

    async def aclose(self) -> None:
        """Stops all work and lets what was learned be written down."""
        await self._flights.aclose()
        await self._afterwards.aclose()

    async def _events(self, asked: Asked) -> AsyncGenerator[Event]:
        nearest = await self._known.nearest(asked)
        if (same := self._known.same(asked, nearest)) is not None:
            answer = _stored(same, _others(nearest, same.id))
        elif (kept := await self._known.kept(asked)) is not None:
            answer = kept.model_copy(update={"from_cache": True, "related_questions": _others(nearest)})
        else:
            retrieved = await self._retrieved(asked)
            async with aclosing(self._answered(asked, retrieved, nearest)) as events:
                async for event in events:
                    yield event
            return
        self._remember(asked, answer)
        yield Done(answer=answer)

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
                logger.warning("model_failed", code=exc.code, error=str(exc), cause=type(exc.__cause__).__name__)
                if shown:
                    yield failed(exc)
                    return
                notice = Notice.MODEL_UNAVAILABLE
        answer = await self._quoted(asked, retrieved, nearest, notice)
        self._remember(asked, answer)
        yield Sources(citations=answer.citations)
        yield Done(answer=answer)

    async def _written(
        self, writer: Writer, asked: Asked, retrieved: Retrieved, nearest: _Near
    ) -> AsyncGenerator[Event]:
        sources = retrieved.passages[:_SOURCES]
        known = asked.query.language != "und"
        language = asked.query.language if known else sources[0].passage.language
        kept: list[Checked] = []
        wrote = False
        async with aclosing(writer.write(asked, sources, language)) as parts:
            async for part in parts:
                if not wrote:
                    wrote = True
                    yield Sources(citations=tuple(found.passage.citation for found in sources))
                if isinstance(part, Checked) and part.supported:
                    kept.append(part)
                yield part
        if not kept or not _tells_what_is_asked(asked, " ".join(sentence.text for sentence in kept), language):
            # It wrote nothing that holds, and yet there may be something to quote; what it leaves out, it did not find.
            if wrote:
                answer = await self._quoted(asked, retrieved, nearest, None)
            else:
                answer = await self._not_covered(asked, nearest, EngineName.OPENAI)
            self._remember(asked, answer)
            yield Done(answer=answer)
            return
        sentences = [(sentence.text, sentence.citations) for sentence in kept]
        answer = _composed(sentences, sources, language=language, engine=EngineName.OPENAI)
        answer = answer.model_copy(update={"related_questions": _others(nearest)})
        cited = [sources[number].passage for sentence in kept for number in sentence.citations]
        self._remember(asked, answer, {passage.blog_id: passage.version for passage in cited})
        yield Done(answer=answer)

    async def _quoted(self, asked: Asked, retrieved: Retrieved, nearest: _Near, notice: Notice | None) -> Answer:
        notices = (notice,) if notice else ()
        quotes = await self._quotes(asked, retrieved)
        if not quotes:
            answer = await self._not_covered(asked, nearest, EngineName.EXTRACTIVE)
            return answer.model_copy(update={"notices": notices + answer.notices})
        sentences = [(sentence, (number,)) for number, each in enumerate(quotes) for sentence in each.sentences]
        sources = [each.passage for each in quotes]
        answer = _composed(sentences, sources, language=sources[0].passage.language, engine=EngineName.EXTRACTIVE)
        return answer.model_copy(update={"notices": notices, "related_questions": _others(nearest)})

    async def _quotes(self, asked: Asked, retrieved: Retrieved) -> list[Quote]:
        """What answers the question, or those of its parts that are answered."""
        if answerability(asked.query, retrieved) >= ANSWERABLE:
            return quote(asked.query, retrieved)
        quotes: dict[str, Quote] = {}
        for part in await self._inquiries.parts(asked):
            found = await self._retrieved(part)
            if answerability(part.query, found) >= ANSWERABLE:
                quotes |= {each.passage.passage.key: each for each in quote(part.query, found)}
        return list(quotes.values())

    async def _not_covered(self, asked: Asked, nearest: _Near, engine: EngineName) -> Answer:
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
        without = asked.blog.blog_id if asked.blog else None
        try:
            return await self._related.to_vector(
                asked.publisher,
                asked.query.vector,
                language=asked.query.language,
                limit=_RELATED_ARTICLES,
                without=without,
            )
        except BlogQAError:  # They are an extra: not worth an error.
            return []

    def _remember(self, asked: Asked, answer: Answer, written_from: Mapping[str, int] | None = None) -> None:
        work = self._known.remember(asked, answer, written_from)
        self._afterwards.add(work, name="remembering a question")


def _tells_what_is_asked(asked: Asked, answer: str, language: str) -> bool:
    """Whether there is a date in the answer to "when", and so on: small models answer something else than was asked."""
    kind = kind_of(asked.question, asked.query.language)
    return kind is None or tells(answer, kind, language)


def _composed(
    sentences: Sequence[tuple[str, tuple[int, ...]]], sources: Sequence[Found], *, language: str, engine: EngineName
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
