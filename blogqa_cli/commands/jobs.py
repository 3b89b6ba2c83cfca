"""``jobs``, ``job``, ``retry``, ``cancel``: what the queue holds, and what is done about it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from blogqa_cli.options import AsJson, JobId, invocation
from blogqa_cli.replies import Job, JobsPage, JobState
from blogqa_cli.server import Needs
from blogqa_cli.terminal import Terminal
from blogqa_cli.wording import gist, local

_PAGE: Final = 200


def jobs(
    ctx: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Only this publisher's, by name or id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    call = invocation(ctx)
    found: list[Job] = []
    cursor: str | None = None
    while len(found) < limit:
        wanted = min(limit - len(found), _PAGE)
        params = {"state": state, "publisher": publisher, "limit": wanted, "cursor": cursor}
        page = call.server.get("/jobs", JobsPage, Needs.OPERATOR, params=params)
        found += page.jobs
        cursor = page.next_cursor
        if cursor is None:
            break
    if as_json:
        call.terminal.json({"jobs": [each.model_dump(mode="json") for each in found], "next_cursor": cursor})
        return
    rows = [(each.job_id, each.state, local(each.updated_at), each.blog_url, gist(each)) for each in found]
    call.terminal.table(("ID", "STATE", "CHANGED", "URL", ""), rows)


def job(ctx: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """Show one job in full, with what ended its attempts."""
    call = invocation(ctx)
    found = call.server.get(f"/jobs/status/{job_id}", Job, Needs.EITHER)
    if as_json:
        call.terminal.json(found)
    else:
        _show(found, call.terminal)


def _show(found: Job, terminal: Terminal) -> None:
    lines = {
        "job": found.job_id,
        "url": found.blog_url,
        "state": found.state,
        "": gist(found),
        "attempts": f"{found.attempt} of {found.max_attempts}",
        "created": local(found.created_at),
        "due": local(found.run_at) if found.state is JobState.QUEUED else "",
        "finished": local(found.finished_at) if found.finished_at else "",
        "engine": found.result.engine if found.result else "",
        "seconds": ", ".join(f"{step} {took:.3g}" for step, took in found.result.step_seconds.items())
        if found.result
        else "",
    }
    for name, value in lines.items():
        if value:
            terminal.say(f"{name:<9} {value}")
    for error in found.errors:
        step = f" in {error.step}" if error.step else ""
        terminal.say(f"attempt {error.attempt}, {local(error.at)}{step}: {error.code}: {error.message}")
