"""The replica set that the stack works on: the one that MONGODB_URL names, else a private one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.uri_parser import parse_uri

from local_stack.failure import StackFailed
from local_stack.mongod import Mongod
from local_stack.ports import LOOPBACK
from local_stack.state_dir import StateDir
from shared.cancellation import to_the_end
from shared.data.database import Database, open_database, require_replica_set
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository
from shared.errors import BlogQAError, Conflict, DatabaseUnavailable
from shared.models.job_queue import JobStatus
from shared.models.publisher import Publisher
from shared.url import host_allowed

DEMO_PUBLISHER = "Demo blog"

_APP_NAME = "blogqa-local-stack"
_JOBS_LOOKED_AT = 1_000


@asynccontextmanager
async def private_mongod(state: StateDir) -> AsyncIterator[Mongod]:
    """A private mongod on the data of the state directory, started but not yet up.

    Raises:
        StackFailed: There is none to start.
    """
    spawning = asyncio.create_task(asyncio.to_thread(Mongod.spawn, state.database, log_path=state.log("mongod")))

    async def stop() -> None:
        with suppress(StackFailed):
            await asyncio.to_thread((await spawning).stop)

    try:
        yield await asyncio.shield(spawning)
    finally:
        # A thread cannot be cancelled: whatever interrupts us, and how often, the process that it started is stopped.
        await to_the_end(stop())


async def require_usable(url: str) -> None:
    """Checks a deployment that somebody else runs. Its credentials are in no message.

    Raises:
        StackFailed: Not a replica set, no answer, or a URL that is none.
    """
    try:
        async with open_database(url, "admin", app_name=_APP_NAME) as database:
            await require_replica_set(database)
    except DatabaseUnavailable:
        raise StackFailed(
            f"MONGODB_URL is set, but MongoDB at {_hosts(url)} does not answer: start it, or unset MONGODB_URL to use "
            "a private one."
        ) from None
    except BlogQAError as exc:
        raise StackFailed(f"MONGODB_URL is set, but: {exc}.") from None
    except PyMongoError as exc:
        raise StackFailed(
            f"MongoDB at {_hosts(url)} refuses the connection of MONGODB_URL: {type(exc).__name__}."
        ) from None


async def prepare_demo(url: str, name: str, *, key: str, port: int) -> int:
    """Creates the demo publisher, or gives it this key and the demo blog's address.

    Jobs that an earlier start at another port left unfinished are cancelled: nobody serves their pages any more.

    Returns:
        How many were.

    Raises:
        StackFailed: The database refuses it.
    """
    domains = (f"{LOOPBACK}:{port}", f"localhost:{port}")
    try:
        async with open_database(url, name, app_name=_APP_NAME) as database:
            publisher = await PublisherRepository(database).ensure(name=DEMO_PUBLISHER, domains=domains, key=key)
            return await _cancel_elsewhere(database, publisher)
    except DuplicateKeyError:
        raise StackFailed(
            "BLOGQA_API_KEY is set to the key of another publisher: unset it for the demo blog."
        ) from None
    except (BlogQAError, PyMongoError) as exc:
        raise StackFailed(f"The demo publisher could not be created: {type(exc).__name__}.") from exc


async def _cancel_elsewhere(database: Database, publisher: Publisher) -> int:
    jobs = JobRepository(database)
    cancelled = 0
    for state in (JobStatus.QUEUED, JobStatus.PROCESSING):
        for job in await jobs.page(publisher_id=publisher.id, state=state, limit=_JOBS_LOOKED_AT):
            if not host_allowed(job.url, publisher.domains):
                with suppress(Conflict):  # It has just ended.
                    await jobs.cancel(job.id)
                    cancelled += 1
    return cancelled


def _hosts(url: str) -> str:
    try:
        return ", ".join(f"{host}:{port}" for host, port in parse_uri(url)["nodelist"])
    except PyMongoError:
        return "the given address"
