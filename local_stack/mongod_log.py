"""What a dead mongod's log says about why it died, in one sentence that says what to do."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

from local_stack.log_tail import last_lines
from local_stack.options import PROGRAM
from local_stack.process_table import end_of

LINES = 200
"""How much of the log's end is looked at."""

_MISSING_LIBRARY = re.compile(r"error while loading shared libraries: ([^\s:]+)")
_DEBIAN_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "liblzma.so.5": "liblzma5",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
}
_OTHER_VERSION = re.compile(
    r"unsupported WiredTiger .*version|IncompatibleServerVersion|UPGRADE PROBLEM|Wrong mongod version"
    r"|Invalid feature ?[cC]ompatibility ?[vV]ersion"
)


_FROM_OUTSIDE = {
    0: "because somebody asked it to",
    -signal.SIGKILL: "by somebody or because the machine ran out of memory",
}


def why_it_died(log_path: Path, *, exit_code: int) -> str:
    """One sentence for a mongod that ended by itself.

    Args:
        log_path: All that it printed.
        exit_code: As ``subprocess`` reports it: negative for a signal.
    """
    if exit_code in _FROM_OUTSIDE:
        # Nothing in the log is about it.
        return (
            f"mongod {end_of(exit_code)}, {_FROM_OUTSIDE[exit_code]}: start again with `{PROGRAM}`; the data is kept."
        )
    lines = last_lines(log_path, LINES)
    log = "\n".join(lines)
    if missing := _MISSING_LIBRARY.search(log):
        package = _DEBIAN_PACKAGES.get(missing[1])
        remedy = f"`apt-get install {package}`" if package else "install the package that has it"
        return f"mongod needs the library {missing[1]}, which this machine lacks: {remedy}, or set MONGODB_URL."
    if "No space left on device" in log:
        return "mongod stopped because the disk is full: free some space and start again."
    if _OTHER_VERSION.search(log):
        return (
            "The data was written by another version of MongoDB: run that version, or start over with "
            f"`{PROGRAM} --reset`. See {log_path}."
        )
    if exit_code == -signal.SIGILL:
        return "mongod needs a CPU with AVX, which this machine lacks: set MONGODB_URL to a replica set elsewhere."
    return (
        f"mongod {end_of(exit_code)}{_complaint(lines)}; see {log_path}. "
        f"If starting again does not help, `{PROGRAM} --reset` starts over without its data."
    )


def _complaint(lines: list[str]) -> str:
    """The first error of the log's end: those that follow are its consequences; else what was printed in plain text."""
    plain = None
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            plain = line[:300]
            continue
        if isinstance(record, dict) and record.get("s") in ("E", "F"):
            return f": {_message_of(record)!r}"
    return f": {plain!r}" if plain else ""


def _message_of(record: dict[str, Any]) -> str:
    """The innermost message: ``attr`` holds the detail as text or as an object, depending on the component."""
    detail: Any = record.get("attr") or {}
    for name in ("error", "message", "reason", "errmsg", "msg"):
        if isinstance(detail, dict) and isinstance(detail.get(name), dict | str):
            detail = detail[name]
    text = detail if isinstance(detail, str) else record.get("msg", "")
    return str(text).strip()[:300]
