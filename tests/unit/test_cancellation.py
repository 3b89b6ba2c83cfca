from __future__ import annotations

import asyncio

import pytest

from shared.cancellation import cancel, to_the_end


async def test_tasks_have_ended_and_keep_what_they_ended_with() -> None:
    async def fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("while putting things away")

    async def done() -> int:
        return 7

    waiting, failing = asyncio.create_task(asyncio.Event().wait()), asyncio.create_task(fails())
    finished = asyncio.create_task(done())
    await asyncio.sleep(0)
    await cancel({waiting, failing, finished})
    assert waiting.cancelled()
    assert isinstance(failing.exception(), ValueError)
    assert finished.result() == 7
    await cancel([])


async def test_a_task_that_drops_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.cancellation.AGAIN_S", 0.01)
    dropped = 0

    async def deaf() -> None:
        nonlocal dropped
        while dropped < 2:
            try:
                await asyncio.sleep(20)
            except asyncio.CancelledError:
                dropped += 1
        await asyncio.sleep(20)

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await cancel({task})
    assert task.cancelled()
    assert dropped == 2


async def test_what_is_done_to_the_end_is_interrupted_by_no_number_of_cancellations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.cancellation.AGAIN_S", 0.01)
    gate, put_away = asyncio.Event(), False

    async def put_it_away() -> None:
        nonlocal put_away
        await gate.wait()
        put_away = True

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await to_the_end(put_it_away())

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    cancelling = asyncio.create_task(cancel({task}))
    await asyncio.wait({task}, timeout=0.1)
    assert not put_away
    gate.set()
    await cancelling
    assert (put_away, task.cancelled()) == (True, True)


async def test_what_is_done_to_the_end_gives_its_result_or_error() -> None:
    async def result() -> int:
        return 7

    async def error() -> None:
        raise ValueError

    assert await to_the_end(result()) == 7
    with pytest.raises(ValueError, match=r"^$"):
        await to_the_end(error())
