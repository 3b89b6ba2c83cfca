"""``jobs``, ``job``, ``retry``, ``cancel``: what the queue holds, and what is done about it."""

from __future__ import annotations

from typing import Annotated

import typer

from blogqa_cli.exit_codes import ExitCode
from blogqa_cli.failure import CommandFailed
from blogqa_cli.options import AsJson, Invocation, JobId, JobIds, invocation
from blogqa_cli.replies import Job, JobsPage, JobState
from blogqa_cli.server import Needs
from blogqa_cli.terminal import Terminal
from blogqa_cli.wording import gist, local


def jobs(
    ctx: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Only this publisher's, by name or id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    call = invocation(ctx)
    params = {"state": state, "publisher": publisher}
    pages = list(call.server.pages("/jobs", JobsPage, Needs.OPERATOR, limit=limit, params=params))
    found = [each for page in pages for each in page.jobs]
    if as_json:
        call.terminal.json({"jobs": [each.model_dump(mode="json") for each in found]})
        return
    rows = [(each.job_id, each.state, local(each.updated_at), each.blog_url, gist(each)) for each in found]
    call.terminal.table(("ID", "STATE", "CHANGED", "URL", ""), rows)
    if pages[-1].next_cursor:
        call.terminal.note("There are more: raise --limit.")


def job(ctx: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """Show one job in full."""
    call = invocation(ctx)
    found = call.server.get(f"/jobs/status/{job_id}", Job, Needs.EITHER)
    if as_json:
        call.terminal.json(found)
    else:
        _show(found, call.terminal)


def retry(ctx: typer.Context, job_ids: JobIds, as_json: AsJson = False) -> None:
    """Queue failed or cancelled jobs again."""
    _each(invocation(ctx), "retry", job_ids, as_json=as_json)


def cancel(ctx: typer.Context, job_ids: JobIds, as_json: AsJson = False) -> None:
    """Cancel jobs, queued or running."""
    _each(invocation(ctx), "cancel", job_ids, as_json=as_json)


def _each(call: Invocation, action: str, job_ids: list[str], *, as_json: bool) -> None:
    done: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    for job_id in job_ids:
        try:
            found = call.server.post(f"/jobs/{action}/{job_id}", Job, Needs.OPERATOR)
        except CommandFailed as exc:
            if exc.exit_code is not ExitCode.FAILED:  # It would fail for all.
                raise
            refused.append({"job_id": job_id, "detail": str(exc)})
            said = f"{job_id}  {exc}"
        else:
            done.append(found.model_dump(mode="json"))
            asked = " (its worker is asked to stop)" if found.cancel_requested and not found.state.is_final else ""
            said = f"{job_id}  {found.state}{asked}"
        if not as_json:
            call.terminal.say(said)
    if as_json:
        call.terminal.json({"jobs": done, "refused": refused})
    if refused:
        raise CommandFailed(f"{len(refused)} of {len(job_ids)} jobs could not be changed, see why above.")


def _show(found: Job, terminal: Terminal) -> None:
    lines = {
        "job": found.job_id,
        "url": found.blog_url,
        "state": f"{found.state}  {gist(found)}".strip() if not found.errors else found.state,
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
