from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from api_service.services.flights import Flights


class Source:
    """A generator whose events a test lets out one by one."""

    def __init__(self) -> None:
        self.starts = 0
        self.is_closed = asyncio.Event()
        self.events: asyncio.Queue[int | Exception | None] = asyncio.Queue()

    def let_out(self, *events: int | Exception | None) -> None:
        for event in events:
            self.events.put_nowait(event)

    async def run(self) -> AsyncGenerator[int]:
        self.starts += 1
        try:
            while (event := await self.events.get()) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.is_closed.set()


@pytest.fixture
async def source() -> Source:
    return Source()


@pytest.fixture
async def flights() -> Flights[int]:
    return Flights()


async def everything(flights: Flights[int], source: Source, key: str = "k") -> list[int]:
    async with asyncio.timeout(10):
        return [event async for event in flights.join(key, source.run)]


async def test_all_who_ask_at_once_get_the_same_from_one_run(flights: Flights[int], source: Source) -> None:
    source.let_out(1, 2, 3, None)
    assert await asyncio.gather(*(everything(flights, source) for _ in range(5))) == [[1, 2, 3]] * 5
    assert source.starts == 1


async def test_other_keys_are_other_runs(flights: Flights[int], source: Source) -> None:
    source.let_out(1, None, None)
    both = await asyncio.gather(everything(flights, source, "a"), everything(flights, source, "b"))
    assert sorted(both) == [[], [1]]
    assert source.starts == 2


async def test_who_comes_late_gets_all_from_the_start(flights: Flights[int], source: Source) -> None:
    source.let_out(1, 2)
    early = flights.join("k", source.run)
    assert [await anext(early), await anext(early)] == [1, 2]
    late = asyncio.create_task(everything(flights, source))
    source.let_out(3, None)
    assert await late == [1, 2, 3]
    assert [event async for event in early] == [3]
    assert source.starts == 1


async def test_a_slow_reader_holds_nobody_up_and_misses_nothing(flights: Flights[int], source: Source) -> None:
    slow = flights.join("k", source.run)
    source.let_out(0)
    assert await anext(slow) == 0
    source.let_out(*range(1, 100), None)
    assert await everything(flights, source) == list(range(100))
    await source.is_closed.wait()
    assert [event async for event in slow] == list(range(1, 100))


async def test_a_reader_who_leaves_does_not_stop_the_others(flights: Flights[int], source: Source) -> None:
    source.let_out(1)
    leaving, staying = flights.join("k", source.run), flights.join("k", source.run)
    assert await anext(leaving) == await anext(staying) == 1
    await leaving.aclose()
    source.let_out(2, None)
    assert [event async for event in staying] == [2]


async def test_when_the_last_reader_leaves_the_run_is_stopped_and_closed(flights: Flights[int], source: Source) -> None:
    source.let_out(1)
    readers = [flights.join("k", source.run) for _ in range(2)]
    for reader in readers:
        assert await anext(reader) == 1
    for reader in readers:
        await reader.aclose()
    async with asyncio.timeout(10):
        await source.is_closed.wait()
        while len(flights):  # noqa: ASYNC110 - a done callback follows
            await asyncio.sleep(0)


async def test_a_reader_who_is_cancelled_has_left(flights: Flights[int], source: Source) -> None:
    reading = asyncio.create_task(everything(flights, source))
    while not source.starts:  # noqa: ASYNC110 - two tasks start
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with asyncio.timeout(10):
        await source.is_closed.wait()


class Deaf(Source):
    """A generator that drops the first cancellation, as the database's driver may."""

    def __init__(self) -> None:
        super().__init__()
        self.has_dropped = False

    async def run(self) -> AsyncGenerator[int]:
        try:
            yield 1
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.has_dropped = True
            await asyncio.sleep(20)  # Not for ever: when its test has failed, it is cancelled once and waited for.
        finally:
            self.is_closed.set()


@pytest.mark.parametrize("by_closing", [False, True])
async def test_a_run_that_drops_its_cancellation_is_cancelled_again(
    flights: Flights[int], monkeypatch: pytest.MonkeyPatch, by_closing: bool
) -> None:
    monkeypatch.setattr("shared.cancellation.AGAIN_S", 0.01)
    deaf = Deaf()
    reader = flights.join("k", deaf.run)
    assert await anext(reader) == 1
    await asyncio.sleep(0)
    if by_closing:
        await flights.aclose()
    await reader.aclose()
    async with asyncio.timeout(10):
        await deaf.is_closed.wait()
    assert deaf.has_dropped


async def test_closing_waits_for_a_run_that_is_being_stopped_and_has_a_successor(flights: Flights[int]) -> None:
    gate, closed = asyncio.Event(), asyncio.Event()

    async def slow_to_stop() -> AsyncGenerator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            async with asyncio.timeout(20):  # When its test has failed, nobody opens the gate.
                await gate.wait()
            closed.set()

    reader = flights.join("k", slow_to_stop)
    await anext(reader)
    await asyncio.sleep(0)
    await reader.aclose()
    other = Source()
    other.let_out(7, None)
    assert await everything(flights, other) == [7]
    closing = asyncio.create_task(flights.aclose())
    await asyncio.sleep(0)
    gate.set()
    await closing
    assert closed.is_set()


async def test_nobody_gets_on_a_run_that_is_being_stopped(flights: Flights[int], source: Source) -> None:
    source.let_out(1)
    reader = flights.join("k", source.run)
    await anext(reader)
    await reader.aclose()
    other = Source()
    other.let_out(7, None)
    assert await everything(flights, other) == [7]


async def test_an_error_reaches_all_after_what_came_before_it(flights: Flights[int], source: Source) -> None:
    source.let_out(1, 2, KeyError("lost"))

    async def read() -> list[int]:
        reader = flights.join("k", source.run)
        seen = [await anext(reader), await anext(reader)]
        with pytest.raises(KeyError, match="lost"):
            await anext(reader)
        return seen

    assert await asyncio.gather(*(read() for _ in range(2))) == [[1, 2], [1, 2]]
    assert source.is_closed.is_set()


async def test_after_the_end_the_same_question_is_a_new_run(flights: Flights[int], source: Source) -> None:
    source.let_out(1, None)
    assert await everything(flights, source) == [1]
    source.let_out(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await everything(flights, source)
    source.let_out(2, None)
    assert await everything(flights, source) == [2]
    assert source.starts == 3


async def test_closing_stops_all_runs_and_lets_their_readers_go(flights: Flights[int], source: Source) -> None:
    source.let_out(1)
    reader = flights.join("k", source.run)
    assert await anext(reader) == 1
    await flights.aclose()
    assert source.is_closed.is_set()
    async with asyncio.timeout(10), aclosing(reader):
        assert [event async for event in reader] == []


async def test_closing_lets_a_reader_go_whose_run_has_not_begun(flights: Flights[int], source: Source) -> None:
    reading = asyncio.create_task(everything(flights, source))
    while not len(flights):  # noqa: ASYNC110 - the reader's task starts
        await asyncio.sleep(0)
    await flights.aclose()
    assert await reading == []


async def test_closing_with_nothing_under_way_does_nothing(flights: Flights[int]) -> None:
    await flights.aclose()
    assert len(flights) == 0
