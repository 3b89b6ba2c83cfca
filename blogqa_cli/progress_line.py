"""How a long command shows that it goes on: one line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from blogqa_cli.terminal import Terminal

_LINE_EVERY_S: Final = 10.0


class ProgressLine(Protocol):
    """What is told how far a command is."""

    def update(self, text: str) -> None:
        """How far it is now."""

    def note(self, text: str) -> None:
        """Something that the person should know, and that stays."""


@contextmanager
def progress_line(terminal: Terminal, *, as_json: bool) -> Iterator[ProgressLine]:
    """The progress line that fits the terminal; standard output stays free where it is for JSON."""
    if as_json or not terminal.is_live:
        yield _Lines(terminal)
        return
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=terminal.out, transient=True) as progress:
        yield _Live(terminal, progress)


class _Lines:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._next_at = time.monotonic() + _LINE_EVERY_S

    def update(self, text: str) -> None:
        if time.monotonic() >= self._next_at:
            self._terminal.note(text)
            self._next_at = time.monotonic() + _LINE_EVERY_S

    def note(self, text: str) -> None:
        self._terminal.note(text)


class _Live:
    def __init__(self, terminal: Terminal, progress: Progress) -> None:
        self._terminal = terminal
        self._progress = progress
        self._task = progress.add_task("reading", total=None)

    def update(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def note(self, text: str) -> None:
        self._terminal.say(text, style="yellow")
