"""Pages as people write them: puns, numbered items, questions that lean on the title."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.ai.embeddings import LocalEmbedder
from shared.ai.extractive import ExtractiveEngine
from shared.ai.extractive_rules.any_language import (
    counted_list,
    numbered_headings,
    own_question,
    section_question,
    topic_of,
)
from shared.ai.extractive_rules.languages import grammar_of
from shared.ai.extractive_rules.outline import Outline
from shared.models.content import Draft, Passage, PassageKind
from tests.unit.extractive_articles import article

FILLER = "Whatever else is said here, it takes a sentence or two to say it, and nobody minds."


def outline(title: str, *headings: str, language: str = "en", text: str = FILLER) -> Outline:
    body = "\n\n".join(f"# {heading}\n\n{text}" for heading in headings) or text
    return Outline.of(article(title, body, language=language))


@pytest.fixture
async def engine() -> AsyncIterator[ExtractiveEngine]:
    embedder = LocalEmbedder()
    yield ExtractiveEngine(embedder)
    await embedder.aclose()


def answers(draft: Draft) -> dict[str, str]:
    return {entry.question: entry.answer for entry in draft.questions}


@pytest.mark.parametrize(
    ("language", "title", "heading", "question"),
    [
        ("en", "A worm bin on the balcony", "And in winter?", "A worm bin on the balcony: and in winter?"),
        ("en", "Hay fever, explained", "So how often?", "Hay fever, explained: how often?"),
        ("en", "Two days in Kotor", "And the car?", "Two days in Kotor: what about the car?"),
        ("en", "How to limewash a wall", "And the fireplace?", "Limewashing a wall: what about the fireplace?"),
        ("en", "Introducing Shared Inboxes", "How much is it?", "Shared Inboxes: how much is it?"),
        ("en", "Kestrel K2 review: the quiet one", "What about hills?", "Kestrel K2: what about hills?"),
        ("en", "How to descale a kettle", "Why so slow?", "Descaling a kettle: why so slow?"),
        ("en", "Sleeping in a car", "Cold: how cold is too cold?", "Cold: how cold is too cold?"),
        ("de", "Messer schärfen", "Und wie oft?", "Messer schärfen: wie oft?"),
        (
            "fr",
            "Pompe à chaleur : le frigo à l'envers",
            "Et par grand froid ?",
            "Pompe à chaleur : et par grand froid ?",
        ),
        ("es", "Mudarse con un gato", "¿Y las pastillas?", "Mudarse con un gato: ¿y las pastillas?"),
        ("it", "La colatura di alici", "Quanto costa (e perché)", "La colatura di alici: quanto costa (e perché)?"),
        ("pt", "Como restaurar panela de ferro", "Pode no fogo?", "Restaurar panela de ferro: pode no fogo?"),
        ("nl", "Een vouwfiets kopen", "En de prijs?", "Een vouwfiets kopen: en de prijs?"),
        ("zh", "手冲咖啡入门", "水温呢？", "手冲咖啡入门：水温呢？"),
        ("ar", "الأفلاج", "من يدفع؟", "الأفلاج: من يدفع؟"),
    ],
)
def test_a_question_that_leans_on_the_title_gets_it_in_front(
    language: str, title: str, heading: str, question: str
) -> None:
    wording = own_question(heading, outline(title, heading, language=language), grammar_of(language))
    assert wording is not None
    assert wording.question == question


@pytest.mark.parametrize("heading", ["Sounds familiar?", "So what?", "Ready?", "What's next?"])
def test_turns_of_phrase_are_no_questions(heading: str) -> None:
    assert own_question(heading, outline("A worm bin", heading), grammar_of("en")) is None


@pytest.mark.parametrize(
    ("language", "title", "topic"),
    [
        ("en", "Two days in Kotor: walls, cats and a bus", "Two days in Kotor"),
        ("en", "How to limewash a chimney (without tears)", "limewash a chimney"),
        ("en", "Why knots hold", ""),
        ("en", "9 tips for photographing your dog", ""),
        ("en", "Opinion", ""),
        ("en", "A title that goes on for so long that nobody would want to read it in front of every question", ""),
        ("fr", "Comment choisir un vélo", "choisir un vélo"),
        ("zh", "为什么砖上会长盐？", ""),
    ],
)
def test_the_topic_is_the_part_of_the_title_that_names_something(language: str, title: str, topic: str) -> None:
    assert topic_of(outline(title, language=language)) == topic


def test_a_title_that_teases_gives_the_topic_that_the_text_is_about() -> None:
    text = (
        "Hay fever comes in June. Hay fever itches, and hay fever goes. So does the fever of a cold, but not hay fever."
    )
    assert topic_of(outline("Runny in June: hay fever, explained by a doctor", text=text)) == "hay fever"


@pytest.mark.parametrize(
    ("headings", "names"),
    [
        (("1. Soil", "2. Seed", "3. Water"), ["Soil", "Seed", "Water"]),
        (("Step 1: Mix", "Step 2 - Rest", "Step 3: Bake", "Storage"), ["Mix", "Rest", "Bake"]),
        (("Zeile 1: Das Datum", "Zeile 2: Die Werte", "Zeile 3: Die Kosten"), ["Das Datum", "Die Werte", "Die Kosten"]),
        (("1º passo: lavar", "2º passo: secar", "3º passo: curar"), ["lavar", "secar", "curar"]),
        (("一、选盆", "二、育苗", "三、浇水"), ["选盆", "育苗", "浇水"]),
        (("Windows 10: the end", "Python 3: the start", "Chapter"), []),
        (("1. Soil", "2. Seed"), []),
    ],
)
def test_headings_that_count_up_are_known_in_every_style(headings: tuple[str, ...], names: list[str]) -> None:
    assert list(numbered_headings(outline("Title", *headings)).values()) == names


@pytest.mark.parametrize(
    ("language", "title", "question"),
    [
        ("en", "9 quiet cafés in Lisbon", "9 quiet cafés in Lisbon: what are they?"),
        ("de", "Abrechnung: Fünf Zeilen zum Prüfen", "Fünf Zeilen zum Prüfen: Welche sind das?"),
        ("es", "7 errores al mudarse (y cómo evitarlos)", "7 errores al mudarse: ¿cuáles son?"),
        ("zh", "5个种番茄的误区", "5个种番茄的误区：分别是什么？"),
        ("en", "2019 in review", None),
        ("en", "A quiet café in Lisbon", None),
    ],
)
def test_a_title_that_counts_asks_for_what_it_counts(language: str, title: str, question: str | None) -> None:
    assert counted_list(outline(title, language=language)) == question


@pytest.mark.parametrize(
    ("language", "heading", "text", "question"),
    [
        ("en", "Battery life", "The battery has a life of ten hours.", "Battery life: what should I know?"),
        ("fr", "Budget et transport", "Le transport coûte peu.", "Budget et transport : que faut-il savoir ?"),
        ("zh", "选盆", "盆要大，选盆先看深度。", "选盆：需要知道什么？"),
        ("en", "Flat out", "The flat bed is out of reach.", None),
        ("en", "A sitting target", "Benches are taken away by night.", None),
        ("en", "Conclusion", "The conclusion is simple.", None),
        ("en", "Deep litter, shallow thinking", "Deep litter needs thinking.", None),
    ],
)
def test_a_section_is_asked_about_if_its_text_takes_its_heading_up(
    language: str, heading: str, text: str, question: str | None
) -> None:
    source = outline("Title", heading, language=language, text=text)
    wording = section_question(heading, text, source, grammar_of(language))
    assert (wording and wording.question) == question


LISTICLE = """
I kept bees for a year and got nearly everything wrong. Here is the list, in the order in which it cost me money.

# 1. The cheap smoker

A cheap smoker goes out when you need it. Spend the extra ten pounds and fill it with dry hessian.

# 2. Opening the hive in the rain

Bees that are at home in bad weather are bees in a bad mood. Wait for sun and fifteen degrees.

# 3. And the neighbours?

Tell them before the first swarm hangs in their apple tree. A jar of honey helps.
"""


async def test_a_listicle_is_asked_for_its_items_and_their_number_is_kept(engine: ExtractiveEngine) -> None:
    draft = await engine.draft(article("3 mistakes of my first year with bees", LISTICLE))
    assert answers(draft)["3 mistakes of my first year with bees: what are they?"] == (
        "- The cheap smoker\n- Opening the hive in the rain\n- And the neighbours?"
    )
    assert not any("open the hive" in question for question in answers(draft))


async def test_steps_under_headings_answer_how_it_is_done(engine: ExtractiveEngine) -> None:
    body = """
Limewash turns to stone on the wall, if the wall lets it.

# Step 1: Strip the wall

Take the old paint off with a poultice and rinse the brick twice.

# Step 2: Wet the wall

Mist the brick until it is dark all over, and again after ten minutes.

# Step 3: Brush on a thin coat

Work the wash in with small circles, from the top down.
"""
    draft = await engine.draft(article("How to paint a chimney with limewash (and keep it there)", body))
    answer = answers(draft)["How do I paint a chimney with limewash?"]
    assert answer == (
        "- Strip the wall. Take the old paint off with a poultice and rinse the brick twice.\n"
        "- Wet the wall. Mist the brick until it is dark all over, and again after ten minutes.\n"
        "- Brush on a thin coat. Work the wash in with small circles, from the top down."
    )


async def test_a_writers_question_is_kept_though_another_passage_is_nearer(engine: ExtractiveEngine) -> None:
    body = """
# How the worms spend the winter

In winter worms slow down. Below ten degrees the worms in a bin stop eating, and in a hard winter they freeze.

# And in winter?

Wrap the box in a blanket and push it against the house.
"""
    draft = await engine.draft(article("A worm bin on the balcony", body))
    assert answers(draft)["A worm bin on the balcony: and in winter?"] == (
        "Wrap the box in a blanket and push it against the house."
    )


async def test_an_opening_too_short_to_answer_brings_what_it_leads_to(engine: ExtractiveEngine) -> None:
    body = """
# What broke exactly in the cache?

This is the function that computed the expiry.

The function took the local time for the time of the server, and on the last Sunday of March there is an hour that
does not exist.
"""
    draft = await engine.draft(article("A night without a cache", body))
    assert "an hour that does not exist" in answers(draft)["What broke exactly in the cache?"]


async def test_a_short_section_answers_whole_so_that_what_it_first_says_can_be_denied(engine: ExtractiveEngine) -> None:
    body = """
# Who killed the ice trade?

The usual answer is the machine. But for a long time factory ice was dearer.

It was doctors who did the rest: they blamed the ice of the lakes for a fever.
"""
    draft = await engine.draft(article("The ice lords", body))
    assert answers(draft)["Who killed the ice trade?"].endswith("for a fever.")


async def test_a_long_section_answers_with_whole_passages_and_the_list_it_announces(engine: ExtractiveEngine) -> None:
    passages = [" ".join([FILLER] * 8), "Do it like this:"]
    steps = "- Open the window.\n- Wash the spot with alcohol.\n- Dry it."
    body = "\n\n".join(["# How do I remove a small spot of mould?", *passages, steps, *([FILLER * 4] * 4)])
    draft = await engine.draft(article("Mould", body))
    assert answers(draft)["How do I remove a small spot of mould?"].endswith("Do it like this:\n" + steps)


def test_an_anchor_behind_every_heading_goes_and_a_language_s_name_stays() -> None:
    assert list(outline("Title", "Setup#", "Use#", "End#").sections) == ["Setup", "Use", "End"]
    assert "Getting started with C#" in outline("Title", "Getting started with C#", "Use", "End").sections


def test_code_keeps_its_indentation() -> None:
    text = "if ready:\n    start()"
    code = Passage(id="p1", kind=PassageKind.CODE, start=0, end=len(text), text=text)
    source = article("Code", "x").model_copy(update={"passages": (code,)})
    assert Outline.of(source).blocks[0].sentences == (text,)


async def test_a_question_in_running_text_is_answered_by_what_follows_it(engine: ExtractiveEngine) -> None:
    body = f"""
Why does bread go stale? Starch that swelled in the oven crystallizes again as the loaf cools, and the crumb turns firm.

{FILLER}

{FILLER} Have you ever baked bread at home? Tell us in the comments how it went.
"""
    found = answers(await engine.draft(article("Bread", body)))
    assert found["Why does bread go stale?"].startswith("Starch that swelled")
    assert not any(question.startswith("Have you") for question in found)


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "The company harvested 1,460 metric tons of kelp this spring, down from 3,750 tons in 2023.",
            "How many metric tons of kelp did the company harvest?",
        ),
        (
            "Production will stop on 26 September, and all 84 employees will be laid off by October.",
            "How many employees will be laid off by October?",
        ),
        (
            "Founded in Orono, Brinefold raised $47.5 million in two years.",
            "How much did Brinefold raise in two years?",
        ),
        ("A concert piano has about two hundred and thirty strings.", "How many strings does a concert piano have?"),
        ("Priya Venkat, an agronomist at the institute, ran the trials.", "Who is Priya Venkat?"),
    ],
)
def test_numbers_and_people_are_asked_for(sentence: str, question: str) -> None:
    source = outline("News", text=" ".join([sentence] * 3))
    assert question in {wording.question for wording in grammar_of("en").from_sentence(sentence, source)}


@pytest.mark.parametrize(
    "sentence",
    [
        "My starter is called Gladys, and she is eleven years old.",
        "In 1960 the metre became 1,650,763.73 wavelengths of an orange light.",
        "Last year I bought two books about quail.",
        "Two of them were late.",
        "Councillor Wyatt Beal, who voted against the grant, said so.",
        "In one warehouse in three, two people had answered the same customer on one day.",
        "The river rose two and a half metres and broke through the wall behind the room.",
        "Corvina Straps, who make good straps, paid for this.",
        "Second-hand pianos are everywhere, often for under 500 pounds.",
    ],
)
def test_what_only_looks_like_a_fact_is_not_asked_for(sentence: str) -> None:
    assert list(grammar_of("en").from_sentence(sentence, outline("News", text=f"{sentence} {sentence}"))) == []


async def test_an_article_that_gives_nothing_else_is_asked_what_it_is_about(engine: ExtractiveEngine) -> None:
    body = "\n\n".join(
        f"The bench by the {place} was taken away in spring, and people who used to sit there now stand and lean."
        for place in ("church", "harbour", "school")
    )
    found = answers(await engine.draft(article("Give us back the bench", body)))
    assert list(found) == ["What is \u201cGive us back the bench\u201d about?"]
