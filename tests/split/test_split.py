"""The split test: one page through both services, over HTTP only.

Runs against ``BLOGQA_URL`` when that is set (with ``BLOGQA_API_KEY``, ``BLOGQA_ADMIN_KEY`` and the page to process in
``BLOGQA_SMOKE_PAGE``, a demo article by default), else against a stack of its own from ``start_split_services.sh``.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local_stack.ports import free_port
from local_stack.state_dir import ROOT
from tests.split.demo_visit import visit

pytestmark = [pytest.mark.split, pytest.mark.timeout(600)]

_ARTICLE = "/demo/articles/how-the-metre-came-to-be.html"
_POLL_S = 0.25


@dataclass(frozen=True)
class Deployment:
    """A running BlogQA."""

    client: httpx2.AsyncClient
    admin: dict[str, str]
    page: str


def read_keys(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.fixture
async def base_url(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, str]]]:
    given = os.environ.get("BLOGQA_URL")
    if given:
        names = ("BLOGQA_API_KEY", "BLOGQA_ADMIN_KEY")
        yield given.rstrip("/"), {name: os.environ[name] for name in names}
        return
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        ROOT / "start_split_services.sh",
        "--port",
        str(port),
        # A database and an engine of its own, whatever the environment or .env say.
        env={
            **os.environ,
            **dict.fromkeys(("MONGODB_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"), ""),
            "BLOGQA_STATE_DIR": str(tmp_path),
            "CI": "true",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = []
    try:
        async for line in process.stdout:
            said.append(line.decode())
            if "are ready" in said[-1]:
                break
        else:
            pytest.fail("the start script ended:\n" + "".join(said))
        reading = asyncio.create_task(process.stdout.read())
        yield f"http://127.0.0.1:{port}", read_keys(tmp_path / "keys.env")
    finally:
        # Once only: a signal to a process that has just ended makes asyncio lose its exit code.
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(120):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            pytest.fail("the services did not stop within two minutes")
    await reading
    assert code == 0


@pytest.fixture
async def deployment(base_url: tuple[str, dict[str, str]]) -> AsyncIterator[Deployment]:
    url, keys = base_url
    headers = {"X-API-Key": keys["BLOGQA_API_KEY"]}
    page = os.environ.get("BLOGQA_SMOKE_PAGE") or url + _ARTICLE
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
        yield Deployment(client, {"X-Admin-Key": keys["BLOGQA_ADMIN_KEY"]}, page)


async def get(deployment: Deployment, path: str, **options: Any) -> dict[str, Any]:
    response = await deployment.client.get(path, **options)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_page_goes_in_and_its_questions_come_out(deployment: Deployment) -> None:
    health = await get(deployment, "/health")
    assert health["status"] == "ok", health
    print(f"\n  health: {health['status']}, engine {health['engine']}, {len(health['workers'])} worker(s)")

    accepted = await deployment.client.post(
        "/api/v1/jobs/process", json={"blog_url": deployment.page, "force": True}, headers=deployment.admin
    )
    assert accepted.status_code == 202, accepted.text
    job_id = accepted.json()["job_id"]
    print(f"  enqueued: {deployment.page} as job {job_id}")

    seen: list[str] = []
    async with asyncio.timeout(540):
        while True:
            job = await get(deployment, f"/api/v1/jobs/status/{job_id}")
            step = f"{job['state']}/{job['progress']['step']}" if job["progress"] else job["state"]
            if step not in seen:
                seen.append(step)
            if job["state"] in ("completed", "failed", "cancelled"):
                break
            await asyncio.sleep(_POLL_S)
    print(f"  progress: {' > '.join(seen)}")
    assert job["state"] == "completed", job["errors"]
    assert job["result"]["questions"] > 0

    blog = await get(deployment, "/api/v1/questions/by-url", params={"blog_url": deployment.page})
    assert len(blog["questions"]) == job["result"]["questions"]
    for question in blog["questions"]:
        assert question["question"]
        assert question["answer"]
        assert question["citations"]
    ready = await get(deployment, "/api/v1/questions/check-and-load", params={"blog_url": deployment.page})
    assert (ready["status"], ready["blog"]) == ("ready", blog)
    print(f"  questions: {len(blog['questions'])}, e.g. {blog['questions'][0]['question']!r}")

    stats = await get(deployment, "/api/v1/jobs/stats", headers=deployment.admin)
    assert stats["by_state"]["completed"] >= 1
    assert stats["completed_last_hour"] >= 1
    print(f"  statistics: {stats['by_state']}")

    known = await ask(deployment, blog["questions"][0]["question"])
    assert (known["covered"], known["from_cache"]) == (True, True)
    assert known["answer"] == blog["questions"][0]["answer"]
    topic = " ".join(blog["title"].split()[:8])
    own = await ask(deployment, f"What does the article say about {topic}?")
    assert own["covered"] == bool(own["answer"]) == bool(own["citations"])
    assert own["covered"] or own["notices"] == ["not_covered"]
    print(f"  custom Q&A: {'answered' if own['covered'] else 'not covered'} by {own['engine']}")
    off_topic = await ask(deployment, "Which team won the ice hockey championship of Kazakhstan last winter?")
    assert (off_topic["covered"], off_topic["answer"]) == (False, "")
    assert off_topic["related_questions"]

    if deployment.page.endswith(_ARTICLE):
        print(f"  in the browser: opened {await visit(deployment.page)!r}")
    else:
        print("  in the browser: not tried, for only the demo's pages are known to carry the widget")


async def ask(deployment: Deployment, question: str) -> dict[str, Any]:
    """The whole answer, which the last event of the stream carries."""
    body = {"question": question, "blog_url": deployment.page}
    events: list[tuple[str, str]] = []
    async with deployment.client.stream(
        "POST", "/api/v1/qa/ask", json=body, headers={"Accept": "text/event-stream"}, timeout=300
    ) as response:
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name in ("event", "data"):
                events.append((name, value))
    assert events[-2] == ("event", "done"), events[-4:]
    answer: dict[str, Any] = json.loads(events[-1][1])["answer"]
    return answer
