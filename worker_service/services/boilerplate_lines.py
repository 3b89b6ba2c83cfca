"""Lines of an article's text that are not the article: labels, credits, bylines, disclosures, invitations.

A line is judged as a whole and only if it is short, so a sentence of the article that mentions a newsletter stays.
Where the article begins and ends, less evidence is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shared.models.content import PassageKind
from worker_service.services import boilerplate_words as words
from worker_service.services.text_blocks import Block

_MAX_CHARS = 320
"""Longest line that is dropped for its words."""

_BYLINE_CHARS = 150
_DATE_LINE_CHARS = 80
_PROSE_CHARS = 120
_OPENING_BLOCKS = 5
_BIOGRAPHY_CHARS = 450
_NAME_WITHIN_CHARS = 12
_MENU_BARS = 2
_MOST_ABOUT_AUTHOR = 4
_LABELLED_SENTENCE_CHARS = 40

_SENTENCE_END = re.compile(r"[.!?…。！？؟]\W*$")  # noqa: RUF001 - full-width marks


def without_boilerplate(blocks: Sequence[Block], author: str | None) -> list[Block]:
    """The blocks without what their words say is not the article.

    Args:
        blocks: In reading order.
        author: Names joined with commas, as the page claims them.
    """
    names = [name for name in (author or "").split(", ") if len(name) > 1]
    kept = [block for block in map(_without_lines, _without_sections(blocks)) if block.text]
    opening = [block for block in kept[:_OPENING_BLOCKS] if not _is_byline(block, names)]
    return _without_closing([*opening, *kept[_OPENING_BLOCKS:]], names)


def _without_sections(blocks: Sequence[Block]) -> Iterator[Block]:
    """Ends where readers' comments begin; a label goes with the list or the headlines that follow it."""
    last_heading = max((i for i, block in enumerate(blocks) if block.kind is None and not _is_label(block)), default=0)
    after_label = False
    for i, block in enumerate(blocks):
        if block.kind is None and last_heading <= i >= len(blocks) // 2 and words.COMMENTS.match(block.text):
            # A section that is only called "Comments" may be the article's, on comments in code for one.
            if any(map(str.isdecimal, block.text)) or not any(each.kind is PassageKind.CODE for each in blocks):
                return
        if _is_label(block):
            after_label = True
        elif after_label and _announced(block):
            continue
        else:
            after_label = False
            yield block


def _is_label(block: Block) -> bool:
    can_be = block.kind in (None, PassageKind.PARAGRAPH) and not block.text.endswith(".")
    return can_be and words.LABEL.match(block.text) is not None


def _announced(block: Block) -> bool:
    """Whether a block can be what a label announces: a list, or a line that is no sentence."""
    if block.kind is PassageKind.PARAGRAPH:
        return len(block.text) <= _PROSE_CHARS and not _SENTENCE_END.search(block.text)
    return block.kind is PassageKind.LIST


def _without_lines(block: Block) -> Block:
    """A block without its lines that are boilerplate; lists and tables stay whole unless that is all of them."""
    if block.kind is PassageKind.CODE:
        return block
    # A heading that looks like a label may well be that of a section on photos, say.
    is_boilerplate = _is_notice if block.kind is None else _is_boilerplate
    kept = [line for line in block.text.split("\n") if not is_boilerplate(line)]
    whole = block.kind in (PassageKind.LIST, PassageKind.TABLE) and kept
    return block if whole else Block(block.kind, "\n".join(kept))


def _is_boilerplate(line: str) -> bool:
    if len(line) > _MAX_CHARS:
        return False
    says_more = len(line) > _LABELLED_SENTENCE_CHARS and _SENTENCE_END.search(line)
    labelled = (
        words.SERVICE.match(line) or words.ANNOUNCED.match(line) or (words.LABELLED.match(line) and not says_more)
    )
    dated = words.DATED.match(line) and not _SENTENCE_END.search(line)
    is_menu = line.count(" | ") >= _MENU_BARS and not _SENTENCE_END.search(line)
    stamped = len(line) <= _BYLINE_CHARS and (dated or words.CREDIT.match(line))
    return bool(labelled or stamped) or is_menu or _is_notice(line)


def _is_notice(line: str) -> bool:
    if len(line) > _MAX_CHARS:
        return False
    evidence = ((words.NOTICE,), words.DISCLOSURE, words.INVITATION)
    return any(all(pattern.search(line) for pattern in patterns) for patterns in evidence)


def _without_closing(blocks: Sequence[Block], names: Sequence[str]) -> list[Block]:
    """The blocks without those after the last prose that are no article, and without headings at the end."""
    end: list[Block] = []
    for i in range(len(blocks) - 1, -1, -1):
        if blocks[i].kind is None and not end:
            continue
        dropped = len(blocks) - 1 - i - len(end)
        # A company's blog may begin every paragraph with its author's name.
        if not _is_closing(blocks[i], names if dropped < _MOST_ABOUT_AUTHOR else ()):
            end.append(blocks[i])
            if len(blocks[i].text) >= _PROSE_CHARS:
                return [*blocks[:i], *reversed(end)]
    return list(blocks)  # There was nothing else: it is the article.


def _is_byline(block: Block, names: Sequence[str]) -> bool:
    """Whether a block before the first prose is a byline or a date."""
    if block.kind is not PassageKind.PARAGRAPH or len(block.text) > _BYLINE_CHARS:
        return False
    if _SENTENCE_END.search(block.text):
        return False
    dated = len(block.text) <= _DATE_LINE_CHARS and words.DATE.search(block.text)
    return bool(dated or words.BYLINE.match(block.text)) or any(_at(name, block.text) >= 0 for name in names)


def _is_closing(block: Block, names: Sequence[str]) -> bool:
    """Whether one of the last blocks is about the author, or asks something of the reader."""
    if block.kind is not PassageKind.PARAGRAPH or len(block.text) > _BIOGRAPHY_CHARS:
        return False
    if any(0 <= _at(name, block.text) <= _NAME_WITHIN_CHARS for name in names):
        return True
    name, occupation = words.BIOGRAPHY
    if name.match(block.text) and occupation.search(block.text[:_PROSE_CHARS]):
        return True
    return len(block.text) <= _MAX_CHARS and all(pattern.search(block.text) for pattern in words.CLOSING)


def _at(name: str, text: str) -> int:
    """Where a name stands in a text as a word of its own, or -1."""
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return match.start() if match else -1
