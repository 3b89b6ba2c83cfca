"""``doctor``: is everything as it should be, and if not, how is it mended."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import typer
from rich.text import Text

from blogqa_cli.checkup import Check, Level, checks
from blogqa_cli.failure import CommandFailed, KeyRefused, NotThere, ServerFailed, UsageWrong
from blogqa_cli.options import AsJson, Invocation, invocation
from blogqa_cli.printable import printable
from blogqa_cli.replies import Diagnostics, Health, Question
from blogqa_cli.server import Needs, Server
from shared.version import VERSION

_STYLES: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
_UNSEEN: Final = "versions, disk, failures, the model's endpoint and publishers were not looked at"
_NO_QUESTION: Final = "/questions/" + "0" * 24


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Look for what is wrong, and say how to mend it.

    Without the operator's key it looks at what anybody may see, and says what it could not look at.
    """
    call = invocation(ctx)
    try:
        health = call.server.health()
    except CommandFailed as exc:
        _show(call, [Check("server", Level.PROBLEM, str(exc))], as_json=as_json)
        raise typer.Exit(exc.exit_code) from exc
    found = [_address(call.server), *_all(call.server, health)]
    _show(call, found, as_json=as_json)
    if problems := sum(check.level is Level.PROBLEM for check in found):
        raise CommandFailed(f"{problems} {'problem' if problems == 1 else 'problems'} found, see above.")


def _all(server: Server, health: Health) -> list[Check]:
    operator, diagnostics = _operator(server)
    publisher = _publisher(server, has_database=health.database.ok)
    return [*checks(health, diagnostics, version=VERSION), operator, publisher]


def _address(server: Server) -> Check:
    if server.is_in_the_clear:
        return Check("server", Level.WARNING, f"{server.url}: all goes there in the clear", "put TLS in front of it")
    return Check("server", Level.OK, server.url)


def _operator(server: Server) -> tuple[Check, Diagnostics | None]:
    name = "operator's key"
    if not server.has_operator_key:
        mend = "set BLOGQA_ADMIN_KEY, or name its file with --keys"
        return Check(name, Level.WARNING, f"not set: {_UNSEEN}", mend), None
    try:
        diagnostics = server.get("/diagnostics", Diagnostics, Needs.OPERATOR)
    except UsageWrong:
        mend = "name the server with https://, or say --plain-http if you trust the network between"
        return Check(name, Level.WARNING, f"not sent in the clear: {_UNSEEN}", mend), None
    except KeyRefused:
        mend = "set BLOGQA_ADMIN_KEY to what the API has under that name"
        return Check(name, Level.PROBLEM, "refused", mend), None
    except NotThere:
        return Check(name, Level.WARNING, "the server is too old to be asked", "install this version there"), None
    except CommandFailed as exc:
        return _untried(name, exc), None
    return Check(name, Level.OK, "accepted"), diagnostics


def _publisher(server: Server, *, has_database: bool) -> Check:
    name = "publisher's key"
    if not server.has_publisher_key:
        mend = "set BLOGQA_API_KEY, or name its file with --keys"
        return Check(name, Level.WARNING, "not set: process, questions and ask need it", mend)
    try:
        server.get(_NO_QUESTION, Question, Needs.PUBLISHER)
    except NotThere:  # No question has this id; the key was good enough to look.
        pass
    except KeyRefused as exc:
        return Check(name, Level.PROBLEM, str(exc), "blogqa publisher rotate NAME makes a new one")
    except CommandFailed as exc:
        if isinstance(exc, ServerFailed) and not has_database:
            return Check(name, Level.WARNING, "could not be tried without a database")
        return _untried(name, exc)
    return Check(name, Level.OK, "accepted")


def _untried(name: str, why: CommandFailed) -> Check:
    """What is found where the server fails, goes away, or answers in a way that this command does not know."""
    mend = "see the API's log"
    if not isinstance(why, ServerFailed):
        mend = "try again; if it stays so, install the same version there and here"
    return Check(name, Level.PROBLEM, f"could not be tried: {why}", mend)


def _show(call: Invocation, found: list[Check], *, as_json: bool) -> None:
    if as_json:
        worst = max((check.level for check in found), key=list(Level).index)
        call.terminal.json({"status": worst, "checks": [asdict(check) for check in found]})
        return
    for check in found:
        line = Text.assemble((f"{check.level:<8}", _STYLES[check.level]), f" {check.name:<16}{printable(check.detail)}")
        call.terminal.say(line)
        if check.mend:
            call.terminal.say(Text.assemble(" " * 9, ("mend: ", "bold"), printable(check.mend)))
