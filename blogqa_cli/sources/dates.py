"""The dates in sitemaps and feeds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_DATE_LENGTH = 64

_DAY_OR_MORE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", re.ASCII)


def changed_by(text: str) -> datetime | None:
    """Latest moment that a date can mean: W3C date and time (sitemaps, Atom) or RFC 822 (RSS); None if it is neither.

    A year, month or day without a time stands for its last moment, so that nothing that may have changed since some
    moment counts as older. Without a zone it is UTC.
    """
    text = text.strip()
    if len(text) > MAX_DATE_LENGTH:
        return None
    try:
        if match := _DAY_OR_MORE.fullmatch(text):
            year, month, day = match.groups()
            return _last_moment(int(year), int(month) if month else None, int(day) if day else None)
        moment = datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _last_moment(year: int, month: int | None, day: int | None) -> datetime:
    first = datetime(year, month or 1, day or 1, tzinfo=UTC)
    if day:
        following = first + timedelta(days=1)
    elif month:
        following = (first + timedelta(days=31)).replace(day=1)
    else:
        following = first.replace(year=first.year + 1)
    return following - timedelta(microseconds=1)
