"""``process``: having pages processed, and watching it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from blogqa_cli.displays import display, summary
from blogqa_cli.failure import CommandFailed, Terminated
from blogqa_cli.following import follow
from blogqa_cli.intake import hand_in
from blogqa_cli.options import Invocation, invocation
from blogqa_cli.replies import Accepted, JobState, Refused

Urls = Annotated[list[str], typer.Argument(metavar="URL", help="Pages to process.")]
Force = Annotated[bool, typer.Option("--force", help="Also pages that were processed recently. Needs both keys.")]
Watch = Annotated[bool, typer.Option("--watch", help="Stay until all jobs have come to an end; 1 if one failed.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document; with --watch a line for each change.")]


def process(
    ctx: typer.Context, urls: Urls, force: Force = False, watch: Watch = False, as_json: AsJson = False
) -> None:
    """Have pages processed.

    They must be on the domains of the publisher whose key is used.
    """
    process_pages(invocation(ctx), urls, force=force, watch=watch, as_json=as_json)


def process_pages(call: Invocation, urls: Iterable[str], *, force: bool, watch: bool, as_json: bool) -> None:
    """Hands pages in, shows what became of each, and watches their jobs if asked to.

    Raises:
        CommandFailed: A page was refused or its job did not complete.
        KeyboardInterrupt, Terminated: The watching was ended from outside; what goes on was said.
    """
    outcomes: list[Accepted | Refused] = []
    jobs: Counter[JobState] = Counter()
    try:
        for outcome in hand_in(call.server, urls, force=force):
            outcomes.append(outcome)
            if not as_json:
                call.terminal.say(_line(outcome))
            elif watch:
                call.terminal.json(outcome, is_line=True)
        if as_json and not watch:
            call.terminal.json({"jobs": [outcome.model_dump(mode="json") for outcome in outcomes]})
        job_ids = dict.fromkeys(each.job_id for each in outcomes if isinstance(each, Accepted))
        if watch:
            jobs = _watched(call, job_ids, as_json=as_json)
    except (CommandFailed, KeyboardInterrupt, Terminated):
        if any(isinstance(each, Accepted) for each in outcomes):
            call.terminal.note(_goes_on(outcomes))
        raise
    if watch and not as_json:
        call.terminal.say(f"{summary(jobs)}.")
    _require_success(outcomes, jobs, missing=len(job_ids) - jobs.total() if watch else 0)


def _watched(call: Invocation, job_ids: Iterable[str], *, as_json: bool) -> Counter[JobState]:
    """How the jobs ended."""
    wanted = list(job_ids)
    ended: Counter[JobState] = Counter()
    with display(call.terminal, total=len(wanted), as_json=as_json) as shown:
        for job in follow(call.server, wanted, note=shown.note):
            shown.show(job)
            if job.state.is_final:
                ended[job.state] += 1
    return ended


def _line(outcome: Accepted | Refused) -> str:
    if isinstance(outcome, Refused):
        return f"refused    {outcome.blog_url}  {outcome.detail}"
    there = "" if outcome.created else f"  (its job was there already: {outcome.state})"
    return f"accepted   {outcome.blog_url}  job {outcome.job_id}{there}"


def _goes_on(outcomes: list[Accepted | Refused]) -> str:
    ids = [each.job_id for each in outcomes if isinstance(each, Accepted)]
    which = " ".join(ids) if len(ids) <= 3 else "ID…"
    return (
        f"{len(ids)} {'job goes' if len(ids) == 1 else 'jobs go'} on without this command: the same command watches "
        f"again, `blogqa jobs` lists them, `blogqa cancel {which}` stops them."
    )


def _require_success(outcomes: Iterable[Accepted | Refused], jobs: Counter[JobState], *, missing: int) -> None:
    refused = sum(isinstance(each, Refused) for each in outcomes)
    problems = [
        f"{refused} refused, see why above" * bool(refused),
        f"{jobs[JobState.FAILED]} failed (`blogqa job ID` says why, `blogqa retry ID` tries again)"
        * bool(jobs[JobState.FAILED]),
        f"{jobs[JobState.CANCELLED]} cancelled (`blogqa retry ID` queues again)" * bool(jobs[JobState.CANCELLED]),
        f"{missing} removed" * bool(missing),
    ]
    if any(problems):
        raise CommandFailed(f"not every page was processed: {'; '.join(filter(None, problems))}.")
