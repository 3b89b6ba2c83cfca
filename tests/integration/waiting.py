"""Waiting for what happens elsewhere: in a database or another process, which offers no event to wait for.

Every wait is for a condition and bounded; the pauses only keep it from spinning.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from local_stack.log_tail import last_lines
from tests.conftest import STOP_S

T = TypeVar("T")


async def eventually(
    read: Callable[[], Awaitable[T]], condition: Callable[[T], object] = bool, *, timeout_s: float = 20.0
) -> T:
    """Reads until the condition holds of what was read, which is returned.

    Raises:
        TimeoutError: It never did.
    """
    async with asyncio.timeout(timeout_s):
        while not condition(found := await read()):  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0.01)
    return found


def comes_true(condition: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    """Whether a condition holds within a time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def stop(process: subprocess.Popen[Any], name: str, log: Path, timeout_s: float = STOP_S) -> None:
    """Asks a process to end, and kills it if it does not.

    Raises:
        AssertionError: It had to be killed.
    """
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        said = "\n".join(last_lines(log, 20))
        raise AssertionError(f"{name} did not stop within {timeout_s:g} s; its log ends:\n{said}") from None
    finally:
        process.kill()
        process.wait()
