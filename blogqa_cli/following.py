"""Following jobs to their ends by asking the server again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from blogqa_cli.failure import NotThere, ServerFailed, ServerUnreachable
from blogqa_cli.replies import Job
from blogqa_cli.server import Needs, Server

_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 10.0
_PATIENCE_S: Final = 120.0
_AT_ONCE: Final = 50
"""Jobs that are asked about in one round. The queue does them roughly in the order in which they were handed in."""


def follow(
    server: Server,
    job_ids: Iterable[str],
    *,
    note: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Job]:
    """Yields a job when it is first seen and whenever it has changed, until all have come to an end.

    A server that does not answer for a while (it restarts) is waited for.

    Args:
        server: Whose jobs.
        job_ids: Which; one that is not there any more is left out, with a note.
        note: Told what the person should know.
        sleep: Waits for seconds.
        clock: Seconds of a clock that only goes forward.

    Raises:
        ServerUnreachable: Nobody has answered for two minutes.
        ServerFailed: The server has failed for two minutes.
        KeyRefused: The key is not accepted any more.
    """
    open_jobs: dict[str, Job | None] = dict.fromkeys(job_ids)
    patience = _Patience(note, sleep, clock)
    while open_jobs:
        for job_id in list(open_jobs)[:_AT_ONCE]:
            before = open_jobs[job_id]
            try:
                job = patience.answer(partial(server.get, f"/jobs/status/{job_id}", Job, Needs.EITHER))
            except NotThere:
                note(f"Job {job_id} is not there any more: its page was removed.")
                del open_jobs[job_id]
                continue
            if job.state.is_final:
                del open_jobs[job_id]
            else:
                open_jobs[job_id] = job
            if before is None or _shown(job) != _shown(before):
                yield job
        if open_jobs:
            sleep(_PAUSE_S)


def _shown(job: Job) -> tuple[object, ...]:
    return job.state, job.attempt, job.progress, job.cancel_requested


class _Patience:
    """Waits for a server that does not answer, for a while."""

    def __init__(self, note: Callable[[str], None], sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._note = note
        self._sleep = sleep
        self._clock = clock

    def answer(self, ask: Callable[[], Job]) -> Job:
        """The answer, at once or after a while."""
        since: float | None = None
        pause_s = _PAUSE_S
        while True:
            try:
                job = ask()
            except (ServerUnreachable, ServerFailed) as exc:
                now = self._clock()
                if since is None:
                    since = now
                    self._note(f"{exc} Waiting for it, for up to {_PATIENCE_S:.0f} s.")
                elif now - since >= _PATIENCE_S:
                    raise
                self._sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            else:
                if since is not None:
                    self._note("The server answers again.")
                return job
