from __future__ import annotations

import pytest

from shared.ai.extractive_rules.english import for_reader, hangs, is_clear, kind_of
from shared.ai.extractive_rules.english_clauses import parse_clause
from shared.ai.extractive_rules.english_headings import from_heading
from shared.ai.extractive_rules.english_sentences import from_sentence
from shared.ai.extractive_rules.english_verbs import BASES, GERUND, PARTICIPLE, PAST, THIRD
from shared.ai.extractive_rules.outline import Outline
from shared.models.content import QuestionKind
from tests.unit.extractive_articles import article

KNIFE = Outline.of(
    article(
        "How to sharpen a kitchen knife",
        "The knife meets SQLite in Lisbon. Gluten and a burr: we like gluten and burrs.",
    )
)
BREAD = Outline.of(article("Overnight bread: four ingredients", "We bake overnight bread. Our bread is good bread."))


def asked(sentence: str) -> list[str]:
    return [wording.question for wording in from_sentence(sentence, KNIFE)]


def headed(heading: str, outline: Outline = KNIFE) -> str | None:
    return next((wording.question for wording in from_heading(heading, outline)), None)


@pytest.mark.parametrize(
    ("statement", "question"),
    [
        ("Cold water slows the yeast", "does cold water slow the yeast"),
        ("Whetstones wear unevenly", "do whetstones wear unevenly"),
        ("The results show a clear trend", "do the results show a clear trend"),
        ("The French academy defined the metre", "did the French academy define the metre"),
        ("The bread has a thick crust", "does the bread have a thick crust"),
        ("The crust has been baked", "has the crust been baked"),
        ("SQLite locks the whole file", "does SQLite lock the whole file"),
        ("Using hot water kills the yeast", "does using hot water kill the yeast"),
        ("The committee put the plan on hold", "did the committee put the plan on hold"),
        ("You can't copy the file", "can't you copy the file"),
        ("Faliero Bondanini refined the design", "did Faliero Bondanini refine the design"),
        ("The metre defined by the academy was adopted", None),
        ("Temperature changes cause condensation", None),
        ("A press forgives an extra minute and a pour-over does not", None),
        ("This is bad for everyone", None),
        ("There are many reasons", None),
        ("In winter the dough rises slowly", None),
        ("Mine keeps both", None),
        ("No knot would hold anything", None),
        ("It works, but slowly", None),
    ],
)
def test_a_statement_is_inverted_correctly_or_not_at_all(statement: str, question: str | None) -> None:
    clause = parse_clause(statement, KNIFE.decapitalized)
    assert (clause.inverted if clause else None) == question


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("A whetstone is a block of abrasive stone used to sharpen steel.", "What is a whetstone?"),
        ("A burr, also called a wire edge, is a thin curl of steel on the far side.", "What is a burr?"),
        ("Gluten is a protein network that traps gas.", "What is gluten?"),
        ("Grace Hopper was an American computer scientist of the last century.", "Who was Grace Hopper?"),
        ("This is called vermicomposting.", "What is vermicomposting?"),
        ("The word “metre” comes from the Greek word for measure.", "Where does the word “metre” come from?"),
        ("HTTP stands for Hypertext Transfer Protocol.", "What does HTTP stand for?"),
        ("Cold water slows the yeast because its enzymes work slowly.", "Why does cold water slow the yeast?"),
        ("On Mars, the sky is red because the dust is coarse.", "Why is the sky red on Mars?"),
        ("You should let the steak rest because the juices settle.", "Why should I let the steak rest?"),
        ("Keep the lid closed because the steam does the work.", "Why should I keep the lid closed?"),
        ("Never pour oil down the sink, because it hardens.", "Why should I not pour oil down the sink?"),
        ("I sold my car because parking cost more than the rent.", "Why did the author sell their car?"),
        ("That is why bakers score the loaf before baking.", "Why do bakers score the loaf before baking?"),
        ("The main reason the crust cracks is that steam cannot escape.", "Why does the crust crack?"),
        ("To remove the burr, draw the blade across leather.", "How do I remove the burr?"),
        ("If the knife sticks to your hands, wet them.", "What should I do if the knife sticks to my hands?"),
        ("Add a little oil if the knife is too stiff to open.", "What should I do if the knife is too stiff to open?"),
        ("The first rise takes about three hours in a warm room.", "How long does the first rise take?"),
        ("Rinse the filter every two weeks to keep it clear.", "How often should I rinse the filter?"),
        ("Simmer the sauce for twenty minutes.", "How long should I simmer the sauce?"),
        ("The ferry costs $4 each way.", "How much does the ferry cost?"),
        (
            "In 1889, the platinum bar was replaced by a better one.",
            "When was the platinum bar replaced by a better one?",
        ),
        ("The harbour closed in 1975 when the last ferry was scrapped.", "When did the harbour close?"),
        ("The telescope was invented by Hans Lippershey.", "Who invented the telescope?"),
        ("The best way to store a knife is on a magnetic strip.", "What is the best way to store a knife?"),
        ("The difference between jam and jelly is the fruit.", "What is the difference between jam and jelly?"),
        ("Unlike baking soda, baking powder contains its own acid.", "How does baking powder differ from baking soda?"),
        ("Cork comes from the bark of an oak.", "Where does cork come from?"),
        ("Rust is caused by water and oxygen reaching the iron.", "What causes rust?"),
        ("An oven works by heating the air around the food.", "How does an oven work?"),
        ("There are three types of whetstone: water, oil and diamond.", "What are the three types of whetstone?"),
    ],
)
def test_a_sentence_yields_the_question_it_answers(sentence: str, question: str) -> None:
    assert question in asked(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "This is a common mistake among beginners.",
        "It is a device that measures pressure.",
        "The room is a mess of cables and boxes.",
        "The hotel is a ten minute walk from the station.",
        "A bar in Paris is a national matter.",
        "The result is a loaf that keeps for days.",
        "To be clear, this is not a rule.",
        "If you want a darker crust, bake it longer.",
        "If it sticks, add some flour.",
        "If the drops go dark, brush on the wash.",
        "Tell somebody, because a ridge is remote if you fall ill at night.",
        "If you really cannot decide, buy the press.",
        "It takes three days to dry.",
        "She left because she was tired of it all.",
        "The plane was late because of fog.",
        "They moved in 1999 to a bigger house.",
        "He worked out the formula in a paper published in 1769.",
        "Dull knives are dangerous.",
        "Is a whetstone a stone that sharpens?",
        "We love this thing because it is so good.",
        "That happens because of this.",
    ],
)
def test_a_sentence_that_cannot_be_asked_about_safely_yields_nothing(sentence: str) -> None:
    assert asked(sentence) == []


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("So what is a whetstone?", "What is a whetstone?"),
        ("How to flatten the stone", "How do I flatten the stone?"),
        ("How to flambé your crêpes", "How do I flambé my crêpes?"),
        ("Why cold water slows the yeast", "Why does cold water slow the yeast?"),
        ("How the metre changed the world", "How did the metre change the world?"),
        ("What a whetstone is", "What is a whetstone?"),
        ("What a knot costs", "What does a knot cost?"),
        ("When to replace the blade", "When should I replace the blade?"),
        ("How much water you need", "How much water do I need?"),
        ("What happens when the dough rests", "What happens when the dough rests?"),
        ("Step 3: Knead the dough", "How do I knead the dough?"),
        ("Choosing a stone", "How do I choose a stone?"),
        ("The right angle", "What is the right angle for sharpening a kitchen knife?"),
        ("Common mistakes", "What mistakes should I avoid when sharpening a kitchen knife?"),
        ("What you need", "What do I need to sharpen a kitchen knife?"),
        ("Advantages of wool", "What are the advantages of wool?"),
        ("Percolation vs. immersion", "What is the difference between percolation and immersion?"),
    ],
)
def test_a_heading_becomes_a_proper_question(heading: str, question: str) -> None:
    assert headed(heading) == question


@pytest.mark.parametrize(
    "heading",
    [
        "How it works",
        "Why it matters",
        "What next?",
        "Ready to start?",
        "Is it worth it?",
        "What goes in and what stays out?",
        "Getting started",
        "Baking powder",
        "Rising costs",
        "Salt",
        "The harvest",
        "Final thoughts",
        "What is this?",
        "7 ways to save water",
        "Worth the money?",
        "What about the above?",
    ],
)
def test_a_heading_that_is_no_clear_question_yields_nothing(heading: str) -> None:
    assert headed(heading) is None


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("How does it work?", "How does overnight bread work?"),
        ("How long does it keep?", "How long does overnight bread keep?"),
        ("Ingredients", "What ingredients do I need for overnight bread?"),
        ("Method", "How do I make overnight bread?"),
    ],
)
def test_a_heading_is_completed_with_a_topic_that_the_text_bears_out(heading: str, question: str) -> None:
    assert headed(heading, BREAD) == question


def test_reviews_releases_and_places_lend_their_name_to_short_headings() -> None:
    review = Outline.of(article("Nordlys A2 review: a small lamp", "The lamp is small."))
    release = Outline.of(article("Quartzdb 4.2 released", "It is out."))
    travel = Outline.of(article("Three days in Porto", "It was warm."))
    assert headed("Verdict", review) == "Is the Nordlys A2 worth buying?"
    assert headed("Breaking changes", release) == "What are the breaking changes in Quartzdb 4.2?"
    assert headed("Getting there", travel) == "How do I get to Porto?"


@pytest.mark.parametrize(
    ("question", "clear"),
    [
        ("Why does wool keep its shape?", True),
        ("How do I check the copy before I trust it?", True),
        ("If the dough sticks, what should I do?", True),
        ("Why does it matter?", False),
        ("What is this?", False),
        ("How does the above work?", False),
        ("What should I do if they fail?", False),
        ("The next step?", False),
        ("Why is that?", False),
    ],
)
def test_clarity_demands_a_named_subject(question: str, clear: bool) -> None:
    assert is_clear(question) is clear


def test_the_pages_you_becomes_the_readers_i() -> None:
    assert for_reader("should you rest your dough") == "should I rest my dough"
    assert for_reader("what if you are late and it helps you") == "what if I am late and it helps me"


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("But this is wrong.", True),
        ("However, they agreed.", True),
        ("The second is cheaper.", True),
        ("Put it in the oven.", True),
        ("The most famous proof of that sentence is on your feet.", True),
        ("The difference between them is small.", True),
        ("The difference between jam and jelly is the fruit.", False),
        ("Butter melts at 35 degrees.", False),
        ("Soup is good.", False),
    ],
)
def test_leaning_sentences_are_recognized(sentence: str, leans: bool) -> None:
    assert hangs(sentence) is leans


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How long does it keep?", QuestionKind.HOW_MANY),
        ("How do I bake?", QuestionKind.HOW),
        ("Why does it rise?", QuestionKind.WHY),
        ("When was it built?", QuestionKind.WHEN),
        ("Who built it?", QuestionKind.WHO),
        ("Where does cork come from?", QuestionKind.WHERE),
        ("Which stone?", QuestionKind.WHAT),
        ("Can I freeze bread?", QuestionKind.OTHER),
    ],
)
def test_kinds_follow_the_question_word(question: str, kind: QuestionKind) -> None:
    assert kind_of(question) is kind


def test_verb_forms_lead_back_to_their_base() -> None:
    assert (THIRD["carries"], PAST["stopped"], GERUND["tying"], PARTICIPLE["written"]) == (
        "carry",
        "stop",
        "tie",
        "write",
    )
    assert PAST["froze"] == "freeze"
    assert all(base.isalpha() and base.islower() for base in BASES)
