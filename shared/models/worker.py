"""A worker process as others see it."""

from __future__ import annotations

from pydantic import Field

from shared.models.base import Frozen
from shared.version import VERSION


class Worker(Frozen):
    """What a worker is and does."""

    name: str
    engine: str
    slots: int = Field(description="Jobs that it runs at once.")
    running: int = Field(description="Jobs that it runs now.")


class WorkerBeat(Worker):
    """What a worker says of itself with every heartbeat."""

    version: str = VERSION


class WorkerStatus(Worker):
    """A worker as the operator sees it."""

    version: str | None = Field(description="Null: it is older than this field.")
    heartbeat_age_s: float
