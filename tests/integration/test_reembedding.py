"""Moving blogs to another embedding model while both models are served."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from api_service.data.vector_repository import VectorKind, VectorRepository
from api_service.services.memory_search import MemorySearch
from api_service.services.vector_table import Hit
from local_stack.mongod import Mongod
from shared.ai.embeddings import LocalEmbedder
from shared.data.content_repository import PASSAGES, QUESTIONS, SUMMARIES, delete_blog
from shared.data.database import Database
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.errors import ModelMisconfigured, ModelUnavailable
from shared.models.published import blog_id
from tests.integration.stories import publish
from tests.integration.waiting import eventually
from worker_service.data.embedding_repository import EmbeddingRepository
from worker_service.services.reembedding import Reembedded, Reembedding

OLD, NEW = "test/8", "other.new/4"
OLD_QUERY = np.eye(1, 8, dtype=np.float32)[0]
NEW_QUERY = np.eye(1, 4, dtype=np.float32)[0]
URLS = [f"https://example.com/{name}" for name in ("tides", "moon", "sea")]


class Fake:
    """Embeds questions, passages and summaries each to an axis of their own; remembers texts; waits at the gate."""

    model = NEW
    dimensions = 4

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures: list[Exception] = []

    async def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await self._embed(texts, axis=0)

    async def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await self._embed(texts, axis=1)

    async def _embed(self, texts: Sequence[str], *, axis: int) -> NDArray[np.float32]:
        self.asked += texts
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return np.repeat(np.eye(4, dtype=np.float32)[axis : axis + 1], len(texts), axis=0)


def reembedding(database: Database, embedder: Fake) -> Reembedding:
    return Reembedding(EmbeddingRepository(database, model=NEW), embedder, retry_base_s=0.001)


def search(database: Database, model: str) -> MemorySearch:
    return MemorySearch(VectorRepository(database, model=model), max_bytes=1 << 20)


async def everything(search: MemorySearch, query: NDArray[np.float32]) -> dict[VectorKind, list[Hit]]:
    return {kind: await search.nearest("p1", kind, query, limit=100) for kind in VectorKind}


def silent(_done: int, _total: int) -> None:
    """No progress."""


async def models_of(database: Database) -> list[list[str]]:
    return [summary["models"] async for summary in database[SUMMARIES].find().sort("_id")]


async def test_both_models_are_served_throughout_and_never_compared(database: Database) -> None:
    for url in URLS:
        await publish(database, "p1", url)
    old = search(database, OLD)
    before = await everything(old, OLD_QUERY)
    done = asyncio.Event()

    async def read_the_old() -> int:
        reads = 0
        while not done.is_set():
            for each in (old, search(database, OLD)):
                each.touch()
                found = await everything(each, OLD_QUERY)
                assert {kind: sorted(hits) for kind, hits in found.items()} == {
                    kind: sorted(hits) for kind, hits in before.items()
                }
            reads += 1
        return reads

    reading = asyncio.create_task(read_the_old())
    result = await reembedding(database, Fake()).all("p1", report=silent)
    done.set()
    assert await reading > 0
    assert result == Reembedded(blogs=3, vectors=12)
    new = await everything(search(database, NEW), NEW_QUERY)
    for kind in VectorKind:
        assert {hit.key for hit in new[kind]} == {hit.key for hit in before[kind]}
    assert {hit.score for hit in new[VectorKind.QUESTION]} == {1.0}
    assert {hit.score for hit in [*new[VectorKind.PASSAGE], *new[VectorKind.SUMMARY]]} == {0.0}


async def test_a_new_api_finds_each_blog_as_soon_as_it_is_embedded(database: Database) -> None:
    for url in URLS:
        await publish(database, "p1", url)
    new = search(database, NEW)
    assert await new.nearest("p1", VectorKind.SUMMARY, NEW_QUERY, limit=5) == []
    await reembedding(database, Fake()).blog(blog_id("p1", URLS[0]))
    new.touch()
    await new.nearest("p1", VectorKind.SUMMARY, NEW_QUERY, limit=5)
    found = await eventually(lambda: new.nearest("p1", VectorKind.SUMMARY, NEW_QUERY, limit=5))
    assert [hit.key for hit in found] == [blog_id("p1", URLS[0])]


async def test_the_texts_are_those_of_the_pipeline(database: Database) -> None:
    await publish(database, "p1")
    embedder = Fake()
    await reembedding(database, embedder).all(None, report=silent)
    assert embedder.asked == [
        "Tides 1\nSummary of edition 1.",
        "Why is there a tide 1, edition 1?",
        "Why is there a tide 2, edition 1?",
        "Causes\nThe moon pulls the sea, edition 1.",
        "Causes: The moon pulls the sea, edition 1.",
    ]


async def test_a_blog_that_is_published_meanwhile_is_embedded_again(database: Database) -> None:
    await publish(database, "p1", edition=1)
    embedder = Fake()
    embedder.gate.clear()
    running = asyncio.create_task(reembedding(database, embedder).all("p1", report=silent))
    while not embedder.asked:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0.001)
    await publish(database, "p1", edition=2)
    embedder.gate.set()
    assert await running == Reembedded(blogs=1, vectors=4)
    assert embedder.asked[-1] == "Causes: The moon pulls the sea, edition 2."
    for name in (QUESTIONS, PASSAGES):
        async for document in database[name].find():
            vectors = document["vectors"]
            assert ("other_new/4" in vectors) == (document["version"] == 2)
    assert len(await search(database, NEW).nearest("p1", VectorKind.QUESTION, NEW_QUERY, limit=9)) == 2


async def test_a_blog_that_is_published_behind_the_walk_is_counted(database: Database) -> None:
    first, second = sorted(URLS[:2], key=lambda url: blog_id("p1", url))
    await publish(database, "p1", first)
    await publish(database, "p1", second)

    class Republishing(Fake):
        async def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if len(self.asked) == 5:  # All of the first blog's.
                await publish(database, "p1", first, edition=2)
            return await super().embed_passages(texts)

    assert await reembedding(database, Republishing()).all("p1", report=silent) == Reembedded(2, 8, lacking=1)
    assert await reembedding(database, Fake()).all("p1", report=silent) == Reembedded(1, 4)


async def test_a_blog_that_is_deleted_meanwhile_stays_deleted(database: Database) -> None:
    await publish(database, "p1")
    embedder = Fake()
    embedder.gate.clear()
    running = asyncio.create_task(reembedding(database, embedder).all("p1", report=silent))
    while not embedder.asked:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0.001)
    await delete_blog(database, blog_id("p1", URLS[0]))
    embedder.gate.set()
    assert await running == Reembedded()
    assert [await database[name].count_documents({}) for name in (SUMMARIES, QUESTIONS, PASSAGES)] == [0, 0, 0]


async def test_running_twice_at_once_and_again_is_safe(database: Database) -> None:
    for url in URLS:
        await publish(database, "p1", url)
    both = await asyncio.gather(*(reembedding(database, Fake()).all("p1", report=silent) for _ in range(2)))
    assert sum(each.blogs for each in both) >= 3
    assert await models_of(database) == [[OLD, NEW]] * 3
    again = Fake()
    assert await reembedding(database, again).all("p1", report=silent) == Reembedded()
    assert again.asked == []


async def test_a_run_that_was_stopped_goes_on_where_it_was(database: Database) -> None:
    for url in URLS:
        await publish(database, "p1", url)
    embedder = Fake()
    seen: list[tuple[int, int]] = []

    def stop_after_one(done: int, total: int) -> None:
        seen.append((done, total))
        embedder.failures = [ModelMisconfigured("the key is refused")]

    with pytest.raises(ModelMisconfigured):
        await reembedding(database, embedder).all("p1", report=stop_after_one)
    assert seen == [(1, 3)]
    assert await reembedding(database, Fake()).all("p1", report=silent) == Reembedded(blogs=2, vectors=8)


async def test_what_fails_for_the_moment_is_tried_again_but_not_for_ever(database: Database) -> None:
    await publish(database, "p1")
    embedder = Fake()
    embedder.failures = [ModelUnavailable("busy")] * 2
    assert (await reembedding(database, embedder).all("p1", report=silent)).blogs == 1
    await publish(database, "p1", edition=2)
    embedder.failures = [ModelUnavailable("busy")] * 100
    with pytest.raises(ModelUnavailable):
        await reembedding(database, embedder).all("p1", report=silent)


async def test_only_the_publisher_that_was_named_is_moved(database: Database) -> None:
    await publish(database, "p1")
    await publish(database, "p2")
    await reembedding(database, Fake()).all("p2", report=silent)
    assert await database[SUMMARIES].distinct("publisher_id", {"models": NEW}) == ["p2"]


async def test_other_models_vectors_leave_only_blogs_that_have_the_new_ones(database: Database) -> None:
    await publish(database, "p1", URLS[0])
    moving = reembedding(database, Fake())
    await moving.all("p1", report=silent)
    await publish(database, "p1", URLS[1])
    assert await moving.drop_others("p1") == 1
    assert await moving.drop_others("p1") == 0
    assert sorted(await models_of(database)) == [[NEW], [OLD]]
    for model, query, url in ((OLD, OLD_QUERY, URLS[1]), (NEW, NEW_QUERY, URLS[0])):
        found = await everything(search(database, model), query)
        assert {hit.group for hits in found.values() for hit in hits} == {blog_id("p1", url)}
    stored = await database[PASSAGES].find({"blog_id": blog_id("p1", URLS[0])}).to_list()
    assert [list(passage["vectors"]) for passage in stored] == [["other_new/4"]]


async def test_versions_of_blogs_with_two_models_are_read_from_the_index_alone(database: Database) -> None:
    await publish(database, "p1")
    await reembedding(database, Fake()).all("p1", report=silent)
    query = {"publisher_id": "p1", "models": NEW}
    plan = await database[SUMMARIES].find(query, {"_id": 1, "published_version": 1}).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 0


class TestCommand:
    async def run(self, mongod: Mongod, database: Database, *arguments: str, **settings: str) -> tuple[int, str, str]:
        environment = {"MONGODB_URL": mongod.url, "BLOGQA_MONGODB_DATABASE": database.name, **settings}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "worker_service.reembed", *arguments),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def test_it_moves_a_publisher_and_says_what_it_did(self, mongod: Mongod, database: Database) -> None:
        publisher = await PublisherRepository(database).ensure(name="Sea", domains=["example.com"], key=new_key())
        await publish(database, publisher.id, URLS[0])
        await publish(database, "somebody else", URLS[0])
        code, out, err = await self.run(mongod, database, "--publisher", "Sea")
        assert (code, out) == (0, "Blogs embedded: 1, vectors written: 4.\n")
        logged: list[dict[str, Any]] = [json.loads(line) for line in err.splitlines()]
        assert [(line["event"], line.get("done")) for line in logged] == [("reembedding", 1), ("reembedded", None)]
        assert sorted(await models_of(database), key=len) == [[OLD], [OLD, LocalEmbedder.model]]
        code, out, _ = await self.run(mongod, database, "--publisher", publisher.id, "--drop-others")
        assert (code, out) == (
            0,
            "Blogs embedded: 0, vectors written: 0.\nBlogs whose other vectors were removed: 1.\n",
        )
        assert sorted(await models_of(database)) == [[LocalEmbedder.model], [OLD]]

    @pytest.mark.parametrize(
        ("arguments", "settings", "code", "sentence"),
        [
            (["--publisher", "Nobody"], {}, 1, "Stopped: there is no publisher with the name or id 'Nobody'"),
            ([], {"BLOGQA_EMBEDDINGS": "openai"}, 1, "needs OPENAI_API_KEY or OPENAI_BASE_URL"),
            ([], {"MONGODB_URL": "mongodb://127.0.0.1:9/?replicaSet=x"}, 1, "Stopped: MongoDB does not answer"),
            (["--what"], {}, 2, "unrecognized arguments: --what"),
        ],
    )
    async def test_what_is_wrong_is_said_in_a_sentence(
        self,
        mongod: Mongod,
        database: Database,
        arguments: list[str],
        settings: dict[str, str],
        code: int,
        sentence: str,
    ) -> None:
        ended, out, err = await self.run(mongod, database, *arguments, **settings)
        assert (ended, out) == (code, "")
        assert sentence in err
        assert "Traceback" not in err
