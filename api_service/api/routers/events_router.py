"""``/api/v1/events``: what readers do with the widget, as counts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from api_service.core.auth import PublisherDep, require_admin
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from shared.errors import NotFound
from shared.models.events import Event, QuestionCounts
from shared.models.published import blog_id
from shared.url import MAX_URL_LENGTH, normalize_url

router = APIRouter(prefix="/events", tags=["events"], responses=PROBLEM_RESPONSES)

_MAX_EVENTS = 50


class EventsRequest(BaseModel):
    """What happened on one blog."""

    model_config = ConfigDict(extra="forbid")

    blog_url: str = Field(min_length=1, max_length=MAX_URL_LENGTH)
    events: list[Event] = Field(min_length=1, max_length=_MAX_EVENTS)


class Counted(BaseModel):
    """How many of the events were counted."""

    accepted: int


class CountsQuery(BaseModel):
    """Which counts."""

    model_config = ConfigDict(extra="forbid")

    blog_url: str = Field(min_length=1, max_length=MAX_URL_LENGTH)
    days: int = Field(default=30, ge=1, le=400, description="Of how many days, today (UTC) among them.")


class Counts(BaseModel):
    """How often what happened, by question."""

    questions: list[QuestionCounts]


@router.post("", status_code=202)
async def count(
    services: ServicesDep,
    publisher: PublisherDep,
    request: EventsRequest,
    sec_gpc: Annotated[str, Header()] = "",
    dnt: Annotated[str, Header()] = "",
) -> Counted:
    """Counts what the widget tells; nothing about the reader is kept, and nothing at all if the reader objects.

    Events of questions that are not the blog's are dropped: a public key cannot fill the database with made-up ones.
    """
    if "1" in (sec_gpc, dnt):
        return Counted(accepted=0)
    found = await services.questions.find(blog_id(publisher.id, normalize_url(request.blog_url)))
    if found is None:
        return Counted(accepted=0)
    identity, blog = found
    known = {None, *(question.id for question in blog.questions)}
    events = [event for event in request.events if event.question_id in known]
    await services.events.add(publisher.id, identity, events)
    return Counted(accepted=len(events))


@router.get("/counts", dependencies=[require_admin])
async def counts(services: ServicesDep, publisher: PublisherDep, query: Annotated[CountsQuery, Query()]) -> Counts:
    """Sums by question. Needs both keys. A republished blog's questions start anew."""
    normalized = normalize_url(query.blog_url)
    found = await services.questions.find(blog_id(publisher.id, normalized))
    if found is None:
        raise NotFound(f"no questions are published for {normalized!r}")
    return Counts(questions=await services.events.counts(found[0], days=query.days))
