"""The element that holds an article which trafilatura found only in pieces."""

from __future__ import annotations

from collections import Counter

from lxml.etree import _Element

from worker_service.services.page_metadata import text_key

_MIN_CHARS = 80
"""Shortest paragraph that tells where the article is: shorter ones also stand elsewhere on a page."""

_MOST = 0.8
_BETWEEN = ("h2", "h3", "h4", "h5", "li")
_MIN_BETWEEN = 2


def frame_of(tree: _Element, found: _Element) -> _Element | None:
    """The smallest element around most of the found paragraphs, if there are headings or lists among them.

    Where no name or tag of a page says "article", trafilatura gathers the paragraphs one by one, without the headings
    and lists between them.

    Args:
        tree: The page.
        found: What trafilatura made of it.
    """
    said = {key for paragraph in found.iter("p") if len(key := _key(paragraph)) >= _MIN_CHARS}
    weights: Counter[_Element] = Counter()
    total = 0
    for paragraph in tree.iter("p"):
        if (key := _key(paragraph)) in said:
            total += len(key)
            weights.update(dict.fromkeys(paragraph.iterancestors(), len(key)))
    around = [element for element, weight in weights.items() if weight >= _MOST * total]
    frame = max(around, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)
    if frame is None or frame.tag in ("html", "body"):
        return None
    return frame if sum(1 for _ in frame.iter(*_BETWEEN)) >= _MIN_BETWEEN else None


def _key(paragraph: _Element) -> str:
    return text_key("".join(map(str, paragraph.itertext())))
