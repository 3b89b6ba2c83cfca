"""Processes: who they are, how they ended, and ending one that a dead stack left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_POLL_S = 0.02


def command_line_of(pid: int) -> str:
    """The command line of a running process, arguments separated by spaces; empty when there is none.

    Debian without procps has only /proc, macOS only ``ps``.
    """
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a constant and a number
    return found.stdout.strip()


def end_of(exit_code: int) -> str:
    """How a process ended, to go on after its name: ``was killed by signal 9 (SIGKILL)``, ``stopped with exit code 1``.

    Args:
        exit_code: As ``subprocess`` reports it: negative for a signal.
    """
    if exit_code >= 0:
        return f"stopped with exit code {exit_code}"
    name = ""
    with suppress(ValueError):  # Most real-time signals have none.
        name = f" ({signal.Signals(-exit_code).name})"
    return f"was killed by signal {-exit_code}{name}"


def stop_leftover(pid: int, is_ours: Callable[[str], bool], *, grace_s: float = 20.0) -> None:
    """Ends a process, politely first, for as long as its command line is still the expected one."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + grace_s
        sent = False
        while is_ours(command_line_of(pid)) and time.monotonic() < deadline:
            if not sent:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                sent = True
            time.sleep(_POLL_S)
