from __future__ import annotations

import pytest

from shared.text.question_form import language_asked_in, parts_of
from shared.text.question_kind import Wanted, kind_of, tells


@pytest.mark.parametrize(
    ("language", "question", "kind"),
    [
        ("en", "How much does it cost?", Wanted.PRICE),
        ("en", "How heavy is it?", Wanted.WEIGHT),
        ("en", "How many hours does it take?", Wanted.DURATION),
        ("en", "How many loaves are baked?", Wanted.AMOUNT),
        ("en", "How often do I feed it?", Wanted.FREQUENCY),
        ("en", "How hot should it be?", Wanted.TEMPERATURE),
        ("en", "Which brand is it?", Wanted.BRAND),
        ("en", "WHY does it rise?", Wanted.REASON),
        ("en", "In which year was it built?", Wanted.TIME),
        ("en", "Where is it?", Wanted.PLACE),
        ("en", "Who built it?", Wanted.PERSON),
        ("en", "How do I clean it?", Wanted.WAY),
        ("en", "visa for Japan", None),
        ("de", "Wie lange dauert es?", Wanted.DURATION),
        ("de", "Was kostet das?", Wanted.PRICE),
        ("de", "Wieso geht der Teig auf?", Wanted.REASON),
        ("fr", "Qui l'a écrit ?", Wanted.PERSON),
        ("es", "¿Cuándo abre?", Wanted.TIME),
        ("ar", "كم مرة أسقيها؟", Wanted.FREQUENCY),
        ("ar", "لماذا يبرد الماء؟", Wanted.REASON),
        ("zh", "咖啡为什么会苦？", Wanted.REASON),
        ("zh", "多少钱？", Wanted.PRICE),
        ("xx", "Why?", None),
    ],
)
def test_a_question_asks_for_one_kind_of_thing(language: str, question: str, kind: Wanted | None) -> None:
    assert kind_of(question, language) is kind


@pytest.mark.parametrize(
    ("language", "kind", "telling", "silent"),
    [
        ("en", Wanted.PRICE, "A ticket is €12.", "A ticket is green."),
        ("en", Wanted.WEIGHT, "It weighs a lot.", "It is large."),
        ("en", Wanted.DURATION, "Bake for 40 minutes.", "Bake well."),
        ("en", Wanted.AMOUNT, "There are 200 of them.", "There are many."),
        ("en", Wanted.AMOUNT, "There are twelve of them.", "There are lots."),
        ("en", Wanted.FREQUENCY, "Feed it daily.", "Feed it."),
        ("en", Wanted.TEMPERATURE, "Heat it to 92 °C.", "Heat it."),
        ("en", Wanted.TIME, "It opened in 1999.", "It opened."),
        ("de", Wanted.PRICE, "Das kostet wenig.", "Das ist wenig."),
        ("de", Wanted.FREQUENCY, "Man gießt sie täglich.", "Man gießt sie."),
        ("ar", Wanted.PRICE, "ثمنه عشرة دنانير.", "هو جميل."),
        ("zh", Wanted.DURATION, "煮三分钟。", "煮好。"),
    ],
)
def test_a_text_tells_a_kind_of_thing_or_does_not(language: str, kind: Wanted, telling: str, silent: str) -> None:
    assert tells(telling, kind, language)
    assert not tells(silent, kind, language)


@pytest.mark.parametrize("kind", [Wanted.REASON, Wanted.WAY, Wanted.PERSON, Wanted.PLACE])
def test_kinds_that_nothing_gives_away_count_as_told(kind: Wanted) -> None:
    assert tells("Anything.", kind, "en")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How much salt, and how many calories?", ["How much salt", "how many calories?"]),
        ("Why is it stale? And how do I store it?", ["Why is it stale?", "And how do I store it?"]),
        ("Wie lange hält Brot und wie lagert man es?", ["Wie lange hält Brot", "wie lagert man es?"]),
        ("¿Cuánto cuesta y dónde se compra?", ["¿Cuánto cuesta", "dónde se compra?"]),
        ("كم تكلف وكيف تعمل؟", ["كم تكلف", "كيف تعمل؟"]),
        ("What of salt and pepper?", ["What of salt and pepper?"]),
        ("Bread", ["Bread"]),
        ("?!", []),
        ("", []),
    ],
)
def test_a_line_is_taken_apart_where_another_question_begins(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    ("question", "declared", "language"),
    [
        ("Why is bread stale", ["de"], "en"),
        ("warum brot", ["en"], "de"),
        ("Was kostet das?", ["de"], "de"),
        ("¿Por qué se endurece?", ["en"], "es"),
        ("Pourquoi ?", [], "fr"),
        ("لماذا يجف الخبز؟", ["en"], "ar"),
        ("为什么面包变硬？", ["en"], "zh"),
        ("bread", ["de"], "de"),
        ("bread", [], "und"),
        ("12345", [], "und"),
        ("", ["en"], "und"),
    ],
)
def test_the_opening_word_says_which_language_is_asked_in(question: str, declared: list[str], language: str) -> None:
    assert language_asked_in(question, declared) == language
