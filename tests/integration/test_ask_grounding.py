"""What a model writes and no passage says: leading questions, other languages, answers that were cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from tests.integration.articles import BREAD, FREEZER, TWO_MONTHS, Story
from tests.integration.asking import Reader, reading
from tests.integration.fake_model import FakeModel, streamed

MILK = Story(
    url="https://example.com/milk",
    title="Heating milk",
    language="en",
    passages=(
        ("The lid", "Never put the lid on while the milk is heating, because it boils over within two minutes."),
    ),
    questions=(("What pot is best for milk?", 0),),
)
LID = "Soll ich den Deckel auflegen, während die Milch erhitzt wird?"


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel) -> AsyncIterator[Reader]:
    async with reading(mongod, database, embedder, BREAD, MILK, openai_base_url=fake.base_url) as opened:
        yield opened


async def verdicts(reader: Reader, question: str, blog_url: str) -> list[bool]:
    """Which of the sentences that the model writes are supported; the answer consists of just those."""
    events = await reader.events(question, blog_url)
    sentences = [data for name, data in events if name == "sentence"]
    written = [each["text"] for each in sentences if each["supported"]]
    answer = events[-1][1]["answer"]
    assert [each["text"] for each in answer["sentences"]] == written or answer["engine"] == "extractive"
    assert all(each["text"] not in answer["answer"] for each in sentences if not each["supported"])
    return [each["supported"] for each in sentences]


class TestLeadingQuestions:
    @pytest.mark.parametrize(
        ("question", "echo"),
        [
            (
                "Does sliced frozen bread cause stomach cancer?",
                "Yes, sliced frozen bread causes stomach cancer",
            ),
            (
                "Does sliced frozen bread cause stomach cancer?",
                "Sliced bread that is kept in the freezer does cause stomach cancer",
            ),
            (
                "Did Marta Kowalska steal the wax paper for the sliced bread?",
                "Marta Kowalska did steal the wax paper for the sliced bread",
            ),
        ],
    )
    async def test_a_question_does_not_prove_what_it_says(
        self, reader: Reader, fake: FakeModel, question: str, echo: str
    ) -> None:
        fake.replies = [streamed(f"{TWO_MONTHS} [1]. {echo} [1].")]
        assert await verdicts(reader, question, BREAD.url) == [True, False]
        fake.replies = [streamed(f"{echo} [1].")]
        assert await verdicts(reader, f"Tell me: {question}", BREAD.url) == [False]

    async def test_words_of_the_question_that_the_passage_has_do_no_harm(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed("Yes, Marta Kowalska freezes sliced bread in wax paper [1].")]
        assert await verdicts(reader, "Does Marta Kowalska freeze sliced bread in wax paper?", BREAD.url) == [True]


IN_ENGLISH = [
    ("Never put the lid on while the milk is heating", True),
    ("Always put the lid on while the milk is heating", False),
    ("Put the lid on while the milk is heating, because it boils over within two minutes", False),
    ("Doctors recommend copper saucepans against dangerous bacteria", False),
    ("The milk boils over within twelve minutes", False),
]


IN_GERMAN = [
    ("Der Deckel darf beim Erhitzen der Milch nicht aufgelegt werden", True),
    ("Ohne Deckel kocht die Milch beim Erhitzen nicht innerhalb von zwei Minuten über", True),
    ("Der Deckel soll beim Erhitzen der Milch immer aufgelegt werden", False),
    ("Legen Sie den Deckel nicht auf, denn die Milch kocht in zwölf Minuten über", False),
    ("Legen Sie den Deckel nicht auf, sagt Petra Schulz", False),
]


class TestOtherLanguages:
    async def test_what_a_model_writes_in_the_passages_language_is_checked_in_it(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        for number, (sentence, is_supported) in enumerate(IN_ENGLISH):
            fake.replies = [streamed(f"{sentence} [1].")]
            assert await verdicts(reader, f"{LID} ({number})", MILK.url) == [is_supported], sentence
        assert all("in German" in request["messages"][-1]["content"] for request in fake.requests)
        assert len(fake.requests) == len(IN_ENGLISH)

    async def test_what_it_writes_in_the_readers_language_may_use_ordinary_nouns_and_no_other_number(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        for number, (sentence, is_supported) in enumerate(IN_GERMAN):
            fake.replies = [streamed(f"{sentence} [1].")]
            assert await verdicts(reader, f"{LID} ({number})", MILK.url) == [is_supported], sentence
        assert len(fake.requests) == len(IN_GERMAN)


class TestEndings:
    async def test_the_sentence_at_which_an_answer_is_cut_off_is_left_out(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.replies = [
            streamed(f"{TWO_MONTHS} [1]. Marta Kowalska freezes it in wax paper", finish_reason="length"),
        ]
        answer = await reader.ask(FREEZER)
        assert (answer["answer"], answer["engine"]) == (f"{TWO_MONTHS}.", "openai")

    async def test_an_answer_of_one_sentence_that_is_cut_off_is_none(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(TWO_MONTHS, finish_reason="length")]
        answer = await reader.ask(FREEZER)
        assert answer["engine"] != "openai"
        assert answer["answer"] == BREAD.passages[2][1]

    @pytest.mark.parametrize("finish_reason", ["stop", "length"])
    async def test_reasoning_that_never_ends_is_shown_to_nobody(
        self, reader: Reader, fake: FakeModel, finish_reason: str
    ) -> None:
        fake.replies = [streamed("<think>", f"{TWO_MONTHS}, says passage 1. Hence", finish_reason=finish_reason)]
        events = await reader.events(FREEZER)
        assert [name for name, _ in events] == ["sources", "done"]
        answer = events[-1][1]["answer"]
        assert (answer["engine"], answer["notices"]) == ("extractive", ["model_unavailable"])

    async def test_a_sentence_that_begins_with_not_covered_is_an_answer(self, reader: Reader, fake: FakeModel) -> None:
        said = "Not covered in wax paper, sliced bread keeps for two months in the freezer"
        fake.replies = [streamed("Not cov", "ered in wax paper, sliced bread keeps for two months in the freezer [1].")]
        events = await reader.events(FREEZER)
        assert [data["text"] for name, data in events if name == "sentence"] == [f"{said}."]

    async def test_a_refusal_that_goes_on_is_a_refusal(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed("NOT COVERED by the passages. ", f"{TWO_MONTHS} [1].")]
        answer = await reader.ask(FREEZER)
        assert (answer["covered"], answer["notices"]) == (False, ["not_covered"])
