from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from local_stack.database import private_mongod
from local_stack.mongod import Mongod
from local_stack.state_dir import StateDir
from shared.cancellation import cancel


async def test_a_mongod_is_stopped_however_often_its_start_is_cancelled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shared.cancellation.AGAIN_S", 0.01)
    spawning, go_on, stopped = threading.Event(), threading.Event(), threading.Event()

    class Spawned:
        def stop(self) -> None:
            stopped.set()

    def spawn(*_: Any, **__: Any) -> Spawned:
        spawning.set()
        go_on.wait(20)
        return Spawned()

    monkeypatch.setattr(Mongod, "spawn", spawn)

    async def start() -> None:
        async with private_mongod(StateDir(tmp_path)):
            raise AssertionError("it was cancelled before")

    task = asyncio.create_task(start())
    await asyncio.to_thread(spawning.wait, 20)
    cancelling = asyncio.create_task(cancel({task}))
    await asyncio.wait({task}, timeout=0.1)
    assert not task.done()
    go_on.set()
    await cancelling
    assert (task.cancelled(), stopped.is_set()) == (True, True)
