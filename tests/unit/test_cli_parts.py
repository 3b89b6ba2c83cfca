"""Parts of the command line that need no server."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blogqa_cli.keys import is_loopback
from blogqa_cli.printable import printable
from blogqa_cli.replies import JobState
from blogqa_cli.retry_after import retry_after_s
from blogqa_cli.wording import duration
from shared.models.job_queue import JobStatus

_ANY_TEXT = st.text(st.characters())


@given(_ANY_TEXT)
def test_printable_text_has_nothing_that_steers_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert printable(shown) == shown


@given(_ANY_TEXT, st.integers(1, 20))
def test_printable_text_keeps_its_limit(text: str, limit: int) -> None:
    assert len(printable(text, limit=limit)) <= limit


def test_letters_that_are_spelled_with_joiners_stay_whole() -> None:
    text = "می‌خواهم 👩‍🌾 क्‍ष"
    assert printable(text) == text


def test_states_are_the_queues() -> None:
    assert [state.value for state in JobState] == [state.value for state in JobStatus]
    assert [state.is_final for state in JobState] == [state.is_terminal for state in JobStatus]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", "0.0.0.0", "::", "example.com"])  # noqa: S104
def test_no_other_machine_is_taken_for_this_one(host: str) -> None:
    assert not is_loopback(host)


@given(_ANY_TEXT)
@example("9" * 5_000)
@example("Mon, 31 Dec 9999 23:59:59 -2359")
def test_any_retry_after_is_a_length_of_time(value: str) -> None:
    assert 0 <= retry_after_s(value) < 10**12


@pytest.mark.parametrize(
    ("value", "seconds"), [("30", 30), (" 100000 ", 100_000), ("9" * 400, 1e9), ("-5", 0), ("1e9", 0), ("²", 0)]
)
def test_a_retry_after_in_seconds_is_read(value: str, seconds: float) -> None:
    assert retry_after_s(value) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0 s"), (4.25, "4.2 s"), (90, "1.5 min"), (7_200, "2 hours"), (604_800, "7 days")]
)
def test_a_duration_is_in_its_largest_unit(seconds: float, words: str) -> None:
    assert duration(seconds) == words
