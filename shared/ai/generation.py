"""The engine that lets a language model write the questions: one structured call, or several for a long article."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Annotated, TypeVar

import openai
import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.ai.llm import COMPLAINT_TOKENS, Message, complete_json
from shared.ai.prompts import (
    PROMPT_VERSION,
    estimate_tokens,
    fitting,
    one_line,
    reduce_messages,
    render,
    write_messages,
)
from shared.errors import ModelOutputInvalid
from shared.metrics import ModelCalls
from shared.models.content import Article, Draft, DraftQuestion, Passage, QuestionKind
from shared.models.usage import Usage

_QUESTIONS = 8
_MAX_QUESTIONS = 12
_MAX_WINDOWS = 8
_MAX_OUTPUT_TOKENS = 3_000
_TEMPLATE_TOKENS = 64
_MAX_QUESTION_CHARS = 200
_MAX_ANSWER_CHARS = 800
_MAX_SUMMARY_CHARS = 1_000
_MAX_KEY_POINT_CHARS = 300
_MAX_KEY_POINTS = 6

_log = structlog.get_logger(__name__)


def _known_kind(value: object) -> object:
    return value if value in {kind.value for kind in QuestionKind} else QuestionKind.OTHER


def _passage_id(value: object) -> object:
    """Accepts ``12`` and ``[p12]`` for ``p12``: endpoints without a JSON schema let models write either."""
    return re.sub(r"^\[?p?(\d+)\]?$", r"p\1", str(value).strip()) if isinstance(value, str | int) else value


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"additionalProperties": False})


class _Pair(_Output):
    # The passages come before the answer: a model that writes left to right then looks up its evidence first.
    question: str
    passages: list[Annotated[str, BeforeValidator(_passage_id)]] = Field(json_schema_extra={"maxItems": 3})
    answer: str
    kind: Annotated[QuestionKind, BeforeValidator(_known_kind)]


class _Summary(_Output):
    summary: str
    key_points: list[str] = Field(json_schema_extra={"maxItems": _MAX_KEY_POINTS})


class _Written(_Summary):
    questions: list[_Pair] = Field(min_length=1, json_schema_extra={"maxItems": _MAX_QUESTIONS})


_S = TypeVar("_S", bound=_Summary)


class OpenAIEngine:
    """Writes drafts with a model behind an OpenAI-compatible endpoint.

    An article that does not fit the context is cut into windows of whole passages: each window is asked for its own
    questions, then one more call makes one summary out of the windows' summaries. Of an article longer than
    ``_MAX_WINDOWS`` windows, windows spread evenly over it are read, which bounds what one page can cost.

    Args:
        client: The endpoint; belongs to whoever opened it.
        model: Model name at the endpoint.
        context_tokens: Context window that a prompt and its answer must fit, tokens.
        calls: Records what the endpoint is asked.
    """

    name = "openai"
    deterministic = False

    def __init__(self, client: openai.AsyncOpenAI, model: str, context_tokens: int, calls: ModelCalls) -> None:
        self._client = client
        self._calls = calls
        self._model = model
        self._context_tokens = context_tokens
        self._output_tokens = min(_MAX_OUTPUT_TOKENS, context_tokens // 3)
        self.version = hashlib.sha256(f"{model}\n{PROMPT_VERSION}".encode()).hexdigest()[:12]

    async def draft(self, article: Article) -> Draft:
        """Writes the draft; passage ids that the article does not have are dropped, and pairs left without any.

        Raises:
            ModelUnavailable: The endpoint did not answer (transient).
            ModelOutputInvalid: It answered with nothing usable (transient).
            ModelMisconfigured: It refuses the key, the model or the request (permanent).
        """
        # Counting the tokens of a very long article takes a second or so.
        windows = _spread(await asyncio.to_thread(self._windows, article), _MAX_WINDOWS)
        count = _QUESTIONS if len(windows) == 1 else max(2, -(-_MAX_QUESTIONS // len(windows)))
        usage, written = Usage(), list[_Written]()
        for window in windows:
            messages = write_messages(
                article, render(window), count=min(count, 2 * len(window) + 1), boundary=_boundary()
            )
            try:
                part, spent = await self._complete(messages, _Written)
            except ModelOutputInvalid:
                if window is windows[-1] and not written:
                    raise
                continue
            written.append(part)
            usage += spent
        overall: _Summary = written[0]
        if len(written) > 1:
            overall, spent = await self._complete(self._reduction(article, written), _Summary)
            usage += spent
        _log.info("draft_written", model=self._model, calls=len(windows) + (len(windows) > 1), **usage.model_dump())
        draft = _draft(article, overall, [pair for part in written for pair in part.questions])
        return draft.model_copy(update={"usage": usage})

    async def _complete(self, messages: Sequence[Message], schema: type[_S]) -> tuple[_S, Usage]:
        done = await complete_json(
            self._client,
            model=self._model,
            messages=messages,
            schema=schema,
            max_tokens=self._output_tokens,
            calls=self._calls,
        )
        return done.value, done.usage

    def _room(self, messages: Sequence[Message]) -> int:
        """Tokens left for page text in a conversation that holds none yet."""
        frame = sum(estimate_tokens(message["content"]) for message in messages)
        return self._context_tokens - self._output_tokens - COMPLAINT_TOKENS - _TEMPLATE_TOKENS - frame

    def _windows(self, article: Article) -> list[list[Passage]]:
        room = max(self._room(write_messages(article, "", count=_QUESTIONS, boundary=_boundary())), 200)
        windows: list[list[Passage]] = [[]]
        used = 0
        for piece in (piece for passage in article.passages for piece in _pieces(passage, room)):
            size = estimate_tokens(render([piece])) + 1
            if windows[-1] and used + size > room:
                windows.append([])
                used = 0
            windows[-1].append(piece)
            used += size
        return windows

    def _reduction(self, article: Article, written: Sequence[_Written]) -> list[Message]:
        room = max(self._room(reduce_messages(article, [], boundary=_boundary())), 200)
        summaries = [fitting(part.summary, room // len(written) - 4) for part in written]
        return reduce_messages(article, summaries, boundary=_boundary())


def _boundary() -> str:
    """A code that page text cannot know, new for every call."""
    return secrets.token_hex(8)


def _spread(windows: list[list[Passage]], most: int) -> list[list[Passage]]:
    """At most ``most`` windows, the first and the last among them, evenly spaced."""
    if len(windows) <= most:
        return windows
    return [windows[round(index * (len(windows) - 1) / (most - 1))] for index in range(most)]


def _pieces(passage: Passage, room: int) -> list[Passage]:
    """The passage, halved at white space until every piece fits into ``room`` tokens; pieces keep the passage's id."""
    if len(passage.text) < 40 or estimate_tokens(render([passage])) < room:
        return [passage]
    middle = len(passage.text) // 2
    space = passage.text.find(" ", middle, middle + middle // 2)
    cut = middle if space < 0 else space
    halves = (passage.text[:cut], passage.text[cut:])
    return [piece for half in halves for piece in _pieces(passage.model_copy(update={"text": half}), room)]


def _draft(article: Article, overall: _Summary, pairs: Sequence[_Pair]) -> Draft:
    known = {passage.id for passage in article.passages}
    questions = []
    for pair in pairs:
        passage_ids = tuple(dict.fromkeys(id_ for id_ in pair.passages if id_ in known))
        question = _clean(pair.question, article, len(pair.question))
        answer = _clean(pair.answer, article, _MAX_ANSWER_CHARS)
        if passage_ids and answer and 0 < len(question) <= _MAX_QUESTION_CHARS:
            questions.append(DraftQuestion(question=question, answer=answer, passage_ids=passage_ids, kind=pair.kind))
    key_points = (_clean(point, article, _MAX_KEY_POINT_CHARS) for point in overall.key_points)
    return Draft(
        summary=_clean(overall.summary, article, _MAX_SUMMARY_CHARS),
        key_points=tuple(dict.fromkeys(point for point in key_points if point))[:_MAX_KEY_POINTS],
        questions=tuple(questions),
    )


def _clean(text: str, article: Article, max_chars: int) -> str:
    """Plain text on one line, at most ``max_chars`` long, without markup or citation marks.

    A tag stays where the article itself spells it out, as an article about HTML does.
    """
    text = re.sub(r"</?[A-Za-z][^<>]{0,200}>", lambda tag: tag[0] if tag[0] in article.text else " ", text)
    text = re.sub(r"\s*[\[(](?:p\d+(?:,\s*)?)+[\])]", "", text)
    text = re.sub(r"\*\*|__|`|^\s*(?:[-*•#]+|\d+[.)])\s+", "", one_line(text)).strip()
    if len(text) <= max_chars:
        return text
    cut = text[:max_chars]
    sentence_end = max(cut.rfind(mark) for mark in (". ", "! ", "? ", "。", "؟ ", "। "))
    return cut[: sentence_end + 1] if sentence_end > 0 else cut.rsplit(" ", 1)[0]
