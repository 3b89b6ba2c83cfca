"""Handing pages in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from blogqa_cli.replies import Accepted, HandedIn, Refused
from blogqa_cli.server import Needs, Server
from shared.errors import InvalidUrl
from shared.url import parse_url

_BATCH: Final = 100
_BATCH_BYTES: Final = 48 * 1024
"""The server reads bodies of 64 KiB."""


def hand_in(server: Server, urls: Iterable[str], *, force: bool) -> Iterator[Accepted | Refused]:
    """Has pages processed, in as few calls as the server allows; yields what became of each, in order.

    Handing in a page twice does no harm: its job is found again.

    Args:
        server: Where to.
        urls: Of the pages; one that is no URL is refused here, by itself.
        force: Whether pages that were processed recently are processed again; needs both keys.

    Raises:
        CommandFailed: A call failed as a whole; the pages yielded before it are handed in.
    """
    batch: list[str] = []
    size = 0
    for url in urls:
        if (refused := _refused(url)) is not None:
            yield from _sent(server, batch, force=force)
            batch, size = [], 0
            yield refused
            continue
        if len(batch) == _BATCH or size + len(url.encode()) > _BATCH_BYTES:
            yield from _sent(server, batch, force=force)
            batch, size = [], 0
        batch.append(url)
        size += len(url.encode())
    yield from _sent(server, batch, force=force)


def intake_needs(*, force: bool) -> Needs:
    """The keys that handing in needs."""
    return Needs.BOTH if force else Needs.PUBLISHER


def _refused(url: str) -> Refused | None:
    try:
        parse_url(url)
    except InvalidUrl as exc:
        return Refused(blog_url=url, code=exc.code, detail=str(exc))
    return None


def _sent(server: Server, batch: list[str], *, force: bool) -> tuple[Accepted | Refused, ...]:
    if not batch:
        return ()
    body = {"blog_urls": batch, "force": force}
    return server.post("/jobs/process-batch", HandedIn, intake_needs(force=force), body).jobs
