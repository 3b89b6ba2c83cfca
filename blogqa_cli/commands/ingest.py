"""``ingest``: handing in a whole blog by its sitemap or feed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Final

import typer

from blogqa_cli.displays import line, summary
from blogqa_cli.failure import CommandFailed, Terminated
from blogqa_cli.following import follow
from blogqa_cli.ingesting import Ingest
from blogqa_cli.intake import intake_needs
from blogqa_cli.options import Invocation, invocation
from blogqa_cli.progress_line import ProgressLine, progress_line
from blogqa_cli.replies import Accepted, JobState
from blogqa_cli.sources.entries import SourceError
from blogqa_cli.sources.following import Walk
from blogqa_cli.sources.site import Site
from blogqa_cli.tally import Tally
from shared.errors import InvalidUrl
from shared.url import parse_url
from shared.version import VERSION

_USER_AGENT: Final = f"BlogQA/{VERSION} (+https://github.com/blogqa/blogqa)"
"""The worker's name: one visitor to the site, not two."""

_FAILURES_SHOWN: Final = 20
_HOW_TO_GO_ON: Final = (
    "These jobs go on without this command. Run the same command again to go on: pages whose jobs are there already "
    "are not done twice (with --force they are)."
)


def _source(text: str) -> str:
    try:
        parse_url(text)
    except InvalidUrl as exc:
        raise typer.BadParameter(str(exc)) from exc
    return text


def _since(text: str) -> datetime:
    try:
        if days := re.fullmatch(r"([0-9]{1,5})d", text):
            return datetime.now(UTC) - timedelta(days=int(days[1]))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as exc:
        raise typer.BadParameter("expected a date (2024-05-01), a date and time, or days back (7d)") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Source = Annotated[str, typer.Argument(metavar="SITEMAP_OR_FEED_URL", parser=_source, help="As the blog publishes it.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        metavar="DATE",
        parser=_since,
        help="Only pages changed since: 2024-05-01, 2024-05-01T10:00Z or 7d; UTC unless it says otherwise. Pages "
        "without a date are kept.",
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Hand in at most this many pages.")]
Force = Annotated[bool, typer.Option("--force", help="Also pages that were processed recently. Needs both keys.")]
Watch = Annotated[bool, typer.Option("--watch", help="Stay until all jobs have come to an end; 1 if one failed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only list the pages that would be handed in; needs no key.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document with the counts, nothing else.")]


def ingest(
    ctx: typer.Context,
    source: Source,
    since: Since = None,
    limit: Limit = None,
    force: Force = False,
    watch: Watch = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have a whole blog processed: all pages that a sitemap, an index of sitemaps, an RSS or an Atom feed lists.

    Pages on domains that are not the publisher's are refused and counted. Run the same command again to go on after an
    interruption, or to hand in what is new. It fails if something could not be read, or if no page was accepted.
    """
    call = invocation(ctx)
    if not dry_run:
        call.server.require(intake_needs(force=force))
    ended: Counter[JobState] = Counter()
    stopped: CommandFailed | KeyboardInterrupt | Terminated | None = None
    with (
        progress_line(call.terminal, as_json=as_json) as shown,
        Site(source, user_agent=_USER_AGENT, notice=shown.note) as site,
    ):
        walk = Walk(site, since=since, warn=shown.note)
        run = Ingest(call.server, walk, since=since, force=force, note=shown.note)
        try:
            pages = islice(run.wanted(source), limit)
            open_jobs = _list(call, pages, as_json) if dry_run else _hand_in(run, pages, shown, remember=watch)
            if not as_json:
                _report(run.tally, call.terminal.note if dry_run else call.terminal.say)
            _watch(call, open_jobs, shown, ended)
        except SourceError as exc:
            raise CommandFailed(f"{source}: {exc}.") from exc
        except (CommandFailed, KeyboardInterrupt, Terminated) as exc:
            stopped = exc
    if as_json:
        call.terminal.json(_document(run.tally, walk, ended, is_complete=not stopped and not walk.incomplete))
    elif ended:
        call.terminal.say(f"{summary(ended)}.")
    if stopped and run.tally.accepted:
        call.terminal.note(f"Stopped before the end: {run.tally.line()}. {_HOW_TO_GO_ON}")
    if failure := stopped or _failure(walk, ended, is_all_refused=not dry_run and run.tally.is_all_refused):
        raise failure


def _list(call: Invocation, pages: Iterable[str], as_json: bool) -> dict[str, None]:
    for url in pages:
        if not as_json:
            call.terminal.say(url)
    return {}


def _hand_in(run: Ingest, pages: Iterable[str], shown: ProgressLine, *, remember: bool) -> dict[str, None]:
    """Hands the pages in; returns the ids of the jobs that have not come to an end, if they are to be remembered."""
    open_jobs: dict[str, None] = {}
    for outcome in run.handed_in(pages):
        if remember and isinstance(outcome, Accepted) and not outcome.state.is_final:
            open_jobs[outcome.job_id] = None
        shown.update(run.tally.line())
    return open_jobs


def _watch(call: Invocation, open_jobs: dict[str, None], shown: ProgressLine, ended: Counter[JobState]) -> None:
    """Follows the jobs to their ends."""
    for job in follow(call.server, open_jobs, note=shown.note):
        if job.state.is_final:
            ended[job.state] += 1
            if job.state is JobState.FAILED and ended[job.state] <= _FAILURES_SHOWN:
                shown.note(line(job).plain)
        shown.update(f"{summary(ended)}, {len(open_jobs) - ended.total():,} left")


def _document(tally: Tally, walk: Walk, ended: Counter[JobState], *, is_complete: bool) -> dict[str, object]:
    documents = {"read": walk.documents, "unchanged": walk.unchanged, "incomplete": walk.incomplete}
    return {"complete": is_complete, "documents": documents, "pages": tally.as_json(), "ended": dict(ended)}


def _report(tally: Tally, say: Callable[[str], None]) -> None:
    say(f"{tally.line()}.")
    for reason, refusals in tally.refused.items():
        first, *others = refusals.examples
        also = "".join(f"; also {each.blog_url}" for each in others)
        say(f"{refusals.count:,} refused ({reason}), such as {first.blog_url}: {first.detail}{also}")


def _failure(walk: Walk, ended: Counter[JobState], *, is_all_refused: bool) -> CommandFailed | None:
    problems = {
        f"{walk.incomplete} of {walk.documents} documents not read to their end, see above": walk.incomplete,
        "no page was accepted, see above": is_all_refused,
        f"{ended[JobState.FAILED]} failed (`blogqa jobs --state failed` lists them)": ended[JobState.FAILED],
        f"{ended[JobState.CANCELLED]} cancelled": ended[JobState.CANCELLED],
    }
    there = [problem for problem, is_there in problems.items() if is_there]
    return CommandFailed(f"not everything was done: {'; '.join(there)}.") if there else None
