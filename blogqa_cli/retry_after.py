"""``Retry-After``: how long a server or a site asks to be left alone (RFC 9110, 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_RETRY_AFTER_S: Final = 600.0
"""Longest wait that is waited out, seconds; beyond it the operator is told to come back."""

_LONGEST_S: Final = 1e9
"""Whatever is longer is as good as this."""


def retry_after_s(value: str) -> float:
    """The wait that is asked for, seconds: from a number of them or a date; 0 if it is neither, or over."""
    value = value.strip()
    if re.fullmatch(r"[0-9]+", value):
        return min(float(value), _LONGEST_S)
    try:
        when = parsedate_to_datetime(value)
        return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return 0.0
