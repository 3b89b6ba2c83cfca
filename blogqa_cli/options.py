"""Options and arguments that several commands take, and what a command works with."""

from __future__ import annotations

import os
import re
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from blogqa_cli.failure import CommandFailed, UsageWrong
from blogqa_cli.keys import find_keys
from blogqa_cli.printable import printable
from blogqa_cli.server import Server
from blogqa_cli.terminal import Terminal
from shared.errors import InvalidUrl
from shared.url import parse_url

_ANYWHERE: Final = ("server", "keys", "plain_http")
_SERVER: Final = "'--server' or BLOGQA_URL"
_JOB_ID: Final = re.compile(r"[0-9a-f]{24}")


class Command(TyperCommand):
    """A command after which the app's options may stand as well as before it."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own options, and the app's."""
        return [*super().get_params(ctx), *_apps_options(ctx)]

    def invoke(self, ctx: Any) -> Any:
        """Runs it with what was given last."""
        _hand_up(ctx)
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group of commands after whose name the app's options may stand, too."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own options, and the app's."""
        return [*super().get_params(ctx), *_apps_options(ctx)]

    def invoke(self, ctx: Any) -> Any:
        """Runs its command with what was given last."""
        _hand_up(ctx)
        return super().invoke(ctx)


def _apps_options(ctx: Any) -> list[Any]:
    ours = [copy(each) for each in ctx.find_root().command.params if each.name in _ANYWHERE]
    for each in ours:
        each.envvar = None  # The app has read it.
    return ours


def _hand_up(ctx: Any) -> None:
    """Gives the app its options; of one that stands in several places the last counts."""
    for name in _ANYWHERE:
        value = ctx.params.pop(name)
        if ctx.get_parameter_source(name).name == "COMMANDLINE":
            ctx.find_root().params[name] = value


@dataclass(frozen=True)
class Invocation:
    """What a command works with."""

    server: Server
    terminal: Terminal


def invocation(ctx: typer.Context) -> Invocation:
    """The server and the terminal of this call."""
    given = ctx.find_root().params
    url = _server_url(given["server"])
    keys = find_keys(parse_url(url).host, given["keys"], os.environ)
    return Invocation(ctx.with_resource(Server(url, keys, plain_http=given["plain_http"])), Terminal())


def _server_url(text: str) -> str:
    # Not when it is read: what stands after the command, and counts, is read later than the environment.
    try:
        parsed = parse_url(text)
    except InvalidUrl as exc:
        raise typer.BadParameter(str(exc), param_hint=_SERVER) from exc
    if not text.lower().startswith(("http://", "https://")) or "?" in text:
        raise typer.BadParameter("expected http://host:port or https://host, without a query", param_hint=_SERVER)
    return str(parsed)


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
