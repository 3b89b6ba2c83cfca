"""What readers are told while content changes, and which questions share what is remembered of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from api_service.core.settings import ApiSettings
from api_service.data.blog_repository import BlogRepository
from api_service.services.answers import Inquiry
from api_service.services.inquiries import Inquiries
from api_service.services.retrieval import PassageRetrieval
from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.content_repository import PASSAGES, QUESTIONS, SUMMARIES
from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.models.published import blog_id
from tests.conftest import serve
from tests.integration.articles import BREAD, CHAIN, FREEZER, STORIES, Story, with_passage
from tests.integration.asking import ASK, Reader, reading
from tests.integration.fake_model import FakeModel, Stream, streamed
from tests.integration.waiting import eventually

PAPER = "In which paper does Marta Kowalska freeze sliced bread?"
WAX = "Marta Kowalska freezes it in wax paper"
WITHDRAWN = with_passage(BREAD, 2, "A lawyer has asked for this section to be left out.")
LANGUAGES = Story(
    url="https://example.com/languages",
    title="Programming languages",
    language="en",
    passages=(
        ("C++", "The language C++ was designed by Bjarne Stroustrup in 1985."),
        ("C#", "The language C# was designed by Anders Hejlsberg in 2000."),
    ),
    questions=(("What is a compiler?", 0),),
)


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel) -> AsyncIterator[Reader]:
    stories = (*STORIES, LANGUAGES)
    async with reading(mongod, database, embedder, *stories, openai_base_url=fake.base_url) as opened:
        yield opened


@pytest.fixture
async def quoting(mongod: Mongod, database: Database, embedder: Embedder) -> AsyncIterator[Reader]:
    async with reading(mongod, database, embedder) as opened:
        yield opened


def from_the_passages(request: dict[str, Any]) -> Stream:
    """Repeats the withdrawn sentence if it is shown it, as an honest model would."""
    return streamed(f"{WAX} [1].") if WAX in request["messages"][-1]["content"] else streamed("NOT COVERED")


class TestWithdrawnText:
    @pytest.mark.parametrize("blog_url", [BREAD.url, None])
    async def test_it_is_not_quoted_from_the_moment_of_the_next_version(
        self, quoting: Reader, blog_url: str | None
    ) -> None:
        assert WAX in (await quoting.ask(PAPER, blog_url))["answer"]
        await quoting.publish(WITHDRAWN)
        answer = await quoting.ask(PAPER, blog_url)
        assert WAX not in str([answer["answer"], answer["citations"]])

    @pytest.mark.parametrize("blog_url", [BREAD.url, None])
    async def test_it_is_neither_shown_to_the_model_nor_served_from_what_was_kept(
        self, reader: Reader, fake: FakeModel, blog_url: str | None
    ) -> None:
        fake.otherwise = from_the_passages
        assert (await reader.ask(PAPER, blog_url))["answer"] == f"{WAX}."
        await reader.kept()
        await reader.publish(WITHDRAWN)
        for _ in range(2):
            answer = await reader.ask(PAPER, blog_url)
            assert (answer["from_cache"], answer["covered"]) == (False, False)
        assert all(WAX not in request["messages"][-1]["content"] for request in fake.requests[1:])

    @pytest.mark.parametrize("blog_url", [BREAD.url, None])
    async def test_it_is_not_kept_when_it_is_withdrawn_while_the_model_writes(
        self, reader: Reader, fake: FakeModel, blog_url: str | None
    ) -> None:
        gate = asyncio.Event()
        fake.replies = [streamed("Marta Kowalska ", gate, "freezes it in wax paper [1].")]
        asking = asyncio.create_task(reader.ask(PAPER, blog_url))
        await fake.asked(1)
        await reader.publish(WITHDRAWN)
        gate.set()
        assert (await asking)["answer"] == f"{WAX}."
        (counted,) = await reader.counted()
        assert "answer" not in counted
        fake.otherwise = from_the_passages
        assert not (await reader.ask(PAPER, blog_url))["covered"]


class TestKeptAnswers:
    async def test_another_model_answers_anew(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        fake.otherwise = lambda _: streamed(f"{WAX} [1].")
        settings: dict[str, Any] = {"openai_base_url": fake.base_url}
        body = {"question": PAPER, "blog_url": BREAD.url}
        async with reading(mongod, database, embedder, BREAD, llm_model="old", **settings) as reader:
            await reader.ask(PAPER)
        for model, calls in (("old", 1), ("new", 2)):
            url = SecretStr(mongod.url)
            config = ApiSettings(mongodb_url=url, mongodb_database=database.name, llm_model=model, **settings)
            async with serve(config) as client:
                client.headers["X-API-Key"] = reader.client.headers["X-API-Key"]
                answer = (await client.post(ASK, json=body)).json()
                assert answer["from_cache"] == (model == "old")
                assert len(fake.requests) == calls

    async def test_its_related_questions_are_those_of_now(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(f"{WAX} [1].")]
        await reader.ask(PAPER)
        await reader.kept()
        await reader.publish(BREAD)
        await reader.database[QUESTIONS].delete_many({"expires_at": {"$exists": True}})
        answer = await reader.ask(PAPER)
        assert (answer["from_cache"], len(answer["related_questions"])) == (True, len(BREAD.questions))
        for related in answer["related_questions"]:
            assert (await reader.client.get(f"/api/v1/questions/{related['id']}")).status_code == 200

    async def test_questions_that_differ_in_a_sign_have_answers_of_their_own(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.replies = [streamed("The language C++ was designed by Bjarne Stroustrup [1].")]
        await reader.ask("Who designed the language C++?", LANGUAGES.url)
        await reader.kept()
        fake.replies = [streamed("The language C# was designed by Anders Hejlsberg [1].")]
        answer = await reader.ask("Who designed the language C#?", LANGUAGES.url)
        assert (answer["from_cache"], answer["answer"]) == (False, "The language C# was designed by Anders Hejlsberg.")


class TestIdentity:
    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("What is C++?", "What is C#?", False),
            ("What can I buy for 5 €?", "What can I buy for 5 $?", False),
            ("यह दिन कब है?", "यह दान कब है?", False),
            ("What is 1.5?", "What is 15?", False),
            ("Is it -5?", "Is it 5?", False),
            ("What is C++?", "what is c++", True),
            ("Is 5551234567 yours?", "Is 5551234568 yours?", False),
        ],
    )
    async def test_the_same_words_are_one_question_and_a_sign_makes_another(
        self, database: Database, embedder: Embedder, one: str, other: str, is_same: bool
    ) -> None:
        publisher = await PublisherRepository(database).ensure(name="Test", domains=["example.com"], key=new_key())
        inquiries = Inquiries(BlogRepository(database), JobRepository(database), embedder)
        keys = [(await inquiries.ready(publisher, Inquiry(question=text))).key for text in (one, other)]
        assert (keys[0] == keys[1]) == is_same

    async def test_what_is_stored_is_the_same_whatever_was_masked(self, quoting: Reader) -> None:
        for secret in ("555 123 45 67", "555 123 45 68", "5551234569"):
            await quoting.ask(f"Is {secret} the number of the bread hotline?")

        async def all_are_counted() -> bool:
            return [each["count"] for each in await quoting.counted()] == [3]

        await eventually(all_are_counted)
        (counted,) = await quoting.counted()
        assert counted["question"] == "Is […] the number of the bread hotline?"


class TestLimits:
    @pytest.mark.parametrize("blog_url", [BREAD.url, None])
    @pytest.mark.parametrize(
        "question", ["why? " * 100, "".join(f"why is zap{number} zop? " for number in range(23))], ids=["same", "other"]
    )
    async def test_a_line_of_many_questions_is_searched_for_a_few(
        self, quoting: Reader, monkeypatch: pytest.MonkeyPatch, question: str, blog_url: str | None
    ) -> None:
        searched = list[str]()
        for name in ("in_blog", "in_publisher"):
            search = getattr(PassageRetrieval, name)

            async def counting(self: Any, where: Any, query: Any, search: Any = search) -> Any:
                searched.append(query.text)
                return await search(self, where, query)

            monkeypatch.setattr(PassageRetrieval, name, counting)
        await quoting.ask(question[:500], blog_url)
        assert 2 <= len(searched) <= 4

    async def test_content_is_found_while_an_index_is_missing(self, quoting: Reader) -> None:
        await quoting.database[PASSAGES].drop_index("publisher")
        try:
            assert "two months" in (await quoting.ask(FREEZER, None))["answer"]
        finally:
            await quoting.database[PASSAGES].create_index("publisher_id", name="publisher")

    async def test_what_a_blog_does_not_cover_is_said_where_no_search_can_be(
        self, mongod: Mongod, database: Database, embedder: Embedder
    ) -> None:
        async with reading(mongod, database, embedder, search="mongodb") as reader:
            answer = await reader.ask("Who is the mayor of Warsaw?")
            assert (answer["notices"], answer["related_articles"]) == (["not_covered"], [])
            assert (await reader.ask(FREEZER))["covered"]

    @pytest.mark.parametrize("newest", [BREAD, CHAIN], ids=["bread", "chain"])
    async def test_of_two_pages_that_claim_an_address_all_calls_take_the_newest(
        self, quoting: Reader, newest: Story
    ) -> None:
        address = "https://example.com/claimed"
        alias, now = blog_id(quoting.publisher.id, address), datetime.now(UTC)
        for story in (BREAD, CHAIN):
            published_at = now if story is newest else now - timedelta(days=1)
            found = await quoting.database[SUMMARIES].update_one(
                {"_id": blog_id(quoting.publisher.id, story.url)},
                {"$set": {"aliases": [alias], "published_at": published_at}},
            )
            assert found.matched_count == 1
        shown = await quoting.client.get("/api/v1/questions/by-url", params={"blog_url": address})
        assert shown.json()["title"] == newest.title
        for question, answering in ((FREEZER, BREAD), ("When is a worn chain replaced?", CHAIN)):
            assert (await quoting.ask(question, address))["covered"] == (answering is newest)
        related = await quoting.client.post("/api/v1/search/similar", json={"blog_url": address})
        assert newest.url not in [each["url"] for each in related.json()["articles"]]
