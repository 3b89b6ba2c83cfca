"""A crawled page to an article: its main text cut into citable passages, and what the page says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import trafilatura
from lxml.etree import Element, _Element
from trafilatura import bare_extraction

from shared.errors import NotAnArticle, PageTooLarge
from shared.models.content import Article, Passage, PassageKind
from shared.text.language import language_of
from worker_service.services.article_frame import frame_of
from worker_service.services.boilerplate_lines import without_boilerplate
from worker_service.services.boilerplate_markup import prune
from worker_service.services.page_metadata import read_metadata, text_key
from worker_service.services.text_blocks import Block, blocks_of

MIN_WORDS = 50
"""Fewest words of passages that make an article; below this there is nothing to ask about."""

MAX_PASSAGES = 2_000
"""Most passages of an article: with their vectors they fit a MongoDB document (16 MB) with room to spare."""

MAX_TAGS = 100_000
"""Most ``<`` characters in a page: about twice what the longest encyclopedia articles have. Parsing is not linear."""

MAX_PASSAGE_CHARS = 1_200
MAX_DENSE_PASSAGE_CHARS = 500
"""Longest passages, in other scripts and in Chinese and Japanese: both stay within the embedding model's 512 tokens."""

_SENTENCE_AROUND_TIME_CHARS = 60
_BLOCKS_BEFORE_TITLE = 3
_MOST_GROWTH = 1.5
"""How much longer an article may become by its headings and lists; beyond that, something else came with them."""

_BLOCK_SEPARATOR = "\n\n"

_UNPARSEABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")

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


def extract_article(html: str, url: str) -> Article:
    """Turns a page into an article.

    ``article.text`` is trafilatura's main text without a leading repetition of the title and without what is not the
    article (see ``boilerplate_markup`` and ``boilerplate_lines``): headings and blocks in reading order, separated by
    empty lines. A passage is one block: a paragraph, a whole list (a line for each item,
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
        blocks = list(blocks_of(_main_text(markup, url)))
    except Exception as exc:  # The parsers fail on hostile markup in ways that no list of classes covers.
        raise NotAnArticle(f"page could not be read as an article ({type(exc).__name__})") from exc
    _require_words(blocks)
    metadata = read_metadata(markup, url)
    blocks = without_boilerplate(_without_title(blocks, metadata.title_forms), metadata.author)
    _require_words(blocks)
    passages = tuple(_passages(blocks))
    if len(passages) > MAX_PASSAGES:
        raise PageTooLarge(f"page has {len(passages)} passages, expected at most {MAX_PASSAGES}")
    prose = " ".join(block.text for block in blocks if block.kind is not PassageKind.CODE)
    return Article(
        url=url,
        canonical_url=metadata.canonical_url,
        title=metadata.title or next((block.text for block in blocks if block.kind is None), url),
        description=metadata.description or "",
        author=metadata.author,
        published_at=metadata.published_at,
        modified_at=metadata.modified_at,
        language=language_of(prose, metadata.declared_languages),
        text=_BLOCK_SEPARATOR.join(block.text for block in blocks),
        passages=passages,
        faq=metadata.faq,
    )


def _main_text(markup: str, url: str) -> _Element:
    """The main text as trafilatura's tree: ``p``, ``head``, ``list``, ``table``, ``quote``, ``code``, inline elements.

    Options: the defaults without comments, as in trafilatura's entry in the article extraction benchmark
    (scrapinghub/article-extraction-benchmark).
    """
    found = _extracted(_cleaned(markup, url))
    if found.find(".//head") is not None and found.find(".//list") is not None:
        return found
    tree = _cleaned(markup, url)
    frame = frame_of(tree, found)
    if frame is None:
        return found
    frame.tag = "article"
    framed = _extracted(tree)
    return framed if 1 < _length(framed) / max(_length(found), 1) < _MOST_GROWTH else found


def _cleaned(markup: str, url: str) -> _Element:
    tree: _Element | None = trafilatura.load_html(markup)
    if tree is None:
        return Element("html")
    prune(tree, url)
    _protect(tree)
    return tree


def _extracted(tree: _Element) -> _Element:
    document = bare_extraction(tree, include_comments=False)
    return Element("body") if document is None or isinstance(document, dict) else document.body


def _length(element: _Element) -> int:
    return sum(len(text.strip()) for text in element.itertext())


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


def _without_title(blocks: Sequence[Block], title_forms: frozenset[str]) -> list[Block]:
    """The blocks without a repetition of the title at the very beginning."""
    opening = [block for block in blocks[:_BLOCKS_BEFORE_TITLE] if text_key(block.text) not in title_forms]
    return [*opening, *blocks[_BLOCKS_BEFORE_TITLE:]]


def _require_words(blocks: Iterable[Block]) -> None:
    words = sum(_count_words(block.text) for block in blocks if block.kind)
    if words < MIN_WORDS:
        raise NotAnArticle(f"found {words} words of main text, expected at least {MIN_WORDS}")


def _count_words(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    return len(re.findall(r"\w+", _UNSPACED.sub(" ", text))) + unspaced // _UNSPACED_CHARS_PER_WORD


def _passages(blocks: Iterable[Block]) -> Iterator[Passage]:
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
