"""Whom a command that follows many jobs asks about, and how often."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

import pytest

from blogqa_cli.following import follow
from blogqa_cli.keys import Keys
from blogqa_cli.replies import JobState, Reply
from blogqa_cli.server import Needs, Server

_AT_ONCE = 50
_JOBS = [f"{number:024x}" for number in range(2_000)]

R = TypeVar("R", bound=Reply)


class Over(Exception):
    """Enough rounds were seen."""


class ManyJobs(Server):
    """Answers as many jobs would, without a network; ``rounds`` is what was asked in each."""

    def __init__(self, *, running: Iterable[str] = ()) -> None:
        super().__init__("http://127.0.0.1:1", Keys())
        self.states = dict.fromkeys(_JOBS, JobState.QUEUED) | dict.fromkeys(running, JobState.PROCESSING)
        self.rounds: list[list[str]] = [[]]

    def get(self, path: str, reply: type[R], needs: Needs, *, params: object = None) -> R:
        job_id = path.rpartition("/")[2]
        self.rounds[-1].append(job_id)
        job: dict[str, object] = {"job_id": job_id, "state": self.states[job_id], "attempt": 1, "max_attempts": 3}
        job |= {"blog_url": "", "cancel_requested": False, "errors": (), "progress": None, "result": None}
        job |= dict.fromkeys(("created_at", "run_at", "updated_at", "finished_at"), datetime.now(UTC))
        return reply.model_validate(job)

    def follow_for(self, rounds: int) -> list[str]:
        """Follows the jobs for so many rounds at most; those that were shown to have ended."""

        def sleep(_: float) -> None:
            if len(self.rounds) == rounds:
                raise Over
            self.rounds.append([])

        ended: list[str] = []
        with self, suppress(Over):
            for job in follow(self, _JOBS, note=pytest.fail, sleep=sleep):
                if job.state.is_final:
                    ended.append(job.job_id)
        return ended


@pytest.mark.parametrize("running", [0, 1, 30, 49, 50, 51, 500, 2_000])
def test_a_round_asks_about_fifty_jobs_and_about_none_of_them_twice(running: int) -> None:
    server = ManyJobs(running=_JOBS[-running:] if running else ())
    server.follow_for(200)
    assert {len(asked) for asked in server.rounds} == {_AT_ONCE}
    assert {len(set(asked)) for asked in server.rounds} == {_AT_ONCE}


@pytest.mark.parametrize("running", [0, 4, 400, 2_000])
def test_every_job_has_its_turn_again_and_again(running: int) -> None:
    server = ManyJobs(running=_JOBS[:running])
    server.follow_for(1_000)
    laps = [{job_id for asked in server.rounds[at : at + 200] for job_id in asked} for at in range(0, 1_000, 200)]
    assert [len(lap) for lap in laps] == [len(_JOBS)] * 5


def test_jobs_that_are_known_to_run_are_asked_about_first_and_in_every_round() -> None:
    running = set(_JOBS[700:720])
    server = ManyJobs(running=running)
    server.follow_for(150)
    assert all(set(asked[: len(running)]) == running for asked in server.rounds[50:])


def test_more_that_run_than_a_round_asks_about_take_turns() -> None:
    running = set(_JOBS[700:760])
    server = ManyJobs(running=running)
    server.follow_for(200)
    assert all(running <= set(first) | set(second) for first, second in pairwise(server.rounds[100:]))


def test_the_next_in_line_are_asked_about_in_every_round() -> None:
    server = ManyJobs(running=_JOBS[100:900])
    server.follow_for(100)
    assert all(set(_JOBS[:5]) <= set(asked) for asked in server.rounds)


def test_ends_far_behind_are_shown_and_all_come_to_an_end() -> None:
    server = ManyJobs()
    server.states[_JOBS[-1]] = JobState.COMPLETED
    assert server.follow_for(60) == [_JOBS[-1]]
    server = ManyJobs()
    server.states = dict.fromkeys(_JOBS, JobState.COMPLETED)
    assert sorted(server.follow_for(1_000)) == _JOBS
    assert len(server.rounds) == len(_JOBS) / _AT_ONCE
