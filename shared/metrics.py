"""Metrics that both services expose: who they are, whether their event loop keeps up, what models are asked.

Every process has a registry of its own, made where it is wired and passed down. ``docs/metrics.md`` lists every metric.
Labels are bounded sets: never an address, a publisher, a question or an exception's text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from shared.errors import BlogQAError
from shared.models.usage import Usage
from shared.version import VERSION

_OK: Final = "ok"

_TICK_S: Final = 0.5
_LAG_BUCKETS_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CALL_BUCKETS_S: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900)


def new_registry(service: str) -> CollectorRegistry:
    """A registry with what says itself: the process, its Python, its garbage collector and its version.

    Args:
        service: ``"api"`` or ``"worker"``.
    """
    # When each series began: as many series again, and Prometheus makes no use of them.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    build = Info("blogqa_build", "What runs; the value is always 1.", registry=registry)
    build.info({"service": service, "version": VERSION})
    return registry


def exposition(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """The metrics in a format that the client accepts, text if it names none that is known, and its content type."""
    try:
        encode, content_type = choose_encoder(" ".join(accept.split()))
    except TypeError:  # Of a version such as "1.x".
        encode, content_type = choose_encoder("")
    return encode(registry), content_type


@dataclass
class Ending:
    """How a block ends, unless an error ends it; until it says otherwise, by being cancelled."""

    outcome: str = "cancelled"


@contextmanager
def ending(record: Callable[[str], None]) -> Iterator[Ending]:
    """Tells ``record`` once how a block ended: as it says itself, or by the code of the error that left it."""
    end = Ending()
    try:
        yield end
    except Exception as exc:
        end.outcome = exc.code if isinstance(exc, BlogQAError) else BlogQAError.code
        raise
    finally:
        record(end.outcome)


class EventLoopLag:
    """How late the event loop gets round to what is due, sampled twice a second.

    A histogram, because a gauge would show one sample of the thirty or so between two scrapes.

    Args:
        registry: Where it is exposed.
        clock: Seconds, monotonic.
    """

    def __init__(self, registry: CollectorRegistry, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._ticked_at = clock()
        self._lag = Histogram(
            "blogqa_event_loop_lag_seconds",
            "How late the event loop got round to what was due.",
            buckets=_LAG_BUCKETS_S,
            registry=registry,
        )

    @property
    def silent_s(self) -> float:
        """Seconds since the loop moved last; may be asked from another thread."""
        return self._clock() - self._ticked_at

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Samples the running loop for as long as the block lasts."""
        watching = asyncio.create_task(self._watch(), name="event loop lag")
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self) -> None:
        self._ticked_at = self._clock()
        while True:
            due = self._clock() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self._ticked_at = self._clock()
            self._lag.observe(max(0.0, self._ticked_at - due))


class ModelMetrics:
    """What models behind an endpoint are asked, how long they take, what they cost and how they fail."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("purpose", "model")
        self._calls = Counter(
            "blogqa_llm_calls_total",
            "Requests to the model endpoint: `ok`, `cancelled`, or the error's code.",
            (*labels, "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "blogqa_llm_call_duration_seconds",
            "Length of a request to the model endpoint, a streamed answer included.",
            labels,
            buckets=_CALL_BUCKETS_S,
            registry=registry,
        )
        self._tokens = Counter(
            "blogqa_llm_tokens_total",
            "Tokens billed, or estimated where the endpoint does not say: `prompt` or `completion`.",
            (*labels, "kind"),
            registry=registry,
        )
        self._unusable = Counter(
            "blogqa_llm_unusable_answers_total",
            "Answers that came and were of no use: empty, cut off, refused, or not of the shape asked for.",
            labels,
            registry=registry,
        )

    def calls(self, purpose: str, model: str) -> ModelCalls:
        """What records the calls for one purpose.

        Args:
            purpose: ``ask``, ``draft`` or ``embed``.
            model: Name of the model by this process's settings: one value for each purpose.
        """
        return ModelCalls(
            calls=lambda outcome: self._calls.labels(purpose, model, outcome),
            seconds=self._seconds.labels(purpose, model),
            prompt=self._tokens.labels(purpose, model, "prompt"),
            completion=self._tokens.labels(purpose, model, "completion"),
            unusable=self._unusable.labels(purpose, model),
        )


class ModelCalls:
    """Records one purpose's calls; made by ``ModelMetrics.calls``."""

    def __init__(
        self,
        *,
        calls: Callable[[str], Counter],
        seconds: Histogram,
        prompt: Counter,
        completion: Counter,
        unusable: Counter,
    ) -> None:
        self._calls = calls
        self._seconds = seconds
        self._prompt = prompt
        self._completion = completion
        self._unusable = unusable
        calls(_OK)  # There from the start: a rate needs a zero to rise from.

    @contextmanager
    def observed(self) -> Iterator[None]:
        """Times one call and counts how it ends."""
        began = perf_counter()

        def record(outcome: str) -> None:
            self._seconds.observe(perf_counter() - began)
            self._calls(outcome).inc()

        with ending(record) as end:
            yield
            end.outcome = _OK

    def billed(self, usage: Usage) -> None:
        """Counts tokens."""
        self._prompt.inc(usage.prompt_tokens)
        self._completion.inc(usage.completion_tokens)

    def unusable(self) -> None:
        """Counts an answer that was of no use."""
        self._unusable.inc()
