from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.sentences import clean, joined, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith paid $3.50 for No. 5. He left.", ["Dr. Smith paid $3.50 for No. 5.", "He left."]),
        ("He left... and came back. “Stop!” he said.", ["He left... and came back.", "“Stop!” he said."]),
        ("J. K. Rowling wrote it. It sold.", ["J. K. Rowling wrote it.", "It sold."]),
        ("Take vitamin C. It helps.", ["Take vitamin C.", "It helps."]),
        ("Das gilt z. B. für Messer, d. h. für alle. Gut.", ["Das gilt z. B. für Messer, d. h. für alle.", "Gut."]),
        ("Am 3. Mai 1990 kam er. Im 18. Jahrhundert.", ["Am 3. Mai 1990 kam er.", "Im 18. Jahrhundert."]),
        ("ما هي القهوة؟ القهوة مشروب.", ["ما هي القهوة؟", "القهوة مشروب."]),
        ("これは文です。次の文です！", ["これは文です。", "次の文です！"]),
        ("one line\nanother line", ["one line", "another line"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_says_so(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@given(st.text(max_size=300))
def test_splitting_loses_nothing_but_blanks(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@given(st.text(max_size=300))
def test_cleaning_lets_no_control_character_through_and_is_idempotent(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert all(char in "\n\u200c\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs") for char in cleaned)


def test_sentences_are_joined_as_their_script_does() -> None:
    assert joined(["One.", "Two."]) == "One. Two."
    assert joined(["水开了。", "关火。"]) == "水开了。关火。"
