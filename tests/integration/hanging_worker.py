"""The real worker process, except that it hangs when its job enters the step named on the command line.

Hanging is all that is added: it holds the process at a point where a test can kill it. In ``publish`` it hangs inside
the open transaction, after the job was marked as completed in it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from shared.data.job_repository import JobRepository
from shared.models.job_queue import ProcessingJob, Step
from worker_service.run_worker import main
from worker_service.worker import Attempt

_enter = Attempt.enter
_complete = JobRepository.complete


async def _hang() -> None:
    print("hanging", flush=True)  # noqa: T201 - what the test waits for
    await asyncio.Event().wait()


async def _entering(self: Attempt, step: Step) -> None:
    await _enter(self, step)
    if step == sys.argv[1] != Step.PUBLISH:
        await _hang()


async def _completing(*args: Any, **kwargs: Any) -> ProcessingJob:
    job = await _complete(*args, **kwargs)
    if sys.argv[1] == Step.PUBLISH:
        await _hang()
    return job


if __name__ == "__main__":
    Attempt.enter = _entering  # type: ignore[method-assign]
    JobRepository.complete = _completing  # type: ignore[method-assign]
    main()
