"""``/health``: for load balancers, operators and the start script. Outside ``/api/v1`` and without keys."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api_service.core.state import ServicesDep
from api_service.services.database_health import DatabaseHealth, database_health
from api_service.services.vector_search import SearchStatus
from shared.config import EngineName
from shared.data.queue_statistics import queue_pulse
from shared.errors import DatabaseUnavailable
from shared.models.job_queue import QueuePulse
from shared.models.worker import Worker

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether requests can be served."""

    status: Literal["ok", "not_ready"]
    detail: str | None = None


class WorkerHealth(Worker):
    """A worker as anybody may see it."""

    heartbeat_age_s: float


class Health(BaseModel):
    """The whole service at a glance."""

    status: Literal["ok", "degraded", "down"] = Field(
        description="`degraded`: reads work, but no worker is alive or nothing can be searched. "
        "`down`: the database does not answer."
    )
    database: DatabaseHealth
    workers: list[WorkerHealth] = Field(description="Workers whose heartbeat is recent.")
    worker_heartbeat_age_s: float | None = Field(description="Age of the most recent heartbeat, null without any.")
    queue: QueuePulse | None
    engine: EngineName = Field(description="Engine by this process's settings; each worker names its own.")
    search: SearchStatus


@router.get("/live")
async def live() -> Live:
    """Answers as long as the process runs; asks nobody else."""
    return Live()


@router.get("/ready")
async def ready(services: ServicesDep, response: Response) -> Ready:
    """200 when requests can be served, else 503 with the reason."""
    database = await database_health(services.database, services.preparation)
    if database.ok:
        return Ready(status="ok")
    response.status_code = 503
    return Ready(status="not_ready", detail=database.detail)


@router.get("")
async def health(services: ServicesDep, response: Response) -> Health:
    """Database, workers, queue, engine and search. 503 only when the database does not answer."""
    engine = services.settings.effective_engine
    search = services.search.status()
    database = await database_health(services.database, services.preparation)
    if database.ok:
        try:
            statuses = await services.workers.statuses()
            pulse = await queue_pulse(services.database)
        except DatabaseUnavailable as exc:
            database = DatabaseHealth(ok=False, detail=str(exc))
    if not database.ok:
        response.status_code = 503
        return Health(
            status="down",
            database=database,
            workers=[],
            worker_heartbeat_age_s=None,
            queue=None,
            engine=engine,
            search=search,
        )
    alive = [each for each in statuses if each.heartbeat_age_s <= services.settings.worker_missing_after_s]
    return Health(
        status="ok" if alive and search.problem is None else "degraded",
        database=database,
        workers=[WorkerHealth(**each.model_dump(exclude={"version"})) for each in alive],
        worker_heartbeat_age_s=statuses[0].heartbeat_age_s if statuses else None,
        queue=pulse,
        engine=engine,
        search=search,
    )
