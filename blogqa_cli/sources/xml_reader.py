"""Sitemaps, sitemap indexes, RSS and Atom: one streaming reader over expat.

Expat comes with Python, keeps no tree, and says that a document declares entities before it expands one; lxml would be
a heavy dependency of a command that is otherwise light. Whatever can make a small document expensive is refused before
it costs anything: an internal DTD subset (entities of any kind, default attributes), deep nesting, long tags, long
namespace names, elements without end. An external DTD is never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Final
from urllib.parse import urljoin
from xml.parsers import expat

from blogqa_cli.sources.dates import MAX_DATE_LENGTH, changed_by
from blogqa_cli.sources.entries import Broken, Entry, NotASource, PageEntry, SitemapEntry, WebPage
from shared.url import MAX_URL_LENGTH

MAX_DEPTH: Final = 256
MAX_TOKEN_BYTES: Final = 256 * 1024
"""Longest tag, comment or declaration: expat holds one as a whole. Text comes in pieces and has no such limit."""
MAX_NAMESPACE_LENGTH: Final = 256
"""Expat repeats the namespace in every name."""
MAX_ELEMENTS: Final = 2_000_000
"""Most elements of a document, for each costs some microseconds and four bytes may be one. A full sitemap, 50,000 pages
in 50 MB, may have forty a page; with addresses in them a million fit into it."""

_TEXT_LIMITS: Final = {"url": MAX_URL_LENGTH + 1, "date": MAX_DATE_LENGTH + 1}  # One more shows that it was too long.

_ENTRY_PATHS: Final[dict[str, tuple[tuple[str, ...], type[PageEntry] | type[SitemapEntry]]]] = {
    "urlset": (("urlset", "url"), PageEntry),
    "sitemapindex": (("sitemapindex", "sitemap"), SitemapEntry),
    "rss": (("rss", "channel", "item"), PageEntry),
    "RDF": (("RDF", "item"), PageEntry),  # RSS 0.9 and 1.0
    "feed": (("feed", "entry"), PageEntry),  # Atom
}
"""By root element: where the entries are and what they are."""

# Children of an entry that are read: those in its own namespace, and these of others. ``image:loc`` is not ``loc``.
_OWN_FIELDS: Final = {
    **dict.fromkeys(("loc", "link", "guid"), "url"),
    **dict.fromkeys(("lastmod", "pubDate", "updated", "published", "modified", "issued"), "date"),
}
_FOREIGN_FIELDS: Final = {
    "http://rssnamespace.org/feedburner/ext/1.0 origLink": "url",
    "http://purl.org/dc/elements/1.1/ date": "date",
    "http://purl.org/dc/terms/ modified": "date",
    "http://www.w3.org/2005/Atom updated": "date",
}
# What expat decodes with, or without, a table of 256 characters from Python; Python has codecs that are no encodings,
# and they are not for strangers to choose.
_ENCODING: Final = re.compile(
    r"utf-?(?:8|16)(?:-?[lb]e)?|(?:us-)?ascii|iso[-_]?8859-[0-9]{1,2}|latin-?1|(?:windows-|cp)125[0-8]|koi8-[ru]",
    re.IGNORECASE,
)
_OTHER_ENCODING: Final = "it is in an encoding that is not read here; sitemaps and feeds should be in UTF-8"
_BASE: Final = "http://www.w3.org/XML/1998/namespace base"
# What FeedBurner says of the original outranks its own link; a guid counts if there is no link.
_URL_RANKS: Final = ("origLink", "loc", "link", "guid")


def read_xml(chunks: Iterable[bytes], base: str) -> Iterator[Entry]:
    """Yields the entries of a document as its bytes come in.

    Args:
        chunks: The document.
        base: Its address; relative links are relative to it.

    Raises:
        WebPage: It is XHTML.
        NotASource: It is XML of another kind, or not XML at all.
        Broken: It breaks off, is not well-formed, or exceeds a limit. The entries before that have been yielded.
    """
    reader = _Reader(base)
    for chunk in chunks:
        problem = reader.feed(chunk)
        yield from reader.taken()
        if problem:
            raise problem
    problem = reader.feed(b"", last=True)
    yield from reader.taken()
    if problem:
        raise problem


@dataclass(slots=True)
class _Candidate:
    """An entry that is being read."""

    namespace: str
    urls: dict[str, str] = field(default_factory=dict)
    changed_at: datetime | None = None


class _Reader:
    def __init__(self, base: str) -> None:
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._fed = 0
        self._elements = 0
        self._found: list[Entry] = []
        self._path: list[str] = []
        self._bases = [base]  # As they are written: putting them together costs, and few elements have a link.
        self._entry_path: tuple[str, ...] = ()
        self._entry_type: type[PageEntry] | type[SitemapEntry] = PageEntry
        self._entry: _Candidate | None = None
        self._field: tuple[str, str] | None = None  # Name and kind of the field whose text is being read.
        self._field_text = ""
        self._guid_is_link = True

    def feed(self, chunk: bytes, *, last: bool = False) -> NotASource | Broken | None:
        """Reads on; returns why it cannot go on, if it cannot."""
        self._fed += len(chunk)
        try:
            self._parser.Parse(chunk, last)
        except (NotASource, Broken) as exc:
            return exc
        except expat.ExpatError as exc:
            return self._broken(f"{expat.ErrorString(exc.code)} in line {exc.lineno}", exc)
        except (ValueError, LookupError) as exc:  # Python knows no such encoding.
            return self._broken(_OTHER_ENCODING, exc)
        if not last and self._fed - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            return self._broken(f"a tag or comment is longer than {MAX_TOKEN_BYTES} bytes")
        return None

    def taken(self) -> list[Entry]:
        found, self._found = self._found, []
        return found

    def _broken(self, why: str, cause: BaseException | None = None) -> NotASource | Broken:
        problem = Broken(why) if self._path or self._entry_path else NotASource(f"it cannot be read as XML: {why}")
        problem.__cause__ = cause
        return problem

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and not _ENCODING.fullmatch(encoding):
            raise NotASource(_OTHER_ENCODING)

    def _doctype(self, name: str, _system_id: str | None, _public_id: str | None, has_internal_subset: int) -> None:
        if name.lower() == "html":
            raise WebPage("this is a web page")
        if has_internal_subset:
            raise NotASource("it declares entities or other parts of a DTD, which no sitemap or feed needs")

    def _namespace(self, _prefix: str | None, uri: str | None) -> None:
        if len(uri or "") > MAX_NAMESPACE_LENGTH:
            raise Broken(f"a namespace's name is longer than {MAX_NAMESPACE_LENGTH} characters")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise Broken(f"it has more than {MAX_ELEMENTS:,} elements; the rest is not read")
        namespace, _, local = name.rpartition(" ")
        self._path.append(local)
        depth = len(self._path)
        if depth == 1:
            self._root(local)
        if depth > MAX_DEPTH:
            raise Broken(f"elements are nested more than {MAX_DEPTH} deep")
        self._bases.append(attributes.get(_BASE, "")[: MAX_URL_LENGTH + 1])
        if depth == len(self._entry_path):
            if tuple(self._path) == self._entry_path:
                self._entry = _Candidate(namespace)
        elif self._entry and depth == len(self._entry_path) + 1:
            self._start_field(self._entry, name, namespace, local, attributes)

    def _root(self, local: str) -> None:
        if local.lower() == "html":
            raise WebPage("this is a web page")
        if local not in _ENTRY_PATHS:
            raise NotASource(f"it is XML, but <{local[:40]}> begins neither a sitemap nor a feed")
        self._entry_path, self._entry_type = _ENTRY_PATHS[local]

    def _start_field(
        self, entry: _Candidate, name: str, namespace: str, local: str, attributes: dict[str, str]
    ) -> None:
        kind = _OWN_FIELDS.get(local) if namespace == entry.namespace else _FOREIGN_FIELDS.get(name)
        if kind is None:
            return
        if local == "link" and self._entry_path[0] == "feed":
            if attributes.get("rel", "alternate") == "alternate" and "html" in attributes.get("type", "html"):
                self._add_url(entry, local, attributes.get("href", ""))
            return
        self._guid_is_link = attributes.get("isPermaLink", "true").strip().lower() == "true"
        self._field, self._field_text = (local, kind), ""

    def _text(self, data: str) -> None:
        if self._field and len(self._path) == len(self._entry_path) + 1:
            self._field_text = (self._field_text + data).lstrip()[: _TEXT_LIMITS[self._field[1]]]

    def _end(self, _name: str) -> None:
        depth = len(self._path)
        if self._entry and self._field and depth == len(self._entry_path) + 1:
            self._end_field(self._entry, *self._field)
            self._field = None
        elif self._entry and depth == len(self._entry_path):
            url = next((self._entry.urls[name] for name in _URL_RANKS if name in self._entry.urls), "")
            self._found.append(self._entry_type(url, self._entry.changed_at))
            self._entry = None
        self._path.pop()
        self._bases.pop()

    def _end_field(self, entry: _Candidate, name: str, kind: str) -> None:
        text = self._field_text.rstrip()
        if kind == "date":
            moment = changed_by(text)
            entry.changed_at = max(filter(None, (entry.changed_at, moment)), default=None)
        elif text and (name != "guid" or (self._guid_is_link and _is_absolute(text))):
            self._add_url(entry, name, text)

    def _add_url(self, entry: _Candidate, name: str, url: str) -> None:
        """The first one of a name counts."""
        if name not in entry.urls:
            entry.urls[name] = self._absolute(url.strip())

    def _absolute(self, url: str) -> str:
        if not url or _is_absolute(url):
            return url[: MAX_URL_LENGTH + 1]
        return _resolved(reduce(_resolved, filter(None, self._bases)), url)


def _is_absolute(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _resolved(base: str, url: str) -> str:
    """``url`` made absolute; as it is where that is impossible, for whoever judges URLs to refuse."""
    if len(url) <= MAX_URL_LENGTH:
        with suppress(ValueError):
            url = urljoin(base, url)
    return url[: MAX_URL_LENGTH + 1]
