"""Embeddings of an endpoint: what it is sent, and what is made of what it sends back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from shared.ai.embeddings import OpenAIEmbedder
from shared.ai.llm import open_client
from shared.config import SharedSettings
from shared.errors import BlogQAError, ModelMisconfigured, ModelOutputInvalid, ModelUnavailable
from tests.integration.fake_model import FakeModel, Reply, error, json_reply
from tests.integration.scraping import unwatched


@pytest.fixture
async def embedder(fake: FakeModel) -> AsyncIterator[OpenAIEmbedder]:
    async with open_client(SharedSettings(openai_base_url=fake.base_url)) as client:
        yield OpenAIEmbedder(client, model="e", dimensions=2, calls=unwatched())


def embeddings(request: dict[str, Any]) -> Reply:
    """A vector that tells which text it is of, the last first."""
    rows = [
        {"object": "embedding", "index": i, "embedding": [1.0, float(text)]} for i, text in enumerate(request["input"])
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json_reply({"object": "list", "model": "e", "data": rows[::-1], "usage": usage})


@pytest.mark.parametrize(
    ("texts", "batches"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)
async def test_an_endpoint_is_sent_at_most_a_hundred_texts_at_once(
    fake: FakeModel, embedder: OpenAIEmbedder, texts: int, batches: list[int]
) -> None:
    fake.otherwise = embeddings
    vectors = await embedder.embed_passages([str(number) for number in range(texts)])
    assert [len(request["input"]) for request in fake.requests] == batches
    assert all((request["model"], request["dimensions"]) == ("e", 2) for request in fake.requests)
    assert vectors.shape == (texts, 2)
    assert vectors[:, 1] / vectors[:, 0] == pytest.approx(np.arange(texts), rel=1e-5)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(texts))


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (error(500), ModelUnavailable),
        (error(401), ModelMisconfigured),
        (json_reply({"object": "list", "model": "e", "data": [{"index": 0, "embedding": [1.0]}]}), ModelOutputInvalid),
    ],
    ids=["down", "refused", "of another length"],
)
async def test_what_is_wrong_with_an_endpoint_is_told(
    fake: FakeModel, embedder: OpenAIEmbedder, reply: Reply, problem: type[BlogQAError]
) -> None:
    fake.replies = [reply]
    with pytest.raises(problem):
        await embedder.embed_queries(["1"])
