from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from shared.ai.embeddings import LocalEmbedder, Vectors
from shared.models.content import Article, Draft, DraftQuestion, Passage, QuestionKind
from worker_service.services.grounding import MAX_QUESTIONS, Grounded, Rejection, claims, ground, ground_draft

TABLE = json.loads(Path(__file__).with_name("grounding_cases.json").read_text("utf-8"))
SUPPORTED = {"verbatim", "paraphrase"}


@pytest.fixture(scope="module")
def embedder() -> Iterator[LocalEmbedder]:
    opened = LocalEmbedder()
    yield opened
    asyncio.run(opened.aclose())


def article(*texts: str, language: str = "en", title: str = "", sections: tuple[str, ...] = ()) -> Article:
    passages, offset = [], 0
    for number, text in enumerate(texts, 1):
        section = sections[number - 1] if sections else ""
        passages.append(Passage(id=f"p{number}", section=section, start=offset, end=offset + len(text), text=text))
        offset += len(text) + 1
    return Article(
        url="https://x.example/", title=title, language=language, text="\n".join(texts), passages=tuple(passages)
    )


def asked(question: str, answer: str, *passage_ids: str) -> DraftQuestion:
    return DraftQuestion(question=question, answer=answer, passage_ids=passage_ids or ("p1",), kind=QuestionKind.OTHER)


def draft(*questions: DraftQuestion, summary: str = "", key_points: tuple[str, ...] = ()) -> Draft:
    return Draft(summary=summary, key_points=key_points, questions=questions)


def reasons(result: Grounded) -> list[Rejection]:
    return [dropped.reason for dropped in result.dropped]


HONEY = article(
    "Honey keeps for decades because it holds less than 18 percent water, so little that bacteria dry out in it.",
    "In 1913 the archaeologist Theodore Davis opened a tomb in Egypt and found jars whose honey was still edible.",
    "Once a jar is opened, honey draws moisture from the air and can ferment.",
    "Beekeepers in Anatolia sell a dark honey made from the nectar of rhododendron flowers.",
)
WATER = asked(
    "Why does honey keep so long?", "Honey holds less than 18 percent water, so little that bacteria dry out in it."
)
TOMB = asked("Who found edible honey in a tomb?", "Theodore Davis found jars of edible honey in 1913.", "p2")


@pytest.fixture(scope="module")
def verdicts(embedder: LocalEmbedder) -> list[tuple[dict[str, str], bool]]:
    """Every case of the table with whether its answer is kept whole."""
    cases = TABLE["cases"]
    texts = {name: passage["text"] for name, passage in TABLE["passages"].items()}
    drafts = [draft(asked(case["question"], case["answer"])) for case in cases]
    sources = [
        article(texts[case["passage"]], language=TABLE["passages"][case["passage"]]["language"]) for case in cases
    ]
    said = [sentence for pair in zip(drafts, sources, strict=True) for sentence in claims(*pair)]

    async def embed() -> tuple[Vectors, Vectors, Vectors]:
        questions = await embedder.embed_queries([case["question"] for case in cases])
        return questions, await embedder.embed_passages(said), await embedder.embed_passages(list(texts.values()))

    questions, sentences, passages = asyncio.run(embed())
    vector_of = dict(zip(said, sentences, strict=True)) | dict(zip(texts, passages, strict=True))
    decided = []
    for case, proposed, source, question in zip(cases, drafts, sources, questions, strict=True):
        result = ground(
            proposed,
            source,
            question_vectors=question[np.newaxis],
            claim_vectors={sentence: vector_of[sentence] for sentence in claims(proposed, source)},
            passage_vectors=vector_of[case["passage"]][np.newaxis],
            unrelated=0.75,
        )
        decided.append((case, [kept.answer for kept in result.questions] == [case["answer"]]))
    return decided


def test_the_labelled_table_is_told_apart(verdicts: list[tuple[dict[str, str], bool]]) -> None:
    right = [is_kept for case, is_kept in verdicts if case["label"] in SUPPORTED]
    wrong = [is_kept for case, is_kept in verdicts if case["label"] not in SUPPORTED]
    mistakes = [
        f"{'kept' if is_kept else 'dropped'} {case['label']}: {case['answer']}"
        for case, is_kept in verdicts
        if is_kept != (case["label"] in SUPPORTED)
    ]

    assert sum(right) / (sum(right) + sum(wrong)) >= 0.95, mistakes
    assert sum(right) / len(right) >= 0.85, mistakes


def test_verbatim_answers_are_never_dropped_for_lack_of_support(verdicts: list[tuple[dict[str, str], bool]]) -> None:
    assert all(is_kept for case, is_kept in verdicts if case["label"] == "verbatim")


async def test_a_supported_pair_is_kept_as_it_is(embedder: LocalEmbedder) -> None:
    result = await ground_draft(draft(WATER, TOMB), HONEY, embedder)

    assert [(kept.question, kept.answer, kept.passage_ids) for kept in result.questions] == [
        (pair.question, pair.answer, pair.passage_ids) for pair in (WATER, TOMB)
    ]
    assert all(0.5 <= kept.support <= 1 for kept in result.questions)
    assert result.dropped == ()


@pytest.mark.parametrize("cited", [("p1",), ("p1", "p3"), ("p77",)])
async def test_an_answer_is_cited_anew_from_the_passage_that_supports_it(
    embedder: LocalEmbedder, cited: tuple[str, ...]
) -> None:
    result = await ground_draft(draft(asked(TOMB.question, TOMB.answer, *cited)), HONEY, embedder)

    assert result.questions[0].passage_ids == ("p2",)
    assert result.questions[0].answer == TOMB.answer


async def test_an_answer_that_needs_two_passages_gets_both(embedder: LocalEmbedder) -> None:
    answer = "Honey holds less than 18 percent water. Once a jar is opened, it draws moisture from the air."

    result = await ground_draft(draft(asked("Why can opened honey go bad?", answer, "p1")), HONEY, embedder)

    assert set(result.questions[0].passage_ids) == {"p1", "p3"}
    assert result.questions[0].answer == answer


async def test_an_unsupported_ending_is_trimmed(embedder: LocalEmbedder) -> None:
    answer = f"{WATER.answer} Doctors also prescribe spoonfuls against winter coughs."

    result = await ground_draft(draft(asked(WATER.question, answer)), HONEY, embedder)

    assert result.questions[0].answer == WATER.answer


async def test_line_breaks_of_an_answer_are_kept(embedder: LocalEmbedder) -> None:
    steps = "- Pour the water on the coffee.\n- Wait four minutes.\n- Press the plunger down."

    result = await ground_draft(draft(asked("How do I press coffee with a plunger?", steps)), article(steps), embedder)

    assert result.questions[0].answer == steps


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (asked(WATER.question, "Honey keeps for decades because it holds less than 28 percent water."), "UNSUPPORTED"),
        (asked(TOMB.question, "Howard Carter found jars of edible honey in 1913.", "p2"), "UNSUPPORTED"),
        (asked(WATER.question, "Sugar crystals scatter sunlight in every direction."), "UNSUPPORTED"),
        (asked("What does an opened jar of honey draw?", "The opened jar of honey draws.", "p3"), "UNSUPPORTED"),
        (asked(WATER.question, "Yes."), "UNSUPPORTED"),
        (asked("What is this?", WATER.answer), "NOT_A_QUESTION"),
        (asked("Honey keeps for decades.", WATER.answer), "NOT_A_QUESTION"),
        (asked("为什么蜂蜜能保存很久？", "蜂蜜含水很少。"), "WRONG_LANGUAGE"),
        (asked("Why does honey keep?", "蜂蜜含水很少。"), "WRONG_LANGUAGE"),
        (asked("Why did Napoleon like honey?", WATER.answer), "OFF_TOPIC"),
        (asked("What happened to honey in 1815?", WATER.answer), "OFF_TOPIC"),
        (asked("How do rockets reach their orbit?", WATER.answer), "OFF_TOPIC"),
        (WATER, "DUPLICATE"),
        (asked("Why does honey keep for so long?", WATER.answer), "DUPLICATE"),
    ],
)
async def test_what_cannot_be_kept_is_dropped_with_its_reason(
    embedder: LocalEmbedder, pair: DraftQuestion, reason: str
) -> None:
    result = await ground_draft(draft(WATER, pair), HONEY, embedder)

    assert [kept.question for kept in result.questions] == [WATER.question]
    assert [(dropped.question, dropped.reason.name) for dropped in result.dropped] == [(pair.question, reason)]


async def test_alike_questions_with_different_answers_are_both_kept(embedder: LocalEmbedder) -> None:
    of = article("The small bin holds 20 litres of worms and soil.", "The large bin holds 60 litres and needs a stand.")
    pairs = (
        asked("What does the small bin hold?", "The small bin holds 20 litres of worms and soil.", "p1"),
        asked("What does the large bin hold?", "The large bin holds 60 litres and needs a stand.", "p2"),
    )

    assert len((await ground_draft(draft(*pairs), of, embedder)).questions) == 2


async def test_a_question_mark_is_added_where_it_is_missing(embedder: LocalEmbedder) -> None:
    result = await ground_draft(draft(asked("Why does honey keep so long", WATER.answer)), HONEY, embedder)

    assert result.questions[0].question == "Why does honey keep so long?"


async def test_a_short_answer_in_the_passage_s_own_words_is_supported(embedder: LocalEmbedder) -> None:
    of = article("Yes. Honey keeps for decades because it holds little water.", "Bees make it from nectar.")
    of = of.model_copy(
        update={"passages": tuple(each.model_copy(update={"section": "Does honey keep?"}) for each in of.passages)}
    )
    result = await ground_draft(
        draft(asked("Does honey keep?", "Yes. Honey keeps for decades because it holds little water.")), of, embedder
    )
    assert result.questions[0].answer.startswith("Yes. Honey keeps")


async def test_proposals_of_which_nothing_is_left_are_told(embedder: LocalEmbedder) -> None:
    result = await ground_draft(draft(asked("What is this?", "It is.")), HONEY, embedder)
    assert (result.questions, len(result.dropped)) == ((), 1)


async def test_an_article_of_which_nothing_is_asked_keeps_its_summary(embedder: LocalEmbedder) -> None:
    result = await ground_draft(draft(summary="Honey keeps for decades."), HONEY, embedder)
    assert (result.questions, result.summary) == ((), "Honey keeps for decades.")


async def test_summary_and_key_points_lose_what_the_article_does_not_say(embedder: LocalEmbedder) -> None:
    true, false = "Honey keeps for decades because it holds little water.", "It was first sold in Rome in 1742."

    result = await ground_draft(draft(WATER, summary=f"{true} {false}", key_points=(false, true)), HONEY, embedder)

    assert result.summary == true
    assert result.key_points == (true,)


async def test_without_a_true_summary_the_article_s_beginning_stands_in(embedder: LocalEmbedder) -> None:
    result = await ground_draft(draft(WATER, summary="Rome fell in 476."), HONEY, embedder)

    assert result.summary == HONEY.passages[0].text


# With vectors made by hand


def axes(*rows: tuple[float, ...]) -> Vectors:
    vectors = np.array(rows, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def by_hand(proposed: Draft, of: Article, questions: Vectors, passages: Vectors) -> Grounded:
    said = dict.fromkeys(claims(proposed, of), axes((1.0, 1.0))[0])
    return ground(
        proposed,
        of,
        question_vectors=questions,
        claim_vectors=said,
        passage_vectors=passages,
        unrelated=0.0,
    )


def test_a_question_about_another_part_of_the_article_is_dropped() -> None:
    of = article(WATER.answer, *["Honey has a colour, a smell and a price."] * 9)
    away = axes((0.0, 1.0), *[(1.0, 0.1)] * 9)

    assert not by_hand(draft(WATER), of, axes((1.0, 0.0)), away).questions
    assert by_hand(draft(WATER), of, axes((0.0, 1.0)), away).questions


def test_a_heading_that_asks_the_question_connects_it_with_its_passage() -> None:
    of = article(WATER.answer, *["Honey has a colour."] * 9, sections=("Why does honey keep so long?", *["Colour"] * 9))

    assert by_hand(draft(WATER), of, axes((1.0, 0.0)), axes((0.0, 1.0), *[(1.0, 0.1)] * 9)).questions


def test_the_best_supported_questions_stay_in_their_order() -> None:
    count = MAX_QUESTIONS + 2
    texts = [f"The {word} bridge crosses the wide river." for word in WORDS[:count]]
    pairs = [
        asked(
            f"What does the {word} bridge cross?",
            "Travellers say the wide river." if index in {0, 5} else text,
            f"p{index + 1}",
        )
        for index, (word, text) in enumerate(zip(WORDS, texts, strict=False))
    ]
    apart = np.eye(count, dtype=np.float32)
    of = article(*texts)

    result = ground(
        draft(*pairs),
        of,
        question_vectors=apart,
        claim_vectors=dict.fromkeys(claims(draft(*pairs), of), np.full(count, count**-0.5, dtype=np.float32)),
        passage_vectors=apart,
        unrelated=0.0,
    )

    assert len(result.questions) == MAX_QUESTIONS
    assert reasons(result) == [Rejection.SURPLUS] * 2
    assert [kept.question for kept in result.questions] == [
        pair.question for index, pair in enumerate(pairs) if index not in {0, 5}
    ]


WORDS = "ancient covered floating golden hidden iron jagged knotted ladder marble narrow open painted quiet".split()


async def test_questions_are_not_the_same_for_the_topic_in_front_of_them(embedder: LocalEmbedder) -> None:
    of = article(
        "Honey keeps for decades because it holds little water.",
        "Honey sets at fourteen degrees, and a warm bath makes it clear again.",
    )
    result = await ground_draft(
        draft(
            asked("Honey in the kitchen: how long does it keep?", of.passages[0].text, "p1"),
            asked("Honey in the kitchen: why does it set?", of.passages[1].text, "p2"),
            asked("Honey in the kitchen: how long will it keep?", of.passages[0].text, "p1"),
        ),
        of,
        embedder,
    )
    assert [question.question for question in result.questions] == [
        "Honey in the kitchen: how long does it keep?",
        "Honey in the kitchen: why does it set?",
    ]


@pytest.mark.parametrize(
    ("passage", "question", "answer"),
    [
        ("A dose should take 2.5 mg.", "How much is a dose?", "5 mg."),
        ("They sold 1,200 lamps in 2019 alone.", "How many lamps were sold in 2019?", "200 lamps in 2019."),
        ("There is no evidence that vitamin C prevents colds.", "What prevents colds?", "Vitamin C prevents colds."),
        ("It is not true that aspirin cures cancer.", "Does aspirin cure cancer?", "Aspirin cures cancer."),
        ("Adults must not take ibuprofen with alcohol.", "What do adults take?", "Take ibuprofen with alcohol."),
        (
            "Is bleach safe to drink? No. Can lamps be washed with bleach? Yes. Always dilute the bleach first.",
            "Is bleach safe to drink?",
            "Yes. Always dilute the bleach first.",
        ),
    ],
)
async def test_a_part_of_a_sentence_is_no_quotation(
    passage: str, question: str, answer: str, embedder: LocalEmbedder
) -> None:
    assert not (await ground_draft(draft(asked(question, answer)), article(passage), embedder)).questions
