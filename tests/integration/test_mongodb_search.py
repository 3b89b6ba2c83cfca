"""Searching in MongoDB: what this mongod, which cannot, is told to say, and what becomes of an index being built."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ExecutionTimeout, OperationFailure
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from api_service.core.settings import ApiSettings, SearchName
from api_service.data.vector_index import Near, VectorIndexRepository, index_definition, index_name, nearest_pipeline
from api_service.data.vector_repository import VectorKind
from api_service.services.mongodb_search import MongoSearch
from api_service.services.vector_table import Hit
from local_stack.mongod import Mongod
from shared.data.content_repository import PASSAGES, SUMMARIES
from shared.data.database import Database
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.errors import DatabaseUnavailable, DatabaseUnsuitable, SearchNotReady
from shared.models.published import blog_id
from tests.conftest import serve
from tests.integration.problems import assert_problem
from tests.integration.stories import publish
from tests.integration.waiting import eventually

QUERY = np.eye(1, 8, dtype=np.float32)[0]
FOUND = [Hit("q1", "b1", 0.5)]
UNSUITABLE = (
    "this MongoDB has no $vectorSearch, which BLOGQA_SEARCH=mongodb needs: set BLOGQA_SEARCH=memory, "
    "or use Atlas, or MongoDB 8.2 or later with mongot"
)


class Scripted(VectorIndexRepository):
    """An index whose looks end as they are told to, the last one for ever."""

    def __init__(self, database: Database, *looks: bool | Exception) -> None:
        super().__init__(database, model="test/8", dimensions=8)
        self.looks = list(looks)
        self.looked = 0
        self.found: list[Near] | Exception = [Near(*FOUND[0])]

    async def ensure(self) -> bool:
        self.looked += 1
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        await asyncio.sleep(0)
        if isinstance(look, Exception):
            raise look
        return look

    async def nearest(self, *_: Any, **__: Any) -> list[Near]:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


async def nearest(search: MongoSearch) -> list[Hit]:
    return await search.nearest("p1", VectorKind.QUESTION, QUERY, limit=5)


async def test_a_deployment_that_cannot_says_which_setting_to_change(database: Database) -> None:
    index = VectorIndexRepository(database, model="test/8", dimensions=8)
    search = MongoSearch(index)
    with pytest.raises(DatabaseUnsuitable) as caught:
        await search.prepare()
    assert str(caught.value) == UNSUITABLE
    with pytest.raises(DatabaseUnsuitable, match="BLOGQA_SEARCH=memory"):
        await nearest(search)
    with pytest.raises(DatabaseUnsuitable, match="BLOGQA_SEARCH=memory"):
        await index.nearest("p1", VectorKind.QUESTION, QUERY, limit=5, without=None)
    assert search.status().problem == UNSUITABLE


async def test_an_api_that_cannot_search_serves_reads_and_says_why(mongod: Mongod, database: Database) -> None:
    settings = ApiSettings(mongodb_url=SecretStr(mongod.url), mongodb_database=database.name, search=SearchName.MONGODB)
    key = new_key()
    publisher = await PublisherRepository(database).ensure(name="Test", domains=["example.com"], key=key)
    await publish(database, publisher.id)
    async with serve(settings) as client:
        client.headers["X-API-Key"] = key
        response = await eventually(
            lambda: client.get("/health"), lambda health: health.json()["search"]["problem"] == UNSUITABLE
        )
        health = response.json()
        assert (health["status"], health["search"]["mode"], health["search"]["vectors"]) == (
            "degraded",
            "mongodb",
            None,
        )
        assert (await client.get("/health/ready")).status_code == 200
        url = "https://example.com/tides"
        assert (await client.get("/api/v1/questions/by-url", params={"blog_url": url})).status_code == 200
        response = await client.post("/api/v1/search/similar", json={"text": "tides"})
        assert assert_problem(response, 500, "database_unsuitable")["detail"] == UNSUITABLE


async def test_an_index_that_can_be_searched_is_looked_at_once(database: Database) -> None:
    index = Scripted(database, True)
    search = MongoSearch(index)
    assert await nearest(search) == await nearest(search) == FOUND
    assert (index.looked, search.status().problem) == (1, None)


async def test_searches_wait_for_an_index_that_is_nearly_built_and_share_the_looks(database: Database) -> None:
    index = Scripted(database, False, True)
    search = MongoSearch(index, wait_s=60)
    assert await asyncio.gather(*(nearest(search) for _ in range(10))) == [FOUND] * 10
    assert index.looked == 2


async def test_a_search_does_not_wait_long_for_an_index_that_is_being_built(database: Database) -> None:
    search = MongoSearch(Scripted(database, False), wait_s=0.01)
    with pytest.raises(SearchNotReady, match="building") as caught:
        await nearest(search)
    assert caught.value.retry_after_s == 10.0
    assert search.status().problem == str(caught.value)


async def test_an_index_that_finds_nothing_is_looked_for_again(database: Database) -> None:
    index = Scripted(database, True)
    search = MongoSearch(index, wait_s=60)
    index.found = []
    assert await nearest(search) == []
    index.found, index.looks = [Near(*FOUND[0])], [False, True]
    assert await nearest(search) == FOUND
    assert index.looked == 3


async def test_a_failure_is_told_until_it_is_over(database: Database) -> None:
    index = Scripted(database, True)
    search = MongoSearch(index)
    index.found = DatabaseUnavailable("gone")
    with pytest.raises(DatabaseUnavailable):
        await nearest(search)
    assert search.status().problem == "gone"
    index.found = [Near(*FOUND[0])]
    assert await nearest(search)
    assert search.status().problem is None


class Sent(CommandListener):
    """Remembers commands."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not of interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Not of interest."""


def lists(database: Database, monkeypatch: pytest.MonkeyPatch, *indexes: dict[str, Any]) -> None:
    """Has every collection list these search indexes: this server knows none."""

    async def listed(_collection: Any, _name: str) -> Any:
        return await database.aggregate([{"$documents": list(indexes)}])

    monkeypatch.setattr(AsyncCollection, "list_search_indexes", listed)


async def test_missing_indexes_are_created(mongod: Mongod, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    lists(database, monkeypatch)
    sent = Sent()
    async with AsyncMongoClient[dict[str, Any]](mongod.url, event_listeners=[sent]) as client:
        with pytest.raises(DatabaseUnsuitable):
            await VectorIndexRepository(client[database.name], model="test/8", dimensions=8).ensure()
    (command,) = [command for command in sent.commands if "createSearchIndexes" in command]
    definition = index_definition(VectorKind.QUESTION, "test/8", 8)
    index = {"name": index_name(definition), "definition": definition, "type": "vectorSearch"}
    assert (command["createSearchIndexes"], command["indexes"]) == ("processed_questions", [index])


async def test_indexes_that_are_there_are_left_alone_until_they_can_be_searched(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = VectorIndexRepository(database, model="test/8", dimensions=8)
    for queryable in (False, True):
        lists(database, monkeypatch, {"status": "BUILDING", "queryable": queryable})
        assert await index.ensure() is queryable


async def test_an_index_that_another_process_creates_first_is_no_failure(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def created(*_: Any) -> str:
        raise OperationFailure("Index already exists", 68)

    lists(database, monkeypatch)
    monkeypatch.setattr(AsyncCollection, "create_search_index", created)
    assert not await VectorIndexRepository(database, model="test/8", dimensions=8).ensure()


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (OperationFailure("not configured", 31082), DatabaseUnsuitable),
        (OperationFailure("not authorized", 13), DatabaseUnsuitable),
        (OperationFailure("mongot is away", 8), SearchNotReady),
        (ExecutionTimeout("too slow", 50), DatabaseUnavailable),
    ],
)
async def test_what_the_server_fails_with_is_mapped(
    database: Database, monkeypatch: pytest.MonkeyPatch, failure: Exception, error: type[Exception]
) -> None:
    async def failed(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(AsyncCollection, "aggregate", failed)
    index = VectorIndexRepository(database, model="test/8", dimensions=8)
    with pytest.raises(error):
        await index.nearest("p1", VectorKind.QUESTION, QUERY, limit=5, without=None)


@pytest.mark.parametrize("without", [None, blog_id("p1", "https://example.com/tides")])
async def test_the_filter_and_the_stages_after_the_search_leave_only_what_is_published(
    database: Database, without: str | None
) -> None:
    await publish(database, "p1", edition=1)
    await publish(database, "p1", edition=2)
    await publish(database, "p1", "https://example.com/moon")
    await publish(database, "p2")
    for kind in VectorKind:
        search, *after, _ = nearest_pipeline(kind, "test/8", "p1", QUERY, limit=10, without=without)
        path = search["$vectorSearch"]["path"]
        stages = [{"$match": {path: {"$exists": True}}}, {"$match": search["$vectorSearch"]["filter"]}, *after]
        found = await (await database[kind.value].aggregate(stages)).to_list()
        blogs = {document["_id" if kind is VectorKind.SUMMARY else "blog_id"] for document in found}
        expected = {blog_id("p1", f"https://example.com/{name}") for name in ("tides", "moon")}
        assert blogs == expected - {without}
        if kind.value in (PASSAGES, SUMMARIES):
            assert len(found) == len(blogs)
