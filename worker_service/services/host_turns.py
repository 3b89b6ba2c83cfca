"""Politeness: how many requests one host sees at a time, and how close to each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


class HostTurns:
    """Bounds the concurrency per host and spaces the starts.

    Args:
        concurrency: Turns of one host that may overlap.
        clock: Monotonic seconds.
        sleep: Waits that many seconds.
    """

    def __init__(
        self, concurrency: int, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._concurrency = concurrency
        self._clock = clock
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay_s: float) -> AsyncIterator[None]:
        """Waits until this host may be asked, and lets the next one start ``delay_s`` later at the earliest."""
        now = self._clock()
        self._lanes = {name: lane for name, lane in self._lanes.items() if lane.users or lane.next_start > now}
        lane = self._lanes.setdefault(host, _Lane(asyncio.Semaphore(self._concurrency)))
        lane.users += 1
        try:
            async with lane.free:
                wait_s = lane.next_start - self._clock()
                lane.next_start = max(lane.next_start, self._clock()) + delay_s
                if wait_s > 0:
                    await self._sleep(wait_s)
                yield
        finally:
            lane.users -= 1


@dataclass(slots=True)
class _Lane:
    free: asyncio.Semaphore
    users: int = 0
    next_start: float = float("-inf")
