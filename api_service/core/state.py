"""What lives as long as the application, and how routers get at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypedDict

from fastapi import Depends, Request

from api_service.core.metrics import ApiMetrics
from api_service.core.settings import ApiSettings
from api_service.data.question_repository import QuestionRepository
from api_service.services.asking import Asking
from api_service.services.database_health import Preparation
from api_service.services.diagnostics import Diagnostics
from api_service.services.hot_blogs import HotBlogs
from api_service.services.intake import Intake
from api_service.services.publisher_directory import PublisherDirectory
from api_service.services.readiness import Readiness
from api_service.services.related import RelatedArticles
from api_service.services.scraped_state import ScrapedState
from api_service.services.vector_search import VectorSearch
from api_service.services.widget_files import WidgetFiles
from shared.data.database import Database
from shared.data.event_repository import EventRepository
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository
from shared.data.usage_repository import UsageRepository
from shared.data.worker_repository import WorkerRepository


@dataclass(frozen=True)
class Services:
    """Everything that routers use."""

    settings: ApiSettings
    database: Database
    preparation: Preparation
    publishers: PublisherRepository
    directory: PublisherDirectory
    jobs: JobRepository
    workers: WorkerRepository
    questions: QuestionRepository
    hot_blogs: HotBlogs
    intake: Intake
    readiness: Readiness
    search: VectorSearch
    related: RelatedArticles
    asking: Asking
    events: EventRepository
    usage: UsageRepository
    widget: WidgetFiles
    diagnostics: Diagnostics
    metrics: ApiMetrics
    scraped_state: ScrapedState


class LifespanState(TypedDict):
    """The typed lifespan state of the application."""

    services: Services


async def _services(request: Request) -> Services:
    services: Services = request.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]
