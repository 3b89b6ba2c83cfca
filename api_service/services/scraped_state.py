"""What ``/metrics`` reads at the moment when somebody scrapes: the queue, the workers, and what is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from api_service.services.hot_blogs import HotBlogs
from api_service.services.vector_search import VectorSearch
from shared.data.database import Database
from shared.data.queue_statistics import queue_depth
from shared.data.worker_repository import WorkerRepository
from shared.errors import DatabaseUnavailable, DatabaseUnsuitable
from shared.log import get_logger
from shared.models.job_queue import QueueDepth
from shared.models.worker import WorkerStatus

logger = get_logger(__name__)

_SHARED_S: Final = 5.0
"""How long one reading of the database serves all who scrape."""


@dataclass(frozen=True)
class _Reading:
    depth: QueueDepth
    alive: list[WorkerStatus]


class ScrapedState(Collector):
    """Exposes the state of the queue, the workers and this process's memory.

    Queue and workers are the same for every API process: ``docs/metrics.md`` says how to put several together.

    Args:
        database: Where the queue is.
        workers: Who is alive.
        is_prepared: Whether the database has its indexes; before that nothing is read.
        hot_blogs: What is served from memory.
        search: Searches.
        missing_after_s: A worker whose last heartbeat is older counts as gone.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        *,
        database: Database,
        workers: WorkerRepository,
        is_prepared: Callable[[], bool],
        hot_blogs: HotBlogs,
        search: VectorSearch,
        missing_after_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._workers = workers
        self._is_prepared = is_prepared
        self._hot_blogs = hot_blogs
        self._search = search
        self._missing_after_s = missing_after_s
        self._clock = clock
        self._reading: _Reading | None = None
        self._fresh_until = 0.0
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Reads the database, unless somebody did a moment ago; that it is away takes two seconds to find out."""
        async with self._turn:
            if self._is_prepared() and self._clock() >= self._fresh_until:
                self._reading = await self._read()
                self._fresh_until = self._clock() + _SHARED_S

    async def _read(self) -> _Reading | None:
        try:
            depth = await queue_depth(self._database)
            statuses = await self._workers.statuses()
        except (DatabaseUnavailable, DatabaseUnsuitable) as exc:
            logger.warning("queue_not_read", error=str(exc))
            return None
        return _Reading(depth, [each for each in statuses if each.heartbeat_age_s <= self._missing_after_s])

    def collect(self) -> Iterator[Metric]:
        """Yields the metrics; those of the database only while it answers."""
        up = int(self._reading is not None)
        yield GaugeMetricFamily("blogqa_database_up", "1 while MongoDB answers this process, else 0.", up)
        if self._reading is not None:
            yield from _queue(self._reading.depth)
            yield from _workers(self._reading.alive)
        reads = {"hit": self._hot_blogs.hits, "miss": self._hot_blogs.misses}
        yield _counter("blogqa_hot_blog_reads", "Blogs read: `hit` from memory, `miss` from MongoDB.", "result", reads)
        yield GaugeMetricFamily("blogqa_hot_blog_bytes", "Bytes of blogs in memory.", self._hot_blogs.size_bytes)
        search = self._search.status()
        yield GaugeMetricFamily(
            "blogqa_search_up", "1 while vectors can be searched, else 0.", int(search.problem is None)
        )
        yield GaugeMetricFamily("blogqa_search_bytes", "Bytes of vectors in memory.", search.bytes or 0)


def _queue(depth: QueueDepth) -> Iterator[Metric]:
    jobs = {"due": depth.due, "scheduled": depth.scheduled, "processing": depth.processing}
    yield _gauge(
        "blogqa_queue_jobs",
        "Jobs by state: `due`, `scheduled` (for a retry), `processing`; each counted up to 10,000.",
        "state",
        jobs,
    )
    yield GaugeMetricFamily(
        "blogqa_queue_oldest_due_age_seconds",
        "How long the oldest due job has waited, 0 while none is due.",
        depth.oldest_due_age_s or 0,
    )


def _workers(alive: list[WorkerStatus]) -> Iterator[Metric]:
    yield GaugeMetricFamily("blogqa_workers_alive", "Workers whose heartbeat is recent, up to 100.", len(alive))
    slots = sum(each.slots for each in alive)
    yield GaugeMetricFamily("blogqa_workers_slots", "Jobs that the living workers run at once.", slots)


def _gauge(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _counter(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family
