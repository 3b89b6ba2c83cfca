from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.numerals import holds, numbers_in


def values(text: str, language: str = "en") -> list[set[str]]:
    return [{str(value.normalize() + 0) for value in number.values} for number in numbers_in(text, language)]


def says(text: str, claim: str, language: str = "en") -> bool:
    """Whether every number of the claim is in the text."""
    return all(holds(number, numbers_in(text, language)) for number in numbers_in(claim, language))


@pytest.mark.parametrize(
    ("left", "right", "language"),
    [
        ("1,650,763.73", "1.650.763,73", "en"),
        ("1,650,763.73", "1 650 763,73", "fr"),
        ("1,650,763.73", "1\u202f650\u202f763,73", "fr"),
        ("1,650,763.73", "1'650'763.73", "de"),
        ("1,650,763.73", "١٬٦٥٠٬٧٦٣٫٧٣", "ar"),
        ("1,00,000", "100000", "en"),
        ("1.650", "1650", "de"),
        ("1.650", "1,65", "de"),
        ("twelve", "12", "en"),
        ("zwölf", "12", "de"),
        ("ستة", "6", "ar"),
        ("3 million", "3,000,000", "en"),
        ("drei Millionen", "3.000.000", "de"),
        ("50 percent", "50%", "en"),
        ("50 Prozent", "50\u00a0%", "de"),
        ("٥٠٪", "50 في المئة", "ar"),
        ("2024-05-01", "1.5.2024", "de"),
        ("3 to 5 %", "3 % to 5 %", "en"),
        ("５", "5", "ja"),
        ("05:30", "5:30", "en"),
    ],
)
def test_notations_of_the_same_number_are_equal(left: str, right: str, language: str) -> None:
    assert values(left, language)
    assert says(left, right, language)
    assert says(right, left, language)


@pytest.mark.parametrize(
    ("text", "claim", "language"),
    [
        ("18 percent", "8 percent", "en"),
        ("1913", "1931", "en"),
        ("50 people", "50% of people", "en"),
        ("3 million", "3 billion", "en"),
        ("3 million", "3", "en"),
        ("53 Millionen", "53 Milliarden", "de"),
        ("zwölf Stunden", "zehn Stunden", "de"),
        ("1,234.5", "1,235.5", "en"),
        ("3.14", "314", "en"),
        ("٢٠ لترا", "٣٠ لترا", "ar"),
    ],
)
def test_different_numbers_are_told_apart(text: str, claim: str, language: str) -> None:
    assert not says(text, claim, language)


def test_articles_and_pronouns_are_no_numbers() -> None:
    assert numbers_in("one of the keepers", "en") == []
    assert numbers_in("eine der Arten", "de") == []


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from([",", ".", "'", "\u202f", "\u066c"]))
def test_grouping_never_changes_a_whole_number(number: int, sign: str) -> None:
    grouped = f"{number:,}".replace(",", sign)

    (found,) = numbers_in(grouped, "und")

    assert Decimal(number) in found.values


@given(st.text(max_size=200), st.sampled_from(["en", "de", "ar", "fr", "es", "und"]))
def test_any_text_holds_its_own_numbers(text: str, language: str) -> None:
    assert says(text, text, language)
