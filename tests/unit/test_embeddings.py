from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from shared.ai.embeddings import LocalEmbedder, RememberingEmbedder, Vectors


class Counting:
    """Embeds a text as its length, and remembers what it was asked."""

    model = "counting"
    dimensions = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 0] for text in texts], np.float32).reshape(-1, 2)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(-1, 2)


@pytest.fixture
async def local() -> AsyncIterator[LocalEmbedder]:
    embedder = LocalEmbedder()
    yield embedder
    await embedder.aclose()


async def test_a_text_is_embedded_once_and_rows_keep_their_order() -> None:
    inner = Counting()
    embedder = RememberingEmbedder(inner)
    await embedder.embed_passages(["aa", "b"])
    rows = await embedder.embed_passages(["ccc", "b", "aa", "b"])
    assert rows[:, 0].tolist() == [3, 1, 2, 1]
    assert inner.asked == ["aa", "b", "ccc"]


async def test_queries_and_passages_are_remembered_apart() -> None:
    embedder = RememberingEmbedder(Counting())
    await embedder.embed_passages(["a"])
    assert (await embedder.embed_queries(["a"]))[0, 1] == 0


async def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    inner = Counting()
    embedder = RememberingEmbedder(inner, capacity=2)
    for text in ("a", "b", "a", "c"):
        await embedder.embed_queries([text])
    inner.asked.clear()
    await embedder.embed_queries(["a"])
    await embedder.embed_queries(["b"])
    assert inner.asked == ["b"]


async def test_nothing_embeds_to_no_rows(local: LocalEmbedder) -> None:
    assert len(await RememberingEmbedder(local).embed_passages([])) == 0


async def test_a_question_is_closest_to_the_passage_that_answers_it(local: LocalEmbedder) -> None:
    passages = ["Bread rises because yeast makes gas.", "Knots hold by friction.", "Der Mond zieht das Meer an."]
    vectors = await local.embed_passages(passages)
    questions = await local.embed_queries(["Why does dough rise?", "Warum gibt es Gezeiten?"])
    assert np.argmax(questions @ vectors.T, axis=1).tolist() == [0, 2]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors.shape[1] == RememberingEmbedder(local).dimensions


async def test_a_nul_does_not_cut_the_text_short(local: LocalEmbedder) -> None:
    whole, cut = await local.embed_passages(["salt\0and pepper", "salt"])
    assert not np.allclose(whole, cut)
