"""Work that no reader should wait for, and none who leaves should stop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.errors import BlogQAError
from shared.log import get_logger

logger = get_logger(__name__)


class Afterwards:
    """Runs coroutines in the background; what fails is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Starts some work."""
        task = asyncio.create_task(self._done(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _done(work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except BlogQAError as exc:
            logger.warning("not_done_afterwards", work=name, code=exc.code, error=str(exc))
        except Exception:
            logger.exception("crashed_afterwards", work=name)

    async def aclose(self) -> None:
        """Waits until all of it is done."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
