"""Reads and enqueues over HTTP while workers are idle and while they are busy with real articles.

The stack is the one that ``start_split_services.sh`` starts: private mongod, one API process, one worker.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks.measuring import Timings, measure, table
from local_stack.ports import free_port
from local_stack.state_dir import ROOT

READS = 2_000
ENQUEUES = 500
_ARTICLE = "/demo/articles/how-the-metre-came-to-be.html"


@dataclass(frozen=True)
class Stack:
    """A running stack that has processed the demo blog."""

    client: httpx2.AsyncClient
    url: str
    admin: dict[str, str]

    async def read(self, _: int) -> None:
        """One hot read of an article's questions."""
        response = await self.client.get("/api/v1/questions/by-url", params={"blog_url": self.url + _ARTICLE})
        response.raise_for_status()

    async def enqueue(self, number: int) -> None:
        """Accepts one article under an address of its own, which gives a worker real work."""
        body = {"blog_url": f"{self.url}{_ARTICLE}?n={number}"}
        response = await self.client.post("/api/v1/jobs/process", json=body)
        response.raise_for_status()

    async def nothing(self, _: int) -> None:
        """The cheapest request that the API answers: what HTTP itself costs here."""
        (await self.client.get("/health/live")).raise_for_status()

    async def busy(self) -> bool:
        """Whether jobs are being processed."""
        stats = (await self.client.get("/api/v1/jobs/stats", headers=self.admin)).json()
        return bool(stats["by_state"]["processing"])


@asynccontextmanager
async def running_stack() -> AsyncIterator[Stack]:
    """Starts a stack of its own and waits until the demo blog is processed."""
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        process = await asyncio.create_subprocess_exec(
            ROOT / "start_split_services.sh",
            "--port",
            str(port),
            env={**os.environ, "BLOGQA_STATE_DIR": state, "CI": "true"},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            if process.stdout is None:
                raise AssertionError("stdout is a pipe")
            async for line in process.stdout:
                if b"http" in line and b"/demo/" in line:
                    break
            lines = (Path(state) / "keys.env").read_text().splitlines()
            keys = dict(line.split("=", 1) for line in lines if "=" in line)
            url = f"http://127.0.0.1:{port}"
            headers = {"X-API-Key": keys["BLOGQA_API_KEY"]}
            async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
                yield Stack(client, url, {"X-Admin-Key": keys["BLOGQA_ADMIN_KEY"]})
        finally:
            # Twice: the queue is full, and nobody waits for it.
            process.terminate()
            process.terminate()
            await process.wait()


async def main() -> None:
    """Prints the table."""
    async with running_stack() as stack:
        floor = await measure("GET /health/live, idle", stack.nothing, calls=READS, concurrency=4)
        idle = await measure("GET by-url, idle", stack.read, calls=READS, concurrency=4)
        enqueues = await measure("POST process, workers busy", stack.enqueue, calls=ENQUEUES, concurrency=4)
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
