"""How many model calls run at once, for the process and for each publisher."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from shared.errors import ModelBusy


class ModelSlots:
    """Lends slots; whoever gets none in time is told so instead of queueing up.

    Args:
        total: Slots in all.
        per_publisher: Most slots of one publisher.
        wait_s: Longest wait for one, seconds.
    """

    def __init__(self, *, total: int, per_publisher: int, wait_s: float) -> None:
        self._total = total
        self._per_publisher = per_publisher
        self._wait_s = wait_s
        self._taken: Counter[str] = Counter()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def slot(self, publisher_id: str) -> AsyncGenerator[None]:
        """Holds a slot.

        Raises:
            ModelBusy: None became free in time.
        """
        try:
            async with asyncio.timeout(self._wait_s):
                while not self._is_free(publisher_id):
                    await self._freed.wait()
        except TimeoutError as exc:
            raise ModelBusy("the model is busy with other questions") from exc
        self._taken[publisher_id] += 1
        try:
            yield
        finally:
            self._taken[publisher_id] -= 1
            if not self._taken[publisher_id]:
                del self._taken[publisher_id]
            freed, self._freed = self._freed, asyncio.Event()
            freed.set()

    def _is_free(self, publisher_id: str) -> bool:
        return self._taken.total() < self._total and self._taken[publisher_id] < self._per_publisher
