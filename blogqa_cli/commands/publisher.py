"""``publisher``: who is served, on which domains, with which keys."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer

from blogqa_cli.failure import UsageWrong
from blogqa_cli.options import AsJson, Command, Group, Invocation, PublisherName, Yes, confirm, invocation
from blogqa_cli.replies import Publisher, PublishersPage, PublisherWithKey, Usage
from blogqa_cli.server import Needs, segment
from blogqa_cli.wording import duration, local

app = typer.Typer(cls=Group, help="Take publishers on, change them, renew their keys.", rich_markup_mode=None)

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,7})([smhd])|0", text.strip())
    if not match:
        raise typer.BadParameter("expected a time such as 7d, 12h, 30m or 0")
    return int(match[1]) * _UNITS_S[match[2]] if match[1] else 0


NewName = Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")]
Domains = Annotated[
    list[str],
    typer.Option(
        "--domain", metavar="DOMAIN", help="Where its pages are: example.com with its subdomains, or host:port."
    ),
]


@app.command(cls=Command)
def add(ctx: typer.Context, name: NewName, domain: Domains, as_json: AsJson = False) -> None:
    """Take a publisher on.

    Prints its key, this once, and the script tag for its pages.
    """
    call = invocation(ctx)
    added = call.server.post("/publishers", PublisherWithKey, Needs.OPERATOR, {"name": name, "domains": domain})
    if as_json:
        call.terminal.json(added)
        return
    call.terminal.say(f"{added.publisher.name} is taken on, with the id {added.publisher.id}.")
    _show_key(call, added)


@app.command("list", cls=Command)
def list_(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List publishers, newest first."""
    call = invocation(ctx)
    pages = list(call.server.pages("/publishers", PublishersPage, Needs.OPERATOR, limit=limit))
    found = [each for page in pages for each in page.publishers]
    if as_json:
        call.terminal.json({"publishers": [each.model_dump(mode="json") for each in found]})
        return
    rows = [(each.id, each.name, "disabled" if each.disabled else "active", " ".join(each.domains)) for each in found]
    call.terminal.table(("ID", "NAME", "", "DOMAINS"), rows)
    if pages[-1].next_cursor:
        call.terminal.note("There are more: raise --limit.")


@app.command(cls=Command)
def show(ctx: typer.Context, name: PublisherName, as_json: AsJson = False) -> None:
    """Show one publisher, with its keys' ends."""
    call = invocation(ctx)
    _show(call, call.server.get(_path(name), Publisher, Needs.OPERATOR), as_json=as_json)


@app.command(cls=Command)
def update(
    ctx: typer.Context,
    name: PublisherName,
    rename: Annotated[str | None, typer.Option(metavar="NAME", help="Its new name.")] = None,
    add_domain: Annotated[list[str] | None, typer.Option(metavar="DOMAIN", help="One more.")] = None,
    remove_domain: Annotated[
        list[str] | None, typer.Option(metavar="DOMAIN", help="One less, as `show` has it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rename a publisher, or change its domains."""
    if rename is None and not add_domain and not remove_domain:
        raise UsageWrong("say what is to change: --rename, --add-domain or --remove-domain.")
    call = invocation(ctx)
    changes: dict[str, object] = {} if rename is None else {"name": rename}
    if add_domain or remove_domain:
        domains = call.server.get(_path(name), Publisher, Needs.OPERATOR).domains
        if missing := [each for each in remove_domain or () if each not in domains]:
            raise UsageWrong(f"{missing[0]} is not among its domains: {', '.join(domains)}.")
        kept = [each for each in domains if each not in (remove_domain or ())]
        changes["domains"] = [*kept, *(add_domain or ())]
    _show(call, call.server.patch(_path(name), Publisher, Needs.OPERATOR, changes), as_json=as_json)


@app.command(cls=Command)
def rotate(
    ctx: typer.Context,
    name: PublisherName,
    overlap: Annotated[
        int, typer.Option(metavar="TIME", parser=_seconds, help="How long older keys go on: 7d, 12h, 30m, 0.")
    ] = "7d",  # type: ignore[assignment] # typer parses defaults as well
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make a new key; older ones go on for a while."""
    call = invocation(ctx)
    ends = f"in {duration(overlap)}" if overlap else "at once"
    confirm(call.terminal, f"Make a new key for {name}? Pages with an older one stop working {ends}.", yes=yes)
    body = {"overlap_s": overlap}
    rotated = call.server.post(f"{_path(name)}/rotate-key", PublisherWithKey, Needs.OPERATOR, body)
    if as_json:
        call.terminal.json(rotated)
        return
    ends_at = [key.ends_at for key in rotated.publisher.keys if key.ends_at is not None]
    older = f"Older keys work until {local(max(ends_at))}." if ends_at else "Older keys do not work any more."
    call.terminal.say(f"{rotated.publisher.name} has a new key. {older}")
    _show_key(call, rotated)


@app.command(cls=Command)
def disable(ctx: typer.Context, name: PublisherName, yes: Yes = False, as_json: AsJson = False) -> None:
    """Stop serving a publisher; nothing is removed."""
    call = invocation(ctx)
    confirm(call.terminal, f"Stop serving {name}? Its pages show no questions until it is enabled again.", yes=yes)
    _show(call, call.server.patch(_path(name), Publisher, Needs.OPERATOR, {"disabled": True}), as_json=as_json)


@app.command(cls=Command)
def enable(ctx: typer.Context, name: PublisherName, as_json: AsJson = False) -> None:
    """Serve a publisher again."""
    call = invocation(ctx)
    _show(call, call.server.patch(_path(name), Publisher, Needs.OPERATOR, {"disabled": False}), as_json=as_json)


@app.command(cls=Command)
def usage(
    ctx: typer.Context,
    name: PublisherName,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days back.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show tokens and cost by day."""
    call = invocation(ctx)
    found = call.server.get(f"{_path(name)}/usage", Usage, Needs.OPERATOR, params={"days": days})
    if as_json:
        call.terminal.json(found)
        return
    rows = [
        (
            str(each.day),
            purpose,
            str(used.calls),
            str(used.prompt_tokens),
            str(used.completion_tokens),
            f"{used.cost_usd:.4f}",
        )
        for each in found.days
        for purpose, used in (("draft", each.draft), ("ask", each.ask))
        if used.calls
    ]
    if rows:
        call.terminal.table(("DAY (UTC)", "FOR", "CALLS", "PROMPT TOKENS", "COMPLETION TOKENS", "US DOLLARS"), rows)
    else:
        call.terminal.say(f"No model was used in the last {days} days.")


def _path(name: str) -> str:
    return f"/publishers/{segment(name)}"


def _show(call: Invocation, found: Publisher, *, as_json: bool) -> None:
    if as_json:
        call.terminal.json(found)
        return
    keys = [f"until {local(key.ends_at)}" if key.ends_at else "in force" for key in found.keys]
    lines = {
        "name": found.name,
        "id": found.id,
        "state": "disabled" if found.disabled else "active",
        "domains": ", ".join(found.domains),
        "keys": ", ".join(keys) or "none",
        "created": local(found.created_at),
    }
    for label, value in lines.items():
        call.terminal.say(f"{label:<8} {value}")


def _show_key(call: Invocation, made: PublisherWithKey) -> None:
    source = f"{call.server.url}/widget/auto-blog-question-injector.js"
    call.terminal.say(f"Its key is shown this once: {made.key}")
    call.terminal.say("For its pages:")
    call.terminal.say(f'<script async src="{source}" data-api-key="{made.key}"></script>')
    if call.server.is_here:
        call.terminal.say(f"Only this machine finds {call.server.url}: for readers put the API's public address there.")
