from __future__ import annotations

import asyncio

import pytest

from shared.cancellation import cancel


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
