"""What a reader's page can be told about its questions: served, being made, or not to be had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from api_service.services.hot_blogs import HotBlog, HotBlogs
from api_service.services.intake import Intake
from shared.data.job_repository import JobRepository
from shared.models.job_queue import JobStatus, Priority, ProcessingJob, utc_age_s
from shared.models.published import blog_id
from shared.models.publisher import Publisher
from shared.url import crawl_url, normalize_url

SOON_S: Final = 3
"""When a page whose job was just accepted may ask again, seconds."""


class Readiness:
    """Finds a blog's questions or sees to it that they are made.

    Args:
        hot_blogs: Published blogs.
        jobs: The queue.
        intake: Accepts what has never been processed.
        failed_for_s: A failure is reported for this many seconds before a reader's visit starts a new job.
    """

    def __init__(self, hot_blogs: HotBlogs, jobs: JobRepository, intake: Intake, *, failed_for_s: float) -> None:
        self._hot_blogs = hot_blogs
        self._jobs = jobs
        self._intake = intake
        self._failed_for_s = failed_for_s

    async def check(self, publisher: Publisher, url: str) -> HotBlog | tuple[ProcessingJob, bool]:
        """The published blog, or the job that stands for it and whether this call created it.

        Raises:
            InvalidUrl: Not a URL.
            HostForbidden: Nothing is published and the page is not on the publisher's domains.
        """
        identity = blog_id(publisher.id, normalize_url(url))
        if hot := await self._hot_blogs.get(identity):
            return hot
        latest = await self._jobs.latest_for_blog(identity)
        if latest is not None and self._stands(latest, crawl_url(url)):
            return latest, False
        return await self._intake.accept(publisher, url, priority=Priority.INTERACTIVE)

    def _stands(self, job: ProcessingJob, url: str) -> bool:
        if job.state is JobStatus.PROCESSING:
            return True  # A reader's visit must not withdraw the cancel that somebody may have asked for.
        if job.state in (JobStatus.FAILED, JobStatus.CANCELLED) and job.finished_at:
            # That another spelling of the address failed says nothing about this one.
            return job.url == url and utc_age_s(datetime.now(UTC), job.finished_at) < self._failed_for_s
        return False
