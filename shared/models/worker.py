"""A worker process as others see it."""

from __future__ import annotations

from pydantic import Field

from shared.models.base import Frozen


class WorkerBeat(Frozen):
    """What a worker says of itself with every heartbeat."""

    name: str
    engine: str
    slots: int = Field(description="Jobs that it runs at once.")
    running: int = Field(description="Jobs that it runs now.")


class WorkerStatus(WorkerBeat):
    """A worker as ``/health`` shows it."""

    heartbeat_age_s: float
