"""Ending tasks of asyncio for sure."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")

AGAIN_S: Final = 1.0
"""How long a task may take to put things away before it is cancelled again, seconds."""


async def cancel(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancels tasks until they have ended; what they ended with stays in them.

    Once is not enough on Python 3.11: ``asyncio.wait_for``, which the database's driver uses, drops a cancellation
    that arrives together with its result (cpython issue 86296, mended in 3.12). A task that puts things away for longer
    than ``AGAIN_S`` is interrupted in that, unless it does so by ``to_the_end``.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)


async def to_the_end(putting_away: Coroutine[Any, Any, T]) -> T:
    """Does what must not be left half done; cancellations that arrive meanwhile are dropped."""
    task = asyncio.create_task(putting_away)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()
