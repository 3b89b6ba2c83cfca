"""The one way to an OpenAI-compatible endpoint: opening the client, mapping its errors, asking for validated JSON."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, Generic, TypeVar

import httpx2
import openai
from pydantic import BaseModel, Field, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_after_delay
from tenacity.wait import wait_random_exponential

from shared.config import SharedSettings
from shared.errors import ModelMisconfigured, ModelOutputInvalid, ModelUnavailable
from shared.metrics import ModelCalls
from shared.models.usage import Usage

COMPLAINT_TOKENS = 200
"""Upper bound of what a second attempt adds to the prompt, tokens; callers leave that much room in the context."""


class Cut:
    """Says that an answer was cut off for its length: its last sentence may say the opposite of what it would have."""


CUT = Cut()

_TRANSIENT_STATUSES = frozenset({408, 409, 425, 429})
_ATTEMPTS = 3
_RETRY_WITHIN_S = 60.0
_LONGEST_RETRY_AFTER_S = 20.0
_LIST_TIMEOUT_S = 4.0
_REASONING_TOKENS = 4_000
"""Room for hidden reasoning, which OpenAI counts as output (its guide "Reasoning models")."""

_MOST_TOKENS = 1_000_000_000
"""An endpoint that claims to have billed more for one call cannot be believed, and its number need not fit anywhere."""

T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")
Message = Mapping[str, str]
"""``role`` and ``content``, as chat completions take them."""
Sleep = Callable[[float], Awaitable[None]]


def open_client(settings: SharedSettings) -> openai.AsyncOpenAI:
    """A client for the endpoint that the settings name; the caller closes it.

    The SDK's own retries are off: retrying within a step is decided here, between attempts by the job queue.
    """
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    return openai.AsyncOpenAI(
        api_key=key,
        base_url=settings.openai_base_url,
        timeout=httpx2.Timeout(settings.llm_timeout_s, connect=min(10.0, settings.llm_timeout_s)),
        max_retries=0,
    )


@contextmanager
def openai_errors_mapped() -> Iterator[None]:
    """Turns the SDK's errors into ours; messages carry the status and error code only, never the response or the key.

    Raises:
        ModelUnavailable: Connection errors, timeouts, 408/409/425/429/5xx, a body that is not what the API promises.
        ModelMisconfigured: Any other refusal (400, 401, 403, 404, 422 …).
    """
    try:
        yield
    except openai.APIStatusError as exc:
        raise _status_error(exc) from exc
    except openai.APITimeoutError as exc:
        raise ModelUnavailable("model endpoint did not answer in time") from exc
    except (openai.OpenAIError, httpx2.HTTPError) as exc:
        raise ModelUnavailable(f"model endpoint could not be used: {type(exc).__name__}") from exc
    except (json.JSONDecodeError, UnicodeDecodeError) as exc:
        raise ModelUnavailable("model endpoint answered with something other than JSON") from exc


def _status_error(exc: openai.APIStatusError) -> ModelUnavailable | ModelMisconfigured:
    code = exc.code if exc.code and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", exc.code) else None
    message = f"model endpoint answered with status {exc.status_code}" + (f" ({code})" if code else "")
    if exc.status_code in _TRANSIENT_STATUSES or exc.status_code >= 500:
        return ModelUnavailable(message, retry_after_s=_retry_after_s(exc.response.headers))
    return ModelMisconfigured(message)


def _retry_after_s(headers: httpx2.Headers) -> float | None:
    """Seconds named by ``Retry-After`` (RFC 9110 section 10.2.3: delay or date), None when absent or unreadable."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value, re.ASCII):
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):  # not a date, or one without a zone
        return None


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """A validated answer and what it cost, a repaired attempt included."""

    value: T
    usage: Usage


class _Billed(BaseModel):
    """The part of the endpoint's own count that is kept."""

    prompt_tokens: int = Field(default=0, ge=0, le=_MOST_TOKENS)
    completion_tokens: int = Field(default=0, ge=0, le=_MOST_TOKENS)

    @property
    def usage(self) -> Usage:
        return Usage(prompt_tokens=self.prompt_tokens, completion_tokens=self.completion_tokens)


def billed_usage(claimed: object) -> Usage:
    """What an endpoint says it has billed, in the SDK's unchecked words; nothing where they make no sense."""
    try:
        return _Billed.model_validate(claimed, from_attributes=True).usage
    except ValidationError:
        return Usage()


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Reply(BaseModel):
    """The part of a chat completion that counts; the SDK does not validate responses, so this does."""

    choices: tuple[_Choice, ...]
    usage: _Billed | None = None


class _Delta(BaseModel):
    content: str | None = None


class _ChunkChoice(BaseModel):
    delta: _Delta
    finish_reason: str | None = None


class _Chunk(BaseModel):
    choices: tuple[_ChunkChoice, ...] = ()
    usage: _Billed | None = None


class _Listed(BaseModel):
    id: str


class _Models(BaseModel):
    data: tuple[_Listed, ...]


class _Unusable(Exception):
    """Why an answer cannot be used, said so that the model can do better."""


async def complete_json(
    client: openai.AsyncOpenAI,
    *,
    model: str,
    messages: Sequence[Message],
    schema: type[T],
    max_tokens: int,
    calls: ModelCalls,
    sleep: Sleep = asyncio.sleep,
) -> Completion[T]:
    """Asks for JSON of a given shape; what does not validate is asked for once more, with the reason.

    Endpoints that refuse a JSON schema are asked for any JSON object, then for plain text, so the messages themselves
    must describe the shape and contain the word JSON.

    Args:
        client: The endpoint.
        model: Model name at the endpoint.
        messages: The conversation, ending with a user message of plain text.
        schema: What the answer must validate as; every field required, so that it can be a strict schema.
        max_tokens: Longest answer, tokens.
        calls: Records what happens.
        sleep: Waits between attempts, seconds.

    Raises:
        ModelUnavailable: No answer after a few attempts within a minute, or the endpoint asks for a longer wait.
        ModelMisconfigured: The endpoint refuses the key, the model or the request.
        ModelOutputInvalid: Truncated, refused, empty, not JSON or of the wrong shape, twice.
    """
    options: dict[str, Any] = {
        "model": model,
        **_sampling(client, max_tokens),
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema.model_json_schema()},
        },
    }
    usage, asked = Usage(), list(messages)
    for _ in range(2):
        reply = await _ask(client, {**options, "messages": asked}, calls, sleep)
        spent = reply.usage.usage if reply.usage else Usage()
        calls.billed(spent)
        usage += spent
        try:
            return Completion(value=_usable(reply, schema), usage=usage)
        except _Unusable as exc:
            calls.unusable()
            problem = str(exc)
            asked = _with_complaint(messages, problem)
            # The same words at the same low temperature tend to fail in the same way.
            options |= {"temperature": 0.7} if "temperature" in options else {}
    raise ModelOutputInvalid(f"model answered twice with nothing usable: {problem}")


def _sampling(client: openai.AsyncOpenAI, max_tokens: int) -> dict[str, Any]:
    """OpenAI's reasoning models know only the new length parameter and no sampling; other servers know the old.

    Small models fall into repeating themselves at a low temperature, hence the penalty.
    """
    if client.base_url.host == "api.openai.com":
        return {"max_completion_tokens": max_tokens + _REASONING_TOKENS}
    return {"max_tokens": max_tokens, "temperature": 0.2, "frequency_penalty": 0.4}


async def _ask(client: openai.AsyncOpenAI, options: Mapping[str, Any], calls: ModelCalls, sleep: Sleep) -> _Reply:
    async def attempt() -> _Reply:
        with calls.observed(), openai_errors_mapped():
            return await _create(client, options)

    retrying = AsyncRetrying(
        sleep=sleep,
        retry=retry_if_exception(_worth_waiting_for),
        stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(_RETRY_WITHIN_S),
        wait=_wait_s,
        reraise=True,
    )
    return await retrying(attempt)


def _worth_waiting_for(error: BaseException) -> bool:
    return isinstance(error, ModelUnavailable) and (error.retry_after_s or 0.0) <= _LONGEST_RETRY_AFTER_S


def _wait_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    named = error.retry_after_s if isinstance(error, ModelUnavailable) else None
    return wait_random_exponential(multiplier=0.5, max=4.0)(state) if named is None else named


async def _create(client: openai.AsyncOpenAI, options: Mapping[str, Any]) -> _Reply:
    raw = await _simplified(options, client.chat.completions.with_raw_response.create)
    try:
        return _Reply.model_validate_json(raw.http_response.content)
    except ValidationError as exc:
        raise ModelUnavailable("model endpoint answered with something other than a chat completion") from exc


async def lists_model(client: openai.AsyncOpenAI, model: str) -> bool:
    """Whether the endpoint lists a model: asks for what all known servers have, and what costs nothing.

    Raises:
        ModelUnavailable: No answer within ``_LIST_TIMEOUT_S``, or not a list of models.
        ModelMisconfigured: The endpoint refuses the key, or has no such list.
    """
    try:
        with openai_errors_mapped():
            async with asyncio.timeout(_LIST_TIMEOUT_S):
                raw = await client.models.with_raw_response.list()
        listed = _Models.model_validate_json(raw.http_response.content)
    except TimeoutError as exc:
        raise ModelUnavailable(f"model endpoint did not answer within {_LIST_TIMEOUT_S:g} s") from exc
    except ValidationError as exc:
        raise ModelUnavailable("model endpoint answered with something other than a list of models") from exc
    return any(each.id == model for each in listed.data)


async def stream_text(
    client: openai.AsyncOpenAI, *, model: str, messages: Sequence[Message], max_tokens: int, calls: ModelCalls
) -> AsyncGenerator[str | Usage | Cut]:
    """Streams an answer as the model writes it: pieces of text, then what it was billed for, if it says, and ``CUT``.

    Nothing is tried again: somebody is waiting. Closing the generator ends the request, and with it the model's work.

    Raises:
        ModelUnavailable: No connection, a refusal that may pass, or a stream that ends before the answer does.
        ModelMisconfigured: The endpoint refuses the key, the model or the request.
        ModelOutputInvalid: The answer was withheld by a filter.
    """
    options = {
        "model": model,
        "messages": list(messages),
        **_sampling(client, max_tokens),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    with calls.observed(), openai_errors_mapped():
        finish: str | None = None
        stream: openai.AsyncStream[Any] = await _simplified(options, client.chat.completions.create)
        async with stream:
            async for raw in stream:
                chunk = _read_chunk(raw)
                for choice in chunk.choices:
                    if choice.finish_reason == "content_filter":
                        raise ModelOutputInvalid("the answer was withheld by the endpoint's filter")
                    finish = finish or choice.finish_reason
                    if choice.delta.content:
                        yield choice.delta.content
                if chunk.usage:
                    yield chunk.usage.usage
        if finish is None:
            raise ModelUnavailable("the model's answer broke off")
    if finish == "length":
        yield CUT


def _read_chunk(raw: BaseModel) -> _Chunk:
    try:
        return _Chunk.model_validate(raw.model_dump(warnings=False))
    except (ValidationError, AttributeError) as exc:
        raise ModelUnavailable("model endpoint streamed something other than chat completion chunks") from exc


async def _simplified(options: Mapping[str, Any], request: Callable[..., Awaitable[R]]) -> R:
    """One request, made simpler for as long as the endpoint refuses a part of it that can be done without."""
    simpler: dict[str, Any] | None = dict(options)
    while simpler is not None:
        try:
            return await request(**simpler)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as exc:
            refused, simpler = exc, _without_refused_part(simpler, exc.param)
    raise refused


def _without_refused_part(options: Mapping[str, Any], refused: str | None) -> dict[str, Any] | None:
    rest = dict(options)
    if refused in {"temperature", "frequency_penalty", "stream_options"} and rest.pop(refused, None) is not None:
        return rest
    if refused == "max_tokens" and "max_tokens" in rest:
        return {"max_completion_tokens": rest.pop("max_tokens"), **rest}
    if rest.pop("stream_options", None) is not None:
        return rest
    response_format = rest.pop("response_format", None)
    if response_format is None:
        return None
    return {**rest, "response_format": {"type": "json_object"}} if response_format["type"] == "json_schema" else rest


def _usable(reply: _Reply, schema: type[T]) -> T:
    if not reply.choices:
        raise _Unusable("the answer was empty")
    choice = reply.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise _Unusable("the answer was refused")
    if choice.finish_reason == "length":
        raise _Unusable("the answer was too long and was cut off: write less")
    return _parsed(choice.message.content or "", schema)


def _parsed(text: str, schema: type[T]) -> T:
    """The first JSON object in ``text`` that validates; fences, reasoning and chatter around it are skipped."""
    text = re.sub(r"^.*</think>", "", text, flags=re.DOTALL)
    decoder, problem, end = json.JSONDecoder(strict=False), "the answer held no complete JSON object", 0
    for brace in islice(re.finditer(r"\{", text), 32):
        if brace.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, brace.start())
            return schema.model_validate(value)
        except (json.JSONDecodeError, RecursionError):
            continue
        except ValidationError as exc:
            problem = _summary(exc)
    raise _Unusable(problem)


def _summary(error: ValidationError) -> str:
    """What is wrong, without repeating values that the model made up."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, detail['loc']))[:60]}: {detail['msg'][:80]}" for detail in details[:3])


def _with_complaint(messages: Sequence[Message], problem: str) -> list[Message]:
    """The same conversation; the last user message grows, because many chat templates refuse two in a row."""
    last = messages[-1]
    complaint = f"Your last answer could not be used: {problem}. Answer again, only with the JSON object."
    return [*messages[:-1], {**last, "content": f"{last['content']}\n\n{complaint}"}]
