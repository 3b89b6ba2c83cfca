"""Numbers as texts write them, reduced to values that can be compared across notations."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_SEPARATORS = ".,'\u2019\u066b\u066c\u00a0\u202f\u2009"
# A blank groups digits only in threes ("1 650 763"), otherwise two numbers merely stand next to each other.
_NUMBER = re.compile(rf"\d+(?:[{_SEPARATORS}]\d+| \d{{3}}(?!\d))*")
# The first number of a range ("3 to 5 %") is a percentage too.
_PERCENT = re.compile(
    r"(?:\s?(?:[-\u2013\u2014]|to|bis|à|إلى)\s?\d+(?:[.,\u066b]\d+)?)?\s?"
    r"(?:[%\u066a\uff05]|percent|per cent|prozent|pour cent|por ciento|por cento|per cento|procent|процент|"
    r"بالمئة|بالمائة|في المئة|في المائة)",
    re.IGNORECASE,
)
_SCALES = {
    "thousand": 3, "million": 6, "millions": 6, "billion": 9, "billions": 9, "trillion": 12,
    "tausend": 3, "millionen": 6, "mio": 6, "milliarde": 9, "milliarden": 9, "mrd": 9, "billionen": 12,
    "mille": 3, "milliard": 9, "milliards": 9, "mil": 3, "millón": 6, "millones": 6, "ألف": 3, "آلاف": 3,
    "مليون": 6, "ملايين": 6, "مليار": 9,
}  # fmt: skip
_SCALE = re.compile(rf"[ \u00a0-]({'|'.join(sorted(_SCALES, key=len, reverse=True))})\b", re.IGNORECASE)
_ONES = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte",
}
_TENS = {
    "en": "thirty forty fifty sixty seventy eighty ninety hundred",
    "de": "dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "fr": "trente quarante cinquante soixante",
    "es": "treinta cuarenta cincuenta sesenta setenta ochenta noventa cien",
}
_WORDS: dict[str, dict[str, int]] = {
    language: dict(zip(words.split(), range(2, 21), strict=True))
    | dict(zip(_TENS[language].split(), range(30, 101, 10), strict=False))
    for language, words in _ONES.items()
}
_WORDS["ar"] = {
    word: value
    for value, words in enumerate(
        "ثلاث ثلاثة|أربع أربعة|خمس خمسة|ست ستة|سبع سبعة|ثماني ثمانية|تسع تسعة|عشر عشرة".split("|"), start=3
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    Attributes:
        values: What it may stand for; ``1.650`` is 1650 in one notation and 1.65 in another.
        percent: Whether it is given in percent.
    """

    values: frozenset[Decimal]
    percent: bool = False


def numbers_in(text: str, language: str) -> list[Number]:
    """All numbers of a text, in digits of any script or spelled out (two to twenty and tens, in five languages).

    "One" and "a couple" are left out: they are articles and pronouns far more often than counts.
    """
    ascii_digits = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)
    found = []
    for match in _NUMBER.finditer(ascii_digits):
        tail = ascii_digits[match.end() : match.end() + 24]
        scale = _SCALE.match(tail)
        factor = Decimal(10) ** _SCALES[scale[1].lower()] if scale else Decimal(1)
        percent = _PERCENT.match(tail) is not None
        found += [Number(frozenset(v * factor for v in values), percent) for values in _readings(match[0])]
    spelled = _WORDS.get(language, {})
    for match in re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)?", text.lower()):
        if match[0] in spelled:
            scale = _SCALE.match(text.lower(), match.end())
            factor = Decimal(10) ** _SCALES[scale[1]] if scale else Decimal(1)
            found.append(Number(frozenset({spelled[match[0]] * factor}), _PERCENT.match(text, match.end()) is not None))
    return found


def _readings(written: str) -> list[frozenset[Decimal]]:
    """The values of one run of digits and separators; a run that is no number (a date, a version) gives its parts."""
    groups = re.split(rf"[{_SEPARATORS} ]", written)
    signs = re.findall(rf"[{_SEPARATORS} ]", written)
    if not signs:
        return [frozenset({Decimal(written)})]
    whole, fraction = Decimal("".join(groups)), Decimal("".join(groups[:-1]) + "." + groups[-1])
    grouped = _are_groups(groups, signs)
    decimal = signs[-1] not in signs[:-1] and signs[-1] in ".,\u066b" and _are_groups(groups[:-1], signs[:-1])
    values = {whole} if grouped else set()
    if decimal and not (grouped and len(signs) > 1):
        values.add(fraction)
    return [frozenset(values)] if values else [frozenset({Decimal(group)}) for group in groups]


def _are_groups(groups: list[str], signs: list[str]) -> bool:
    """Whether digits are grouped as thousands are: one sign throughout, three digits each (Indian: two, then three)."""
    if not signs:
        return True
    sized = all(len(group) == 3 for group in groups[1:]) or (
        len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1])
    )
    return len(set(signs)) == 1 and sized and 0 < len(groups[0]) <= 3 and not (groups[0].startswith("0"))


def holds(number: Number, texts: list[Number]) -> bool:
    """Whether one of the numbers found in a text is this one; a percentage is not a plain count."""
    return any(number.values & other.values and number.percent <= other.percent for other in texts)
