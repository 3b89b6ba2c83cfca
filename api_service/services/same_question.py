"""Whether two questions mean the same, so that the answer to one answers the other."""

from __future__ import annotations

from typing import Final

from shared.text.evidence import negated, words
from shared.text.numerals import holds, numbers_in
from shared.text.question_kind import kind_of
from shared.text.terms import terms

_NEAR: Final = 0.6
_MIN_CHARS_OF_A_STEM: Final = 4
# Little words that say nothing of what a text is about, and yet turn a question round.
_TURNING: Final = frozenset(
    "on off up down in out into over under before after with without only just one two both all more less most least "
    "first last other another same "
    "ein aus auf zu an ab vor nach mit ohne nur mehr weniger erste letzte andere beide alle "
    "avant apres avec sans plus moins premier dernier autre deux tous "
    "antes despues con sin mas menos primero ultimo otro dos todos "
    "قبل بعد مع بدون دون اول اخر غير كل".split()
)


def means_the_same(stored: str, asked: str, *, language: str, nearness: float) -> bool:
    """Whether a stored question's answer answers what is asked.

    Two questions that differ in one word are near in any embedding ("white rice", "brown rice"; "how", "why"), so
    nearness only admits, and words decide: same numbers, same negation, the same kind of thing asked for, and no word
    of either left over but for such as the other has in another form. That passes over many a paraphrase, which costs
    a search; a wrong answer would cost more.

    Args:
        stored: The question that has an answer.
        asked: What a reader asks.
        language: Of both.
        nearness: Similarity of their embeddings, 0 for unrelated, 1 for the same.
    """
    return (
        nearness >= _NEAR
        and negated(stored, language) == negated(asked, language)
        and kind_of(stored, language) == kind_of(asked, language)
        and _same_numbers(stored, asked, language)
        and not _left_over(stored, asked)
        and not _left_over(asked, stored)
        and _TURNING.intersection(words(stored)) == _TURNING.intersection(words(asked))
    )


def _same_numbers(text: str, other: str, language: str) -> bool:
    numbers, others = numbers_in(text, language), numbers_in(other, language)
    return all(holds(number, others) for number in numbers) and all(holds(number, numbers) for number in others)


def _left_over(text: str, other: str) -> list[str]:
    others = terms(other)
    return [term for term in terms(text) if not any(_is_form_of(term, known) for known in others)]


def _is_form_of(term: str, other: str) -> bool:
    start = max(_MIN_CHARS_OF_A_STEM, min(len(term), len(other)) - 1)
    return term == other or (term[:start] == other[:start] and abs(len(term) - len(other)) <= 2)
