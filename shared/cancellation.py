"""Ending tasks of asyncio for sure."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Final

AGAIN_S: Final = 1.0
"""How long a task may take to put things away before it is cancelled again, seconds."""


async def cancel(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancels tasks until they have ended; what they ended with stays in them.

    Once is not enough on Python 3.11: ``asyncio.wait_for``, which the database's driver uses, drops a cancellation
    that arrives together with its result (cpython issue 86296, mended in 3.12).
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
