"""Whether two questions mean the same, so that the answer to one answers the other."""

from __future__ import annotations

import re
from typing import Final

from shared.text.evidence import negated, words
from shared.text.question_kind import kind_of

_NEAR: Final = 0.6
_ENDINGS: Final = ("", "s", "es", "e", "en", "n", "er", "ed", "d", "ing")
"""What may stand behind the common start of two forms of a word."""
_MIN_STEM_CHARS: Final = 3

# Words that stand between two things which must not change places.
_DIRECTED: Final = {
    "en": frozenset("to from into than before after by versus vs".split()),
    "de": frozenset("als von nach zu vor aus bis".split()),
    "fr": frozenset("de en vers avant apres que".split()),
    "es": frozenset("de a antes despues desde hasta que".split()),
    "ar": frozenset("من الى قبل بعد".split()),
}
_DENYING: Final = re.compile("(?:is|are|was|were|do|does|did|ca|could|should|would|has|have|had|wo)nt$")

# What a question can do without. Not among them: whatever turns it round, such as "not", "off", "without", "must".
_FILLER: Final = frozenset(
    "a an the i me my we our you your please tell explain is are was were be been do does did it its there that this "
    "of in at to for on what whats which who how why when where really actually exactly just "
    "der die das den dem des ein eine einen einem einer ich mir mein meine man wir uns ist sind war waren wird werden "
    "es von im in am an zu zum zur fur was welche welcher welches wer wie warum wann wo eigentlich bitte denn "
    "le la les un une des du de d l je mon ma mes on nous est sont c ce a au en que qu quel quelle quels quelles qui "
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
    return (
        nearness >= _NEAR
        and negated(stored, language) == negated(asked, language)
        and kind_of(stored, language) == kind_of(asked, language)
        and len(left) == len(right)
        and (_in_order(left, right) or (_may_be_moved(stored, asked, language) and _in_any_order(left, right)))
    )


def _in_order(left: list[str], right: list[str]) -> bool:
    return all(_are_forms(word, other) for word, other in zip(left, right, strict=True))


def _in_any_order(left: list[str], right: list[str]) -> bool:
    rest = list(right)
    for word in left:
        form = next((other for other in rest if _are_forms(word, other)), None)
        if form is None:
            return False
        rest.remove(form)
    return True


def _may_be_moved(stored: str, asked: str, language: str) -> bool:
    """Whether words mean the same wherever they stand: not so in "from … to" and "better than"."""
    directed = _DIRECTED.get(language)
    return directed is not None and directed.isdisjoint([*words(stored), *words(asked)])


def _telling(question: str) -> list[str]:
    # English denies in two ways, which stand in different places; whether it does has been compared.
    kept = [word for word in words(question) if word not in _FILLER and word != "not" and not _DENYING.match(word)]
    return kept or words(question)


def _are_forms(word: str, other: str) -> bool:
    if word == other:
        return True
    start = next((at for at, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), None)
    start = min(len(word), len(other)) if start is None else start
    return start >= _MIN_STEM_CHARS and word[start:] in _ENDINGS and other[start:] in _ENDINGS
