"""Timing calls and putting the figures in a table."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Timings:
    """Durations of one kind of call, milliseconds."""

    name: str
    milliseconds: tuple[float, ...]

    def percentile(self, percent: int) -> float:
        """The duration that ``percent`` per cent of the calls stay within."""
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


async def measure(
    name: str, call: Callable[[int], Awaitable[object]], *, calls: int, concurrency: int, pause_s: float = 0.0
) -> Timings:
    """Times calls in a closed loop of ``concurrency`` callers, each pausing in between; the first tenth is warm-up.

    Args:
        name: For the table.
        call: Makes one call; gets its number.
        calls: Calls in all.
        concurrency: Callers at once.
        pause_s: Pause of a caller between two calls, seconds.
    """
    numbers = iter(range(calls))
    durations: list[float] = []

    async def caller() -> None:
        for number in numbers:
            began = perf_counter()
            await call(number)
            durations.append((perf_counter() - began) * 1_000)
            if pause_s:
                await asyncio.sleep(pause_s)

    await asyncio.gather(*(caller() for _ in range(concurrency)))
    return Timings(name, tuple(durations[calls // 10 :]))


def table(rows: list[tuple[Timings, Timings]]) -> str:
    """A Markdown table: each row's figures, and its median as a multiple of its baseline's."""
    lines = [
        "| call | n | median ms | p95 ms | p99 ms | max ms | baseline | baseline median ms | ratio |",
        "| --- | --: | --: | --: | --: | --: | --- | --: | --: |",
    ]
    for timings, baseline in rows:
        median, base = timings.percentile(50), baseline.percentile(50)
        figures = [median, timings.percentile(95), timings.percentile(99), max(timings.milliseconds)]
        shown = " | ".join(f"{figure:.1f}" for figure in figures)
        count = len(timings.milliseconds)
        lines.append(f"| {timings.name} | {count} | {shown} | {baseline.name} | {base:.1f} | {median / base:.2f} |")
    return "\n".join(lines)
