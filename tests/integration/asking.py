"""Asking a served API as a reader's page does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from api_service.core.settings import ApiSettings
from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.asked_repository import COLLECTION
from shared.data.database import Database, Document
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.models.publisher import Publisher
from tests.conftest import serve
from tests.integration.articles import BREAD, FREEZER, STORIES, Story, publish_story
from tests.integration.waiting import eventually

ASK = "/api/v1/qa/ask"
STREAM = {"Accept": "text/event-stream"}
Event = tuple[str, Any]
"""Name and data of a server-sent event."""


@dataclass(frozen=True)
class Reader:
    """A reader of a publisher's pages, in front of a served API."""

    client: httpx2.AsyncClient
    database: Database
    publisher: Publisher
    embedder: Embedder

    async def publish(self, *stories: Story) -> None:
        for story in stories:
            await publish_story(self.database, self.publisher.id, story, self.embedder)

    async def ask(self, question: str, blog_url: str | None = BREAD.url, **more: Any) -> Any:
        """The answer to a question that is answered with 200."""
        response = await self.client.post(ASK, json={"question": question, "blog_url": blog_url, **more})
        assert response.status_code == 200, response.text
        return response.json()

    async def events(self, question: str, blog_url: str | None = BREAD.url) -> list[Event]:
        """All events of a streamed answer."""
        response = await self.client.post(ASK, json={"question": question, "blog_url": blog_url}, headers=STREAM)
        assert response.status_code == 200, response.text
        return [parsed(block) for block in response.text.split("\n\n") if block and not block.startswith(":")]

    async def counted(self, number: int = 1) -> list[Document]:
        """What is stored of readers' questions, once so many are."""
        await eventually(lambda: self.database[COLLECTION].count_documents({}), lambda found: found >= number)
        return await self.database[COLLECTION].find().to_list()

    async def kept(self, number: int = 1) -> None:
        """Waits until so many answers are kept."""
        answers = {"answer": {"$exists": True}}
        await eventually(lambda: self.database[COLLECTION].count_documents(answers), lambda found: found >= number)


def parsed(block: str) -> Event:
    """One event out of its lines."""
    name, data = block.split("\n")
    assert name.startswith("event: ")
    assert data.startswith("data: ")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@asynccontextmanager
async def reading(
    mongod: Mongod, database: Database, embedder: Embedder, *stories: Story, **settings: Any
) -> AsyncIterator[Reader]:
    """A served API with published stories (by default all), ready for searches."""
    key = new_key()
    publisher = await PublisherRepository(database).ensure(name="Test", domains=["example.com"], key=key)
    for story in stories or STORIES:
        await publish_story(database, publisher.id, story, embedder)
    config = ApiSettings(mongodb_url=SecretStr(mongod.url), mongodb_database=database.name, **settings)
    async with serve(config) as client:
        client.headers["X-API-Key"] = key
        yield Reader(client, database, publisher, embedder)


class TimeLimit:
    """The time that a model is given for an answer: over when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        self._running: list[asyncio.Timeout] = []
        stand_in = SimpleNamespace(timeout=self._begin, to_thread=asyncio.to_thread)
        monkeypatch.setattr("api_service.services.writing.asyncio", stand_in)

    def _begin(self, seconds: float) -> asyncio.Timeout:
        self.seconds.append(seconds)
        self._running.append(asyncio.timeout(None))
        return self._running[-1]

    def is_over(self) -> None:
        """Lets the time of the last answer run out."""
        self._running[-1].reschedule(asyncio.get_running_loop().time())


class Watched:
    """A streamed answer as it arrives."""

    def __init__(self, response: httpx2.Response) -> None:
        self.text = ""
        self._chunks = response.aiter_text()

    async def until(self, words: str, times: int = 1) -> None:
        async with asyncio.timeout(20):
            while self.text.count(words) < times:
                self.text += await anext(self._chunks)

    async def whole(self) -> str:
        async for chunk in self._chunks:
            self.text += chunk
        return self.text


@asynccontextmanager
async def watching(reader: Reader, question: str = FREEZER) -> AsyncIterator[Watched]:
    body = {"question": question, "blog_url": BREAD.url}
    async with reader.client.stream("POST", ASK, json=body, headers=STREAM) as response:
        assert response.status_code == 200
        yield Watched(response)
