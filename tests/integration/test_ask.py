"""Readers' questions over HTTP where answers are quoted: what is answered from what, and what is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.content_repository import QUESTIONS
from shared.data.database import Database
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.models.published import blog_id
from tests.integration.articles import BREAD, CHAIN, COFFEE, FREEZER, MAYOR, publish_story
from tests.integration.asking import ASK, Reader, reading
from tests.integration.problems import assert_problem
from tests.integration.waiting import eventually


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder) -> AsyncIterator[Reader]:
    async with reading(mongod, database, embedder) as opened:
        yield opened


class TestAnswers:
    async def test_an_answer_is_quoted_and_says_where_it_stands(self, reader: Reader) -> None:
        answer = await reader.ask(FREEZER)
        assert (answer["covered"], answer["engine"], answer["from_cache"]) == (True, "extractive", False)
        assert (answer["language"], answer["notices"], answer["question_id"]) == ("en", [], None)
        (citation,) = answer["citations"]
        assert (citation["url"], citation["title"], citation["section"]) == (BREAD.url, BREAD.title, "Freezing")
        assert citation["text"] == BREAD.passages[2][1] == BREAD.text[citation["start"] : citation["end"]]
        assert answer["answer"] == citation["text"]
        assert [sentence["citations"] for sentence in answer["sentences"]] == [[0], [0]]
        assert " ".join(sentence["text"] for sentence in answer["sentences"]) == answer["answer"]

    async def test_what_is_not_covered_is_said_and_what_is_near_is_offered(self, reader: Reader) -> None:
        answer = await reader.ask(MAYOR)
        assert (answer["covered"], answer["answer"], answer["notices"]) == (False, "", ["not_covered"])
        assert (answer["sentences"], answer["citations"], answer["question_id"]) == ([], [], None)
        assert {each["question"] for each in answer["related_questions"]} == {each for each, _ in BREAD.questions}
        assert {each["url"] for each in answer["related_articles"]} == {CHAIN.url, COFFEE.url}

    @pytest.mark.parametrize("blog_url", [BREAD.url, None])
    @pytest.mark.parametrize(
        "question", ["why does BREAD go stale", " Why  does bread go stale?! ", "Why does bread go stale…"]
    )
    async def test_a_stored_question_in_the_same_words_is_answered_with_its_answer(
        self, reader: Reader, question: str, blog_url: str | None
    ) -> None:
        stored = await reader.database[QUESTIONS].find_one({"question": "Why does bread go stale?"})
        assert stored is not None
        answer = await reader.ask(question, blog_url)
        assert (answer["from_cache"], answer["question_id"], answer["covered"]) == (True, stored["_id"], True)
        assert (answer["answer"], [each["section"] for each in answer["citations"]]) == (stored["answer"], ["Staling"])
        assert answer["sentences"] == [{"text": stored["answer"], "citations": [0]}]
        assert stored["_id"] not in {each["id"] for each in answer["related_questions"]}

    @pytest.mark.parametrize("question", ["Why does bread not go stale?", "When does bread go stale?"])
    async def test_a_question_that_differs_in_a_word_that_matters_is_another(
        self, reader: Reader, question: str
    ) -> None:
        answer = await reader.ask(question)
        assert (answer["from_cache"], answer["question_id"]) == (False, None)

    async def test_a_follow_up_is_understood_from_what_was_asked_before(self, reader: Reader) -> None:
        alone = await reader.ask("And for how long?")
        before = {"question": "Can I keep sliced bread in the freezer?", "answer": "Yes."}
        answer = await reader.ask("And for how long?", history=[before])
        assert not alone["covered"]
        assert "two months" in answer["answer"]

    async def test_a_follow_up_is_not_taken_for_the_stored_question_that_it_sounds_like(self, reader: Reader) -> None:
        before = {"question": "What of rye?", "answer": "It keeps longer."}
        assert not (await reader.ask("Why does bread go stale?", history=[before]))["from_cache"]

    async def test_a_blog_answers_from_itself_and_without_one_everything_does(self, reader: Reader) -> None:
        question = "When is a worn chain replaced?"
        assert not (await reader.ask(question, BREAD.url))["covered"]
        for blog_url in (CHAIN.url, None):
            answer = await reader.ask(question, blog_url)
            assert [each["url"] for each in answer["citations"]] == [CHAIN.url]
            assert "0.75 per cent" in answer["answer"]

    async def test_of_two_questions_in_one_the_part_that_is_covered_is_answered(self, reader: Reader) -> None:
        answer = await reader.ask("Who is the mayor of Warsaw, and how long does sliced bread keep in the freezer?")
        assert [each["section"] for each in answer["citations"]] == ["Freezing"]

    async def test_what_is_in_another_language_is_quoted_as_it_stands(self, reader: Reader) -> None:
        answer = await reader.ask("How hot should the water for coffee be?", COFFEE.url)
        assert (answer["language"], answer["answer"]) == ("de", COFFEE.passages[0][1])

    async def test_a_question_is_answered_from_the_newest_version(self, reader: Reader) -> None:
        await reader.ask(FREEZER, None)
        changed = replace(
            BREAD, passages=(*BREAD.passages[:2], ("Freezing", "Sliced bread keeps for nine weeks in the freezer."))
        )
        await reader.publish(changed)
        assert (await reader.ask(FREEZER))["answer"] == "Sliced bread keeps for nine weeks in the freezer."

        async def is_new() -> bool:
            return "nine weeks" in (await reader.ask(FREEZER, None))["answer"]

        await eventually(is_new)


class TestBlogs:
    async def test_another_publishers_blog_is_as_unknown_as_one_that_does_not_exist(
        self, reader: Reader, embedder: Embedder
    ) -> None:
        other = await PublisherRepository(reader.database).ensure(name="Other", domains=["example.com"], key=new_key())
        theirs = replace(BREAD, url="https://example.com/theirs")
        await publish_story(reader.database, other.id, theirs, embedder)
        problems = [
            assert_problem(await reader.client.post(ASK, json={"question": FREEZER, "blog_url": url}), 404, "not_found")
            for url in (theirs.url, "https://example.com/nobodys")
        ]
        details = [problem["detail"].replace("theirs", "…").replace("nobodys", "…") for problem in problems]
        assert details[0] == details[1]
        assert "jobs/process" in details[0]

    async def test_all_content_is_all_of_the_publishers_own(self, reader: Reader, embedder: Embedder) -> None:
        key = new_key()
        other = await PublisherRepository(reader.database).ensure(name="Other", domains=["example.com"], key=key)
        await publish_story(reader.database, other.id, CHAIN, embedder)
        reader.client.headers["X-API-Key"] = key
        answer = await reader.ask(FREEZER, None)
        assert (answer["covered"], answer["citations"]) == (False, [])
        assert {each["url"] for each in answer["related_articles"]} <= {CHAIN.url}
        assert {each["question"] for each in answer["related_questions"]} <= {each for each, _ in CHAIN.questions}

    async def test_a_blog_that_is_being_processed_says_when_to_ask_again(self, reader: Reader) -> None:
        body = {"question": FREEZER, "blog_url": "https://example.com/new"}
        job = (await reader.client.post("/api/v1/jobs/process", json={"blog_url": body["blog_url"]})).json()
        response = await reader.client.post(ASK, json=body)
        assert_problem(response, 503, "still_processing")
        assert int(response.headers["retry-after"]) > 0
        await reader.database["processing_jobs"].update_one({"_id": job["job_id"]}, {"$set": {"state": "failed"}})
        assert_problem(await reader.client.post(ASK, json=body), 404, "not_found")

    async def test_a_blog_that_is_processed_again_still_answers(self, reader: Reader) -> None:
        await reader.client.post("/api/v1/jobs/process", json={"blog_url": BREAD.url, "force": True})
        assert (await reader.ask(FREEZER))["covered"]

    async def test_a_blog_is_found_by_any_form_of_its_address(self, reader: Reader) -> None:
        loaf = blog_id(reader.publisher.id, "https://example.com/loaf")
        await reader.publish(replace(BREAD, aliases=(loaf,)))
        for url in ("https://example.com/loaf", "http://www.EXAMPLE.com/bread/?utm_source=x#top"):
            answer = await reader.ask(FREEZER, url)
            assert [each["url"] for each in answer["citations"]] == [BREAD.url]


class TestSearchIndex:
    async def test_an_index_too_large_stops_only_questions_about_all_content(
        self, mongod: Mongod, database: Database, embedder: Embedder
    ) -> None:
        async with reading(mongod, database, embedder, BREAD, search_bytes=10) as reader:
            response = await reader.client.post(ASK, json={"question": FREEZER})
            assert_problem(response, 503, "search_not_ready")
            assert int(response.headers["retry-after"]) > 0
            assert (await reader.ask(FREEZER))["covered"]
            uncovered = await reader.ask(MAYOR)
            assert (uncovered["notices"], uncovered["related_articles"]) == (["not_covered"], [])
            assert uncovered["related_questions"]
            stored = await reader.client.get("/api/v1/questions/by-url", params={"blog_url": BREAD.url})
            assert stored.status_code == 200

    async def test_questions_about_all_content_are_answered_once_the_index_is_loaded(
        self, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api_service.services.memory_search._LOAD_WAIT_S", 0.0)
        body = {"question": FREEZER}
        response = await reader.client.post(ASK, json=body)
        assert_problem(response, 503, "search_not_ready")
        assert int(response.headers["retry-after"]) > 0

        async def is_loaded() -> bool:
            return (await reader.client.post(ASK, json=body)).status_code == 200

        await eventually(is_loaded)
