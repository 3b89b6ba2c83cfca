from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ModelUnavailable, NotAnArticle, PageUnavailable
from shared.models.job_queue import RetryPolicy

POLICY = RetryPolicy(base_s=5, cap_s=60, retry_after_cap_s=600)


@given(attempt=st.integers(1, 2), fraction=st.floats(0, 1, exclude_max=True))
def test_waits_are_spread_over_a_doubling_capped_range(attempt: int, fraction: float) -> None:
    delay = POLICY.delay_s(PageUnavailable("x"), attempt=attempt, max_attempts=3, fraction=fraction)
    assert delay is not None
    assert 0 <= delay <= min(60, 5 * 2 ** (attempt - 1))


def test_the_cap_holds_for_many_attempts() -> None:
    assert POLICY.delay_s(PageUnavailable("x"), attempt=20, max_attempts=99, fraction=0.5) == 30


@pytest.mark.parametrize(("asked", "expected"), [(90, 90), (1, 4), (10_000, 600)])
def test_retry_after_is_honoured_within_its_bound(asked: float, expected: float) -> None:
    error = ModelUnavailable("busy", retry_after_s=asked)
    assert POLICY.delay_s(error, attempt=1, max_attempts=3, fraction=0.8) == expected


def test_permanent_errors_and_spent_attempts_are_final() -> None:
    assert POLICY.delay_s(NotAnArticle("x"), attempt=1, max_attempts=3, fraction=0.5) is None
    assert POLICY.delay_s(PageUnavailable("x"), attempt=3, max_attempts=3, fraction=0.5) is None


def test_bugs_are_tried_again() -> None:
    assert POLICY.delay_s(KeyError("x"), attempt=1, max_attempts=3, fraction=0.5) == 2.5
