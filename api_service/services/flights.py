"""Doing the same work once for all who ask for it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from functools import partial
from typing import Generic, TypeVar

from shared.cancellation import cancel

E = TypeVar("E")


class _Flight(Generic[E]):
    """One run of a generator, and what it has yielded so far."""

    def __init__(self, source: AsyncGenerator[E], name: str) -> None:
        self._events: list[E] = []
        self._error: Exception | None = None
        self._changed = asyncio.Event()
        self._readers = 0
        self.landed = False
        self._stopping: asyncio.Task[None] | None = None
        self.task = asyncio.create_task(self._run(source), name=name)
        self.task.add_done_callback(lambda _: self._land())  # One that is cancelled before it starts runs no code.

    async def _run(self, source: AsyncGenerator[E]) -> None:
        try:
            async with aclosing(source):
                async for event in source:
                    self._events.append(event)
                    self._wake()
        except Exception as exc:
            self._error = exc
        finally:
            self._land()

    def _land(self) -> None:
        self.landed = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def read(self) -> AsyncGenerator[E]:
        self._readers += 1
        try:
            seen = 0
            while True:
                changed = self._changed
                while seen < len(self._events):
                    seen += 1
                    yield self._events[seen - 1]
                if self.landed and seen == len(self._events):
                    if self._error is not None:
                        raise self._error
                    return
                if changed is self._changed:
                    await changed.wait()
        finally:
            self._readers -= 1
            if not self._readers and not self.landed:
                self.landed = True  # Nobody new gets on.
                self.stop()

    def stop(self) -> asyncio.Task[None]:
        """Cancels the run; the task that is returned is done when the run is."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(cancel({self.task}), name="stopping an answer")
        return self._stopping


class Flights(Generic[E]):
    """Runs generators, one for each key at a time; whoever joins late first gets what was yielded before.

    A slow reader holds nobody up: what is yielded is kept until the last reader has left, and a run is as long as an
    answer is. When the last reader leaves early, the run is cancelled.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[E]] = {}
        self._under_way: set[_Flight[E]] = set()
        """Those that are being stopped too."""

    def __len__(self) -> int:
        return len(self._under_way)

    async def join(self, key: Hashable, start: Callable[[], AsyncGenerator[E]]) -> AsyncGenerator[E]:
        """Yields what the run for a key yields, starting it unless it is under way.

        Raises:
            Exception: Whatever the run raises, after all that it yielded.
        """
        flight = self._flights.get(key)
        if flight is None or flight.landed:
            flight = _Flight(start(), name="answering")
            self._flights[key] = flight
            self._under_way.add(flight)
            flight.task.add_done_callback(partial(self._remove, key, flight))
        async with aclosing(flight.read()) as events:
            async for event in events:
                yield event

    def _remove(self, key: Hashable, flight: _Flight[E], _: asyncio.Task[None]) -> None:
        self._under_way.discard(flight)
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def aclose(self) -> None:
        """Cancels what is under way and waits until it has stopped."""
        if self._under_way:
            await asyncio.wait([flight.stop() for flight in self._under_way])
