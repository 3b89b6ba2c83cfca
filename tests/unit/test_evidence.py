from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.evidence import Evidence, Flaw, content_words, gist, names, overlap


@pytest.mark.parametrize(
    ("language", "text", "claim", "flaw"),
    [
        ("en", "Curie found radium in Paris.", "In Paris, Marie Curie found radium.", Flaw.NAME),
        ("en", "Marie Curie found radium.", "Marie Curie's radium was found.", None),
        ("en", "Iran sent the letter in March.", "The letter came from Iraq.", Flaw.NAME),
        ("en", "It was sent in March.", "It was sent in April.", Flaw.NAME),
        ("en", "Use the WAL mode.", "Use the MVCC mode.", Flaw.NAME),
        ("en", "I found it, said Anna.", "Anna said that I did.", None),
        ("en", "The reply was clear.", 'She said: "Clear as day."', None),
        ("de", "Der Brunnen steht in Bremen.", "Er steht in Hamburg.", Flaw.NAME),
        ("de", "Wasser kühlt den Stein.", "Die Ursache dafür ist eine Kühlung durch Wasser.", None),
        ("de", "Das leitete Anna Weber.", "Es leitete Petra Schulz.", Flaw.NAME),
        ("ja", "ブラジルで栽培される。", "コロンビアで栽培される。", Flaw.NAME),
        ("ar", "يدعم النظام PostgreSQL فقط.", "يدعم النظام MySQL فقط.", Flaw.NAME),
        ("en", "Swifts sleep on the wing.", "Swifts never sleep on the wing.", Flaw.NEGATION),
        ("en", "Glass doesn't flow at room temperature.", "Glass flows at room temperature.", Flaw.NEGATION),
        ("en", "Glass does not flow, but tar does flow slowly.", "Tar does flow slowly.", None),
        ("en", "Salt is needed.", "No, salt is needed.", None),
        (
            "en",
            "Never cover the milk while it boils, it spills.",
            "Always cover the milk while it boils.",
            Flaw.NEGATION,
        ),
        ("de", "Milch niemals beim Kochen zudecken.", "Milch stets beim Kochen zudecken.", Flaw.NEGATION),
        ("en", "Always cover the milk while it boils.", "Cover the milk while it boils.", None),
        ("de", "Magnetfelder schaden der Uhr nicht.", "Magnetfelder schaden der Uhr.", Flaw.NEGATION),
        ("en", "The tower has 157 steps.", "1. The tower has 157 steps.", None),
        ("en", "The tower has 157 steps.", "The tower has 175 steps.", Flaw.NUMBER),
    ],
)
def test_what_is_plainly_wrong_is_told(language: str, text: str, claim: str, flaw: Flaw | None) -> None:
    assert Evidence(text, language).flaw(claim) is flaw


@pytest.mark.parametrize(
    ("language", "text", "claim", "least", "most"),
    [
        ("en", "The bakers opened their shops.", "A baker opens a shop.", 1.0, 1.0),
        ("de", "Die Milchsäurebakterien arbeiten.", "Bakterien arbeiten.", 1.0, 1.0),
        ("de", "Die Bäume wachsen langsam.", "Ein Baum wächst langsam.", 0.6, 1.0),
        ("ar", "المكتبات والكتب في بغداد", "كتب بغداد", 1.0, 1.0),
        ("zh", "蜂蜜可以保存几十年", "蜂蜜能保存几十年", 0.7, 1.0),
        ("zh", "蜂蜜可以保存几十年", "咖啡树生长在山区", 0.0, 0.0),
        ("th", "กาแฟปลูกบนภูเขา", "กาแฟปลูกบนภูเขา", 1.0, 1.0),
        ("en", "Honey keeps.", "Yes.", 0.0, 0.0),
        ("en", "There are 42.", "42.", 1.0, 1.0),
    ],
)
def test_coverage_sees_through_inflection(language: str, text: str, claim: str, least: float, most: float) -> None:
    assert least <= Evidence(text, language).coverage(claim) <= most


def test_words_of_the_question_do_not_count_against_the_answer() -> None:
    evidence = Evidence("Honey keeps because it is dry.", "en")
    answer = "The main advantage is that honey keeps."

    assert evidence.coverage(answer) < 0.6
    assert evidence.coverage(answer, given=frozenset(content_words("What is the main advantage?"))) == 1.0


@given(st.text(max_size=200), st.sampled_from(["en", "de", "ar", "ja", "und"]))
def test_a_text_supports_itself(text: str, language: str) -> None:
    evidence = Evidence(text, language)

    assert evidence.flaw(text) is None
    if content_words(text):
        assert evidence.coverage(text) == 1.0


@given(st.text(max_size=100))
def test_a_gist_is_all_like_itself(text: str) -> None:
    assert overlap(gist(text), gist(text)) == (1.0 if gist(text) else 0.0)


def test_names_are_what_a_script_shows_as_names() -> None:
    assert names("Later Thomas Pritchard drew the WAL bridge.", "en") == ["Thomas", "Pritchard", "WAL"]
    assert names("Der Teig ruht in Freiburg.", "de") == ["Freiburg"]
    assert names("يدعم SQLite ذلك", "ar") == ["SQLite"]
