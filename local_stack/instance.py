"""One running stack per state directory: its lock, and stopping it from another terminal. Standard library only."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, NamedTuple

from local_stack.failure import StackFailed
from local_stack.options import PROGRAM
from local_stack.state_dir import StateDir

_STOP_TIMEOUT_S = 120.0
_POLL_S = 0.05


class Holder(NamedTuple):
    """Who holds the lock."""

    pid: int
    url: str


@contextmanager
def only_instance(state: StateDir, url: str) -> Iterator[None]:
    """Holds the state directory for this process; the kernel lets go of it however the process ends.

    Raises:
        StackFailed: Another process holds it.
    """
    with _open_lock(state) as lock:
        if not _try_lock(lock):
            holder = _holder(lock)
            where = f" at {holder.url} (pid {holder.pid})" if holder else ""
            raise StackFailed(f"BlogQA is already running{where}; `{PROGRAM} --stop` stops it.")
        _write(lock, json.dumps(Holder(os.getpid(), url)))
        try:
            yield
        finally:
            _write(lock, "")


def stop_instance(state: StateDir) -> bool:
    """Asks the running stack to stop and waits until it has.

    Returns:
        Whether there was one.

    Raises:
        StackFailed: It did not stop in time.
    """
    signalled: set[int] = set()
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    with _open_lock(state) as lock:
        while not _try_lock(lock):
            # Whoever holds the lock wrote its pid there, so the pid cannot be a stranger's.
            holder = _holder(lock)
            if holder and holder.pid not in signalled:
                signalled.add(holder.pid)
                with suppress(ProcessLookupError):
                    os.kill(holder.pid, signal.SIGTERM)
            if time.monotonic() > deadline:
                raise StackFailed(f"BlogQA (pid {holder.pid if holder else '?'}) does not stop; see {state.logs}.")
            time.sleep(_POLL_S)
    return bool(signalled)


def _open_lock(state: StateDir) -> IO[str]:
    return (state.run / "lock").open("a+")


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(lock: IO[str], text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def _holder(lock: IO[str]) -> Holder | None:
    lock.seek(0)
    try:
        pid, url = json.loads(lock.read())
    except ValueError:
        return None
    return Holder(int(pid), str(url))
