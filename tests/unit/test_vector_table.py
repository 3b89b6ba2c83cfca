from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.services.vector_table import Vectors, VectorTable

DIMENSIONS = 6


def vectors(seed: int, count: int) -> Vectors:
    made = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def keys(group: str, count: int, seed: int) -> list[str]:
    return [f"{group}{seed}-{number}" for number in range(count)]


OPERATIONS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 7), st.integers(0, 1_000)),  # group, rows (0 removes), seed
    max_size=30,
)


@given(operations=OPERATIONS, limit=st.integers(0, 12), without=st.sampled_from("abcd"))
def test_whatever_came_and_went_a_search_finds_what_a_plain_scan_finds(
    operations: list[tuple[str, int, int]], limit: int, without: str
) -> None:
    table = VectorTable(DIMENSIONS)
    plain: dict[str, tuple[list[str], Vectors]] = {}
    for group, count, seed in operations:
        table.replace(group, keys(group, count, seed), vectors(seed, count))
        plain[group] = (keys(group, count, seed), vectors(seed, count))
    query = vectors(5, 1)[0]
    for left_out in (None, without):
        expected = [
            (key, group, float(vector @ query))
            for group, (names, rows) in plain.items()
            if group != left_out
            for key, vector in zip(names, rows, strict=True)
        ]
        found = table.search(query, limit=limit, without=left_out)
        assert [hit.score for hit in found] == pytest.approx(
            sorted((score for _, _, score in expected), reverse=True)[:limit], abs=1e-6
        )
        assert {(hit.key, hit.group) for hit in found} <= {(key, group) for key, group, _ in expected}
        assert len({hit.key for hit in found}) == len(found)
    assert len(table) == sum(len(names) for names, _ in plain.values())


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="expected shape"):
        VectorTable(DIMENSIONS).replace("a", ["k"], np.ones((1, 3), dtype=np.float32))


def test_removing_what_is_not_there_changes_nothing() -> None:
    table = VectorTable(DIMENSIONS)
    table.replace("a", ["k"], vectors(1, 1))
    table.remove("b")
    assert [hit.key for hit in table.search(vectors(1, 1)[0], limit=5)] == ["k"]
