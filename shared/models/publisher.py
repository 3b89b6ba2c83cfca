"""A tenant."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from shared.models.base import Frozen


class Publisher(Frozen):
    """Somebody whose blogs BlogQA serves."""

    id: str
    name: str
    domains: tuple[str, ...]
    disabled: bool = False
    created_at: AwareDatetime
    key_ends: tuple[AwareDatetime | None, ...] = Field(
        description="When each of the keys that work now ends, the newest key first; null: when it is rotated."
    )


class PublisherCounts(Frozen):
    """How many there are."""

    active: int
    disabled: int
