"""One service process: its log, its process group, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from local_stack.failure import StackFailed
from local_stack.lifeline import Lifeline
from local_stack.log_tail import last_lines, open_fresh_log
from local_stack.process_table import stop_leftover
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
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    grace_s: float


class Child:
    """A running service in a session of its own, so that Ctrl-C at the terminal reaches only us."""

    def __init__(self, service: Service, process: asyncio.subprocess.Process, log_path: Path) -> None:
        self.pid = process.pid
        self._service = service
        self._process = process
        self._log_path = log_path
        self._lifeline = Lifeline(process.pid)

    async def death(self) -> StackFailed:
        """Waits for the process to end and says how it did."""
        code = await self._process.wait()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        said = "".join(f"\n  {line[:300]}" for line in last_lines(self._log_path, 10))
        end = f"ends with:{said}" if said else "is empty."
        return StackFailed(f"{self._service.name} stopped by itself ({how}); {self._log_path} {end}")

    async def stop(self, force: asyncio.Event) -> None:
        """Asks the process to stop, asks again when its grace is over or ``force`` is set, then kills it.

        The services take a second request as "now": a worker releases its jobs at once.
        """
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
async def running(service: Service, state: StateDir, force: asyncio.Event) -> AsyncIterator[Child]:
    """Runs a service for the duration of the context.

    Args:
        service: What to run.
        state: Where its log and process id go.
        force: Set when the person wants everything to stop at once.
    """
    pid_file = state.run / f"{service.name}.pid"
    with open_fresh_log(state.log(service.name)) as log:
        process = await asyncio.create_subprocess_exec(
            *service.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=service.environ,
            start_new_session=True,
        )
    child = Child(service, process, state.log(service.name))
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


@asynccontextmanager
async def all_running(services: Sequence[Service], state: StateDir, force: asyncio.Event) -> AsyncIterator[list[Child]]:
    """Runs several services and stops them side by side, so that the slowest decides how long it takes."""
    stacks = [AsyncExitStack() for _ in services]
    try:
        yield [
            await stack.enter_async_context(running(service, state, force))
            for stack, service in zip(stacks, services, strict=True)
        ]
    finally:
        await asyncio.gather(*(stack.aclose() for stack in stacks))
