"""MongoDB as this process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from shared.data.database import Database, ping
from shared.errors import DatabaseUnavailable, DatabaseUnsuitable
from shared.models.base import Frozen


@dataclass
class Preparation:
    """Whether the database was found fit to serve: a replica set with its indexes.

    Attributes:
        done: Set once, by the start-up task.
        problem: Why not yet, in a sentence.
    """

    done: bool = False
    problem: str = "the database has not answered yet"


class DatabaseHealth(Frozen):
    """Whether it can be worked with."""

    ok: bool
    detail: str | None = None
    ping_ms: float | None = None


async def database_health(database: Database, preparation: Preparation) -> DatabaseHealth:
    """Asks for a sign of life, once the database was found fit; never raises for want of one."""
    if not preparation.done:
        return DatabaseHealth(ok=False, detail=preparation.problem)
    began = perf_counter()
    try:
        await ping(database)
    except (DatabaseUnavailable, DatabaseUnsuitable) as exc:
        return DatabaseHealth(ok=False, detail=str(exc))
    return DatabaseHealth(ok=True, ping_ms=round((perf_counter() - began) * 1000, 2))
