"""One service process: its log, its process group, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from local_stack.lifeline import Lifeline
from local_stack.process_table import end_of, stop_leftover
from local_stack.state_dir import ROOT, StateDir

_LAST_WORD_S = 3.0


@dataclass(frozen=True)
class Service:
    """What to start.

    Attributes:
        name: Names the log: ``api``, ``worker-1``.
        command: Arguments, the program first.
        environ: The whole environment of the process.
        grace_s: How long it may take to stop when asked, seconds.
        restarts: Whether the others can wait for it to be started again when it dies.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    grace_s: float
    restarts: bool = True


class Child:
    """A running service in a session of its own, so that Ctrl-C at the terminal reaches only us."""

    def __init__(self, service: Service, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._service = service
        self._process = process
        self._lifeline = Lifeline(process.pid)

    async def end(self) -> str:
        """Waits for the process to end by itself and says how it did, see ``end_of``."""
        return end_of(await self._process.wait())

    async def stop(self, force: asyncio.Event) -> None:
        """Asks the process to stop, asks again when its grace is over or ``force`` is set, then kills it.

        The services take a second request as "now": a worker releases its jobs at once.
        """
        # A process that is over is not waited for: nothing can then interrupt the rest.
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)
            if not await self._ends_within(self._service.grace_s, force):
                self._signal(signal.SIGTERM)
                await self._ends_within(_LAST_WORD_S, asyncio.Event())
        # Whatever it started and did not take along.
        self._signal(signal.SIGKILL)
        await self._process.wait()
        self._lifeline.release()

    async def _ends_within(self, seconds: float, unless: asyncio.Event) -> bool:
        ended = asyncio.create_task(self._process.wait())
        interrupted = asyncio.create_task(unless.wait())
        await asyncio.wait({ended, interrupted}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        interrupted.cancel()
        if ended.done():
            return True
        ended.cancel()
        return False

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if number is signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                # The service itself only: its own children are its to stop, a worker's may be reading a page.
                os.kill(self.pid, number)


@asynccontextmanager
async def running(service: Service, log: BinaryIO, state: StateDir, force: asyncio.Event) -> AsyncIterator[Child]:
    """Runs a service for the duration of the context.

    Args:
        service: What to run.
        log: Where its output goes.
        state: Where its process id goes.
        force: Set when the person wants everything to stop at once.
    """
    pid_file = state.run / f"{service.name}.pid"
    process = await asyncio.create_subprocess_exec(
        *service.command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=ROOT,
        env=service.environ,
        start_new_session=True,
    )
    child = Child(service, process)
    try:
        pid_file.write_text(f"{child.pid}\n{' '.join(service.command)}")
        yield child
    finally:
        await child.stop(force)
        pid_file.unlink(missing_ok=True)


def stop_leftovers(state: StateDir) -> None:
    """Ends the services that a killed stack left behind, if they have not ended by themselves yet."""
    for pid_file in state.run.glob("*.pid"):
        pid, _, command = pid_file.read_text().partition("\n")
        if pid.isdigit() and command:
            stop_leftover(int(pid), command.__eq__)
        pid_file.unlink()
