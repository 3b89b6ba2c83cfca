"""How everything is, for the operator: gathered at once, and whatever is away is left out instead of failing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from pydantic import Field

from api_service.core.settings import ApiSettings
from api_service.services.database_health import DatabaseHealth, Preparation, database_health
from api_service.services.vector_search import SearchStatus, VectorSearch
from shared.ai.answering import ModelAnswers
from shared.config import EmbeddingsName, EngineName
from shared.data.database import Database
from shared.data.publisher_repository import PublisherRepository
from shared.data.queue_statistics import queue_stats
from shared.data.server_facts import ServerFacts, server_facts
from shared.data.worker_repository import WorkerRepository
from shared.errors import DatabaseUnavailable, DatabaseUnsuitable, ModelMisconfigured, ModelUnavailable
from shared.models.base import Frozen
from shared.models.job_queue import QueueStats
from shared.models.publisher import PublisherCounts
from shared.models.worker import WorkerStatus
from shared.version import VERSION

T = TypeVar("T")


class DatabaseReport(DatabaseHealth, ServerFacts):
    """MongoDB as this process sees it, and what it says of itself."""


class EngineReport(Frozen):
    """Who writes answers by this process's settings."""

    name: EngineName
    model: str | None = Field(default=None, description="The model's name at the endpoint; null without one.")
    endpoint_ok: bool | None = Field(default=None, description="Whether the endpoint answers; null without one.")
    detail: str | None = Field(default=None, description="What to look at, if there is anything.")


class EmbeddingsReport(Frozen):
    """Who turns text into vectors by this process's settings."""

    name: EmbeddingsName
    model: str


class DiagnosticsReport(Frozen):
    """The whole deployment; null is what the database alone could have said."""

    version: str = VERSION
    database: DatabaseReport
    workers: list[WorkerStatus] | None = Field(description="Workers whose heartbeat is recent.")
    queue: QueueStats | None
    engine: EngineReport
    embeddings: EmbeddingsReport
    search: SearchStatus
    publishers: PublisherCounts | None


class Diagnostics:
    """Asks everything that BlogQA works with.

    Args:
        settings: What this process was told.
        database: What to ask for facts.
        preparation: Whether that database is fit.
        workers: Who shows that it is alive.
        publishers: Whom to count.
        search: Whose status to show.
        embedding_model: Name stored with every vector.
        model: What answers readers; None without a model.
    """

    def __init__(
        self,
        settings: ApiSettings,
        database: Database,
        preparation: Preparation,
        *,
        workers: WorkerRepository,
        publishers: PublisherRepository,
        search: VectorSearch,
        embedding_model: str,
        model: ModelAnswers | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._preparation = preparation
        self._workers = workers
        self._publishers = publishers
        self._search = search
        self._embeddings = EmbeddingsReport(name=settings.embeddings, model=embedding_model)
        self._model = model

    async def gather(self) -> DiagnosticsReport:
        """The report; takes as long as the slowest of those asked, each of whom is given a few seconds."""
        database, workers, queue, publishers, engine = await asyncio.gather(
            self._database_report(),
            _if_there(self._alive()),
            _if_there(queue_stats(self._database)),
            _if_there(self._publishers.counts()),
            self._engine_report(),
        )
        return DiagnosticsReport(
            database=database,
            workers=workers,
            queue=queue,
            engine=engine,
            embeddings=self._embeddings,
            search=self._search.status(),
            publishers=publishers,
        )

    async def _database_report(self) -> DatabaseReport:
        health, facts = await asyncio.gather(
            database_health(self._database, self._preparation), _if_there(server_facts(self._database))
        )
        return DatabaseReport(**health.model_dump(), **(facts or ServerFacts()).model_dump())

    async def _alive(self) -> list[WorkerStatus]:
        recent_s = self._settings.worker_missing_after_s
        return [worker for worker in await self._workers.statuses() if worker.heartbeat_age_s <= recent_s]

    async def _engine_report(self) -> EngineReport:
        name = self._settings.effective_engine
        if self._model is None:
            return EngineReport(name=name)
        ok, detail = True, None
        try:
            if not await self._model.is_listed():
                detail = "the endpoint does not list this model: check BLOGQA_LLM_MODEL, unless it takes any name"
        except (ModelUnavailable, ModelMisconfigured) as exc:
            ok, detail = False, f"{exc}: check OPENAI_BASE_URL and OPENAI_API_KEY"
        return EngineReport(name=name, model=self._settings.llm_model, endpoint_ok=ok, detail=detail)


async def _if_there(part: Awaitable[T]) -> T | None:
    try:
        return await part
    except (DatabaseUnavailable, DatabaseUnsuitable):
        return None
