"""What integration tests share beside the database and the API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import openai
import pytest

from shared.ai.llm import open_client
from shared.config import SharedSettings
from tests.integration.fake_model import FakeModel, fake_model


@pytest.fixture
async def fake() -> AsyncIterator[FakeModel]:
    """A stand-in for a model's endpoint."""
    async with fake_model() as running:
        yield running


@pytest.fixture
async def client(fake: FakeModel) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client of that endpoint."""
    async with open_client(SharedSettings(openai_base_url=fake.base_url)) as opened:
        yield opened
