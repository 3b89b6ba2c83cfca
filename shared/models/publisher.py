"""A tenant."""

from __future__ import annotations

from pydantic import AwareDatetime

from shared.models.base import Frozen


class Publisher(Frozen):
    """Somebody whose blogs BlogQA serves."""

    id: str
    name: str
    domains: tuple[str, ...]
    disabled: bool = False
    created_at: AwareDatetime
