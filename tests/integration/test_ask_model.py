"""Readers' questions that a model answers: what of its words reaches the reader, what is kept, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from shared.data.usage_repository import COLLECTION as USAGE
from shared.models.published import blog_id
from tests.integration.articles import BREAD, COFFEE, FREEZER, MAYOR, STORIES, TWO_MONTHS, with_passage
from tests.integration.asking import Reader, reading
from tests.integration.fake_model import FakeModel, streamed
from tests.integration.waiting import eventually


def with_model(
    mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel, **settings: Any
) -> AbstractAsyncContextManager[Reader]:
    return reading(mongod, database, embedder, *STORIES, openai_base_url=fake.base_url, **settings)


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel) -> AsyncIterator[Reader]:
    prices = {"llm_prompt_price": 2.0, "llm_completion_price": 8.0}
    async with with_model(mongod, database, embedder, fake, **prices) as opened:
        yield opened


def place(fake: FakeModel, words: str) -> int:
    """The number under which the passage with these words was shown to the model last."""
    lines = fake.requests[-1]["messages"][-1]["content"].split("\n")
    (line,) = [line for line in lines if line.startswith("[") and words in line]
    return int(line[1 : line.index("]")])


class TestWriting:
    async def test_an_answer_of_supported_sentences_carries_its_sources(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [
            streamed(
                "Sliced bread keeps",
                " for two months in the fre",
                "ezer [",
                "1",
                "]. Marta Kowalska",
                " freezes it in wax paper [1].",
            )
        ]
        events = await reader.events(FREEZER)
        assert [name for name, _ in events[:2]] == ["sources", "token"]
        assert events[-1][0] == "done"
        written = "".join(data["text"] for name, data in events if name == "token")
        assert written == f"{TWO_MONTHS}. Marta Kowalska freezes it in wax paper."
        sentences = [data for name, data in events if name == "sentence"]
        assert [(each["supported"], each["citations"]) for each in sentences] == [(True, [0]), (True, [0])]
        assert events[0][1]["citations"][0]["section"] == "Freezing"
        answer = events[-1][1]["answer"]
        assert (answer["answer"], answer["covered"], answer["engine"]) == (written, True, "openai")
        assert [each["section"] for each in answer["citations"]] == ["Freezing"]
        assert (answer["from_cache"], answer["language"], answer["notices"]) == (False, "en", [])

    async def test_the_model_is_shown_the_passages_and_the_question(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
        before = {"question": "What of the freezer?", "answer": "It is cold."}
        await reader.ask(FREEZER, history=[before])
        request = fake.requests[0]
        assert (request["stream"], request["stream_options"]) == (True, {"include_usage": True})
        system, *turns, last = request["messages"]
        assert system["role"] == "system"
        assert [(turn["role"], turn["content"]) for turn in turns] == [
            ("user", before["question"]),
            ("assistant", before["answer"]),
        ]
        assert f"Question: {FREEZER}" in last["content"]
        assert "Answer in English" in last["content"]
        for _, text in BREAD.passages:
            assert text in last["content"]

    @pytest.mark.parametrize(
        "wrong",
        [
            "Sliced bread keeps for seven months in the freezer [1].",
            "Petra Schulz freezes it in wax paper [1].",
            "Freezing destroys the vitamins of wheat, which is why doctors advise against it [1].",
            "Sliced bread never keeps for two months in the freezer [1].",
        ],
        ids=["a wrong number", "a wrong name", "made up", "the opposite"],
    )
    async def test_a_sentence_without_support_is_told_and_left_out(
        self, reader: Reader, fake: FakeModel, wrong: str
    ) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1]. {wrong}")]
        events = await reader.events(FREEZER)
        sentences = [data for name, data in events if name == "sentence"]
        assert [(each["supported"], each["citations"]) for each in sentences] == [(True, [0]), (False, [])]
        assert sentences[1]["text"] == wrong.replace(" [1]", "")
        assert events[-1][1]["answer"]["answer"] == f"{TWO_MONTHS}."

    async def test_where_nothing_that_it_writes_is_supported_text_is_quoted(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.replies = [streamed("It keeps for seven years [1].")]
        answer = await reader.ask(FREEZER)
        assert (answer["covered"], answer["engine"], answer["notices"]) == (True, "extractive", [])
        assert "seven" not in answer["answer"]
        assert TWO_MONTHS in answer["answer"]

    @pytest.mark.parametrize("mark", [" [2]", " [9]", " [0]", "", " [2, 3]"])
    async def test_a_sentence_that_names_a_wrong_passage_is_given_the_right_one(
        self, reader: Reader, fake: FakeModel, mark: str
    ) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS}{mark}.")]
        answer = await reader.ask(FREEZER)
        assert [each["section"] for each in answer["citations"]] == ["Freezing"]
        assert answer["sentences"] == [{"text": f"{TWO_MONTHS}.", "citations": [0]}]

    async def test_only_what_is_cited_is_listed(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed("Bread goes stale because its starch crystallizes. ", f"{TWO_MONTHS}.")]
        answer = await reader.ask("Why is my bread stale, and how long does it keep in the freezer?")
        cited = [answer["citations"][each["citations"][0]]["section"] for each in answer["sentences"]]
        assert cited == ["Staling", "Freezing"]
        assert len(answer["citations"]) == 2

    @pytest.mark.parametrize("reply", [("NOT COVERED",), ("NOT", " COVER", "ED."), ("**Not covered**",)])
    async def test_the_model_may_decline(self, reader: Reader, fake: FakeModel, reply: tuple[str, ...]) -> None:
        fake.replies = [streamed(*reply)]
        events = await reader.events(FREEZER)
        assert [name for name, _ in events] == ["done"]
        answer = events[0][1]["answer"]
        assert (answer["covered"], answer["answer"], answer["notices"]) == (False, "", ["not_covered"])
        assert answer["related_questions"]
        assert answer["related_articles"]

    async def test_what_nothing_is_near_to_is_not_asked_of_the_model(self, reader: Reader, fake: FakeModel) -> None:
        assert (await reader.ask(MAYOR))["notices"] == ["not_covered"]
        assert fake.requests == []

    async def test_hidden_reasoning_stays_hidden(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [
            streamed("<th", "ink>The reader wants [1] months. ", "Bread. </think>\n\n", f"{TWO_MONTHS} [1].")
        ]
        events = await reader.events(FREEZER)
        assert "".join(data["text"] for name, data in events if name == "token") == f"{TWO_MONTHS}."

    async def test_a_passage_in_another_language_is_answered_from_in_the_readers(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        right = "The water for the coffee should be 92 degrees hot, because boiling water makes it bitter"
        fake.replies = [streamed(f"{right} [1]. The water for the coffee should be 97 degrees hot [1].")]
        events = await reader.events("How hot should the water for coffee be?", COFFEE.url)
        assert [data["supported"] for name, data in events if name == "sentence"] == [True, False]
        answer = events[-1][1]["answer"]
        assert (answer["answer"], answer["language"]) == (f"{right}.", "en")
        assert answer["citations"][0]["text"] == COFFEE.passages[0][1]
        assert "Answer in English" in fake.requests[0]["messages"][-1]["content"]

    async def test_all_content_is_shown_best_first(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed("A worn chain is replaced when it has stretched by 0.75 per cent [1].")]
        answer = await reader.ask("When is a worn chain replaced?", None)
        assert place(fake, "stretched") == 1
        assert [each["section"] for each in answer["citations"]] == ["Wear"]


class TestMemory:
    async def test_the_same_question_again_costs_no_call(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
        first = await reader.ask(FREEZER)
        await reader.kept()
        again = await reader.ask("how long does SLICED bread keep in the freezer")
        assert again == first | {"from_cache": True}
        assert await reader.events(FREEZER) == [("done", {"answer": again})]
        assert len(fake.requests) == 1

    async def test_a_republished_article_with_other_content_is_asked_anew(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1]."), streamed("Sliced bread keeps for nine weeks in the freezer.")]
        await reader.events(FREEZER)
        await reader.kept()
        await reader.publish(BREAD)
        assert (await reader.ask(FREEZER))["from_cache"]
        await reader.publish(with_passage(BREAD, 2, "Sliced bread keeps for nine weeks in the freezer."))
        anew = await reader.ask(FREEZER)
        assert (anew["from_cache"], anew["answer"]) == (False, "Sliced bread keeps for nine weeks in the freezer.")
        assert len(fake.requests) == 2

    async def test_an_article_republished_while_the_model_writes_is_asked_anew(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        gate = asyncio.Event()
        fake.replies = [streamed("Sliced bread ", gate, "keeps for two months in the freezer [1].")]
        asking = asyncio.create_task(reader.ask(FREEZER))
        await fake.asked(1)
        await reader.publish(with_passage(BREAD, 2, "Sliced bread keeps for nine weeks in the freezer."))
        gate.set()
        assert "two months" in (await asking)["answer"]
        await reader.counted()
        fake.replies = [streamed("Sliced bread keeps for nine weeks in the freezer.")]
        assert "nine weeks" in (await reader.ask(FREEZER))["answer"]

    async def test_other_words_another_blog_and_a_follow_up_are_other_questions(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.otherwise = lambda _: streamed(f"{TWO_MONTHS} [1].")
        await reader.ask(FREEZER)
        await reader.kept()
        await reader.ask("How long does bread keep in the freezer?")
        await reader.ask(FREEZER, None)
        await reader.ask(FREEZER, history=[{"question": "Is it cold?", "answer": "Yes."}])
        assert len(fake.requests) == 4

    async def test_an_answer_to_masked_words_is_not_kept(self, reader: Reader, fake: FakeModel) -> None:
        fake.otherwise = lambda _: streamed(f"{TWO_MONTHS} [1].")
        question = f"I am jane@example.org. {FREEZER}"
        for _ in range(2):
            assert not (await reader.ask(question))["from_cache"]
        assert all("answer" not in each for each in await reader.counted())
        assert len(fake.requests) == 2

    async def test_a_question_that_the_model_finds_no_answer_to_is_counted_as_not_covered(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.replies = [streamed("NOT COVERED")]
        await reader.ask(FREEZER)
        (counted,) = await reader.counted()
        assert (counted["question"], counted["covered"]) == (FREEZER, False)
        assert "answer" not in counted


class TestCost:
    async def usage(self, reader: Reader, calls: int = 1) -> dict[str, Any]:
        """What asking has cost, once so many calls are counted: nobody waits for that with an answer."""
        counted = {"publisher_id": reader.publisher.id, "ask.calls": {"$gte": calls}}
        document = await eventually(lambda: reader.database[USAGE].find_one(counted))
        assert document is not None
        used: dict[str, Any] = document["ask"]
        return used

    async def test_tokens_and_their_price_are_counted(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1].", usage=(1_000, 50)), streamed("NOT COVERED", usage=(500, 4))]
        await reader.ask(FREEZER)
        await reader.ask(FREEZER, None)
        used = await self.usage(reader, calls=2)
        assert used.pop("cost_usd") == pytest.approx((1_500 * 2 + 54 * 8) / 1e6)
        assert used == {"calls": 2, "prompt_tokens": 1_500, "completion_tokens": 54}

    async def test_tokens_that_the_endpoint_does_not_count_are_estimated(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1].", usage=None)]
        await reader.ask(FREEZER)
        used = await self.usage(reader)
        letters = sum(len(message["content"]) for message in fake.requests[0]["messages"])
        assert letters / 5 < used["prompt_tokens"] < letters
        assert len(TWO_MONTHS) / 5 < used["completion_tokens"] < len(TWO_MONTHS)
        assert used["cost_usd"] > 0

    async def test_a_spent_budget_calls_no_model_and_quotes(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        fake.otherwise = lambda _: streamed(f"{TWO_MONTHS} [1].", usage=(90, 10))
        async with with_model(mongod, database, embedder, fake, ask_tokens_per_day=100) as reader:
            assert (await reader.ask(FREEZER))["engine"] == "openai"
            await self.usage(reader)
            spent = await reader.ask(FREEZER, None)
            assert (spent["engine"], spent["notices"], spent["covered"]) == ("extractive", ["budget_spent"], True)
            assert len(fake.requests) == 1
            yesterday = {"$set": {"day": "2000-01-01"}}
            await database[USAGE].update_one({"publisher_id": reader.publisher.id}, yesterday)
            assert (await reader.ask("How long can bread be kept in the freezer?"))["engine"] == "openai"

    async def test_a_kept_answer_is_served_whatever_is_left_of_the_budget(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
        async with with_model(mongod, database, embedder, fake, ask_tokens_per_day=100) as reader:
            await reader.events(FREEZER)
            await reader.kept()
            answer = await reader.ask(FREEZER)
            assert (answer["from_cache"], answer["notices"], answer["engine"]) == (True, [], "openai")

    async def test_an_answer_is_forgotten_with_any_blog_that_it_cites(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
        await reader.events(FREEZER, None)
        await reader.kept()
        (kept,) = await reader.counted()
        assert kept["blog_ids"] == list(kept["content"]) == [blog_id(reader.publisher.id, BREAD.url)]
