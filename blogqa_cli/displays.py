"""Three ways of showing how jobs are getting on: a live display, plain lines, JSON lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from blogqa_cli.printable import printable
from blogqa_cli.replies import Job, JobState
from blogqa_cli.terminal import Terminal
from blogqa_cli.wording import gist

_STYLES: Final = {JobState.COMPLETED: "green", JobState.FAILED: "red", JobState.CANCELLED: "yellow"}


class Display(Protocol):
    """What is told how jobs are getting on."""

    def show(self, job: Job) -> None:
        """A job that is new or has changed."""

    def note(self, text: str) -> None:
        """Something else that the person should know."""


@contextmanager
def display(terminal: Terminal, *, total: int, as_json: bool) -> Iterator[Display]:
    """The display that fits the terminal and what was asked for.

    Args:
        terminal: Where.
        total: How many jobs there are.
        as_json: Whether each change is a line of JSON.
    """
    if as_json:
        yield _JsonLines(terminal)
    elif terminal.is_live:
        with _Live(terminal, total) as live:
            yield live
    else:
        yield _Lines(terminal)


def line(job: Job) -> Text:
    """A job in one line."""
    said = gist(job)
    return Text.assemble(
        (f"{job.state:<10}", _STYLES.get(job.state, "")),
        f" {printable(job.blog_url)}",
        (f"  {printable(said)}" if said else "", "dim"),
    )


def summary(jobs: Counter[JobState]) -> str:
    """How many jobs ended how."""
    return ", ".join(f"{jobs[state]} {state}" for state in JobState if jobs[state]) or "no jobs"


class _JsonLines:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def show(self, job: Job) -> None:
        self._terminal.json(job, is_line=True)

    def note(self, text: str) -> None:
        self._terminal.note(text)


class _Lines:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def show(self, job: Job) -> None:
        self._terminal.say(line(job))

    def note(self, text: str) -> None:
        self._terminal.note(text)


class _Live:
    """A bar for all jobs and one for each that runs; what has ended becomes a line above them."""

    def __init__(self, terminal: Terminal, total: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
            TextColumn("{task.fields[step]}", markup=False, style="dim"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            console=terminal.out,
            expand=True,
        )
        self._terminal = terminal
        self._ended: Counter[JobState] = Counter()
        self._running: dict[str, TaskID] = {}
        self._all = self._progress.add_task("queued", total=total, step="")

    def __enter__(self) -> _Live:
        self._progress.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._progress.stop()

    def show(self, job: Job) -> None:
        if job.state is JobState.PROCESSING:
            self._run(job)
            return
        if (task := self._running.pop(job.job_id, None)) is not None:
            self._progress.remove_task(task)
        if job.state.is_final:
            self._terminal.say(line(job))
            self._ended[job.state] += 1
            self._progress.update(self._all, advance=1, description=summary(self._ended))
        elif job.errors:  # It is tried again later.
            self._terminal.say(line(job))

    def note(self, text: str) -> None:
        self._terminal.say(text, style="yellow")

    def _run(self, job: Job) -> None:
        if job.job_id not in self._running:
            url = printable(job.blog_url)
            self._running[job.job_id] = self._progress.add_task(url, total=100, step="")
        step, percent = (job.progress.step, job.progress.percent) if job.progress else ("", 0)
        self._progress.update(self._running[job.job_id], completed=percent, step=printable(step, limit=20))
