from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.privacy import masked
from shared.text.terms import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why does the sourdough starter need 25 g of flour?", ["sourdo", "starte", "25", "flour"]),
        ("bread Bread BREAD", ["bread"]),
        ("der die das, what is it?", []),
        ("Bäckereien und Bäckerei", ["backer"]),
        ("الخبز والكتاب", ["خبز", "كتاب"]),
        ("面包变硬", ["面包", "包变", "变硬"]),
        ("C 5 x", ["5"]),
        ("", []),
    ],
)
def test_terms_are_distinct_stems_in_order(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [("freezers", "FREEZER"), ("Zubereitung", "zubereiten"), ("coûteux", "couteuse"), ("المكتبة", "مكتبات")],
)
def test_forms_of_a_word_share_a_term(left: str, right: str) -> None:
    assert terms(left) == terms(right) != []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Write to a.b+c@example.co.uk, please", "Write to […], please"),
        ("Call +49 (0)30 1234-5678 now", "Call […] now"),
        ("Call 0800 123456", "Call […]"),
        ("My card is 4111 1111 1111 1111.", "My card is […]."),
        ("DE89 3704 0044 0532 0130 00 is mine", "[…] is mine"),
        ("I am @someone_1", "I am […]"),
        ("See https://jane:secret@example.org/x", "See https://[…]example.org/x"),
        ("رقمي ٠١٢٣٤٥٦٧٨٩", "رقمي […]"),
    ],
)
def test_what_identifies_somebody_is_masked(text: str, hidden: str) -> None:
    assert masked(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "In 2024 it cost 1,200 euros, in 1999 only 3.50.",
        "Is 123456 a lot?",
        "What does a@b mean?",
        "Between 1990 and 1995?",
        "How do I set font-size: 12px @ 2x?",
        "",
    ],
)
def test_years_prices_and_measures_stay(text: str) -> None:
    assert masked(text) == text


@given(st.text(max_size=60))
def test_what_is_masked_once_stays_as_it_is(text: str) -> None:
    assert masked(masked(text)) == masked(text)
