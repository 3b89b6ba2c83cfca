"""``/api/v1/qa``: readers' own questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from api_service.core.auth import PublisherDep
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.answers import Answer, Event, Failed, Inquiry, failed
from shared.ai.answering import Turn
from shared.cancellation import cancel
from shared.errors import BlogQAError
from shared.log import get_logger
from shared.url import MAX_URL_LENGTH

logger = get_logger(__name__)

router = APIRouter(prefix="/qa", tags=["qa"], responses=PROBLEM_RESPONSES)

MAX_QUESTION: Final = 500
_MAX_TURNS: Final = 4
_HEARTBEAT_S: Final = 10.0
"""Proxies and browsers give up on a stream that is silent for long."""

_SILENT_S: Final = 2.0
"""How long a stream may wait for its first event before it starts without one."""

T = TypeVar("T")

_EXAMPLE: Final = "event: done\ndata: {…}\n\n"


class AskRequest(BaseModel):
    """What a reader wants to know."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION, pattern=r"\w")] = Field(
        description="In any language; the answer is in the same, unless it is quoted."
    )
    blog_url: Annotated[str, Field(min_length=1, max_length=MAX_URL_LENGTH)] | None = Field(
        default=None, description="The page that it is asked of; without one, all of the publisher's content."
    )
    history: Annotated[list[Turn], Field(max_length=_MAX_TURNS)] = Field(
        default=[], description="What was asked and answered before, oldest first, for follow-up questions."
    )


@router.post(
    "/ask",
    response_model=Answer,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
async def ask(
    services: ServicesDep,
    publisher: PublisherDep,
    asked: AskRequest,
    request: Request,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Answers a question from the publisher's content, with citations; what it does not cover is said to be so.

    With `Accept: text/event-stream` the answer arrives in events, each with JSON data: `sources` (the passages that it
    is written from), `token` (a piece of text as the model writes it, unchecked), `sentence` (a finished sentence and
    whether the passages support it), and last `done` (the whole answer, which replaces what was shown) or `error`.
    """
    inquiry = Inquiry(question=asked.question, blog_url=asked.blog_url, history=tuple(asked.history))
    left = asyncio.create_task(_left(request))
    try:
        if "text/event-stream" not in accept:
            working = asyncio.create_task(services.asking.answer(publisher, inquiry))
            await _until(working, left)
            return JSONResponse(working.result().model_dump(mode="json"), headers={"Cache-Control": "no-store"})
        events = services.asking.events(publisher, inquiry)
        first = asyncio.create_task(_next(events))
        await _until(first, left, timeout_s=_SILENT_S)
    finally:
        left.cancel()
    if first.done():
        first.result()  # What is wrong before the first event is a problem with a status of its own.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_stream(first, events), headers=headers)


async def _left(request: Request) -> None:
    """Waits until the client has closed the connection; the body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _until(work: asyncio.Task[T], left: asyncio.Task[None], *, timeout_s: float | None = None) -> None:
    """Waits for work; stops it when the client leaves, or when the request is cancelled.

    Raises:
        ClientDisconnect: Nobody is there any more.
    """
    try:
        done, _ = await asyncio.wait({work, left}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if left in done and work not in done:
            raise ClientDisconnect
    except BaseException:
        await cancel({work})
        raise


async def _stream(upcoming: asyncio.Task[Event | None], events: AsyncGenerator[Event]) -> AsyncGenerator[bytes]:
    async with aclosing(events):
        while True:
            try:
                while not upcoming.done():
                    await asyncio.wait({upcoming}, timeout=_HEARTBEAT_S)
                    if not upcoming.done():
                        yield KEEPALIVE_COMMENT
            finally:  # The reader may have left.
                await cancel({upcoming})
            event = _outcome(upcoming)
            if event is None:
                return
            yield _encoded(event)
            upcoming = asyncio.create_task(_next(events))


async def _next(events: AsyncGenerator[Event]) -> Event | None:
    """The next event, None after the last."""
    return await anext(events, None)


def _outcome(upcoming: asyncio.Task[Event | None]) -> Event | None:
    """The event that was waited for; what went wrong is one too."""
    try:
        return upcoming.result()
    except BlogQAError as exc:
        return failed(exc)
    except Exception:
        logger.exception("stream_crashed")
        return Failed(code="internal_error", detail="something went wrong on our side; the log says what")


def _encoded(event: Event) -> bytes:
    return format_sse_event(event=event.event, data_str=event.model_dump_json())
