"""Plain-text ground work: characters that may pass, and where sentences begin and end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Left out of everything shown to readers: controls, and the formats that reorder or hide text. Zero-width joiners stay,
# for Persian and emoji need them.
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_TERMINATOR = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\uff0e\u061f\u06d4\u0964]+[\"'\u201d\u2019\u00bb\u201c\u300d\u300f)\\]]*|\n+"
)
_FULL_WIDTH = frozenset("\u3002\uff01\uff1f\uff0e")
_FULL_WIDTH_CLOSERS = _FULL_WIDTH | frozenset("\u300d\u300f\uff09")
_ABBREVIATIONS = frozenset(
    # English
    "mr mrs ms dr prof st jr sr vs etc e.g i.e eg ie cf al fig figs vol ch approx est dept "
    "inc ltd co corp no nos pp ed eds "
    "gen sen rep rev hon sgt capt col lt jan feb mar apr jun jul aug sep sept oct nov dec ca a.m p.m u.s u.k u.n "
    # German
    "bzw usw ggf evtl inkl exkl zzgl nr str tel abs art hrsg sog vgl geb gest bspw mind max "
    "min ca z.b d.h u.a o.ä v.a z.t "
    "i.d.r u.u jh jhd mio mrd std "
    # Romance languages and Dutch
    "sra sta dña ud uds pág págs núm ej mme mlle éd env ex apr. sig dott avv ecc pag esp "
    "exmo dr.ª bijv o.a d.w.z nl blz enz"
    "".split()
)
_MONTHS = re.compile(r"\s+(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Jahrh|Jh|Kapitel|Klasse|Grad)")


def clean(text: str) -> str:
    """Drops control and invisible formatting characters, joins runs of blanks, and keeps line breaks."""
    kept = "".join(
        " " if char in "\t\u00a0\u202f\u2009" else char
        for char in text
        if char in "\n\t" or char in _JOINERS or unicodedata.category(char) not in _UNSEEN
    )
    return "\n".join(" ".join(line.split(" ")).strip() for line in re.sub(" {2,}", " ", kept).split("\n")).strip()


def joined(sentences: Sequence[str]) -> str:
    """Sentences as running text: with a blank between two, unless the script puts none there."""
    text = ""
    for sentence in sentences:
        text += sentence if not text or text[-1] in _FULL_WIDTH_CLOSERS else f" {sentence}"
    return text


def split_sentences(text: str) -> list[str]:
    """Splits running text into sentences, verbatim and without surrounding blanks.

    Abbreviations, initials, decimals, ordinals ("3. Mai"), ellipses in mid-sentence and speech followed by its speaker
    do not end a sentence; line breaks do.
    """
    sentences: list[str] = []
    start = 0
    for match in _TERMINATOR.finditer(text):
        if _ends_sentence(text, match, start):
            sentences.append(text[start : match.end()].strip())
            start = match.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _ends_sentence(text: str, match: re.Match[str], start: int) -> bool:
    mark = match.group()
    if mark[0] == "\n" or mark[0] in _FULL_WIDTH:
        return True
    following = text[match.end() : match.end() + 24]
    if not following:
        return True
    if not following[0].isspace():
        return False
    upcoming = following.lstrip().lstrip("\"'\u201c\u201e\u00ab\u2018([\u00bf\u00a1")
    if upcoming[:1].islower():
        return False
    return mark[0] != "." or len(mark) > 1 or not _is_abbreviation(text, match.start(), start, following)


def _is_abbreviation(text: str, dot: int, start: int, following: str) -> bool:
    words = text[max(start, dot - 60) : dot].split()
    if not words:
        return False
    last = words[-1].lstrip("(\"'\u201e\u201c")
    if last.lower() in _ABBREVIATIONS:
        # "etc." and its kin may well end a sentence; before a capital they are taken to.
        return last.lower() not in {"etc", "usw", "ecc", "enz", "a.m", "p.m"} or not following.lstrip()[:1].isupper()
    if len(last) == 1 and last.isalpha():
        names = len(words) == 1 or not words[-2].isalpha() or (words[-2][0].isupper() and len(words) > 2)
        return names or last.islower() or following.lstrip()[1:2] == "."
    if last.isdigit():
        return len(last) <= 2 and (_MONTHS.match(following) is not None or len(words) == 1)
    return False
