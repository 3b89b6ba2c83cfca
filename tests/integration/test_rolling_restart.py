"""Every process is replaced, one after the other, while pages are read and processed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from local_stack.mongod import Mongod
from local_stack.ports import LOOPBACK, free_port
from local_stack.state_dir import ROOT
from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.models.job_queue import JobStatus
from shared.models.published import blog_id
from tests.integration.sites import Site
from tests.integration.stories import publish
from tests.integration.waiting import eventually

pytestmark = pytest.mark.timeout(240)

ARTICLE = Path(__file__).with_name("rain_barrel.html").read_bytes()
URL = "https://example.com/barrel"


@asynccontextmanager
async def process(module: str, database: Database, mongod: Mongod, **settings: str) -> AsyncIterator[None]:
    """A service as a process; ended by SIGTERM, and well."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MONGODB_URL": mongod.url,
        "BLOGQA_MONGODB_DATABASE": database.name,
        "BLOGQA_LOG_LEVEL": "ERROR",
        **settings,
    }
    child = await asyncio.create_subprocess_exec(sys.executable, "-P", "-m", module, env=environ)
    try:
        yield
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


@asynccontextmanager
async def api_process(port: int, database: Database, mongod: Mongod) -> AsyncIterator[None]:
    async with process("api_service.run_server", database, mongod, BLOGQA_PORT=str(port)):
        async with httpx2.AsyncClient(trust_env=False) as client:

            async def status() -> int:
                try:
                    return (await client.get(f"http://{LOOPBACK}:{port}/health/ready")).status_code
                except httpx2.TransportError:
                    return 0

            await eventually(status, lambda code: code == 200, timeout_s=60)
        yield


class Balancer:
    """Reads as through a load balancer: a process that cannot be reached, or hangs up, is passed over."""

    def __init__(self, ports: Sequence[int], key: str) -> None:
        self._ports = ports
        self._key = key
        self.outcomes: Counter[str] = Counter()

    async def read_on(self, stop: asyncio.Event) -> None:
        headers = {"X-API-Key": self._key}
        async with httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
            turn = 0
            while not stop.is_set():
                turn += 1
                self.outcomes[await self._read(client, turn)] += 1

    async def _read(self, client: httpx2.AsyncClient, turn: int) -> str:
        for offset in range(len(self._ports)):
            port = self._ports[(turn + offset) % len(self._ports)]
            url = f"http://{LOOPBACK}:{port}/api/v1/questions/by-url"
            try:
                return str((await client.get(url, params={"blog_url": URL})).status_code)
            except (httpx2.ConnectError, httpx2.RemoteProtocolError, httpx2.ReadError):
                continue
        return "nobody answers"


async def test_no_read_fails_while_api_processes_are_replaced(mongod: Mongod, database: Database) -> None:
    key = new_key()
    publisher = await PublisherRepository(database).ensure(name="Barrel", domains=["example.com"], key=key)
    await publish(database, publisher.id, URL, edition=1)
    ports = [free_port(), free_port()]
    balancer, stop = Balancer(ports, key), asyncio.Event()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        second = await stack.enter_async_context(AsyncExitStack())
        for running, port in zip((first, second), ports, strict=True):
            await running.enter_async_context(api_process(port, database, mongod))
        reading = asyncio.create_task(balancer.read_on(stop))
        for running, port in zip((first, second), ports, strict=True):
            before = balancer.outcomes.total()
            await running.aclose()
            await running.enter_async_context(api_process(port, database, mongod))
            assert balancer.outcomes.total() > before, "nothing was read meanwhile"
        stop.set()
        await reading
    assert set(balancer.outcomes) == {"200"}


async def test_no_job_is_lost_and_no_attempt_burned_while_workers_are_replaced(
    mongod: Mongod, database: Database
) -> None:
    jobs = JobRepository(database)
    async with Site() as site:
        publisher = await PublisherRepository(database).ensure(name="Barrel", domains=[site.host], key=new_key())
        ids: list[str] = []

        async def enqueue(pages: int) -> None:
            for number in range(len(ids), len(ids) + pages):
                site.pages[f"/{number}"] = ARTICLE
                url = f"{site.url}/{number}"
                job, _ = await jobs.enqueue(
                    publisher_id=publisher.id, blog_id=blog_id(publisher.id, url), url=url, normalized_url=url
                )
                ids.append(job.id)

        async def finished() -> int:
            return await database["processing_jobs"].count_documents({"state": "completed"})

        # The last has no time to finish anything: what it was at is handed back.
        for grace_s in ("60", "0", "0"):
            # Each has something to do, though the one before was stopped late and did all that there was.
            await enqueue(4)
            before = await finished()
            async with worker_process(site, database, mongod, grace_s=grace_s):
                await eventually(finished, before.__lt__, timeout_s=60)
        async with worker_process(site, database, mongod, grace_s="60"):
            await eventually(finished, lambda done: done == len(ids), timeout_s=120)
        ended = [await jobs.get(each) for each in ids]
    assert {job.state for job in ended} == {JobStatus.COMPLETED}
    assert {(job.attempt, job.errors) for job in ended} == {(1, ())}


def worker_process(
    site: Site, database: Database, mongod: Mongod, *, grace_s: str
) -> AbstractAsyncContextManager[None]:
    return process(
        "worker_service.run_worker",
        database,
        mongod,
        BLOGQA_ALLOWED_PRIVATE_HOSTS=site.host,
        BLOGQA_CRAWL_DELAY_S="0.2",
        BLOGQA_GRACE_S=grace_s,
    )
