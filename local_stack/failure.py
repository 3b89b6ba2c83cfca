"""The one error of the local stack."""

from __future__ import annotations


class StackFailed(Exception):
    """Something that the person at the terminal has to know; ``str(error)`` is a sentence that says what to do."""
