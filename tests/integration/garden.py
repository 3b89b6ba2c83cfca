"""A publisher with a site of its own, and a worker that processes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from local_stack.mongod import Mongod
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.data.worker_repository import WorkerRepository
from shared.models.job_queue import JobStatus, ProcessingJob
from tests.conftest import ADMIN_KEY, STOP_S, Api
from tests.integration.command_line import CommandLine
from tests.integration.sites import Site
from tests.integration.waiting import eventually
from worker_service.core.settings import WorkerSettings
from worker_service.run_worker import build_worker
from worker_service.services.crawler import CrawlerSettings

ARTICLE = Path(__file__).with_name("rain_barrel.html").read_bytes()


class SlowSite(Site):
    """A site whose pages under ``/slow`` are sent when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def page(self, path: str) -> bytes | None:
        if path.startswith("/slow"):
            await self.gate.wait()
        return await super().page(path)


@dataclass(frozen=True)
class Garden:
    """What the worker works on, and the command line of its publisher."""

    site: SlowSite
    jobs: JobRepository
    blogqa: CommandLine

    async def job_in(self, state: JobStatus, job_id: str) -> ProcessingJob:
        """The job, once it is in this state."""
        return await eventually(lambda: self.jobs.get(job_id), lambda job: job.state is state, timeout_s=60)


@asynccontextmanager
async def open_garden(api: Api, mongod: Mongod, state: Path) -> AsyncIterator[Garden]:
    """A garden whose worker runs."""
    key = new_key()
    async with AsyncExitStack() as exits:
        site = await exits.enter_async_context(SlowSite())
        for path in ("/barrel", "/slow", "/slow/too"):
            site.pages[path] = ARTICLE
        await PublisherRepository(api.database).ensure(name="Garden", domains=[site.host], key=key)
        settings: dict[str, Any] = {
            "mongodb_url": SecretStr(mongod.url),
            "mongodb_database": api.database.name,
            "allowed_private_hosts": (site.host,),
            "poll_s": 0.05,
            "heartbeat_s": 0.2,
            "retry_base_s": 0.001,
            "crawl_delay_s": 0.0,
        }
        blogqa = CommandLine(str(api.client.base_url), state, BLOGQA_API_KEY=key, BLOGQA_ADMIN_KEY=ADMIN_KEY)
        with pytest.MonkeyPatch.context() as patch:
            # The test decides how long a slow page takes, and a busy machine how long the test does.
            patiently = partial(CrawlerSettings, total_timeout_s=600.0)
            patch.setattr("worker_service.run_worker.CrawlerSettings", patiently)
            worker = await build_worker(WorkerSettings(**settings), exits)
        running = asyncio.create_task(worker.run())
        await eventually(WorkerRepository(api.database).statuses)  # From here on everybody sees that it is alive.
        yield Garden(site, JobRepository(api.database), blogqa)
        site.gate.set()
        worker.request_stop()
        worker.request_stop()
        async with asyncio.timeout(STOP_S):
            await running
