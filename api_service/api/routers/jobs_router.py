"""``/api/v1/jobs``: handing work in and watching it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api_service.core.auth import IsAdminDep, MaybePublisherDep, PublisherDep, ViewerDep, require_admin
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import Services, ServicesDep
from shared.data.database import ID_PATTERN
from shared.data.queue_statistics import queue_stats
from shared.errors import AccessDenied, HostForbidden, InvalidInput, InvalidUrl
from shared.models.job_queue import (
    AttemptError,
    JobResult,
    JobStatus,
    Priority,
    ProcessingJob,
    Progress,
    QueueStats,
)
from shared.models.publisher import Publisher
from shared.url import MAX_URL_LENGTH

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=PROBLEM_RESPONSES)

_MAX_BATCH = 100

BlogUrl = Annotated[str, Field(min_length=1, max_length=MAX_URL_LENGTH)]


class ProcessRequest(BaseModel):
    """One page to process."""

    model_config = ConfigDict(extra="forbid", strict=True)

    blog_url: BlogUrl
    force: bool = Field(default=False, description="Process again though a recent result exists. Operator only.")


class BatchRequest(BaseModel):
    """Many pages to process."""

    model_config = ConfigDict(extra="forbid", strict=True)

    blog_urls: Annotated[list[BlogUrl], Field(min_length=1, max_length=_MAX_BATCH)]
    force: bool = Field(default=False, description="Process again though recent results exist. Operator only.")


class JobView(BaseModel):
    """A job as callers see it."""

    job_id: str
    blog_url: str
    state: JobStatus
    attempt: int = Field(description="Attempts begun so far.")
    max_attempts: int
    progress: Progress | None = Field(description="How far the running attempt is.")
    cancel_requested: bool
    run_at: AwareDatetime = Field(description="When it is due.")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    finished_at: AwareDatetime | None
    errors: tuple[AttemptError, ...] = Field(description="What ended earlier attempts, oldest first.")
    result: JobResult | None

    @classmethod
    def of(cls, job: ProcessingJob) -> JobView:
        """The public part of a job: no lease, no internal ids."""
        return cls(
            job_id=job.id,
            blog_url=job.url,
            state=job.state,
            attempt=job.attempt,
            max_attempts=job.max_attempts,
            progress=job.progress,
            cancel_requested=job.cancel_requested_at is not None,
            run_at=job.run_at,
            created_at=job.created_at,
            updated_at=job.updated_at,
            finished_at=job.finished_at,
            errors=job.errors,
            result=job.result,
        )


class Accepted(BaseModel):
    """The job that stands for a page."""

    status: Literal["accepted"] = "accepted"
    blog_url: str
    job_id: str
    state: JobStatus
    created: bool = Field(description="False when an active or recent job already stands for the page.")


class Refused(BaseModel):
    """A page of a batch that could not be accepted."""

    status: Literal["refused"] = "refused"
    blog_url: str
    code: str
    detail: str


class BatchAccepted(BaseModel):
    """What became of each page, in the order given."""

    jobs: list[Accepted | Refused]


class StatsQuery(BaseModel):
    """Whose jobs to count."""

    model_config = ConfigDict(extra="forbid")

    publisher: str | None = Field(default=None, description="Only the jobs of the publisher with this id or name.")


class JobsQuery(StatsQuery):
    """Which jobs to list."""

    state: JobStatus | None = Field(default=None, description="Only jobs in this state.")
    limit: int = Field(default=50, ge=1, le=200, description="Jobs per page.")
    cursor: str | None = Field(default=None, pattern=ID_PATTERN, description="`next_cursor` of the page before.")


class JobsPage(BaseModel):
    """One page of jobs, newest first."""

    jobs: list[JobView]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


@router.post("/process", status_code=202)
async def process(
    services: ServicesDep, publisher: PublisherDep, is_admin: IsAdminDep, request: ProcessRequest, response: Response
) -> Accepted:
    """Accepts one page. An active or recent job for the same page is returned instead of a second one."""
    _require_admin_to_force(request.force, is_admin)
    job, created = await services.intake.accept(publisher, request.blog_url, force=request.force)
    response.headers["Location"] = f"/api/v1/jobs/status/{job.id}"
    return Accepted(blog_url=request.blog_url, job_id=job.id, state=job.state, created=created)


@router.post("/process-batch", status_code=202)
async def process_batch(
    services: ServicesDep, publisher: PublisherDep, is_admin: IsAdminDep, request: BatchRequest
) -> BatchAccepted:
    """Accepts up to 100 pages; each is accepted or refused by itself."""
    _require_admin_to_force(request.force, is_admin)
    outcomes: list[Accepted | Refused] = []
    for url in request.blog_urls:
        try:
            job, created = await services.intake.accept(publisher, url, priority=Priority.BATCH, force=request.force)
        except (InvalidUrl, HostForbidden) as exc:
            outcomes.append(Refused(blog_url=url, code=exc.code, detail=str(exc)))
        else:
            outcomes.append(Accepted(blog_url=url, job_id=job.id, state=job.state, created=created))
    return BatchAccepted(jobs=outcomes)


@router.get("/status/{job_id}")
async def status(services: ServicesDep, viewer: ViewerDep, job_id: str) -> JobView:
    """One job: state, progress, errors of earlier attempts, result."""
    return JobView.of(await services.jobs.get(job_id[:64], publisher_id=_id(viewer)))


@router.get("/stats", dependencies=[require_admin])
async def stats(services: ServicesDep, holder: MaybePublisherDep, query: Annotated[StatsQuery, Query()]) -> QueueStats:
    """The queue's figures; one publisher's if one is named, or its key sent beside the operator's."""
    return await queue_stats(services.database, publisher_id=await _whose(services, holder, query.publisher))


@router.post("/cancel/{job_id}", dependencies=[require_admin])
async def cancel(services: ServicesDep, job_id: str) -> JobView:
    """Cancels a queued job at once; asks the worker of a running one to stop. 409 if it has finished."""
    return JobView.of(await services.jobs.cancel(job_id[:64]))


@router.post("/retry/{job_id}", status_code=202, dependencies=[require_admin])
async def retry(services: ServicesDep, job_id: str) -> JobView:
    """Queues a failed or cancelled job again with fresh attempts. 409 in any other state."""
    return JobView.of(await services.jobs.retry(job_id[:64]))


@router.get("", dependencies=[require_admin])
async def jobs(services: ServicesDep, holder: MaybePublisherDep, query: Annotated[JobsQuery, Query()]) -> JobsPage:
    """Jobs, newest first; one publisher's if one is named, or its key sent beside the operator's."""
    publisher_id = await _whose(services, holder, query.publisher)
    found = await services.jobs.page(
        publisher_id=publisher_id, state=query.state, before=query.cursor, limit=query.limit + 1
    )
    page = found[: query.limit]
    return JobsPage(
        jobs=[JobView.of(job) for job in page], next_cursor=page[-1].id if len(found) > query.limit else None
    )


async def _whose(services: Services, holder: Publisher | None, named: str | None) -> str | None:
    if named is None:
        return _id(holder)
    publisher_id = (await services.publishers.named(named)).id
    if holder is not None and holder.id != publisher_id:
        raise InvalidInput(f"the key in X-API-Key is not that of the publisher {named[:100]!r}: send one of the two")
    return publisher_id


def _id(publisher: Publisher | None) -> str | None:
    return publisher.id if publisher else None


def _require_admin_to_force(force: bool, is_admin: bool) -> None:
    # The publisher's key is public: whoever reads the page could otherwise spend the publisher's model budget.
    if force and not is_admin:
        raise AccessDenied("force costs model calls and needs the operator's key in X-Admin-Key")
