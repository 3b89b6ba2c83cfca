"""The ``blogqa`` command in a process of its own."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import struct
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_stack.state_dir import ROOT


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int | None
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(url: str, state: Path, **environ: str) -> dict[str, str]:
    """What the command sees: nothing of this machine's own settings or keys."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "BLOGQA_URL": url,
        "BLOGQA_STATE_DIR": str(state),
        **environ,
    }


CTRL_C = b"\x03"


class CommandLine:
    """Runs ``blogqa`` against one server.

    Args:
        url: Of the server.
        state: An empty directory in the place of ``.blogqa``.
        environ: What is set beside, the keys for instance.
    """

    def __init__(self, url: str, state: Path, **environ: str) -> None:
        self.environ = environment(url, state, **environ)

    @staticmethod
    def command(*arguments: str) -> list[str]:
        """The command as a process has it."""
        return [sys.executable, "-P", "-m", "blogqa_cli", *arguments]

    async def start(self, *arguments: str, **environ: str) -> asyncio.subprocess.Process:
        """A command that runs while the test goes on."""
        return await asyncio.create_subprocess_exec(
            *self.command(*arguments),
            env={**self.environ, **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def __call__(self, *arguments: str, **environ: str) -> Ended:
        """Runs a command to its end."""
        return await ended(await self.start(*arguments, **environ))


async def ended(process: asyncio.subprocess.Process) -> Ended:
    """Waits for the end; no command may ever show a traceback."""
    async with asyncio.timeout(90):
        out, err = await process.communicate()
    result = Ended(process.returncode, out.decode(), err.decode())
    assert "Traceback" not in result.err
    return result


async def on_a_terminal(
    blogqa: CommandLine, *arguments: str, until: Callable[[str], object] | None = None, press: bytes = CTRL_C
) -> Ended:
    """Runs a command on a terminal of 100 columns; once what it printed satisfies ``until``, presses."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *blogqa.command(*arguments),
        env={"TERM": "xterm-256color", **blogqa.environ},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        # The terminal is the process's own: Ctrl-C in it reaches that one.
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    printed = ""
    async with asyncio.timeout(90):
        while True:
            try:
                chunk = await asyncio.to_thread(os.read, ours, 65_536)
            except OSError:  # Linux says so when the last process has left the terminal.
                break
            if not chunk:
                break
            printed += chunk.decode(errors="replace")
            if until is not None and until(printed):
                os.write(ours, press)
                until = None
        await process.wait()
    os.close(ours)
    return Ended(process.returncode, printed, "")
