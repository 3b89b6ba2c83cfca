"""What integration tests share beside the database and the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest

from local_stack.mongod import Mongod
from shared.ai.llm import open_client
from shared.config import SharedSettings
from tests.conftest import Api
from tests.integration.command_line import CommandLine
from tests.integration.fake_model import FakeModel, fake_model
from tests.integration.garden import Garden, open_garden


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


@pytest.fixture
def blogqa(api: Api, tmp_path: Path) -> CommandLine:
    """The command, with the API's keys."""
    keys = {"BLOGQA_API_KEY": api.key, "BLOGQA_ADMIN_KEY": api.admin["X-Admin-Key"]}
    return CommandLine(str(api.client.base_url), tmp_path, **keys)


@pytest.fixture
async def garden(api: Api, mongod: Mongod, tmp_path: Path) -> AsyncIterator[Garden]:
    """A publisher's site with a worker that processes it."""
    async with open_garden(api, mongod, tmp_path) as running:
        yield running
