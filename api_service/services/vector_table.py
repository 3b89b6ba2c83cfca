"""Exact nearest-neighbour search over vectors of one kind in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_FIRST_CAPACITY: Final = 64
_GROWTH: Final = 1.5


class Hit(NamedTuple):
    """A row that was found: its key, its group and the cosine similarity."""

    key: str
    group: str
    score: float


class VectorTable:
    """L2-normalized vectors in one contiguous matrix, each with a key, in groups that come and go as a whole.

    A search is one matrix product and a partial sort: below some hundred thousand rows no index structure is smaller,
    exact, and quicker to keep true. Not thread-safe for writing; a search may run in a thread while nothing is written.

    Args:
        dimensions: Length of every vector.
    """

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._matrix: Vectors = np.empty((0, dimensions), dtype=np.float32)
        self._keys: list[str] = []
        self._groups: list[str] = []
        self._rows: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        """Bytes of the matrix, spare capacity included."""
        return self._matrix.nbytes

    def replace(self, group: str, keys: Sequence[str], vectors: Vectors) -> None:
        """Puts a group's rows in place of those it had.

        Args:
            group: Name of the group, a blog's id for one.
            keys: One for each row.
            vectors: Shape ``(len(keys), dimensions)``; of no keys, any.
        """
        if keys and vectors.shape != (len(keys), self._dimensions):
            raise ValueError(f"expected shape {(len(keys), self._dimensions)}, got {vectors.shape}")
        self.remove(group)
        if not keys:
            return
        start, end = len(self._keys), len(self._keys) + len(keys)
        self._reserve(end)
        self._matrix[start:end] = vectors
        self._keys += keys
        self._groups += [group] * len(keys)
        self._rows[group] = set(range(start, end))

    def remove(self, group: str) -> None:
        """Takes a group out, if it is there; the last rows move into the gaps."""
        for row in sorted(self._rows.pop(group, ()), reverse=True):
            last = len(self._keys) - 1
            if row != last:
                self._matrix[row] = self._matrix[last]
                self._keys[row], self._groups[row] = self._keys[last], self._groups[last]
                moved = self._rows[self._groups[row]]
                moved.remove(last)
                moved.add(row)
            self._keys.pop()
            self._groups.pop()

    def search(self, query: Vectors, *, limit: int, without: str | None = None) -> list[Hit]:
        """The nearest rows, nearest first; equal scores in an order of their own.

        Args:
            query: Shape ``(dimensions,)``, L2-normalized.
            limit: At most this many.
            without: Leave this group out.
        """
        scores = self._matrix[: len(self._keys)] @ query
        if without in self._rows:
            scores[list(self._rows[without])] = -np.inf
        return [Hit(self._keys[row], self._groups[row], float(scores[row])) for row in _largest(scores, limit)]

    def _reserve(self, rows: int) -> None:
        if rows > len(self._matrix):
            grown = np.empty(
                (max(rows, int(len(self._matrix) * _GROWTH), _FIRST_CAPACITY), self._dimensions), np.float32
            )
            grown[: len(self._keys)] = self._matrix[: len(self._keys)]
            self._matrix = grown


def _largest(scores: NDArray[np.float32], limit: int) -> Iterator[np.intp]:
    """Places of the largest finite scores, largest first."""
    if limit < len(scores):
        places = np.argpartition(-scores, limit - 1)[:limit] if limit > 0 else np.empty(0, dtype=np.intp)
    else:
        places = np.arange(len(scores))
    ordered = places[np.argsort(-scores[places], kind="stable")]
    return (place for place in ordered if np.isfinite(scores[place]))
