"""Reads and enqueues over HTTP while workers are idle and while they are busy with real articles.

The stack is the one that ``start_split_services.sh`` starts: a mongod, one API process, one worker with four slots.
Each enqueued article is new to the worker in every sentence, so that embedding keeps the processors busy.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks.measuring import Timings, measure, table
from local_stack.mongod import Mongod
from local_stack.ports import LOOPBACK, free_port
from local_stack.state_dir import ROOT
from shared.data.database import open_database
from shared.data.publisher_repository import PublisherRepository, new_key

READS = 2_000
ENQUEUES = 1_000
ARTICLE = "/demo/articles/how-the-metre-came-to-be.html"


@dataclass(frozen=True)
class Stack:
    """A running stack that has processed the demo blog, and a site of endlessly many articles."""

    client: httpx2.AsyncClient
    url: str
    site: str
    admin: dict[str, str]
    mongodb_url: str

    async def read(self, _: int) -> None:
        """One hot read of an article's questions."""
        response = await self.client.get("/api/v1/questions/by-url", params={"blog_url": self.url + ARTICLE})
        response.raise_for_status()

    async def enqueue(self, number: int) -> None:
        """Accepts one article that no worker has seen."""
        response = await self.client.post("/api/v1/jobs/process", json={"blog_url": f"{self.site}/{number}"})
        response.raise_for_status()

    async def nothing(self, _: int) -> None:
        """The cheapest request that the API answers: what HTTP itself costs here."""
        (await self.client.get("/health/live")).raise_for_status()

    async def busy(self) -> bool:
        """Whether jobs are being processed."""
        stats = (await self.client.get("/api/v1/jobs/stats", headers=self.admin)).json()
        return bool(stats["by_state"]["processing"])


@asynccontextmanager
async def article_site() -> AsyncIterator[str]:
    """Serves under any path a demo article whose every sentence is new, so that no vector is remembered."""
    template = (ROOT / "api_service" / ARTICLE.lstrip("/")).read_text()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        if path == "/robots.txt":
            head, body = "404 Not Found", b""
        else:
            head, body = "200 OK", template.replace(" the ", f" the {path.strip('/')} ").encode()
        writer.write(
            f"HTTP/1.1 {head}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, LOOPBACK, 0) as server:
        yield f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def running_stack() -> AsyncIterator[Stack]:
    """Starts a stack of its own and waits until the demo blog is processed."""
    async with AsyncExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mongod = stack.enter_context(Mongod.start(state / "mongod", log_path=state / "mongod.log"))
        host = await stack.enter_async_context(article_site())
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            ROOT / "start_split_services.sh",
            "--port",
            str(port),
            env={
                **os.environ,
                "BLOGQA_STATE_DIR": str(state),
                "BLOGQA_ALLOWED_PRIVATE_HOSTS": host,
                "MONGODB_URL": mongod.url,
                "CI": "true",
            },
            stdout=asyncio.subprocess.PIPE,
        )
        stack.push_async_callback(_stop, process)
        if process.stdout is None:
            raise AssertionError("stdout is a pipe")
        async for line in process.stdout:
            if b"http" in line and b"/demo/" in line:
                break
        database = await stack.enter_async_context(open_database(mongod.url, "blogqa", app_name="benchmark"))
        url, key = f"http://{LOOPBACK}:{port}", new_key()
        await PublisherRepository(database).ensure(name="Benchmark", domains=[f"{LOOPBACK}:{port}", host], key=key)
        client = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=url, headers={"X-API-Key": key}, timeout=60, trust_env=False)
        )
        lines = (state / "keys.env").read_text().splitlines()
        keys = dict(line.split("=", 1) for line in lines if "=" in line)
        running = Stack(client, url, f"http://{host}", {"X-Admin-Key": keys["BLOGQA_ADMIN_KEY"]}, mongod.url)
        # The demo blog belongs to the demo publisher: this one needs an article of its own to read.
        await client.post("/api/v1/jobs/process", json={"blog_url": url + ARTICLE})
        async with asyncio.timeout(60):
            while await running.busy():  # noqa: ASYNC110 - the queue is in another process
                await asyncio.sleep(0.1)
        yield running


async def _stop(process: asyncio.subprocess.Process) -> None:
    # Twice: the queue is full, and nobody waits for it.
    process.terminate()
    process.terminate()
    await process.wait()


async def main() -> None:
    """Prints the table."""
    async with running_stack() as stack:
        floor = await measure("GET /health/live, idle", stack.nothing, calls=READS, concurrency=4)
        idle = await measure("GET by-url, idle", stack.read, calls=READS, concurrency=4)
        enqueues = await measure(
            "POST process, workers busy", stack.enqueue, calls=ENQUEUES, concurrency=4, pause_s=0.02
        )
        if not await stack.busy():
            raise AssertionError("the workers are idle: nothing was measured")
        floor_busy = await measure("GET /health/live, busy", stack.nothing, calls=READS, concurrency=4, pause_s=0.005)
        busy = await measure("GET by-url, workers busy", stack.read, calls=READS, concurrency=4, pause_s=0.005)
        if not await stack.busy():
            raise AssertionError("the workers ran out of work: the figures are not those of a busy stack")
    rows: list[tuple[Timings, Timings]] = [
        (idle, floor),
        (busy, floor_busy),
        (busy, idle),
        (enqueues, floor_busy),
    ]
    print(table(rows))
