"""Accepting pages for processing."""

from __future__ import annotations

from shared.data.job_repository import JobRepository
from shared.errors import HostForbidden
from shared.models.job_queue import Priority, ProcessingJob
from shared.models.published import blog_id
from shared.models.publisher import Publisher
from shared.url import crawl_url, host_allowed, normalize_url


class Intake:
    """Turns a publisher's URL into a job, or finds the job that stands for it already.

    Args:
        jobs: The queue.
        fresh_for_s: A page processed within this many seconds is not processed again unless forced.
    """

    def __init__(self, jobs: JobRepository, *, fresh_for_s: float) -> None:
        self._jobs = jobs
        self._fresh_for_s = fresh_for_s

    async def accept(
        self, publisher: Publisher, url: str, *, priority: Priority = Priority.NORMAL, force: bool = False
    ) -> tuple[ProcessingJob, bool]:
        """Accepts a page of the publisher.

        Returns:
            The job that stands for the page now, and whether this call created it.

        Raises:
            InvalidUrl: Not a URL that can be crawled.
            HostForbidden: Not on the publisher's domains.
        """
        normalized = normalize_url(url)
        if not host_allowed(url, publisher.domains):
            allowed = ", ".join(publisher.domains) or "none"
            raise HostForbidden(f"{normalized!r} is not on this publisher's domains (allowed: {allowed})")
        return await self._jobs.enqueue(
            publisher_id=publisher.id,
            blog_id=blog_id(publisher.id, normalized),
            url=crawl_url(url),
            normalized_url=normalized,
            priority=priority,
            force=force,
            fresh_for_s=self._fresh_for_s,
        )
