"""Masking what identifies a person before a reader's words are stored."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.\w+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
# Runs of digits as phone, card and account numbers are written; years, prices and measures are shorter.
_NUMBER = re.compile(r"(?<!\d)(?!\d{4}-\d\d-\d\d(?!\d))\+?\(?\d(?:[\s().\u2010-\u2015/-]{0,3}\d){6,}")
_SPELLED_EMAIL = re.compile(r"[^\s@]{1,64}\s[\[(]?at[\])]?\s\S{1,64}\s[\[(]?dot[\])]?\s\w+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_LOGIN = re.compile(r"(?<=://)[^\s/@]+@")


def masked(text: str) -> str:
    """The text with e-mail addresses, handles, account, card and phone numbers replaced by ``[…]``."""
    for pattern in (_LOGIN, _EMAIL, _SPELLED_EMAIL, _IBAN, _NUMBER, _HANDLE):
        text = pattern.sub("[…]", text)
    return text
