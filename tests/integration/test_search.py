"""Searching by meaning: related articles through HTTP, and how the index in memory follows the database."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from api_service.core.settings import SearchName
from api_service.data.vector_repository import BlogVectors, VectorKind, VectorRepository
from api_service.services.memory_search import MemorySearch
from api_service.services.vector_search import SearchStatus
from shared.ai.embeddings import LocalEmbedder
from shared.data.content_repository import PASSAGES, QUESTIONS, SUMMARIES, delete_blog
from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.errors import DatabaseUnavailable, SearchNotReady
from shared.models.content import Article, Passage, QuestionKind
from shared.models.job_queue import JobResult
from shared.models.published import blog_id
from tests.conftest import Api
from tests.integration.problems import assert_problem
from tests.integration.stories import claim_for, publication, publish
from tests.integration.waiting import eventually
from worker_service.data.publishing_repository import Publication, PublishedDraft, PublishingRepository, Validators

SIMILAR = "/api/v1/search/similar"

BLOGS = {
    "bread": ("en", "Why does bread go stale?", "Bread goes stale because its starch crystallizes as the loaf cools."),
    "sourdough": (
        "en",
        "How do I feed a sourdough starter?",
        "Feed a sourdough starter with flour and water daily.",
    ),
    "brot": (
        "de",
        "Wie lagert man Brot?",
        "Brot lagert man in einem Leinenbeutel, im Kühlschrank wird es altbacken.",
    ),
    "bicycle": ("en", "How do I clean a bicycle chain?", "Clean a bicycle chain with a brush and a little paraffin."),
    "messer": (
        "de",
        "Wie schärft man ein Messer?",
        "Ein Messer schärft man auf einem nassen Stein, bis ein Grat entsteht.",
    ),
    "tax": ("en", "When is the tax return due?", "The tax return for last year is due at the end of July."),
}


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()


async def publish_story(database: Database, publisher_id: str, name: str, embedder: LocalEmbedder) -> None:
    language, question, text = BLOGS[name]
    url = f"https://example.com/{name}"
    passage = Passage(id="p1", section="", start=0, end=len(text), text=text)
    draft = PublishedDraft(question=question, answer=text, kind=QuestionKind.WHY, passages=(passage,), support=1.0)
    (summary_vector,) = await embedder.embed_passages([f"{name}\n{text}"])
    story = Publication(
        article=Article(url=url, title=name, language=language, text=text, passages=(passage,)),
        content_hash=name,
        validators=Validators(None, None),
        summary=text,
        key_points=(),
        questions=(draft,),
        passage_vectors=await embedder.embed_passages([text]),
        sentence_vectors=(await embedder.embed_passages([f"{name}: {text}"]),),
        question_vectors=await embedder.embed_queries([question]),
        summary_vector=np.asarray(summary_vector, dtype=np.float32),
        engine="extractive",
        engine_version="1",
        embedding_model=embedder.model,
        aliases=(),
    )
    claimed = await claim_for(database, publisher_id, url)
    repository = PublishingRepository(database, JobRepository(database))
    await repository.publish(claimed, story, JobResult(questions=1, version=1, engine="extractive"))


@pytest.fixture
async def library(api: Api, embedder: LocalEmbedder) -> Api:
    for name in BLOGS:
        await publish_story(api.database, api.publisher.id, name, embedder)
    return api


async def titles(api: Api, **request: Any) -> list[str]:
    response = await api.client.post(SIMILAR, json=request)
    assert response.status_code == 200, response.text
    return [article["title"] for article in response.json()["articles"]]


class TestSimilar:
    async def test_articles_near_a_text_come_first_with_the_question_that_matched(self, library: Api) -> None:
        response = await library.client.post(SIMILAR, json={"text": "my loaf is hard the next day", "limit": 2})
        first = response.json()["articles"][0]
        assert (first["title"], first["question"]["question"]) == ("bread", "Why does bread go stale?")
        assert first["url"] == "https://example.com/bread"
        assert 0 <= first["score"] <= 1
        assert response.headers["cache-control"] == "no-store"
        assert len(response.json()["articles"]) == 2

    async def test_an_article_in_another_language_comes_first_if_it_is_what_was_meant(self, library: Api) -> None:
        assert (await titles(library, text="how do I keep a knife sharp", limit=1)) == ["messer"]

    async def test_an_article_is_never_related_to_itself(self, library: Api) -> None:
        found = await titles(library, blog_url="http://www.example.com/bread/?utm_source=x", limit=20)
        assert "bread" not in found
        assert set(found) == BLOGS.keys() - {"bread"}
        assert set(found[:2]) == {"sourdough", "brot"}

    async def test_a_question_leads_to_other_articles_than_its_own(self, library: Api) -> None:
        document = await library.database[QUESTIONS].find_one({"question": "Why does bread go stale?"})
        assert document is not None
        found = await titles(library, question_id=document["_id"], limit=20)
        assert found[0] == "sourdough"
        assert set(found) == BLOGS.keys() - {"bread"}

    async def test_meaning_crosses_languages(self, library: Api) -> None:
        assert (await titles(library, text="خبز", limit=3))[:1] != ["tax"]
        assert set((await titles(library, text="pourquoi le pain rassit-il ?"))[:2]) <= {"bread", "brot", "sourdough"}

    async def test_a_publisher_with_one_article_has_no_related_ones(self, api: Api, embedder: LocalEmbedder) -> None:
        await publish_story(api.database, api.publisher.id, "bread", embedder)
        assert await titles(api, blog_url="https://example.com/bread") == []

    async def test_a_publisher_without_articles_finds_nothing(self, api: Api) -> None:
        assert await titles(api, text="bread") == []

    async def test_other_publishers_articles_do_not_exist(self, library: Api, embedder: LocalEmbedder) -> None:
        key = new_key()
        other = await PublisherRepository(library.database).ensure(name="Other", domains=["example.com"], key=key)
        await publish_story(library.database, other.id, "bicycle", embedder)
        document = await library.database[QUESTIONS].find_one({"publisher_id": library.publisher.id})
        assert document is not None
        headers = {"X-API-Key": key}
        response = await library.client.post(SIMILAR, json={"text": "bread", "limit": 20}, headers=headers)
        assert [article["title"] for article in response.json()["articles"]] == ["bicycle"]
        for request in ({"question_id": document["_id"]}, {"blog_url": "https://example.com/bread"}):
            assert_problem(await library.client.post(SIMILAR, json=request, headers=headers), 404, "not_found")

    async def test_what_is_published_and_removed_later_is_noticed(self, library: Api, embedder: LocalEmbedder) -> None:
        assert len(await titles(library, text="bread", limit=20)) == len(BLOGS)
        await delete_blog(library.database, blog_id(library.publisher.id, "https://example.com/tax"))

        async def is_gone() -> bool:
            return "tax" not in await titles(library, text="tax", limit=20)

        await eventually(is_gone)
        await publish_story(library.database, library.publisher.id, "tax", embedder)

        async def is_back() -> bool:
            return (await titles(library, text="when is the tax return due", limit=1)) == ["tax"]

        await eventually(is_back)

    @pytest.mark.parametrize(
        "request_body",
        [
            {},
            {"text": "a", "blog_url": "https://example.com/bread"},
            {"text": ""},
            {"text": "?!"},
            {"text": "x" * 501},
            {"text": {"$gt": ""}},
            {"text": "bread", "limit": 0},
            {"text": "bread", "limit": 10_000},
            {"text": "bread", "limit": "5"},
            {"text": "bread", "colour": "red"},
            {"question_id": ["x"]},
        ],
    )
    async def test_bad_requests_are_refused_field_by_field(self, api: Api, request_body: dict[str, Any]) -> None:
        problem = assert_problem(await api.client.post(SIMILAR, json=request_body), 422, "invalid_request")
        assert problem["errors"]

    @pytest.mark.parametrize(
        "request_body",
        [{"question_id": "0" * 24}, {"question_id": "$where"}, {"blog_url": "https://example.com/nowhere"}],
    )
    async def test_what_is_not_there_is_not_found(self, api: Api, request_body: dict[str, Any]) -> None:
        assert_problem(await api.client.post(SIMILAR, json=request_body), 404, "not_found")

    async def test_health_shows_what_is_loaded(self, library: Api) -> None:
        async def health() -> Any:
            return (await library.client.get("/health")).json()["search"]

        nothing = {"mode": "memory", "problem": None, "vectors": 0, "bytes": 0, "publishers": 0, "loading": 0}
        assert await health() == nothing | {"max_bytes": 1 << 30}
        await titles(library, text="bread")
        loaded = await health()
        assert (loaded["vectors"], loaded["publishers"]) == (3 * len(BLOGS), 1)
        assert 0 < loaded["bytes"] < loaded["max_bytes"]

    async def test_control_characters_and_markup_are_only_text(self, library: Api) -> None:
        assert len(await titles(library, text="<b>bread</b>\x00\u202e stale", limit=20)) == len(BLOGS)


class TestMemorySearch:
    QUERY = np.eye(1, 8, dtype=np.float32)[0]

    def search(self, database: Database, *, max_bytes: int = 1 << 20, model: str = "test/8") -> MemorySearch:
        return MemorySearch(VectorRepository(database, model=model), max_bytes=max_bytes)

    async def test_vectors_are_those_of_the_published_version(self, database: Database) -> None:
        search = self.search(database)
        await publish(database, "p1", edition=1)
        first = await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5)
        await publish(database, "p1", edition=2)
        search.touch()
        second = first

        async def is_new() -> bool:
            nonlocal second
            second = await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5)
            return second != first

        await eventually(is_new)
        assert len(first) == len(second) == 2
        assert {hit.key for hit in first}.isdisjoint(hit.key for hit in second)
        assert [hit.score for hit in second] == [1.0, 0.0]
        assert len(await search.nearest("p1", VectorKind.SUMMARY, self.QUERY, limit=5)) == 1

    async def test_vectors_of_another_model_are_never_compared(self, database: Database) -> None:
        await publish(database, "p1")
        search = self.search(database, model="another/8")
        assert await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5) == []

    async def test_the_publishers_searched_longest_ago_make_room(self, database: Database) -> None:
        for number in range(3):
            await publish(database, f"p{number}")
        alone = self.search(database)
        await alone.nearest("p0", VectorKind.QUESTION, self.QUERY, limit=1)
        search = self.search(database, max_bytes=2 * alone.nbytes)
        for number in range(3):
            assert await search.nearest(f"p{number}", VectorKind.QUESTION, self.QUERY, limit=1)
        assert (search.nbytes, len(search)) == (2 * alone.nbytes, 2 * len(alone))
        assert await search.nearest("p0", VectorKind.QUESTION, self.QUERY, limit=1)

    async def test_a_publisher_that_does_not_fit_is_refused_and_says_which_setting(self, database: Database) -> None:
        await publish(database, "p1")
        with pytest.raises(SearchNotReady, match="BLOGQA_SEARCH_BYTES"):
            await self.search(database, max_bytes=10).nearest("p1", VectorKind.QUESTION, self.QUERY, limit=1)

    async def test_a_publisher_that_does_not_fit_is_not_loaded_again_until_it_has_changed(
        self, database: Database
    ) -> None:
        class Counted(VectorRepository):
            loads = 0
            looks = 0

            async def versions(self, publisher_id: str) -> dict[str, int]:
                self.looks += 1
                return await super().versions(publisher_id)

            async def vectors(self, versions: dict[str, int]) -> dict[str, BlogVectors]:
                self.loads += 1
                return await super().vectors(versions)

        async def refused() -> float | None:
            with pytest.raises(SearchNotReady, match="BLOGQA_SEARCH_BYTES") as caught:
                await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=1)
            return caught.value.retry_after_s

        now = 0.0
        await publish(database, "p1")
        vectors = Counted(database, model="test/8")
        search = MemorySearch(vectors, max_bytes=10, clock=lambda: now)
        assert await refused() == 60.0
        now += 20.0
        search.touch()
        assert await refused() == 40.0
        assert (vectors.loads, vectors.looks) == (1, 1)
        now += 41.0
        assert await refused() == 60.0
        assert (vectors.loads, vectors.looks) == (1, 2)
        await publish(database, "p1", edition=2)
        now += 61.0
        await refused()
        assert vectors.loads == 2
        assert (len(search), search.status().publishers) == (0, 0)
        await delete_blog(database, blog_id("p1", "https://example.com/tides"))
        now += 61.0
        assert await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=1) == []

    async def test_what_is_in_memory_is_told(self, database: Database) -> None:
        await publish(database, "p1")
        search = self.search(database)
        await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=1)
        assert search.status() == SearchStatus(
            mode=SearchName.MEMORY, vectors=4, bytes=search.nbytes, max_bytes=1 << 20, publishers=1, loading=0
        )

    async def test_searches_during_a_load_wait_for_one_load(self, database: Database) -> None:
        await publish(database, "p1")
        search = self.search(database)
        found = await asyncio.gather(
            *(search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=1) for _ in range(10))
        )
        assert all(hits == found[0] for hits in found)
        assert len(search) == 4  # Two questions, a passage and a summary.

    async def test_a_publisher_dropped_while_it_is_refreshed_is_loaded_anew(self, database: Database) -> None:
        class Gated(VectorRepository):
            gate = asyncio.Event()

            async def versions(self, publisher_id: str) -> dict[str, int]:
                if publisher_id == "p1":
                    await self.gate.wait()
                return await super().versions(publisher_id)

        for number in (1, 2):
            await publish(database, f"p{number}")
        vectors = Gated(database, model="test/8")
        vectors.gate.set()
        alone = self.search(database)
        await alone.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=1)
        search = MemorySearch(vectors, max_bytes=alone.nbytes)
        found = await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5)
        vectors.gate.clear()
        search.touch()
        assert await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5) == found
        await search.nearest("p2", VectorKind.QUESTION, self.QUERY, limit=5)
        again = asyncio.create_task(search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5))
        await asyncio.sleep(0)
        vectors.gate.set()
        assert await again == found

    async def test_what_is_loaded_is_searched_while_the_database_is_away(self, database: Database) -> None:
        class Gone(VectorRepository):
            is_gone = False

            async def versions(self, publisher_id: str) -> dict[str, int]:
                if self.is_gone:
                    raise DatabaseUnavailable("gone")
                return await super().versions(publisher_id)

        await publish(database, "p1")
        vectors = Gone(database, model="test/8")
        search = MemorySearch(vectors, max_bytes=1 << 20)
        found = await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5)
        vectors.is_gone = True
        search.touch()
        for _ in range(3):
            assert await search.nearest("p1", VectorKind.QUESTION, self.QUERY, limit=5) == found
        with pytest.raises(DatabaseUnavailable):
            await search.nearest("p2", VectorKind.QUESTION, self.QUERY, limit=5)

    async def test_superseded_passages_are_marked_to_leave(self, database: Database) -> None:
        await publish(database, "p1", edition=1)
        await publish(database, "p1", edition=2)
        stored = await database[PASSAGES].find().sort("version").to_list()
        assert [("expires_at" in passage, passage["version"]) for passage in stored] == [(True, 1), (False, 2)]
        assert stored[1]["text"] == publication(edition=2).article.text

    async def test_versions_are_read_from_the_index_alone(self, database: Database) -> None:
        await publish(database, "p1")
        query = {"publisher_id": "p1", "models": "test/8"}
        plan = await database[SUMMARIES].find(query, {"_id": 1, "published_version": 1}).explain()
        assert plan["executionStats"]["totalDocsExamined"] == 0
