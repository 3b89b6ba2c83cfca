"""The ``blogqa`` command in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
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


class CommandLine:
    """Runs ``blogqa`` against one server.

    Args:
        url: Of the server.
        state: An empty directory in the place of ``.blogqa``.
        environ: What is set beside, the keys for instance.
    """

    def __init__(self, url: str, state: Path, **environ: str) -> None:
        self.environ = environment(url, state, **environ)

    async def start(self, *arguments: str, **environ: str) -> asyncio.subprocess.Process:
        """A command that runs while the test goes on."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "blogqa_cli",
            *arguments,
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
