"""Options and arguments that several commands take, and what a command works with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from blogqa_cli.failure import CommandFailed, UsageWrong
from blogqa_cli.printable import printable
from blogqa_cli.server import Server
from blogqa_cli.terminal import Terminal

_JOB_ID: Final = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class Invocation:
    """What a command works with."""

    server: Server
    terminal: Terminal


def invocation(ctx: typer.Context) -> Invocation:
    """The server and the terminal of this call."""
    found = ctx.find_object(Invocation)
    if found is None:
        raise AssertionError("the app's callback has made it")
    return found


def _job_id(text: str) -> str:
    if not _JOB_ID.fullmatch(text):
        raise typer.BadParameter("expected the id of a job, 24 hex digits as `blogqa jobs` shows them")
    return text


JobId = Annotated[str, typer.Argument(metavar="ID", parser=_job_id, help="As `blogqa jobs` shows it.")]
JobIds = Annotated[list[str], typer.Argument(metavar="ID", parser=_job_id, help="As `blogqa jobs` shows them.")]


def _name(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("expected the name or the id of a publisher")
    return text.strip()


PublisherName = Annotated[
    str, typer.Argument(metavar="NAME", parser=_name, help="Name or id, as `blogqa publisher list` shows them.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def confirm(terminal: Terminal, question: str, *, yes: bool) -> None:
    """Goes on only if the person says yes.

    Raises:
        UsageWrong: Nobody is there to ask, and there was no ``--yes``.
        CommandFailed: They said no.
    """
    if yes:
        return
    if not terminal.can_ask:
        raise UsageWrong(f"{question} Nobody can be asked here: say --yes.")
    if not typer.confirm(printable(question), err=True):
        raise CommandFailed("nothing was changed.")
