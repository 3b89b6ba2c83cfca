"""Entry point of the worker service: ``python -m worker_service.run_worker``."""

from __future__ import annotations

import os
import signal

if __name__ == "__main__":
    # PID 1 of a container has no default actions (signal(7)): until the worker listens, and holds nothing, SIGTERM
    # would be lost, and importing takes a second.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

import asyncio
import sys
from contextlib import AsyncExitStack
from functools import partial

from pydantic import ValidationError

from shared.ai.embeddings import Embedder, open_embedder
from shared.ai.engine import Engine
from shared.ai.extractive import ExtractiveEngine
from shared.ai.generation import OpenAIEngine
from shared.ai.llm import open_client
from shared.config import EngineName, explain_settings_error
from shared.data.database import open_database
from shared.data.job_repository import JobRepository
from shared.data.job_wakeup import queued_jobs
from shared.data.publisher_repository import PublisherRepository
from shared.data.schema import prepare_when_possible
from shared.data.usage_repository import UsageRepository
from shared.data.worker_repository import WorkerRepository
from shared.errors import PermanentError
from shared.log import configure_logging, get_logger
from shared.metrics import ModelMetrics
from shared.models.job_queue import RetryPolicy
from shared.models.usage import Purpose
from worker_service.core.metrics import WorkerMetrics
from worker_service.core.monitoring import monitored
from worker_service.core.settings import WorkerSettings
from worker_service.data.embedding_repository import EmbeddingRepository
from worker_service.data.publishing_repository import PublishingRepository
from worker_service.services.crawler import Crawler, CrawlerSettings
from worker_service.services.pipeline import Pipeline
from worker_service.services.reembedding import Reembedding
from worker_service.worker import Worker, WorkerOptions

logger = get_logger(__name__)

_NICENESS = 5  # On a shared machine the API and the database come first.


async def build_worker(settings: WorkerSettings, stack: AsyncExitStack) -> Worker:
    """Opens what the worker needs, on ``stack``, and wires it."""
    metrics = WorkerMetrics()
    liveness = await stack.enter_async_context(monitored(metrics, settings.metrics_host, settings.metrics_port))
    url = settings.mongodb_url.get_secret_value()
    database = await stack.enter_async_context(open_database(url, settings.mongodb_database, app_name="blogqa-worker"))
    jobs = JobRepository(database, lease_s=settings.lease_s, retention_s=settings.retention_s)
    engine, embedder = await _open_models(settings, stack, metrics.models)
    crawler = await stack.enter_async_context(Crawler(_crawler_settings(settings)))
    pipeline = Pipeline(
        publishers=PublisherRepository(database),
        publishing=PublishingRepository(database, jobs),
        crawler=crawler,
        engine=engine,
        embedder=embedder,
        usage=UsageRepository(database, prices=settings.prices),
        reembedding=Reembedding(
            EmbeddingRepository(database, model=embedder.model), embedder, retry_base_s=settings.retry_base_s
        ),
        extract_timeout_s=settings.extract_timeout_s,
        metrics=metrics,
    )
    await prepare_when_possible(database)
    liveness.worker = worker = Worker(
        jobs=jobs,
        workers=WorkerRepository(database),
        handler=pipeline,
        queued=partial(queued_jobs, database),
        options=WorkerOptions(
            name=settings.worker_name,
            engine=engine.name,
            slots=settings.worker_slots,
            poll_s=settings.poll_s,
            lease_s=settings.lease_s,
            heartbeat_s=settings.heartbeat_s,
            rescue_s=settings.rescue_s,
            grace_s=settings.grace_s,
            retry=RetryPolicy(base_s=settings.retry_base_s),
        ),
        metrics=metrics,
    )
    return worker


async def _open_models(
    settings: WorkerSettings, stack: AsyncExitStack, models: ModelMetrics
) -> tuple[Engine, Embedder]:
    embedder = await open_embedder(settings, stack, models)
    if settings.effective_engine is EngineName.OPENAI:
        client = await stack.enter_async_context(open_client(settings))
        calls = models.calls(Purpose.DRAFT, settings.llm_model)
        return OpenAIEngine(client, settings.llm_model, settings.llm_context_tokens, calls), embedder
    if settings.engine is EngineName.AUTO:
        logger.warning(
            "engine_extractive",
            reason="neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: questions are taken from the text itself",
        )
    return ExtractiveEngine(embedder), embedder


def _crawler_settings(settings: WorkerSettings) -> CrawlerSettings:
    return CrawlerSettings(
        user_agent=settings.user_agent,
        max_bytes=settings.max_page_bytes,
        per_host_delay_s=settings.crawl_delay_s,
        allowed_private_hosts=settings.allowed_private_hosts,
    )


async def run(settings: WorkerSettings) -> None:
    """Runs one worker until SIGTERM or SIGINT; the second signal gives running jobs back at once."""
    async with AsyncExitStack() as stack:
        worker = await build_worker(settings, stack)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.request_stop)
        await worker.run()


def main() -> None:
    """Reads the settings, sets up logging and works until told to stop."""
    try:
        settings = WorkerSettings()
    except ValidationError as exc:
        sys.exit(explain_settings_error(exc))
    configure_logging(log_format=settings.log_format, level=settings.log_level, service="worker")
    os.nice(_NICENESS)
    try:
        asyncio.run(run(settings))
    except KeyboardInterrupt:
        sys.exit(130)
    except PermanentError as exc:
        sys.exit(f"The worker cannot start: {exc}")


if __name__ == "__main__":
    main()
