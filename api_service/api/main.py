"""The application: routers, middleware, and what lives as long as it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from api_service.api.demo import demo_blog, example_pages
from api_service.api.middleware import BodyLimit, RequestContext
from api_service.api.routers import (
    diagnostics_router,
    events_router,
    health_router,
    jobs_router,
    metrics_router,
    publishers_router,
    qa_router,
    questions_router,
    search_router,
    widget_router,
)
from api_service.core.metrics import ApiMetrics
from api_service.core.problems import install_problem_handlers
from api_service.core.settings import ApiSettings, Environment, SearchName
from api_service.core.state import LifespanState, Services
from api_service.data.blog_repository import BlogRepository
from api_service.data.passage_repository import PassageRepository
from api_service.data.published_changes import published_changes
from api_service.data.question_repository import QuestionRepository
from api_service.data.vector_index import VectorIndexRepository
from api_service.data.vector_repository import VectorRepository
from api_service.services.afterwards import Afterwards
from api_service.services.asking import Asking
from api_service.services.database_health import Preparation
from api_service.services.diagnostics import Diagnostics
from api_service.services.hot_blogs import HotBlogs
from api_service.services.inquiries import Inquiries
from api_service.services.intake import Intake
from api_service.services.known_answers import KnownAnswers
from api_service.services.memory_search import MemorySearch
from api_service.services.model_slots import ModelSlots
from api_service.services.mongodb_search import MongoSearch
from api_service.services.publisher_directory import PublisherDirectory
from api_service.services.readiness import Readiness
from api_service.services.related import RelatedArticles
from api_service.services.retrieval import PassageRetrieval
from api_service.services.scraped_state import ScrapedState
from api_service.services.vector_search import VectorSearch
from api_service.services.widget_files import load_widget
from api_service.services.writing import Writer
from shared.ai.answering import ModelAnswers, open_answers
from shared.ai.embeddings import Embedder, open_embedder
from shared.cancellation import cancel
from shared.data.asked_repository import AskedRepository
from shared.data.database import Database, open_database
from shared.data.event_repository import EventRepository
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository
from shared.data.schema import prepare_when_possible
from shared.data.usage_repository import UsageRepository
from shared.data.worker_repository import WorkerRepository
from shared.errors import BlogQAError, DatabaseUnsuitable
from shared.log import get_logger
from shared.version import VERSION

logger = get_logger(__name__)

_PREPARE_AGAIN_S = 10.0
_PREPARE_SEARCH_RETRY_S = 10.0
_REOPEN_S = 5.0
_SLOT_WAIT_S = 5.0
_PREFLIGHT_S = 7_200
"""Longest that browsers remember a preflight (Chromium's limit)."""

_WIDGET = Path(__file__).resolve().parent.parent.parent / "ui-js"


def create_app(settings: ApiSettings) -> FastAPI:
    """Builds the application; connections open when it starts and close when it stops."""
    metrics = ApiMetrics()
    app = FastAPI(
        title="BlogQA",
        summary="Questions that an article answers, with their sources.",
        version=VERSION,
        lifespan=_lifespan(settings, metrics),
        redirect_slashes=False,
    )
    install_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestContext, metrics=metrics.requests)
    # A preflight names no key, so any page may ask; whether it may use its key is decided where the key is read.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["X-API-Key", "X-Request-ID", "If-None-Match"],
        expose_headers=["X-Request-ID", "Retry-After", "ETag"],
        max_age=_PREFLIGHT_S,
    )
    api = APIRouter(prefix="/api/v1")
    api.include_router(questions_router.router)
    api.include_router(search_router.router)
    api.include_router(qa_router.router)
    api.include_router(jobs_router.router)
    api.include_router(events_router.router)
    api.include_router(publishers_router.router)
    api.include_router(diagnostics_router.router)
    app.include_router(api)
    examples = _WIDGET / "examples"
    if settings.environment is Environment.DEVELOPMENT and settings.demo_key and examples.is_dir():
        app.mount("/widget/examples", example_pages(examples, settings.demo_key), name="examples")
    app.include_router(widget_router.router)
    app.include_router(health_router.router)
    app.include_router(metrics_router.router)
    if settings.environment is Environment.DEVELOPMENT:
        app.mount("/demo", demo_blog(settings.demo_key), name="demo")
    return app


def build_services(
    settings: ApiSettings, database: Database, embedder: Embedder, model: ModelAnswers | None, metrics: ApiMetrics
) -> Services:
    """Wires the services; opens nothing."""
    vectors = VectorRepository(database, model=embedder.model)
    search: VectorSearch
    if settings.search is SearchName.MONGODB:
        search = MongoSearch(VectorIndexRepository(database, model=embedder.model, dimensions=embedder.dimensions))
    else:
        search = MemorySearch(vectors, max_bytes=settings.search_bytes)
    publishers = PublisherRepository(database)
    usage = UsageRepository(database, prices=settings.prices)
    jobs = JobRepository(database, retention_s=settings.retention_s)
    questions = QuestionRepository(database)
    hot_blogs = HotBlogs(questions, max_bytes=settings.hot_bytes)
    intake = Intake(jobs, fresh_for_s=settings.fresh_for_s)
    preparation, workers = Preparation(), WorkerRepository(database)
    related = RelatedArticles(vectors, search, embedder)
    scraped_state = ScrapedState(
        database=database,
        workers=workers,
        is_prepared=lambda: preparation.done,
        hot_blogs=hot_blogs,
        search=search,
        missing_after_s=settings.worker_missing_after_s,
    )
    metrics.registry.register(scraped_state)
    return Services(
        settings=settings,
        database=database,
        preparation=preparation,
        publishers=publishers,
        directory=PublisherDirectory(publishers),
        jobs=jobs,
        workers=workers,
        questions=questions,
        hot_blogs=hot_blogs,
        intake=intake,
        readiness=Readiness(hot_blogs, jobs, intake, failed_for_s=settings.failed_for_s),
        search=search,
        related=related,
        asking=_asking(
            settings, database, embedder, model, metrics, jobs=jobs, search=search, related=related, usage=usage
        ),
        events=EventRepository(database),
        usage=usage,
        widget=load_widget(_WIDGET),
        diagnostics=Diagnostics(
            settings,
            database,
            preparation,
            workers=workers,
            publishers=publishers,
            search=search,
            embedding_model=embedder.model,
            model=model,
        ),
        metrics=metrics,
        scraped_state=scraped_state,
    )


def _asking(
    settings: ApiSettings,
    database: Database,
    embedder: Embedder,
    model: ModelAnswers | None,
    metrics: ApiMetrics,
    *,
    jobs: JobRepository,
    search: VectorSearch,
    related: RelatedArticles,
    usage: UsageRepository,
) -> Asking:
    blogs, afterwards = BlogRepository(database), Afterwards()
    writer = _writer(settings, usage, embedder, model, afterwards) if model else None
    return Asking(
        inquiries=Inquiries(blogs, jobs, embedder),
        known=KnownAnswers(
            QuestionRepository(database),
            VectorRepository(database, model=embedder.model),
            search,
            AskedRepository(database),
            blogs,
            model=embedder.model,
            version=writer.version if writer else None,
        ),
        retrieval=PassageRetrieval(
            PassageRepository(database, model=embedder.model), blogs, search, model=embedder.model
        ),
        related=related,
        writer=writer,
        afterwards=afterwards,
        metrics=metrics.asks,
    )


def _writer(
    settings: ApiSettings, usage: UsageRepository, embedder: Embedder, model: ModelAnswers, afterwards: Afterwards
) -> Writer:
    slots = ModelSlots(
        total=settings.ask_concurrency, per_publisher=settings.ask_concurrency_per_publisher, wait_s=_SLOT_WAIT_S
    )
    return Writer(
        model,
        embedder,
        slots,
        usage,
        afterwards,
        tokens_per_day=settings.ask_tokens_per_day,
        timeout_s=settings.ask_timeout_s,
    )


def _lifespan(
    settings: ApiSettings, metrics: ApiMetrics
) -> Callable[[FastAPI], AbstractAsyncContextManager[LifespanState]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[LifespanState]:
        async with AsyncExitStack() as stack:
            url = settings.mongodb_url.get_secret_value()
            database = await stack.enter_async_context(
                open_database(url, settings.mongodb_database, app_name="blogqa-api")
            )
            await stack.enter_async_context(metrics.loop_lag.watched())
            embedder = await open_embedder(settings, stack, metrics.models)
            model = await open_answers(settings, stack, metrics.models)
            services = build_services(settings, database, embedder, model, metrics)
            stack.push_async_callback(services.asking.aclose)
            logger.info("api_started", engine=settings.effective_engine, environment=settings.environment)
            tasks = {
                asyncio.create_task(_prepare(database, services), name="prepare"),
                asyncio.create_task(_follow(database, services), name="follow"),
            }
            stack.push_async_callback(cancel, tasks)
            yield {"services": services}

    return lifespan


async def _prepare(database: Database, services: Services) -> None:
    """Waits for the database instead of dying without it: reads start as soon as it is there, and need no search."""
    preparation = services.preparation

    def not_yet(problem: str) -> None:
        preparation.problem = problem

    while not preparation.done:
        try:
            await prepare_when_possible(database, wait_for=BlogQAError, on_problem=not_yet)
            preparation.done = True
        except Exception:
            not_yet("the database could not be prepared; the API's log says why")
            logger.exception("database_not_prepared")
            await asyncio.sleep(_PREPARE_AGAIN_S)
    await _prepare_search(services.search)


async def _prepare_search(search: VectorSearch) -> None:
    while True:
        try:
            await search.prepare()
            return
        except DatabaseUnsuitable as exc:
            logger.error("search_unsuitable", error=str(exc))
            return
        except BlogQAError as exc:
            logger.warning("search_not_ready", error=str(exc), cause=repr(exc.__cause__))
        await asyncio.sleep(_PREPARE_SEARCH_RETRY_S)


async def _follow(database: Database, services: Services) -> None:
    """Keeps what is held in memory true for as long as it runs; a lost stream is reopened."""
    while True:
        try:
            async with aclosing(published_changes(database)) as changes:
                async for blog_id in changes:
                    services.hot_blogs.forget(blog_id)
                    services.search.touch()
        except Exception as exc:  # Without this task everything would stay hot too long: it never dies.
            logger.warning("change_stream_lost", error=repr(exc))
        await asyncio.sleep(_REOPEN_S)
