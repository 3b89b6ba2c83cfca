"""Who a process id belongs to, so that nothing is signalled that is not ours."""

from __future__ import annotations

import subprocess
from pathlib import Path


def command_line_of(pid: int) -> str:
    """The command line of a running process, arguments separated by spaces; empty when there is none.

    Debian without procps has only /proc, macOS only ``ps``.
    """
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
