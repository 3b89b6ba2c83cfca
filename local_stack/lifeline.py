"""Children that do not outlive this process, even when it is killed with no chance to clean up."""

from __future__ import annotations

import subprocess

_WATCH = 'read -r _; kill -TERM "$1" 2>/dev/null'


class Lifeline:
    """Sends SIGTERM to a child as soon as this process is gone.

    A shell waits for the end of a pipe whose only writer is this process; the kernel closes it whatever ends us,
    kill -9 included. Unlike ``PR_SET_PDEATHSIG`` it needs no code between fork and exec, does not depend on the thread
    that started the child, and exists on macOS.
    """

    def __init__(self, pid: int) -> None:
        self._shell = subprocess.Popen(  # noqa: S603 - a constant script and a number
            ["/bin/sh", "-c", _WATCH, "lifeline", str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def release(self) -> None:
        """Lets go of the child: nothing is signalled any more."""
        self._shell.kill()
        self._shell.wait()
        if self._shell.stdin is not None:
            self._shell.stdin.close()
