"""Has the demo blog processed through the API, as a publisher would, and shows how it goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpx2

from local_stack.failure import StackFailed
from local_stack.state_dir import ROOT
from local_stack.terminal import Terminal

_ARTICLES = ROOT / "api_service" / "demo" / "articles"
_POLL_S = 0.5
_PATIENCE_S = 60.0
_TERMINAL_STATES = ("completed", "failed", "cancelled")

Job = dict[str, Any]


def article_urls(base_url: str) -> list[str]:
    """Addresses of the demo articles, in the order of their file names."""
    return [f"{base_url}/demo/articles/{path.name}" for path in sorted(_ARTICLES.glob("*.html"))]


async def process_demo_blog(client: httpx2.AsyncClient, urls: Sequence[str], terminal: Terminal) -> list[str]:
    """Enqueues the articles and waits until every one is done, however that ended.

    Args:
        client: Speaks to the API with the demo publisher's key.
        urls: The articles.
        terminal: Where progress and results are shown.

    Returns:
        The articles that have questions now, the last one that was completed at the end.

    Raises:
        StackFailed: The API did not do its part.
    """
    terminal.say(f"Processing the demo blog ({len(urls)} articles) ...")
    answer = await _call(client, "POST", "/api/v1/jobs/process-batch", {"blog_urls": list(urls)})
    pending: dict[str, Job] = {}
    for job in answer["jobs"]:
        if job["status"] == "refused":
            terminal.say(f"  refused    {_name(job)}: {job['detail']}")
        else:
            pending[job["job_id"]] = job
    completed = []
    while pending:
        for job_id in list(pending):
            pending[job_id] = job = await _call(client, "GET", f"/api/v1/jobs/status/{job_id}")
            if job["state"] in _TERMINAL_STATES:
                del pending[job_id]
                terminal.say(_result(job))
                if job["state"] == "completed":
                    completed.append(job["blog_url"])
        if pending:
            terminal.status(f"{len(urls) - len(pending)}/{len(urls)} done; {_current(pending.values())}")
            await asyncio.sleep(_POLL_S)
    return completed


async def _call(client: httpx2.AsyncClient, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Calls the API until it answers: it may just be started again. All calls here may be repeated."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            response = await client.request(method, path, json=body)
            said = f"{response.status_code}: {response.text[:300]}"
        except httpx2.TransportError as exc:
            response, said = None, type(exc).__name__
        if response is not None and response.is_success:
            answer: dict[str, Any] = response.json()
            return answer
        is_away = response is None or response.status_code == httpx2.codes.SERVICE_UNAVAILABLE
        if not is_away or time.monotonic() > deadline:
            raise StackFailed(f"The API did not do {method} {path}: {said}.")
        await asyncio.sleep(_POLL_S)


def _result(job: Job) -> str:
    name = _name(job)
    if job["state"] == "completed":
        return f"  completed  {name}: {job['result']['questions']} questions"
    reason = job["errors"][-1]["message"] if job["errors"] else "no reason given"
    return f"  {job['state']:<9}  {name}: {reason}"


def _current(jobs: Iterable[Job]) -> str:
    for job in jobs:
        if progress := job.get("progress"):
            return f"{_name(job)}: {progress['step']} {progress['percent']} %"
    return "waiting for the worker"


def _name(job: Job) -> str:
    return str(job["blog_url"]).rpartition("/")[2].removesuffix(".html")
