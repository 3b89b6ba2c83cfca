"""What all value models have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of all value models: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
