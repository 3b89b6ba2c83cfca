"""Whether two questions mean the same, so that the answer to one answers the other."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from shared.text.evidence import negated, words
from shared.text.question_kind import kind_of

_NEAR: Final = 0.6
_ENGLISH_ENDINGS: Final = ("", "s", "es", "ed", "d", "ing")
_ENDINGS: Final = (*_ENGLISH_ENDINGS, "e", "en", "n", "er")
"""What may stand behind the common start of two forms of a word; in English, "tub" and "tube" are two."""
_MIN_STEM_CHARS: Final = 3

_DENYING: Final = re.compile("(?:is|are|was|were|do|does|did|ca|could|should|would|has|have|had|wo)nt$")

_SIGNS: Final = frozenset("#%&@*/\\")
_IN_NUMBERS: Final = re.compile(r"(?<=\d)[.,:](?=\d)|(?<!\w)[-\u2010-\u2015](?=\d)")
_OPTIONAL_VOWEL: Final = re.compile("[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
"""Hebrew and Arabic are mostly written without."""

_NAMED: Final = re.compile("(?<![A-Za-z])[A-Z]+(?![A-Za-z])")
"""Words that would be filler but for their capitals: "vitamin A", "WHO"."""

# What a question can do without. Not among them: whatever turns it round, such as "not", "off", "without", "must".
_FILLER: Final = frozenset(
    "a an the i me my we our you your please tell explain is are was were be been do does did it its there that this "
    "of in at to for on what whats which who how why when where really actually exactly just "
    "der die das den dem des ein eine einen einem einer ich mir mein meine man wir uns ist sind war waren wird werden "
    "es von im in am an zu zum zur fur was welche welcher welches wer wie warum wann wo eigentlich bitte denn "
    "le la les un une des du de je mon ma mes on nous est sont ce a au en que qu quel quelle quels quelles qui "
    "comment pourquoi quand ou pour "
    "el los las una unos unas del al yo mi mis se es son por para en que cual cuales quien como cuando donde "
    "ما ماذا هو هي في من على الى هل كيف لماذا متى اين".split()
)


def means_the_same(stored: str, asked: str, *, language: str, nearness: float) -> bool:
    """Whether a stored question's answer answers what is asked.

    Two questions that differ in one word are near in any embedding ("white rice", "brown rice"; "how", "why"), so
    nearness only admits, and words decide: the same kind of thing asked for, and the same words in the same order but
    for filler and endings. That passes over many a paraphrase, which costs a search; a wrong answer would cost more.

    Args:
        stored: The question that has an answer.
        asked: What a reader asks.
        language: Of both.
        nearness: Similarity of their embeddings, 0 for unrelated, 1 for the same.
    """
    left, right = _telling(stored), _telling(asked)
    endings = _ENGLISH_ENDINGS if language == "en" else _ENDINGS
    return (
        nearness >= _NEAR
        and negated(stored, language) == negated(asked, language)
        and kind_of(stored, language) == kind_of(asked, language)
        and _signs(stored) == _signs(asked)
        and len(left) == len(right)
        and all(_are_forms(word, other, endings) for word, other in zip(left, right, strict=True))
    )


def _telling(question: str) -> list[str]:
    shouts = question.isupper()
    named = {name.casefold() for name in _NAMED.findall(question[1:]) if len(name) == 1 or not shouts} - {"i"}
    # English denies in two ways, which stand in different places; whether it does has been compared.
    said = [word for word in words(question) if word != "not" and not _DENYING.match(word)]
    # An article stands before something: the "a" at the end is a name ("hepatitis a").
    named |= {"a"}.intersection(said[-1:])
    kept = [word for word in said if word not in _FILLER or word in named]
    return kept or words(question)


def _signs(question: str) -> list[str]:
    """What words are read without and yet tells questions apart: "C++" from "C#", 1.5 from 15, vowel signs."""
    text = _OPTIONAL_VOWEL.sub("", unicodedata.normalize("NFC", question))
    signs = [char for char in text if unicodedata.category(char)[0] in "SM" or char in _SIGNS]
    return signs + _IN_NUMBERS.findall(text)


def _are_forms(word: str, other: str, endings: tuple[str, ...]) -> bool:
    if word == other:
        return True
    start = next((at for at, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), None)
    start = min(len(word), len(other)) if start is None else start
    return start >= _MIN_STEM_CHARS and word[start:] in endings and other[start:] in endings
