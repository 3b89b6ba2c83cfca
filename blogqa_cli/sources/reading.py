"""From the bytes of a sitemap or feed to its entries, whatever its format."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final
from urllib.parse import urljoin

from blogqa_cli.sources.entries import Broken, Entry, NotASource, PageEntry, WebPage
from blogqa_cli.sources.xml_reader import read_xml
from shared.errors import InvalidUrl
from shared.url import MAX_URL_LENGTH, parse_url

MAX_ENTRIES: Final = 50_000
"""Most entries of one document (sitemaps.org protocol); what follows is not read."""
MAX_LINES: Final = 2_000_000
"""Most lines of a text, for empty ones are none of its entries, and 100 MB may have nothing else."""

_HEAD_BYTES: Final = 1_024
# Careless generators put white space and byte order marks, even several, before an XML declaration.
_LEADING: Final = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])*")
_MARKUP_STARTS: Final = (b"<", b"\0<", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML_START: Final = re.compile(
    rb"(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html|head|body|title|meta|script)\b", re.IGNORECASE | re.DOTALL
)
_URL_START: Final = re.compile(rb"https?://", re.IGNORECASE)
_LINK_TAG: Final = re.compile(r"<link\s([^<>]{1,2000})>", re.IGNORECASE)
# Names from their beginning and with an end: otherwise a long word is tried from each of its letters.
_ATTRIBUTE: Final = re.compile(
    r"""(?<![a-z])([a-z]{1,20})\s{0,20}=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml")


def read_entries(chunks: Iterable[bytes], base: str) -> Iterator[Entry]:
    """Yields the entries of a sitemap (XML or text), a sitemap index, an RSS or an Atom feed as its bytes come in.

    How the document is cut into chunks makes no difference. Memory stays bounded whatever it holds.

    Args:
        chunks: The document, uncompressed.
        base: Its address; relative links are relative to it.

    Raises:
        WebPage: It is an HTML page.
        NotASource: It is something else.
        Broken: It breaks off, is not well-formed, or exceeds a limit. The entries before that have been yielded.
    """
    head, rest = _split_head(chunks)
    if not head:
        raise NotASource("the document is empty")
    if _HTML_START.match(head[:_HEAD_BYTES]):
        raise WebPage("this is a web page")
    if head.startswith(_MARKUP_STARTS):
        entries = read_xml(chain((head,), rest), base)
    elif _URL_START.match(head):
        entries = _read_text(chain((head,), rest))
    else:
        raise NotASource("this is neither a sitemap nor a feed")
    for number, entry in enumerate(entries):
        if number == MAX_ENTRIES:
            raise Broken(
                f"it lists more than {MAX_ENTRIES:,} entries, the most that a sitemap may; the rest is not read"
            )
        yield entry


def feeds_in_page(page: bytes, base: str) -> list[str]:
    """The feeds that an HTML page names in ``<link rel="alternate">``, at most three."""
    found = []
    for tag in _LINK_TAG.findall(page.decode("utf-8", "replace")):
        attributes = {name.lower(): next(filter(None, values), "") for name, *values in _ATTRIBUTE.findall(tag)}
        if "alternate" in attributes.get("rel", "").lower() and attributes.get("type", "").lower() in _FEED_TYPES:
            found.append(attributes.get("href", ""))
    return _shown(found, base)


def sitemaps_in_robots(robots: bytes, base: str) -> list[str]:
    """The sitemaps that a robots.txt names, at most three."""
    lines = (line.partition(":") for line in robots.decode("utf-8", "replace").splitlines())
    return _shown([value.strip() for name, _, value in lines if name.strip().lower() == "sitemap"], base)


def _shown(urls: Iterable[str], base: str) -> list[str]:
    shown = []
    for url in filter(None, urls):
        try:
            shown.append(str(parse_url(urljoin(base, url))))
        except (InvalidUrl, ValueError):
            continue
    return shown[:3]


def _split_head(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Enough of the beginning to see what the document is, and the rest."""
    rest = iter(chunks)
    head = b""
    try:
        for chunk in rest:
            head = _LEADING.sub(b"", head + chunk, count=1)
            if len(head) >= _HEAD_BYTES:
                break
    except Broken as exc:
        if not head:
            raise
        return head, _broken_off(exc)
    return head, rest


def _broken_off(exc: Broken) -> Iterator[bytes]:
    yield from ()
    raise exc


def _read_text(chunks: Iterable[bytes]) -> Iterator[PageEntry]:
    """One URL per line (sitemaps.org protocol, "Text file")."""
    line = b""
    left = MAX_LINES
    for chunk in chunks:
        *lines, line = (line + chunk).split(b"\n")
        line = line[: 4 * MAX_URL_LENGTH]  # Still too long for a URL.
        yield from _page_entries(lines[:left])
        left -= len(lines)
        if left < 0:
            raise Broken(f"it has more than {MAX_LINES:,} lines; the rest is not read")
    yield from _page_entries([line])


def _page_entries(lines: Iterable[bytes]) -> Iterator[PageEntry]:
    for line in lines:
        if url := line[: 4 * MAX_URL_LENGTH].decode("utf-8", "replace").strip():
            yield PageEntry(url[: MAX_URL_LENGTH + 1])
