"""Text from elsewhere, made harmless for a terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

_JOINERS: Final = "\u200c\u200d"
"""Invisible, but Persian, Indian scripts and emoji are spelled with them."""


def printable(text: str, *, limit: int | None = None) -> str:
    """The text on one line, without what steers a terminal or turns the order of what is read.

    Control characters (C0 and C1: every escape sequence begins with one), format characters (bidi overrides, invisible
    tags) and lone surrogates are dropped; every white space is a space. See Unicode Technical Report 36, section 3.

    Args:
        text: From a server, a page, a reader or a model.
        limit: Most characters to keep; what is cut is marked with "…".
    """
    shown = "".join(map(_shown, text))
    return shown if limit is None or len(shown) <= limit else f"{shown[: limit - 1]}…"


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in _JOINERS else char
