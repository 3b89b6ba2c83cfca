"""How long a server is waited for, and what the person is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from blogqa_cli.failure import CommandFailed, KeyRefused, ServerFailed, ServerUnreachable
from blogqa_cli.following import follow
from blogqa_cli.keys import Keys
from blogqa_cli.patience import Patience
from blogqa_cli.retry_after import MAX_RETRY_AFTER_S
from blogqa_cli.server import Server
from local_stack.ports import free_port

_AWAY = ServerUnreachable("away.")
_BUSY = ServerFailed("busy.")


class Waiting:
    """A patience whose time goes by only while it sleeps."""

    def __init__(self, *, reached: bool = True) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        self.notes: list[str] = []
        self.patience = Patience(self.notes.append, self.sleep, lambda: self.now, reached=reached)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def answer(self, *failures: CommandFailed) -> str:
        """Asks a server that fails so often, then answers."""
        remaining = list(failures)

        def ask() -> str:
            if remaining:
                raise remaining.pop(0)
            return "answer"

        return self.patience.answer(ask)


def always(failure: CommandFailed) -> Callable[[], None]:
    def ask() -> None:
        raise failure

    return ask


def asks_for(seconds: float) -> ServerFailed:
    return ServerFailed("busy.", retry_after_s=seconds)


def test_an_answer_needs_no_patience() -> None:
    waiting = Waiting()
    assert (waiting.answer(), waiting.slept, waiting.notes) == ("answer", [], [])


def test_it_is_asked_again_ever_more_slowly_and_said_once() -> None:
    waiting = Waiting()
    assert waiting.answer(_AWAY, _BUSY, _AWAY, _AWAY, _AWAY, _AWAY) == "answer"
    assert waiting.slept == [1, 2, 4, 8, 10, 10]
    assert waiting.notes == ["away. Waiting for it, for up to 120 s.", "The server answers again."]


@pytest.mark.parametrize("failure", [_AWAY, _BUSY, asks_for(1)])
def test_after_two_minutes_it_is_given_up(failure: CommandFailed) -> None:
    waiting = Waiting()
    with pytest.raises(type(failure)):
        waiting.patience.answer(always(failure))
    assert 120 <= sum(waiting.slept) < 130
    assert len(waiting.notes) == 1


def test_a_time_that_the_server_names_is_waited_and_said() -> None:
    waiting = Waiting()
    assert waiting.answer(asks_for(300), _BUSY, asks_for(MAX_RETRY_AFTER_S), asks_for(3)) == "answer"
    assert waiting.slept == [300, 2, MAX_RETRY_AFTER_S, 8]
    assert waiting.notes == [
        "busy. Waiting for it, 300 s as it asks.",
        "busy. Waiting for it, 600 s as it asks.",
        "The server answers again.",
    ]


def test_times_that_the_server_names_come_on_top_and_still_end() -> None:
    waiting = Waiting()
    with pytest.raises(ServerFailed):
        waiting.patience.answer(always(asks_for(60)))
    patient = Waiting()
    with pytest.raises(ServerFailed):
        patient.patience.answer(always(_BUSY))
    assert waiting.slept == [60] * len(patient.slept)


def test_a_server_that_asks_for_too_long_is_not_waited_for() -> None:
    waiting = Waiting()
    with pytest.raises(ServerFailed):
        waiting.answer(asks_for(MAX_RETRY_AFTER_S + 1))
    assert waiting.slept == []


def test_a_server_that_was_never_reached_is_not_waited_for() -> None:
    waiting = Waiting(reached=False)
    with pytest.raises(ServerUnreachable):
        waiting.answer(_AWAY)
    assert (waiting.slept, waiting.notes) == ([], [])
    assert waiting.answer(_BUSY, _AWAY) == "answer", "what fails is there"


def test_a_server_that_has_answered_once_was_reached() -> None:
    waiting = Waiting(reached=False)
    waiting.answer()
    assert waiting.answer(_AWAY) == "answer"


def test_what_waiting_does_not_mend_is_not_waited_for() -> None:
    waiting = Waiting()
    with pytest.raises(KeyRefused):
        waiting.answer(KeyRefused("no."))
    assert waiting.slept == []


def test_jobs_are_followed_with_that_patience() -> None:
    waiting = Waiting()
    with (
        Server(f"http://127.0.0.1:{free_port()}", Keys(operator="adm_x")) as server,
        pytest.raises(ServerUnreachable, match="cannot be reached"),
    ):
        list(follow(server, ["0" * 24], note=waiting.notes.append, sleep=waiting.sleep, clock=lambda: waiting.now))
    assert 120 <= sum(waiting.slept) < 130
    assert len(waiting.notes) == 1
