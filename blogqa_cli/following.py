"""Following jobs to their ends by asking the server again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from blogqa_cli.failure import NotThere
from blogqa_cli.patience import Patience
from blogqa_cli.replies import Job
from blogqa_cli.server import Needs, Server

_PAUSE_S: Final = 1.0
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
    patience = Patience(note, sleep, clock)
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
