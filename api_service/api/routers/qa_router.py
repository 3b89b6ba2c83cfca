"""``/api/v1/qa``: readers' own questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from api_service.core.auth import PublisherDep
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.answers import Answer, Event, Failed, Inquiry, failed
from shared.ai.answering import Turn
from shared.errors import BlogQAError
from shared.log import get_logger
from shared.url import MAX_URL_LENGTH

logger = get_logger(__name__)

router = APIRouter(prefix="/qa", tags=["qa"], responses=PROBLEM_RESPONSES)

MAX_QUESTION: Final = 500
_MAX_TURNS: Final = 4
_HEARTBEAT_S: Final = 10.0
"""Proxies and browsers give up on a stream that is silent for long."""

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
    request: AskRequest,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Answers a question from the publisher's content, with citations; what it does not cover is said to be so.

    With `Accept: text/event-stream` the answer arrives in events, each with JSON data: `sources` (the passages that it
    is written from), `token` (a piece of text as the model writes it, unchecked), `sentence` (a finished sentence and
    whether the passages support it), and last `done` (the whole answer, which replaces what was shown) or `error`.
    """
    inquiry = Inquiry(question=request.question, blog_url=request.blog_url, history=tuple(request.history))
    if "text/event-stream" not in accept:
        answer = await services.asking.answer(publisher, inquiry)
        return JSONResponse(answer.model_dump(mode="json"), headers={"Cache-Control": "no-store"})
    events = services.asking.events(publisher, inquiry)
    # What is wrong before the first event is a problem with a status of its own.
    first = await anext(events)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_stream(first, events), headers=headers)


async def _stream(first: Event, events: AsyncGenerator[Event]) -> AsyncGenerator[bytes]:
    event: Event | None = first
    async with aclosing(events):
        while event is not None:
            yield _encoded(event)
            upcoming = asyncio.create_task(_next(events))
            try:
                while not upcoming.done():
                    await asyncio.wait({upcoming}, timeout=_HEARTBEAT_S)
                    if not upcoming.done():
                        yield KEEPALIVE_COMMENT
            finally:  # The reader may have left.
                upcoming.cancel()
                await asyncio.wait({upcoming})
            event = upcoming.result()


async def _next(events: AsyncGenerator[Event]) -> Event | None:
    """The next event, an error as one too, None after the last."""
    try:
        return await anext(events, None)
    except BlogQAError as exc:
        return failed(exc)
    except Exception:
        logger.exception("stream_crashed")
        return Failed(code="internal_error", detail="something went wrong on our side; the log says what")


def _encoded(event: Event) -> bytes:
    return format_sse_event(event=event.event, data_str=event.model_dump_json())
