"""Summaries in the author's own words: the page's description or its opening; key points from the rest."""

from __future__ import annotations

import re

import numpy as np

from shared.ai.extractive_rules.outline import Outline, words_of
from shared.ai.extractive_rules.selection import Vectorized
from shared.ai.extractive_rules.wording import Grammar
from shared.models.content import PassageKind
from shared.text.sentences import clean, joined

_MIN_DESCRIPTION, _MAX_SUMMARY = 60, 480
_ENOUGH = 200
_KEY_POINTS = 5
_ALIKE = 0.93
_COMPLETE = re.compile(r"[.!\u2026\u3002\uff01\u06d4\u0964][\"'\u201d\u2019\u00bb\u201c\u300d)]*$")
_ASKS = ("?", "\uff1f", "\u061f")
_FIRST_PERSON = {
    "en": re.compile(r"\b(?:I|my|me|we|our|us)\b"),
    "de": re.compile(r"\b(?:[Ii]ch|[Mm]ein\w*|mir|mich|[Ww]ir|[Uu]nser\w*)\b"),
    "fr": re.compile(r"\b(?:[Jj]e|[Jj]['\u2019]|[Mm]on|[Mm]es|[Nn]otre|[Nn]os)\b"),
    "es": re.compile(r"\b(?:[Yy]o|[Mm]is?|[Nn]uestr\w+)\b"),
    "nl": re.compile(r"\b(?:[Ii]k|[Mm]ijn|[Oo]nze?)\b"),
}
_LOST = re.compile(
    r"^(?:\w+ ){0,2}(?:he|she|her|his|him|they|them|their|it|its)\b"
    r"|\bthe (?:first|second|two|former|latter|other)\b[,. ](?!\w+ (?:of|in|to)\b)",
    re.IGNORECASE,
)
"""What points out of an English sentence; in other languages the words mean nothing, or are rare."""

_CENTRAL_WORDS = 12
_CUT_OFF = re.compile(r"(?:\u2026|\.\.\.|\[.{0,10}\])\W*$")

Place = tuple[int, int]
"""A sentence: (block, place in the block)."""


def summarize(outline: Outline, description: str, article: Vectorized, grammar: Grammar) -> tuple[str, tuple[str, ...]]:
    """A summary of one to three sentences, and up to five key points from different sections in the article's order.

    Args:
        outline: The article.
        description: What the page says of itself, possibly empty.
        article: Its vectors.
        grammar: Tells which sentences lean on the one before.
    """
    opening = _opening(outline)
    points = _key_points(outline, article, grammar, opening)
    text = clean(description).replace("\n", " ")
    if _MIN_DESCRIPTION <= len(text) <= _MAX_SUMMARY and not _CUT_OFF.search(text) and not text.endswith(_ASKS):
        return text, points
    return joined([_text(outline, place) for place in opening]) or outline.title, points


def _opening(outline: Outline) -> list[Place]:
    """The first sentences of the first section that has running text, until they say enough."""
    kept: list[Place] = []
    length = 0
    scale = 3 if outline.is_unspaced else 1  # A Chinese character says as much as three letters.
    prose = [(number, block) for number, block in enumerate(outline.blocks) if block.kind is PassageKind.PARAGRAPH]
    for number, block in prose:
        for place, sentence in enumerate(block.sentences):
            full = length >= _ENOUGH or length + scale * len(sentence) > _MAX_SUMMARY
            if kept and (full or block.section != prose[0][1].section):
                return kept
            kept.append((number, place))
            length += scale * len(sentence)
    return kept


def _key_points(outline: Outline, article: Vectorized, grammar: Grammar, opening: list[Place]) -> tuple[str, ...]:
    """Of each section the sentence that stands alone in the passage nearest to all the article says."""
    blocks = article.views[0]
    central = blocks @ (blocks.mean(axis=0) + article.title) if len(blocks) else np.empty(0)
    central_words = _central_words(outline)
    places = [
        (number, place)
        for number, block in enumerate(outline.blocks)
        for place, sentence in enumerate(block.sentences)
        if (number, place) not in opening
        and _stands_alone(outline, grammar, (number, place))
        and (outline.is_unspaced or not central_words.isdisjoint(words_of(sentence)))
    ]
    # Of a passage, the first sentence that stands alone: writers open with what the passage is about.
    ranked = sorted(places, key=lambda place: (-central[place[0]], place[1]))
    by_section: dict[str, Place] = {}
    for place in ranked:
        by_section.setdefault(outline.blocks[place[0]].section, place)
    points: list[Place] = []
    for place in (*by_section.values(), *ranked):
        others = [other[0] for other in points]
        if len(points) < _KEY_POINTS and place[0] not in others and _is_new(place, others, article):
            points.append(place)
    return tuple(_text(outline, place) for place in sorted(points))


def _central_words(outline: Outline) -> frozenset[str]:
    """The long words that the article uses most, and those of its title: a key point is about one of them."""
    common = [word for word, _ in outline.counts.most_common(400) if len(word) > 4][:_CENTRAL_WORDS]
    return frozenset(common) | {word for word in words_of(outline.title) if len(word) > 4}


def _is_new(place: Place, others: list[int], article: Vectorized) -> bool:
    blocks = article.views[0]
    return not others or float(np.max(blocks[others] @ blocks[place[0]])) < _ALIKE


def _stands_alone(outline: Outline, grammar: Grammar, place: Place) -> bool:
    block = outline.blocks[place[0]]
    text = block.sentences[place[1]]
    # Right below a question the answer may be elliptic: "Three to four days."
    if place[1] == 0 and block.section.endswith(("?", "\u061f", "\uff1f")):
        return False
    shortest = 20 if outline.is_unspaced else 60
    if block.kind is not PassageKind.PARAGRAPH or not shortest <= len(text) <= 260 or not _COMPLETE.search(text):
        return False
    told = _FIRST_PERSON.get(outline.language)
    return (
        not text[0].islower()
        and not grammar.hangs(text)
        and (told is None or told.search(text) is None)
        and _LOST.search(text) is None
        and text.count("\u201c") == text.count("\u201d")
        and text.count('"') % 2 == 0
    )


def _text(outline: Outline, place: Place) -> str:
    return outline.blocks[place[0]].sentences[place[1]]
