"""Handing in all the pages behind a sitemap or feed.

There is no state to resume from: handing in a page twice finds its job, so running the command again goes on where it
was stopped. Reading waits while the server works, so nothing piles up between them; what is kept of a page is a hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from blogqa_cli.failure import CommandFailed
from blogqa_cli.intake import hand_in
from blogqa_cli.patience import Patience
from blogqa_cli.replies import Accepted, Refused
from blogqa_cli.server import Server
from blogqa_cli.sources.following import Walk
from blogqa_cli.tally import Tally
from shared.errors import InvalidUrl
from shared.url import MAX_URL_LENGTH, crawl_url, normalize_url

MAX_PAGES: Final = 1_000_000
"""Most pages of one run, for their hashes are kept in memory."""

_BATCH: Final = 100
_SHOWN: Final = 300


class Ingest:
    """One run.

    Args:
        server: Where to.
        walk: Where from.
        since: Pages that have not changed since then are left out.
        force: Whether pages that were processed recently are processed again.
        note: Told of waits for the server.

    Attributes:
        tally: What has become of the pages so far.
    """

    def __init__(
        self,
        server: Server,
        walk: Walk,
        *,
        since: datetime | None,
        force: bool,
        note: Callable[[str], None],
    ) -> None:
        self.tally = Tally()
        self._server = server
        self._walk = walk
        self._since = since
        self._force = force
        self._patience = Patience(note)

    def wanted(self, source: str) -> Iterator[str]:
        """Yields the addresses of the pages to hand in, each once, and counts those that are left out.

        Raises:
            SourceError: There is no sitemap or feed at the address.
            CommandFailed: There are too many pages.
        """
        seen: set[int] = set()
        for page in self._walk.pages(source):
            self.tally.read += 1
            if self._since and page.changed_at and page.changed_at < self._since:
                self.tally.older += 1
                continue
            try:
                url, identity = _read(page.url)
            except InvalidUrl as exc:
                self.tally.add(Refused(blog_url=page.url[:_SHOWN], code=exc.code, detail=str(exc)))
                continue
            if identity in seen:
                self.tally.repeated += 1
                continue
            if len(seen) == MAX_PAGES:
                raise CommandFailed(f"there are more than {MAX_PAGES:,} pages: ingest the sitemaps one by one.")
            seen.add(identity)
            self.tally.undated += self._since is not None and page.changed_at is None
            yield url

    def handed_in(self, urls: Iterable[str]) -> Iterator[Accepted | Refused]:
        """Hands pages in, a hundred at a time, and yields what became of each. A busy server is waited for.

        Raises:
            CommandFailed: A call failed as a whole; the pages yielded before it are handed in.
        """
        remaining = iter(urls)
        while batch := list(islice(remaining, _BATCH)):
            for outcome in self._sent(batch):
                self.tally.add(outcome)
                yield outcome

    def _sent(self, batch: list[str]) -> list[Accepted | Refused]:
        outcomes = self._patience.answer(lambda: list(hand_in(self._server, batch, force=self._force)))
        if len(outcomes) != len(batch):
            raise self._server.stranger(f"it says what became of {len(outcomes)} pages, not of {len(batch)}")
        return outcomes


def _read(url: str) -> tuple[str, int]:
    """The address as the server would crawl it, and a hash that tells pages apart.

    In that form it is ASCII that JSON leaves as it is, so that no page makes a body longer than it looks.
    """
    crawled = crawl_url(url)
    if len(crawled) > MAX_URL_LENGTH:
        raise InvalidUrl(f"expected at most {MAX_URL_LENGTH} characters after percent-encoding, got {len(crawled)}")
    return crawled, hash(normalize_url(crawled))
