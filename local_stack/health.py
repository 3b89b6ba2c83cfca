"""Waiting for a service by asking it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

import httpx2

from local_stack.failure import StackFailed

_POLL_S = 0.05


def answers(response: httpx2.Response) -> bool:
    """Whether the service says that it works."""
    return response.is_success


def has_workers(names: Collection[str]) -> Callable[[httpx2.Response], bool]:
    """Whether ``/health`` shows all of these workers alive."""

    def shows_them(response: httpx2.Response) -> bool:
        return response.is_success and {worker["name"] for worker in response.json()["workers"]}.issuperset(names)

    return shows_them


async def until_healthy(
    client: httpx2.AsyncClient,
    path: str,
    *,
    who: str,
    timeout_s: float,
    is_healthy: Callable[[httpx2.Response], bool] = answers,
) -> None:
    """Asks again and again until the answer is good.

    Raises:
        StackFailed: It was not within the time; the message ends with the last answer.
    """
    deadline = time.monotonic() + timeout_s
    answer = "no answer"
    while time.monotonic() < deadline:
        try:
            response = await client.get(path)
            if is_healthy(response):
                return
            answer = f"{response.status_code} {response.text[:500]}"
        except httpx2.HTTPError as exc:
            answer = type(exc).__name__
        await asyncio.sleep(_POLL_S)
    raise StackFailed(f"{who} did not become healthy within {timeout_s:.0f} s; the last answer was: {answer}")
