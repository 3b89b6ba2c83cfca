"""``/api/v1/questions``: what readers are shown."""

from __future__ import annotations

import random
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api_service.core.auth import PublisherDep, require_admin
from api_service.core.conditional import etag_matches
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.hot_blogs import HotBlog, render
from api_service.services.readiness import SOON_S
from shared.data.content_repository import delete_blog
from shared.errors import NotFound
from shared.models.job_queue import JobStatus, ProcessingJob
from shared.models.published import PublishedBlog, PublishedQuestion, Removal, blog_id
from shared.url import MAX_URL_LENGTH, normalize_url

router = APIRouter(prefix="/questions", tags=["questions"], responses=PROBLEM_RESPONSES)

_CACHE_CONTROL = "public, max-age=60"
_MAX_QUESTIONS = 50


class BlogQuery(BaseModel):
    """Which blog."""

    model_config = ConfigDict(extra="forbid")

    blog_url: str = Field(
        min_length=1, max_length=MAX_URL_LENGTH, description="Address of the page, as readers see it."
    )


class QuestionsQuery(BlogQuery):
    """Which of a blog's questions."""

    limit: int | None = Field(default=None, ge=1, le=_MAX_QUESTIONS, description="At most this many questions.")
    randomize: bool = Field(default=False, description="Any of them, in any order, instead of the first.")


class Ready(BaseModel):
    """The questions are there."""

    status: Literal["ready"] = "ready"
    blog: PublishedBlog


class Pending(BaseModel):
    """The questions are being made: ask again after a while."""

    status: Literal["not_started", "processing"] = Field(
        description="`not_started`: this call accepted the page. `processing`: it was accepted before."
    )
    job_id: str
    retry_after_s: int = Field(description="Earliest sensible next call, seconds.")


class Failed(BaseModel):
    """There will be no questions until somebody tries again."""

    status: Literal["failed"] = "failed"
    job_id: str
    code: str = Field(description="Machine-readable reason, e.g. `not_an_article`.")
    reason: str


@router.get("/by-url", response_model=PublishedBlog)
async def questions_by_url(
    services: ServicesDep,
    publisher: PublisherDep,
    query: Annotated[QuestionsQuery, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The blog's questions with answers and sources. 404 if the blog has not been processed."""
    hot = await services.hot_blogs.get(blog_id(publisher.id, normalize_url(query.blog_url)))
    if hot is None:
        raise NotFound(
            f"no questions are published for {normalize_url(query.blog_url)!r}; "
            "POST the URL to /api/v1/jobs/process to have them made"
        )
    if query.randomize:
        return Response(_sample(hot, query.limit).body, media_type="application/json", headers=_headers(None))
    if query.limit is not None:
        blog = hot.blog
        hot = render(blog.model_copy(update={"questions": blog.questions[: query.limit]}))
    return _published(hot.body, hot.etag, if_none_match)


@router.get("/check-and-load", response_model=Ready | Pending | Failed)
async def check_and_load(
    services: ServicesDep,
    publisher: PublisherDep,
    query: Annotated[BlogQuery, Query()],
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response | Pending | Failed:
    """The blog's questions if there are any; otherwise accepts the page for processing and says when to ask again."""
    found = await services.readiness.check(publisher, query.blog_url)
    if isinstance(found, HotBlog):
        return _published(b'{"status":"ready","blog":' + found.body + b"}", found.etag, if_none_match)
    response.headers.update(_headers(None))
    job, created = found
    if job.state in (JobStatus.FAILED, JobStatus.CANCELLED):
        return _failed(job)
    response.headers["Retry-After"] = str(SOON_S)
    return Pending(status="not_started" if created else "processing", job_id=job.id, retry_after_s=SOON_S)


@router.get("/{question_id}")
async def question(services: ServicesDep, publisher: PublisherDep, question_id: str) -> PublishedQuestion:
    """One question with its answer and sources."""
    found = await services.questions.get(question_id, publisher_id=publisher.id)
    if found is None:
        raise NotFound(f"there is no question {question_id[:100]!r}; the blog may have been republished")
    return found


@router.delete("/by-url", dependencies=[require_admin])
async def delete_by_url(
    services: ServicesDep, publisher: PublisherDep, query: Annotated[BlogQuery, Query()]
) -> Removal:
    """Removes all of a blog's data: questions, summary, stored page, jobs. Needs both keys. Says what was removed."""
    identity = blog_id(publisher.id, normalize_url(query.blog_url))
    found = await services.questions.find(identity)
    identity = found[0] if found else identity  # The address may be an alias.
    removal = await delete_blog(services.database, identity)
    services.hot_blogs.forget(identity)
    if not (removal.questions or removal.summaries or removal.pages or removal.jobs):
        raise NotFound(f"nothing is stored for {normalize_url(query.blog_url)!r}")
    return removal


def _published(body: bytes, etag: str, if_none_match: str | None) -> Response:
    if etag_matches(if_none_match, etag):
        return Response(status_code=304, headers=_headers(etag))
    return Response(body, media_type="application/json", headers=_headers(etag))


def _headers(etag: str | None) -> dict[str, str]:
    # A proxy may keep it. The answer depends on who asks, and whether there is one on the page that asks.
    vary = "X-API-Key, Origin, Referer"
    headers = {"Cache-Control": _CACHE_CONTROL if etag else "no-store", "Vary": vary}
    return headers | ({"ETag": etag} if etag else {})


def _sample(hot: HotBlog, limit: int | None) -> HotBlog:
    blog = hot.blog
    questions = list(blog.questions)
    random.shuffle(questions)
    return render(blog.model_copy(update={"questions": tuple(questions[:limit])}))


def _failed(job: ProcessingJob) -> Failed:
    if job.state is JobStatus.CANCELLED or not job.errors:
        return Failed(job_id=job.id, code="cancelled", reason="processing was cancelled")
    return Failed(job_id=job.id, code=job.errors[-1].code, reason=job.errors[-1].message)
