"""What is printed: results on standard output, notes and errors on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import IO, Final, NoReturn

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from blogqa_cli.exit_codes import ExitCode
from blogqa_cli.printable import printable

_UNBOUNDED: Final = 10_000
"""Columns where there is no terminal: nothing is wrapped or cut, for ``grep``."""


def discard(stream: IO[str]) -> None:
    """Lets a stream that cannot be written to go nowhere, so that the interpreter's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Console(Console):
    """A console that parses no markup, and ends quietly when its reader has gone."""

    def __init__(self, *, is_error: bool) -> None:
        stream = sys.stderr if is_error else sys.stdout
        is_terminal = stream.isatty()
        # Whatever FORCE_COLOR says: what is piped is read by programs.
        super().__init__(
            file=stream,
            force_terminal=is_terminal,
            width=None if is_terminal else _UNBOUNDED,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def on_broken_pipe(self) -> NoReturn:
        """Stops."""
        self.quiet = True
        discard(self.file)
        raise SystemExit(ExitCode.PIPE_CLOSED)


class Terminal:
    """Standard output and standard error.

    Attributes:
        out: For displays of ``rich``; strings from elsewhere go through ``printable``.
        is_live: Whether something may be rewritten: a terminal that was not asked for plainness.
        can_ask: Whether somebody is there to answer a question.
    """

    def __init__(self) -> None:
        self.out = _Console(is_error=False)
        self._err = _Console(is_error=True)
        self.is_live = self.out.is_terminal and not self.out.no_color and not self.out.is_dumb_terminal
        self.can_ask = self._err.is_terminal and sys.stdin.isatty()

    def say(self, text: str | Text = "", *, style: str = "") -> None:
        """A line of the result."""
        self.out.print(text if isinstance(text, Text) else Text(printable(text), style), soft_wrap=True)

    def note(self, text: str) -> None:
        """A line for the person, not part of the result."""
        self._err.print(Text(printable(text)), soft_wrap=True)

    def fail(self, sentence: str) -> None:
        """Why the command ends."""
        with suppress(OSError):
            self._err.print(Text("error: ", "bold red") + Text(printable(sentence)), soft_wrap=True)

    def json(self, document: BaseModel | dict[str, object], *, is_line: bool = False) -> None:
        """The result as one JSON document, or as one of many lines; ASCII, so that nothing in it steers a terminal."""
        value = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
        self.out.out(json.dumps(value, indent=None if is_line else 2), highlight=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Rows under headings."""
        self.show(table(columns, rows))

    def show(self, built: Table) -> None:
        """A table; where there is no terminal, its lines end where their text does."""
        if self.out.is_terminal:
            self.out.print(built)
            return
        with self.out.capture() as capture:
            self.out.print(built)
        self.out.out("\n".join(line.rstrip() for line in capture.get().splitlines()), highlight=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A plain table, whose first column is never broken; cells may be hostile."""
    built = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for column in built.columns:
        column.overflow = "fold"
    built.columns[0].no_wrap = True
    for row in rows:
        built.add_row(*(Text(printable(cell)) for cell in row))
    return built
