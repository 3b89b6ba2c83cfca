"""Talking to the person who started the stack: lines that stay, and one that is rewritten on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress


class Terminal:
    """Standard output. Without a terminal, or under CI, nothing is rewritten and nothing is asked."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._live = sys.stdout.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"
        self._can_ask = self._live and sys.stdin.isatty()
        self._has_status = False

    def say(self, text: str = "") -> None:
        """Prints lines that stay."""
        self._write(self._erasing() + text + "\n")

    def fail(self, sentence: str) -> None:
        """Prints what went wrong, on standard error."""
        self._write(self._erasing())
        with suppress(OSError):
            print(f"error: {sentence}", file=sys.stderr, flush=True)

    def status(self, text: str) -> None:
        """Shows what is happening right now; the next call replaces it. Silent without a terminal."""
        if self._live:
            line = text[: max(shutil.get_terminal_size().columns - 1, 10)]
            self._write(self._erasing() + line)
            self._has_status = True

    def confirm(self, question: str) -> bool | None:
        """Asks for a yes; None when there is nobody to ask."""
        if not self._can_ask:
            return None
        try:
            return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False

    def _erasing(self) -> str:
        erase = "\r\x1b[K" if self._has_status else ""
        self._has_status = False
        return erase

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            # The terminal or the reader of a pipe is gone; stopping in order matters more than saying so.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
