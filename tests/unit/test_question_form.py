from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.question_form import as_question, is_in_script, script


@pytest.mark.parametrize(
    ("language", "line", "question"),
    [
        ("en", "Why does honey keep?", "Why does honey keep?"),
        ("en", "Why does honey keep", "Why does honey keep?"),
        ("en", "Does bread need salt?", "Does bread need salt?"),
        ("en", "What is TCP?", "What is TCP?"),
        ("en", "In which year did it open to visitors?", "In which year did it open to visitors?"),
        ("de", "Wie schärft man ein Messer", "Wie schärft man ein Messer?"),
        ("de", "Wann muss man schleifen?", "Wann muss man schleifen?"),
        ("de", "Hilft Kaffee gegen Müdigkeit?", "Hilft Kaffee gegen Müdigkeit?"),
        ("de", "An welchem Tag wurde der Meter definiert?", "An welchem Tag wurde der Meter definiert?"),
        ("ar", "ما هو الخزف؟", "ما هو الخزف؟"),
        ("ar", "كيف يصنع الفخار", "كيف يصنع الفخار؟"),
        ("ar", "لماذا يبرد الماء في الفخار?", "لماذا يبرد الماء في الفخار؟"),
        ("zh", "咖啡为什么会苦", "咖啡为什么会苦？"),
        ("ja", "パンはどうやって焼きますか。", "パンはどうやって焼きますか？"),
        ("th", "กาแฟปลูกที่ไหน", "กาแฟปลูกที่ไหน?"),
        ("fr", "Pourquoi le miel se conserve-t-il ?", "Pourquoi le miel se conserve-t-il ?"),
        ("el", "Πώς ακονίζω ένα μαχαίρι;", "Πώς ακονίζω ένα μαχαίρι;"),
        ("en", "Hay fever: how often?", "Hay fever: how often?"),
        ("en", "A worm bin on the balcony: and in winter?", "A worm bin on the balcony: and in winter?"),
        ("es", "Mudarse con un gato: ¿y las pastillas?", "Mudarse con un gato: ¿y las pastillas?"),
        ("zh", "盐从哪儿来？", "盐从哪儿来？"),
        ("xx", "Zer da hau benetan?", "Zer da hau benetan?"),
    ],
)
def test_questions_end_with_their_language_s_mark(language: str, line: str, question: str) -> None:
    assert as_question(line, language) == question


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "What is this?"),
        ("en", "Why is it important?"),
        ("en", "How does it work?"),
        ("en", "The history of coffee?"),
        ("en", "Coffee grows in Brazil."),
        ("en", "Coffee?"),
        ("en", "???"),
        ("en", ""),
        ("en", "Wie schärft man ein Messer?"),
        ("de", "What is a whetstone made of?"),
        ("de", "Wie fein ein Stein ist, sagt seine Körnung."),
        ("de", "Was ist das?"),
        ("de", "Kaffee wächst in Brasilien"),
        ("ar", "ما هذا؟"),
        ("ar", "القهوة العربية"),
        ("zh", "咖啡很苦"),
        ("xx", "Hau esaldi bat da"),
    ],
)  # fmt: skip
def test_fragments_statements_and_empty_questions_are_refused(language: str, line: str) -> None:
    assert as_question(line, language) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Kaffee", "LATIN"), ("кофе", "CYRILLIC"), ("قهوة", "ARABIC"), ("コーヒー豆", "CJK"), ("123 ?!", "")],
)
def test_a_text_s_script_is_the_one_most_letters_are_in(text: str, expected: str) -> None:
    assert script(text) == expected


def test_foreign_names_do_not_change_a_text_s_script() -> None:
    assert is_in_script("PostgreSQL 的检查点是什么", "CJK")
    assert not is_in_script("What is a checkpoint of 检查点", "CJK")


@given(st.text(max_size=80), st.sampled_from(["en", "de", "ar", "zh", "und"]))
def test_a_question_once_formed_stays_as_it_is(line: str, language: str) -> None:
    question = as_question(line, language)

    assert question is None or as_question(question, language) == question
