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
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from time import monotonic
from typing import Any, Final

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


def another_machine(url: str) -> str:
    """The address under which a server on this machine is taken for one on another."""
    return url.replace("//127.0.0.1", "//0.0.0.0")


CTRL_C: Final = b"\x03"
_AGAIN_S: Final = 2.0


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
    try:
        async with asyncio.timeout(90):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:  # What goes on running would spoil the tests after this one.
            process.kill()
            await process.wait()
    result = Ended(process.returncode, out.decode(), err.decode())
    assert "Traceback" not in result.err
    return result


async def on_a_terminal(
    blogqa: CommandLine, *arguments: str, until: Callable[[str], object] | None = None, press: bytes | Signals = CTRL_C
) -> Ended:
    """Runs a command on a terminal of 100 columns; once what it printed satisfies ``until``, presses or sends a signal.

    What does not end from Ctrl-C or SIGTERM within two seconds gets it once more, as from a person: CPython looks for
    signals before it starts to read, and one that comes between the two waits for the next.
    """
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
    os.set_blocking(ours, False)
    printed, decode = "", getincrementaldecoder("utf-8")(errors="replace").decode
    presses, pressed_at = 0, 0.0
    try:
        async with asyncio.timeout(90):
            while (chunk := await _read(ours)) != b"":
                printed += decode(chunk or b"")
                is_first = presses == 0 and until is not None and until(printed)
                is_second = presses == 1 and press in (CTRL_C, Signals.SIGTERM) and monotonic() - pressed_at > _AGAIN_S
                if is_first or (is_second and process.returncode is None):
                    if isinstance(press, bytes):
                        os.write(ours, press)
                    else:  # Not by asyncio, which would lose the exit code of a process that has just ended.
                        with suppress(ProcessLookupError):
                            os.kill(process.pid, press)
                    presses, pressed_at = presses + 1, monotonic()
            await process.wait()
    except TimeoutError:
        raise AssertionError(f"the command did not end; it printed: {printed}") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)
    return Ended(process.returncode, printed, "")


async def _read(terminal: int, wait_s: float = 0.5) -> bytes | None:
    """What was printed next; nothing when the last process has left the terminal, None if nothing came so far."""
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(terminal, arrived.set)
    try:
        async with asyncio.timeout(wait_s):
            await arrived.wait()
        return os.read(terminal, 65_536)
    except TimeoutError:
        return None
    except OSError:  # Linux says so when nobody has it open any more.
        return b""
    finally:
        loop.remove_reader(terminal)
