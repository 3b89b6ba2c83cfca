"""A crawled page to an article: its main text cut into citable passages, and what the page says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import trafilatura
from lxml.etree import Element, _Element
from trafilatura import bare_extraction

from shared.errors import NotAnArticle, PageTooLarge
from shared.models.content import Article, Passage, PassageKind
from worker_service.services.page_metadata import one_line, printable, read_metadata, text_key
from worker_service.services.text_language import language_of

MIN_WORDS = 50
"""Fewest words of passages that make an article; below this there is nothing to ask about."""

MAX_PASSAGES = 2_000
"""Most passages of an article: with their vectors they fit a MongoDB document (16 MB) with room to spare."""

MAX_TAGS = 100_000
"""Most ``<`` characters in a page: about twice what the longest encyclopedia articles have. Parsing is not linear."""

MAX_PASSAGE_CHARS = 1_200
MAX_DENSE_PASSAGE_CHARS = 500
"""Longest passages, in other scripts and in Chinese and Japanese: both stay within the embedding model's 512 tokens."""

_PROSE_LINE_CHARS = 120
_LAYOUT_CELL_CHARS = 500
_SENTENCE_AROUND_TIME_CHARS = 60
_BLOCKS_BEFORE_TITLE = 3

_BLOCK_SEPARATOR = "\n\n"
# Stands for <br> until white space is collapsed. lxml stores no NUL, so no page can contain it.
_LINE_BREAK = "\0"

_UNPARSEABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")

# Elements of trafilatura's result tree (its TEI subset) that stand in running text, and those that start a line of
# their own inside a list, a quotation or a table.
_INLINE_TAGS = frozenset(("hi", "ref", "del", "lb", "graphic"))
_LINE_TAGS = frozenset(("list", "item", "table", "row"))

_DENSE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Thai, Lao, Myanmar and Khmer, like the above, are written without spaces between words.
_UNSPACED = re.compile(f"{_DENSE.pattern}|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_UNSPACED_CHARS_PER_WORD = 2

# Where an oversized passage may be cut, best first: line ends; sentence ends, after a word too long to be an
# abbreviation; white space.
_CUTS = (
    re.compile(r"\n+"),
    re.compile(
        "(?<=\\w\\w\\w\\w)[.!?\u2026\u06d4\u061f\u0964][\"'\u2019\u201d»)]*\\s+"
        "|[\u3002\uff01\uff1f][\u300d\u300f\u2019\u201d\uff09]*"
    ),
    re.compile(r"\s+"),
)


class _Block(NamedTuple):
    """A heading (no kind) or a passage still in one piece."""

    kind: PassageKind | None
    text: str


def extract_article(html: str, url: str) -> Article:
    """Turns a page into an article.

    ``article.text`` is trafilatura's main text without a leading repetition of the title: headings and blocks in
    reading order, separated by empty lines. A passage is one block: a paragraph, a whole list (a line for each item,
    nested ones included), a table (a line for each row, cells joined by `` | ``), preformatted text (line breaks and
    indentation kept) or a quotation. Only blocks longer than ``MAX_PASSAGE_CHARS`` are cut, at line or sentence ends
    into pieces of similar length; short blocks are never joined, so a passage is always a contiguous piece of one
    block. Text is NFC and free of invisible characters (see ``printable``).

    Pure and synchronous, and it can take seconds on a hostile page: run it in a worker process, with a time limit.

    Args:
        html: The page, decoded.
        url: Address that answered, after redirects.

    Raises:
        NotAnArticle: The page has less than ``MIN_WORDS`` words of main text, or its markup defeats the parsers.
        PageTooLarge: The page has more than ``MAX_TAGS`` tags or ``MAX_PASSAGES`` passages.
    """
    if (tags := html.count("<")) > MAX_TAGS:
        raise PageTooLarge(f"page has {tags} tags, expected at most {MAX_TAGS}")
    markup = _XML_DECLARATION.sub("", _UNPARSEABLE.sub("", html.replace("\f", "\n")), count=1)
    try:
        blocks = list(_blocks(_main_text(markup)))
    except Exception as exc:  # The parsers fail on hostile markup in ways that no list of classes covers.
        raise NotAnArticle(f"page could not be read as an article ({type(exc).__name__})") from exc
    words = sum(_count_words(block.text) for block in blocks if block.kind)
    if words < MIN_WORDS:
        raise NotAnArticle(f"found {words} words of main text, expected at least {MIN_WORDS}")
    metadata = read_metadata(markup, url)
    blocks = _without_title(blocks, metadata.title_forms)
    passages = tuple(_passages(blocks))
    if len(passages) > MAX_PASSAGES:
        raise PageTooLarge(f"page has {len(passages)} passages, expected at most {MAX_PASSAGES}")
    prose = " ".join(block.text for block in blocks if block.kind is not PassageKind.CODE)
    return Article(
        url=url,
        canonical_url=metadata.canonical_url,
        title=metadata.title or next((block.text for block in blocks if block.kind is None), url),
        author=metadata.author,
        published_at=metadata.published_at,
        modified_at=metadata.modified_at,
        language=language_of(prose, metadata.declared_languages),
        text=_BLOCK_SEPARATOR.join(block.text for block in blocks),
        passages=passages,
        faq=metadata.faq,
    )


def _main_text(markup: str) -> _Element:
    """The main text as trafilatura's tree: ``p``, ``head``, ``list``, ``table``, ``quote``, ``code``, inline elements.

    Options: the defaults without comments, as in trafilatura's entry in the article extraction benchmark
    (scrapinghub/article-extraction-benchmark).
    """
    tree = trafilatura.load_html(markup)
    if tree is None:
        return Element("body")
    _protect(tree)
    document = bare_extraction(tree, include_comments=False)
    return Element("body") if document is None or isinstance(document, dict) else document.body


def _protect(tree: _Element) -> None:
    """Rewrites the markup in which trafilatura would lose text or line breaks of the main text."""
    for element in tree.iter():
        # References such as &#11; put characters into the tree that make lxml refuse every later change of that text.
        element.text = element.text and _UNPARSEABLE.sub("", element.text)
        element.tail = element.tail and _UNPARSEABLE.sub("", element.tail)
    for preformatted in list(tree.iter("pre")):
        # Without a <code> inside, a <pre> becomes a quotation, whose line breaks cannot be told from source formatting.
        if preformatted.find(".//code") is None:
            code = Element("code")
            code.text, preformatted.text = preformatted.text, None
            code.extend(list(preformatted))
            preformatted.append(code)
    for figure in list(tree.iter("figure")):
        # Figures are dropped with their captions, but static site generators put listings into them.
        if figure.find(".//pre") is not None:
            figure.tag = "div"
    for time in list(tree.iter("time")):
        # Dates are dropped as part of bylines; inside a sentence they are content.
        parent = time.getparent()
        if parent is not None and parent.tag in ("p", "li", "td", "blockquote"):
            around = sum(len(text.strip()) for text in parent.itertext()) - sum(map(len, time.itertext()))
            if around >= _SENTENCE_AROUND_TIME_CHARS:
                time.tag = "span"


def _blocks(container: _Element) -> Iterator[_Block]:
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


def _block(element: _Element) -> Iterator[_Block]:
    if element.tag == "head":
        kind, text = None, one_line(_inline_text(element))
    elif element.tag == "code":
        kind, text = PassageKind.CODE, "\n".join(_code_lines(element))
    elif element.tag == "quote":
        kind, text = PassageKind.QUOTE, "\n".join(_lines(element))
    elif element.tag == "list":
        kind, text = PassageKind.LIST, "\n".join(_lines(element))
    elif element.tag == "table" and not _is_layout(element):
        kind, text = PassageKind.TABLE, "\n".join(_lines(element))
    else:
        yield from _blocks(element)
        return
    if text:
        yield _Block(kind, text)


def _paragraphs(run: str) -> Iterator[_Block]:
    """Running text as paragraphs: each line of prose is one, while short lines (verse, addresses) stay together."""
    lines = list(_collapsed_lines(run))
    if lines and max(map(len, lines)) <= _PROSE_LINE_CHARS:
        lines = ["\n".join(lines)]
    return (_Block(PassageKind.PARAGRAPH, line) for line in lines)


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


def _without_title(blocks: Sequence[_Block], title_forms: frozenset[str]) -> list[_Block]:
    """The blocks without a repetition of the title at the very beginning."""
    opening = [block for block in blocks[:_BLOCKS_BEFORE_TITLE] if text_key(block.text) not in title_forms]
    return [*opening, *blocks[_BLOCKS_BEFORE_TITLE:]]


def _count_words(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    return len(re.findall(r"\w+", _UNSPACED.sub(" ", text))) + unspaced // _UNSPACED_CHARS_PER_WORD


def _passages(blocks: Iterable[_Block]) -> Iterator[Passage]:
    """Passages with their offsets in the blocks joined by ``_BLOCK_SEPARATOR``."""
    section, offset, number = "", 0, 0
    for block in blocks:
        if block.kind is None:
            section = block.text
        else:
            for start, end in _pieces(block.text):
                number += 1
                yield Passage(
                    id=f"p{number}",
                    kind=block.kind,
                    section=section,
                    start=offset + start,
                    end=offset + end,
                    text=block.text[start:end],
                )
        offset += len(block.text) + len(_BLOCK_SEPARATOR)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Bounds of the pieces of a block, none longer than a passage may be; only white space lies between them."""
    limit = MAX_DENSE_PASSAGE_CHARS if 2 * len(_DENSE.findall(text)) > len(text) else MAX_PASSAGE_CHARS
    start = 0
    while (rest := len(text) - start) > limit:
        # Pieces of equal length would end here; -(-a // b) rounds up.
        aim = start - (-rest // -(-rest // limit))
        cut = _cut(text, start + limit // 3, aim, start + limit)
        yield start, start + len(text[start:cut].rstrip())
        start = cut
        while text[start].isspace():
            start += 1
    yield start, len(text)


def _cut(text: str, low: int, aim: int, high: int) -> int:
    """The best place to cut, nearest to ``aim`` and within ``low`` and ``high``; mid-word if there is no better."""
    for pattern in _CUTS:
        ends = [match.end() for match in pattern.finditer(text, low, high)]
        if ends:
            return min(ends, key=lambda end: abs(end - aim))
    return aim
