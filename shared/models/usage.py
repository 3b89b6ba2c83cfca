"""What models were used for and what it cost."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from shared.models.base import Frozen


class Usage(Frozen):
    """Tokens that calls were billed for."""

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.prompt_tokens + self.completion_tokens


class Purpose(StrEnum):
    """What a model was called for."""

    ASK = "ask"
    DRAFT = "draft"


class Prices(Frozen):
    """What the endpoint charges, US dollars for a million tokens; zero where it is free or nobody has said."""

    prompt: float = Field(default=0.0, ge=0)
    completion: float = Field(default=0.0, ge=0)

    def cost(self, usage: Usage) -> float:
        """US dollars."""
        return (usage.prompt_tokens * self.prompt + usage.completion_tokens * self.completion) / 1_000_000


class PurposeUsage(Usage):
    """One purpose's calls of one day."""

    calls: int = 0
    cost_usd: float = 0.0


class DailyUsage(Frozen):
    """What a publisher used on one day."""

    day: date = Field(description="In UTC.")
    ask: PurposeUsage = PurposeUsage()
    draft: PurposeUsage = PurposeUsage()
