"""Worker processes that die or are stopped in the middle of a job."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api_service.data.question_repository import QuestionRepository
from local_stack.mongod import Mongod
from local_stack.state_dir import ROOT
from shared.data.content_repository import QUESTIONS
from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.models.job_queue import JobStatus, ProcessingJob, Step
from shared.models.published import PublishedBlog, blog_id
from tests.integration.sites import Site
from tests.integration.stories import publish
from tests.integration.waiting import eventually
from worker_service.core.settings import WorkerSettings
from worker_service.run_worker import build_worker

pytestmark = pytest.mark.timeout(180)

# Who lives on has a longer lease: it would lose a short one whenever this machine stands still for a moment.
SHORT_LEASE: dict[str, Any] = {"lease_s": 1.0, "heartbeat_s": 0.3}
WATCHFUL: dict[str, Any] = {"lease_s": 3.0, "heartbeat_s": 0.3, "rescue_s": 0.2, "poll_s": 0.2}
ARTICLE = Path(__file__).with_name("rain_barrel.html")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as running:
        running.pages["/barrel"] = ARTICLE.read_bytes()
        yield running


@pytest.fixture
def impatient_transactions(mongod: Mongod, database: Database) -> Iterator[None]:
    """An abandoned transaction blocks its documents until the server gives it up: after 60 s, here after 1."""
    import pymongo

    with pymongo.MongoClient[dict[str, object]](mongod.url) as client:
        client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
        yield
        client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=60)


@asynccontextmanager
async def hanging_worker(
    mongod: Mongod, database: Database, site: Site, step: Step, **settings: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process that hangs in ``step``; yields once its job is there."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MONGODB_URL": mongod.url,
        "BLOGQA_MONGODB_DATABASE": database.name,
        "BLOGQA_ALLOWED_PRIVATE_HOSTS": site.host,
        "BLOGQA_WORKER_NAME": "victim",
        **{f"BLOGQA_{name.upper()}": str(value) for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("hanging_worker.py")),
        step.value,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"hanging\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def finish_with_another_worker(mongod: Mongod, database: Database, site: Site, job_id: str) -> ProcessingJob:
    settings = WorkerSettings(
        mongodb_url=SecretStr(mongod.url),
        mongodb_database=database.name,
        allowed_private_hosts=(site.host,),
        worker_name="survivor",
        **WATCHFUL,
    )
    async with AsyncExitStack() as stack:
        worker = await build_worker(settings, stack)
        running = asyncio.create_task(worker.run())
        try:
            jobs = JobRepository(database)
            job = await eventually(lambda: jobs.get(job_id), lambda found: found.state.is_terminal, timeout_s=60)
        finally:
            worker.request_stop()
            await running
    return job


async def enqueue(database: Database, site: Site) -> tuple[ProcessingJob, str]:
    publisher = await PublisherRepository(database).ensure(name="Barrel", domains=[site.host], key=new_key())
    url = f"{site.url}/barrel"
    identity = blog_id(publisher.id, url.replace("http:", "https:"))
    await publish(database, publisher.id, url, edition=1)
    job, _ = await JobRepository(database).enqueue(
        publisher_id=publisher.id, blog_id=identity, url=url, normalized_url=url, force=True
    )
    return job, identity


async def served(database: Database, identity: str) -> PublishedBlog:
    found = await QuestionRepository(database).find(identity)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("impatient_transactions")
@pytest.mark.parametrize("step", list(Step))
async def test_a_job_whose_worker_is_killed_is_finished_by_another(
    mongod: Mongod, database: Database, site: Site, step: Step
) -> None:
    job, identity = await enqueue(database, site)
    before = await served(database, identity)
    async with hanging_worker(mongod, database, site, step, **SHORT_LEASE) as process:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await served(database, identity) == before
    done = await finish_with_another_worker(mongod, database, site, job.id)
    assert (done.state, done.attempt) == (JobStatus.COMPLETED, 2)
    assert [error.code for error in done.errors] == ["lease_lost"]
    after = await served(database, identity)
    assert after.version == 2
    assert after.title == "Keeping a rain barrel"
    current = {"blog_id": identity, "expires_at": {"$exists": False}}
    assert await database[QUESTIONS].count_documents(current) == len(after.questions) > 0


@pytest.mark.parametrize("step", [Step.CRAWL, Step.GENERATE])
async def test_a_worker_that_is_stopped_hands_its_job_back_unharmed(
    mongod: Mongod, database: Database, site: Site, step: Step
) -> None:
    job, _ = await enqueue(database, site)
    async with hanging_worker(mongod, database, site, step) as process:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    released = await JobRepository(database).get(job.id)
    assert (released.state, released.attempt, released.errors) == (JobStatus.QUEUED, 0, ())
