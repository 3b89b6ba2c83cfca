"""Exact search in memory, beside the bare matrix product that it cannot do without."""

from __future__ import annotations

import numpy as np

from api_service.services.vector_table import VectorTable
from benchmarks.measuring import Timings, measure, table

_ROWS, _DIMENSIONS, _ROWS_PER_BLOG = 400_000, 384, 40
_QUERIES = 100


async def main() -> None:
    """Prints the table: the ten nearest of 400,000 vectors, and the product alone on the same matrix."""
    random = np.random.default_rng(1)
    vectors = random.standard_normal((_ROWS, _DIMENSIONS), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = vectors[random.integers(0, _ROWS, _QUERIES)]
    searched = VectorTable(_DIMENSIONS)
    for start in range(0, _ROWS, _ROWS_PER_BLOG):
        keys = [f"{row:024x}" for row in range(start, start + _ROWS_PER_BLOG)]
        searched.replace(f"blog {start}", keys, vectors[start : start + _ROWS_PER_BLOG])

    async def bare(number: int) -> None:
        vectors @ queries[number]

    async def ten_nearest(number: int) -> None:
        if not searched.search(queries[number], limit=10):
            raise AssertionError("nothing found")

    async def of_other_blogs(number: int) -> None:
        searched.search(queries[number], limit=10, without="blog 0")

    product = await measure("the product alone", bare, calls=_QUERIES, concurrency=1)
    rows: list[tuple[Timings, Timings]] = [
        (await measure(f"10 nearest of {_ROWS:,}", ten_nearest, calls=_QUERIES, concurrency=1), product),
        (await measure("the same, without one blog's", of_other_blogs, calls=_QUERIES, concurrency=1), product),
    ]
    print(table(rows))
    print(f"\n{searched.nbytes / _ROWS * 100_000 / 1e6:.0f} MB of vectors for 100,000 of {_DIMENSIONS} dimensions")
