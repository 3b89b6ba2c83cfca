"""Following jobs to their ends by asking the server again and again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Final

from blogqa_cli.failure import NotThere
from blogqa_cli.patience import Patience
from blogqa_cli.replies import Job, JobState
from blogqa_cli.server import Needs, Server

_PAUSE_S: Final = 1.0
_AT_ONCE: Final = 50
"""Jobs that are asked about in one round."""

_RUNNING: Final = 30
"""Most of them that are known to run."""

_NEXT: Final = 10
"""Those that were handed in first: the queue does them roughly in that order."""


def follow(
    server: Server,
    job_ids: Iterable[str],
    *,
    note: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Job]:
    """Yields a job when it is first seen and whenever it has changed, until all have come to an end.

    A server that does not answer for a while (it restarts) is waited for as ``Patience`` does.

    Args:
        server: Whose jobs.
        job_ids: Which; one that is not there any more is left out, with a note.
        note: Told what the person should know.
        sleep: Waits for seconds.
        clock: Seconds of a clock that only goes forward.

    Raises:
        ServerUnreachable, ServerFailed: The waiting was in vain.
        KeyRefused: The key is not accepted any more.
    """
    open_jobs: dict[str, tuple[object, ...] | None] = dict.fromkeys(job_ids)
    running: dict[str, None] = {}
    turns = deque(open_jobs)
    patience = Patience(note, sleep, clock, reached=True)  # It has taken the jobs.
    while open_jobs:
        for job_id in _round(open_jobs, running, turns):
            before = open_jobs[job_id]
            running.pop(job_id, None)
            try:
                job = patience.answer(partial(server.get, f"/jobs/status/{job_id}", Job, Needs.EITHER))
            except NotThere:
                note(f"Job {job_id} is not there any more: its page was removed.")
                del open_jobs[job_id]
                continue
            if job.state.is_final:
                del open_jobs[job_id]
            else:
                open_jobs[job_id] = _shown(job)
                if job.state is JobState.PROCESSING:
                    running[job_id] = None  # Behind the others that run.
            if _shown(job) != before:
                yield job
        if open_jobs:
            sleep(_PAUSE_S)


def _round(open_jobs: Mapping[str, object], running: Mapping[str, object], turns: deque[str]) -> list[str]:
    """Whom to ask now: jobs that run, the next in line, and of all others as many as there is room for, in turn."""
    asked = dict.fromkeys(islice(running, _RUNNING))
    asked |= dict.fromkeys(islice((job_id for job_id in open_jobs if job_id not in running), _NEXT))
    for _ in range(len(turns)):
        if len(asked) == _AT_ONCE:
            break
        job_id = turns.popleft()
        if job_id in open_jobs:
            asked[job_id] = None
            turns.append(job_id)
    return list(asked)


def _shown(job: Job) -> tuple[object, ...]:
    return job.state, job.attempt, job.progress, job.cancel_requested
