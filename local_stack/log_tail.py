"""Log files of child processes: one per run, the previous one kept, and their last words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_TAIL_BYTES = 64 * 1024


def open_fresh_log(path: Path) -> BinaryIO:
    """Opens an empty log for a child to write to; the last run's log becomes ``<name>.previous``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(f"{path.name}.previous"))
    return path.open("ab")


def last_lines(path: Path, count: int) -> list[str]:
    """The last non-empty lines of a log, oldest first; none when there is no log."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
