"""Summaries made of an article's own sentences: its opening, and what is nearest to the middle of all it says."""

from __future__ import annotations

import re

import numpy as np

from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.selection import Vectorized
from shared.ai.extractive_rules.wording import Grammar
from shared.models.content import PassageKind

_SUMMARY_SENTENCES = 3
_KEY_POINTS = 5
_ALIKE = 0.93
_COMPLETE = re.compile(r"[.!\u2026\u3002\uff01\u06d4\u0964][\"'\u201d\u2019\u00bb\u201c\u300d)]*$")


def summarize(outline: Outline, article: Vectorized, grammar: Grammar) -> tuple[str, tuple[str, ...]]:
    """Two or three sentences, and three to five key points from different sections, both in the article's order."""
    places = [
        (number, place)
        for number, block in enumerate(outline.blocks)
        for place in range(len(block.sentences))
        if _stands_alone(outline, grammar, (number, place))
    ]
    if not places:
        return _opening(outline), ()
    blocks = article.views[0]
    central = blocks @ (blocks.mean(axis=0) + article.title)
    # Of a passage, the first sentence that stands alone: writers open with what the passage is about.
    ranked = sorted(places, key=lambda place: (-central[place[0]], place[1]))
    told = _distinct([min(places), *ranked], article, _SUMMARY_SENTENCES, [])
    points = _points(outline, article, ranked, told)
    return " ".join(_text(outline, place) for place in sorted(told)), tuple(
        _text(outline, place) for place in sorted(points)
    )


def _points(
    outline: Outline, article: Vectorized, ranked: list[tuple[int, int]], told: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    by_section: dict[str, tuple[int, int]] = {}
    for place in ranked:
        if place not in told and 60 <= len(_text(outline, place)) <= 240:
            by_section.setdefault(outline.blocks[place[0]].section, place)
    points = _distinct(list(by_section.values()), article, _KEY_POINTS, told)
    if len(points) < 3:
        points += _distinct(
            [place for place in ranked if place not in points], article, 3 - len(points), [*told, *points]
        )
    return points


def _distinct(
    ordered: list[tuple[int, int]], article: Vectorized, count: int, taken: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for place in ordered:
        others = [other[0] for other in (*kept, *taken)]
        if (
            len(kept) < count
            and place[0] not in {other[0] for other in kept}
            and (not others or float(np.max(article.views[0][others] @ article.views[0][place[0]])) < _ALIKE)
        ):
            kept.append(place)
    return kept


def _stands_alone(outline: Outline, grammar: Grammar, place: tuple[int, int]) -> bool:
    block = outline.blocks[place[0]]
    text = block.sentences[place[1]]
    # Right below a question the answer may be elliptic: "Three to four days."
    if place[1] == 0 and block.section.endswith(("?", "\u061f", "\uff1f")):
        return False
    if block.kind is not PassageKind.PARAGRAPH or not 40 <= len(text) <= 260 or not _COMPLETE.search(text):
        return False
    return (
        not text[0].islower()
        and not grammar.hangs(text)
        and text.count("\u201c") == text.count("\u201d")
        and text.count('"') % 2 == 0
    )


def _opening(outline: Outline) -> str:
    texts = [
        sentence for block in outline.blocks if block.kind is PassageKind.PARAGRAPH for sentence in block.sentences
    ]
    return " ".join(texts[:2])[:600] or outline.title


def _text(outline: Outline, place: tuple[int, int]) -> str:
    return outline.blocks[place[0]].sentences[place[1]]
