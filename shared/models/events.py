"""What the widget tells of readers: that something happened, never to whom."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from shared.models.base import Frozen


class EventType(StrEnum):
    """What happened."""

    IMPRESSION = "impression"
    OPEN = "open"
    ASK = "ask"
    CITATION = "citation"
    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"


class Event(Frozen):
    """Something that happened once."""

    type: EventType = Field(description="`impression`: half of a card was seen for a second.")
    question_id: str | None = Field(
        default=None, min_length=1, max_length=64, description="With which question, if any."
    )


class QuestionCounts(Frozen):
    """How often what happened with a question."""

    question_id: str | None = Field(description="None for what concerns no question.")
    counts: dict[EventType, int]
