"""What a sitemap or feed lists, and the ways in which reading one can fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page that a sitemap or feed lists.

    Attributes:
        url: Absolute where the document makes it so; not checked in any other way.
        changed_at: Latest moment at which the page may have changed, by the document's own word; None if it gives no
            date that can be read.
    """

    url: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A sitemap (or feed) that a sitemap index lists; attributes as in ``PageEntry``."""

    url: str
    changed_at: datetime | None = None


Entry = PageEntry | SitemapEntry


class SourceError(Exception):
    """A sitemap or feed could not be read, or not to its end; ``str(error)`` is a sentence for the operator."""


class Unfetchable(SourceError):
    """The site does not give the document."""


class NotASource(SourceError):
    """The document is neither a sitemap nor a feed."""


class WebPage(NotASource):
    """The document is an HTML page."""


class Broken(SourceError):
    """The document ends or breaks in the middle, or exceeds a limit; the entries before that are good."""
