"""What the API counts and times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from api_service.services.answers import Answer, Notice
from shared.config import EngineName
from shared.errors import BlogQAError
from shared.metrics import EventLoopLag, ModelMetrics, new_registry

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ASK_BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)


class ApiMetrics:
    """One API process's metrics, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = new_registry("api")
        self.loop_lag = EventLoopLag(self.registry)
        self.models = ModelMetrics(self.registry)
        self.requests = RequestMetrics(self.registry)
        self.asks = AskMetrics(self.registry)


class RequestMetrics:
    """How many requests come, how they end and how long they wait for an answer.

    Attributes:
        in_progress: Requests that are being answered, open streams among them.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "blogqa_http_requests_total",
            "Requests answered, by the route's template; status 499: the client left before an answer.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "blogqa_http_request_duration_seconds",
            "Time to the first byte of the answer; of a stream, too.",
            ("method", "route"),
            buckets=_REQUEST_BUCKETS_S,
            registry=registry,
        )
        self.in_progress = Gauge(
            "blogqa_http_requests_in_progress", "Requests that are being answered now.", registry=registry
        )
        self._resolved: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one request.

        Args:
            method: As it came: whatever the client wrote.
            route: The route's template, never a path.
            status: HTTP status.
            seconds: Until the answer began.
        """
        key = (method if method in _METHODS else "other", route, status)
        if (found := self._resolved.get(key)) is None:
            found = self._requests.labels(*key), self._seconds.labels(*key[:2])
            self._resolved[key] = found
        count, duration = found
        count.inc()
        duration.observe(seconds)


class AskMetrics:
    """How readers' questions end, each reader's counted, whoever else asks the same at the same time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._asks = Counter(
            "blogqa_asks_total",
            "Readers' questions: `known`, `written`, `quoted`, `not_covered`, `failed` or `left`; "
            "`reason` is why no model was used although there is one, or the error's code, else empty.",
            ("outcome", "reason"),
            registry=registry,
        )
        self._seconds = Histogram(
            "blogqa_ask_duration_seconds",
            "Time to the whole answer.",
            ("outcome",),
            buckets=_ASK_BUCKETS_S,
            registry=registry,
        )
        for outcome in ("known", "written", "quoted", "not_covered", "left"):
            self._asks.labels(outcome, "")
            self._seconds.labels(outcome)

    @contextmanager
    def asking(self) -> Iterator[AskEnding]:
        """Counts one question, as the block says that it ends."""
        end = AskEnding()
        try:
            yield end
        except BlogQAError as exc:
            end.failed(exc.code)
            raise
        except Exception:
            end.failed(BlogQAError.code)
            raise
        finally:
            self._asks.labels(end.outcome, end.reason).inc()
            self._seconds.labels(end.outcome).observe(end.seconds or perf_counter() - end.began)


class AskEnding:
    """How a reader's question ends; until anything else is known, by the reader leaving."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.outcome, self.reason, self.seconds = "left", "", 0.0

    def answered(self, answer: Answer) -> None:
        """Says that the reader has an answer."""
        if answer.from_cache:
            outcome = "known"
        elif not answer.covered:
            outcome = "not_covered"
        else:
            outcome = "written" if answer.engine == EngineName.OPENAI else "quoted"
        self._end(outcome, next((notice for notice in answer.notices if notice is not Notice.NOT_COVERED), ""))

    def failed(self, code: str) -> None:
        """Says that there is no answer, or that one broke off."""
        self._end("failed", code)

    def _end(self, outcome: str, reason: str) -> None:
        # The time until now: whoever reads a stream may take any time to.
        self.outcome, self.reason, self.seconds = outcome, reason, perf_counter() - self.began
