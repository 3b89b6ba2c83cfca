"""Trafilatura's result tree as blocks of text: headings and what can become passages, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lxml.etree import _Element

from shared.models.content import PassageKind
from worker_service.services.page_metadata import one_line, printable

_PROSE_LINE_CHARS = 120
_MAX_HEADING_CHARS = 300
"""A longer heading is a paragraph in large letters."""

_LAYOUT_CELL_CHARS = 500

# Stands for <br> until white space is collapsed. lxml stores no NUL, so no page can contain it.
_LINE_BREAK = "\0"

# Elements of trafilatura's result tree (its TEI subset) that stand in running text, and those that start a line of
# their own inside a list, a quotation or a table.
_INLINE_TAGS = frozenset(("hi", "ref", "del", "lb", "graphic"))
_LINE_TAGS = frozenset(("list", "item", "table", "row"))


class Block(NamedTuple):
    """A heading (no kind) or a passage still in one piece."""

    kind: PassageKind | None
    text: str


def blocks_of(container: _Element) -> Iterator[Block]:
    """The blocks of an element in reading order; text between them becomes paragraphs."""
    run = [container.text or ""]
    for child in container:
        if _is_inline(child):
            run.append(_inline_text(child))
        else:
            yield from _paragraphs("".join(run))
            run.clear()
            yield from _block(child)
        run.append(child.tail or "")
    yield from _paragraphs("".join(run))


def _block(element: _Element) -> Iterator[Block]:
    if element.tag == "head":
        text = one_line(_inline_text(element))
        kind = None if len(text) <= _MAX_HEADING_CHARS else PassageKind.PARAGRAPH
    elif element.tag == "code":
        kind, text = PassageKind.CODE, "\n".join(_code_lines(element))
    elif element.tag == "quote":
        kind, text = PassageKind.QUOTE, "\n".join(_lines(element))
    elif element.tag == "list":
        kind, text = PassageKind.LIST, "\n".join(_lines(element))
    elif element.tag == "table" and not _is_layout(element):
        kind, text = PassageKind.TABLE, "\n".join(_lines(element))
    else:
        yield from blocks_of(element)
        return
    if text:
        yield Block(kind, text)


def _paragraphs(run: str) -> Iterator[Block]:
    """Running text as paragraphs: each line of prose is one, while short lines (verse, addresses) stay together."""
    lines = list(_collapsed_lines(run))
    if lines and max(map(len, lines)) <= _PROSE_LINE_CHARS:
        lines = ["\n".join(lines)]
    return (Block(PassageKind.PARAGRAPH, line) for line in lines)


def _lines(element: _Element) -> Iterator[str]:
    """The text of a list, a table or a quotation, line by line."""
    if element.tag == "row":
        cells = (one_line(_inline_text(cell)) for cell in element)
        yield " ".join(" | ".join(cells).rstrip(" |").split())
        return
    if element.tag == "code":
        yield from _code_lines(element)
        return
    run = [element.text or ""]
    for child in element:
        if _starts_line(child):
            yield from _collapsed_lines("".join(run))
            run.clear()
            yield from _lines(child)
        else:
            run.append(_inline_text(child) if _is_inline(child) else f" {_inline_text(child)} ")
        run.append(child.tail or "")
    yield from _collapsed_lines("".join(run))


def _starts_line(child: _Element) -> bool:
    parent = child.getparent()
    in_quotation = parent is not None and parent.tag == "quote"
    return child.tag in _LINE_TAGS or (child.tag == "p" and in_quotation) or _is_listing(child)


def _is_inline(element: _Element) -> bool:
    """Whether an element is part of running text: ``code`` and ``quote`` are when they stand in a paragraph."""
    parent = element.getparent()
    in_paragraph = parent is not None and parent.tag not in ("body", "div")
    return element.tag in _INLINE_TAGS or (
        element.tag in ("code", "quote") and in_paragraph and not _is_listing(element)
    )


def _is_listing(element: _Element) -> bool:
    return element.tag == "code" and "\n" in _inline_text(element).strip()


def _is_layout(table: _Element) -> bool:
    """Whether a table holds prose rather than data: old pages put whole articles into cells."""
    return any(len(_inline_text(cell)) > _LAYOUT_CELL_CHARS for cell in table.iter("cell"))


def _inline_text(element: _Element) -> str:
    """All text of an element; blocks inside it are set off with spaces."""
    parts = [_LINE_BREAK if element.tag == "lb" else "", element.text or ""]
    for child in element:
        parts.append(
            _inline_text(child) if child.tag in _INLINE_TAGS | {"code", "quote"} else f" {_inline_text(child)} "
        )
        parts.append(child.tail or "")
    return "".join(parts)


def _code_lines(element: _Element) -> list[str]:
    text = printable(_inline_text(element).replace(_LINE_BREAK, "\n").expandtabs(4))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n").split("\n")


def _collapsed_lines(run: str) -> Iterator[str]:
    return filter(None, map(one_line, run.split(_LINE_BREAK)))
