"""From the address that the operator named to every page behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final
from urllib.parse import urljoin

from blogqa_cli.sources.entries import Broken, PageEntry, SitemapEntry, SourceError, WebPage
from blogqa_cli.sources.reading import feeds_in_page, read_entries, sitemaps_in_robots
from blogqa_cli.sources.site import Document, Site
from shared.errors import InvalidUrl
from shared.url import normalize_url

MAX_DOCUMENTS: Final = 1_000
"""Most documents of one run: fifty million pages in sitemaps of the largest size."""

_SHOWN: Final = 300
"""Most characters of a URL in a warning."""

_MAX_WARNINGS: Final = 20
"""Most warnings of one run; the rest is only counted."""

_HINT_CHUNKS: Final = 4
"""How much of a page or a robots.txt is looked through for the name of a feed or sitemap, in chunks of 64 KiB."""


class Walk:
    """Reads a sitemap, a feed, or an index and everything that it lists.

    An index is followed one level deep, as the sitemaps.org protocol has it, and only within the site. A document that
    cannot be read, or not to its end, does not end the walk: it is reported and counted.

    Args:
        site: Gives the documents.
        since: Documents that an index says have not changed since then are not fetched.
        warn: Told about what is not read, and why.

    Attributes:
        documents: Documents fetched so far.
        unchanged: Documents not fetched because of ``since``.
        incomplete: Documents that could not be read, or not to their end.
    """

    def __init__(self, site: Site, *, since: datetime | None, warn: Callable[[str], None]) -> None:
        self._site = site
        self._since = since
        self._warn = warn
        self._seen: set[str] = set()
        self._warnings = 0
        self.documents = 0
        self.unchanged = 0
        self.incomplete = 0

    def pages(self, start: str) -> Iterator[PageEntry]:
        """Yields the pages behind an address as they are read.

        Raises:
            SourceError: There is no sitemap or feed at the address.
        """
        self._seen.add(_identity(start))
        self.documents += 1
        with self._site.document(start) as document:
            try:
                yield from self._entries(document, self._listed)
            except WebPage as exc:
                raise WebPage(f"{exc}; {self._advice(document)}") from exc
            except Broken as exc:
                self._give_up(start, exc)

    def _entries(
        self, document: Document, listed: Callable[[SitemapEntry], Iterator[PageEntry]]
    ) -> Iterator[PageEntry]:
        for entry in read_entries(document.chunks(), document.url):
            if isinstance(entry, PageEntry):
                yield entry
            else:
                yield from listed(entry)

    def _listed(self, entry: SitemapEntry) -> Iterator[PageEntry]:
        """The pages behind an entry of an index."""
        identity = _identity(entry.url)
        if identity in self._seen:
            self._say(f"{entry.url[:_SHOWN]} is listed again, or lists itself: it is read once")
        elif self._since and entry.changed_at and entry.changed_at < self._since:
            self.unchanged += 1
        elif self.documents == MAX_DOCUMENTS:
            raise Broken(f"it lists more than {MAX_DOCUMENTS - 1:,} sitemaps; the rest is not read")
        else:
            self._seen.add(identity)
            self.documents += 1
            try:
                with self._site.document(entry.url) as document:
                    yield from self._entries(document, _too_deep)
            except SourceError as exc:
                self._give_up(entry.url, exc)

    def _give_up(self, url: str, why: SourceError) -> None:
        self.incomplete += 1
        outcome = "is read in part" if isinstance(why, Broken) else "is not read"
        self._say(f"{url[:_SHOWN]} {outcome}: {why}")

    def _say(self, warning: str) -> None:
        self._warnings += 1
        if self._warnings <= _MAX_WARNINGS:
            self._warn(warning)
        elif self._warnings == _MAX_WARNINGS + 1:
            self._warn("further warnings of this kind are left out")

    def _advice(self, page: Document) -> str:
        """Where the sitemap or feed may be, when the address is that of a page."""
        named = feeds_in_page(_beginning(page), page.url)
        try:
            with self._site.document(urljoin(page.url, "/robots.txt")) as robots:
                named += sitemaps_in_robots(_beginning(robots), robots.url)
        except SourceError:
            pass  # It was only for the advice.
        such_as = f", such as {' or '.join(named)}" if named else ""
        return f"give the address of a sitemap or feed{such_as}"


def _too_deep(_entry: SitemapEntry) -> Iterator[PageEntry]:
    raise Broken("it is an index within an index, which the protocol does not allow; ingest it by itself")


def _beginning(document: Document) -> bytes:
    return b"".join(islice(document.chunks(), _HINT_CHUNKS))


def _identity(url: str) -> str:
    try:
        return normalize_url(url)
    except InvalidUrl:
        return url  # Fetching it will say what is wrong.
