"""How the site behind a sitemap is treated, and what becomes of sites that are slow, broken or hostile."""

from __future__ import annotations

import asyncio
import gzip
import io
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from blogqa_cli.sources import following
from blogqa_cli.sources import site as site_module
from blogqa_cli.sources.entries import Broken, SourceError, Unfetchable, WebPage
from blogqa_cli.sources.following import Walk
from blogqa_cli.sources.site import Document, Site
from local_stack.ports import free_port
from tests.integration import raw_site
from tests.integration.raw_site import Handler, Seen, answer, redirect, running_site, silent
from tests.integration.sitemaps import index, posts, urlset, xml, zipped
from tests.integration.waiting import eventually


@pytest.fixture
async def blog() -> AsyncIterator[raw_site.Site]:
    async with running_site() as running:
        yield running


@dataclass
class Walked:
    """What a walk found, said and waited for, in time that passes only when somebody sleeps."""

    urls: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    error: str = ""
    incomplete: int = 0

    def clock(self) -> float:
        return sum(self.slept)

    def walk(self, start: str) -> None:
        said, slept = self.said.append, self.slept.append
        with Site(start, user_agent="BlogQA/0.1", notice=said, clock=self.clock, sleep=slept) as site:
            walk = Walk(site, since=None, warn=self.said.append)
            try:
                for page in walk.pages(start):
                    self.urls.append(page.url)
            except SourceError as exc:
                self.error = f"{type(exc).__name__}: {exc}"
            self.incomplete = walk.incomplete


async def walked(blog: raw_site.Site, start: str = "/sitemap.xml") -> Walked:
    found = Walked()
    await asyncio.to_thread(found.walk, blog.url(start) if start.startswith("/") else start)
    return found


def answers(*handlers: Handler) -> Handler:
    """Each request gets the next answer, the last one for ever."""
    left = list(handlers)

    async def handle(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(seen, writer)

    return handle


GOOD = xml(urlset(*posts([1])))


async def test_requests_come_one_at_a_time_and_half_a_second_apart(blog: raw_site.Site) -> None:
    blog.routes |= {
        "/sitemap.xml": xml(index(*[blog.url(f"/{number}.xml") for number in range(3)])),
        **{f"/{number}.xml": xml(urlset(*posts([number]))) for number in range(3)},
    }
    found = await walked(blog)
    assert (found.urls, found.said) == (posts(range(3)), [])
    assert found.slept == [0.5, 0.5, 0.5]


async def test_redirects_are_followed_within_the_site(blog: raw_site.Site) -> None:
    blog.routes |= {"/sitemap.xml": redirect("/b"), "/b": redirect(blog.url("/c"), 308), "/c": GOOD}
    assert (await walked(blog)).urls == posts([1])


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "scheme 'file'"),
        ("ftp://127.0.0.1/x", "scheme 'ftp'"),
        ("gopher://127.0.0.1/x", "scheme 'gopher'"),
        ("https://elsewhere.example/sitemap.xml", "another site"),
        ("http://127.0.0.1:1/", "another site"),
        ("http://169.254.169.254/latest/meta-data/", "another site"),
        ("http://user:secret@{host}/b", "credentials"),
        ("http://[::bad/", "not a URL"),
        ("/sitemap.xml", "still a redirect"),
    ],
)
async def test_redirects_anywhere_else_are_not_followed(blog: raw_site.Site, location: str, reason: str) -> None:
    blog.routes |= {"/sitemap.xml": redirect(location.replace("{host}", blog.host)), "/b": GOOD}
    found = await walked(blog)
    assert found.error.startswith("Unfetchable: ")
    assert reason in found.error
    assert found.urls == []
    assert set(blog.targets()) == {"/sitemap.xml"}
    assert len(blog.seen) == (6 if location == "/sitemap.xml" else 1)


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "nothing at"), (410, "nothing at"), (403, "refuses"), (401, "refuses"), (304, "304")]
)
async def test_a_refusal_is_final(blog: raw_site.Site, status: int, reason: str) -> None:
    blog.routes["/sitemap.xml"] = answer(b"", status=status)
    found = await walked(blog)
    assert found.error.startswith("Unfetchable: ")
    assert reason in found.error
    assert len(blog.seen) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait_s", [7, 600])
async def test_retry_after_is_waited_out(blog: raw_site.Site, status: int, wait_s: int) -> None:
    busy = answer(b"", status=status, headers={"Retry-After": str(wait_s)})
    blog.routes["/sitemap.xml"] = answers(busy, busy, GOOD)
    found = await walked(blog)
    assert found.urls == posts([1])
    assert [slept for slept in found.slept if slept > 0.5] == [wait_s, wait_s]
    assert found.said[0].endswith(f"status {status}; trying again in {wait_s} s")


async def test_a_retry_after_may_be_a_date(blog: raw_site.Site) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    blog.routes["/sitemap.xml"] = answers(answer(b"", status=503, headers={"Retry-After": when}), GOOD)
    found = await walked(blog)
    assert found.urls == posts([1])
    assert 200 < max(found.slept) <= 300


async def test_a_retry_after_that_is_too_long_is_left_to_the_operator(blog: raw_site.Site) -> None:
    blog.routes["/sitemap.xml"] = answer(b"", status=429, headers={"Retry-After": "3600"})
    found = await walked(blog)
    assert found.error.endswith("status 429 and asks to come back in 3600 s")
    assert len(blog.seen) == 1


@pytest.mark.parametrize("retry_after", ["", "-5", "soon", "1e9", "nan", "²"])
async def test_a_server_error_is_tried_again_a_few_times(blog: raw_site.Site, retry_after: str) -> None:
    fields = {"Retry-After": retry_after} if retry_after.isascii() else {}
    blog.routes["/sitemap.xml"] = answer(b"", status=500, headers=fields)
    found = await walked(blog)
    assert found.error.endswith("answered with status 500")
    assert [slept for slept in found.slept if slept > 0.5] == [1.0, 2.0, 4.0]


async def test_a_site_that_is_not_there_is_said_to_be_so(blog: raw_site.Site) -> None:
    found = await walked(blog, f"http://127.0.0.1:{free_port()}/sitemap.xml")
    assert found.error.startswith("Unfetchable: the connection to http://127.0.0.1:")
    assert len(found.said) == 3


async def test_a_site_that_does_not_answer_is_said_to_be_so(
    blog: raw_site.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_module, "_TIMEOUT", httpx2.Timeout(0.2))
    blog.routes["/sitemap.xml"] = silent

    async def seen() -> int:
        return len(blog.seen)

    found = await walked(blog)
    assert found.error.endswith("did not answer in time")
    await eventually(seen, lambda number: number >= 4)  # The last request may have been given up before it was read.
    assert len(blog.seen) == 4


async def test_a_transfer_that_takes_too_long_is_used_as_far_as_it_came(
    blog: raw_site.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_module, "_TOTAL_TIMEOUT_S", -1.0)
    blog.routes["/sitemap.xml"] = GOOD
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([1]), 1)
    assert "to arrive" in found.said[0]


async def test_a_connection_that_breaks_is_tried_again(blog: raw_site.Site) -> None:
    short = answer(urlset(*posts([1, 2]))[:-50], headers={"Content-Length": "9999"})
    blog.routes["/sitemap.xml"] = answers(short, GOOD)
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([1]), 0)


async def test_of_a_connection_that_always_breaks_what_came_is_used(blog: raw_site.Site) -> None:
    blog.routes["/sitemap.xml"] = answer(urlset(*posts([1, 2]))[:-50], headers={"Content-Length": "9999"})
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([1]), 1)
    assert found.said[-1].endswith("is read in part: the connection broke before its end")
    assert len(blog.seen) == 4


@pytest.mark.parametrize(
    "handler",
    [
        zipped(urlset(*posts([1]))),
        answer(gzip.compress(urlset(*posts([1]))), headers={"Content-Type": "application/gzip"}),
        zipped(gzip.compress(urlset(*posts([1])))),
        answer(urlset(*posts([1])), headers={"Content-Encoding": "gzip"}),
        answer(gzip.compress(urlset(*posts([1]))[:20]) + gzip.compress(urlset(*posts([1]))[20:]), headers={}),
    ],
)
async def test_gzip_is_seen_whatever_the_headers_say(blog: raw_site.Site, handler: Handler) -> None:
    blog.routes["/sitemap.xml"] = handler
    found = await walked(blog)
    assert (found.urls, found.said) == (posts([1]), [])
    assert blog.seen[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("cut", [-1, -8, -20])
async def test_of_gzip_that_ends_early_what_came_is_used(blog: raw_site.Site, cut: int) -> None:
    body = gzip.compress(urlset(*posts(range(1_000))))
    blog.routes["/sitemap.xml"] = answer(body[:cut], headers={})
    found = await walked(blog)
    assert len(found.urls) > 900
    assert found.incomplete == 1
    assert "gzip" in found.said[0]


async def test_gzip_that_is_damaged_is_reported(blog: raw_site.Site) -> None:
    body = bytearray(gzip.compress(urlset(*posts(range(1_000)))))
    body[30:40] = b"\xff" * 10
    blog.routes["/sitemap.xml"] = answer(bytes(body), headers={})
    found = await walked(blog)
    assert found.incomplete == 1
    assert "gzip data is damaged" in found.said[0]


async def test_a_coding_that_nobody_asked_for_is_refused(blog: raw_site.Site) -> None:
    blog.routes["/sitemap.xml"] = answer(b"x", headers={"Content-Encoding": "gzip, gzip, br"})
    assert "only gzip was asked for" in (await walked(blog)).error


def bomb() -> bytes:
    """A gibibyte of white space after a good entry, in one megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(urlset(*posts([1]))[: -len("</urlset>")])
    return packed + b"".join(packer.compress(b" " * 2**20) for _ in range(1_024)) + packer.flush()


async def test_a_gzip_bomb_goes_off_a_little_at_a_time_and_only_so_far(blog: raw_site.Site) -> None:
    blog.routes["/sitemap.xml"] = answer(bomb(), headers={"Content-Encoding": "gzip"})
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([1]), 1)
    assert found.said == [f"{blog.url('/sitemap.xml')} is read in part: it is larger than 100 MB"]


def test_what_is_unpacked_comes_in_small_pieces() -> None:
    sizes = [len(chunk) for chunk in _upto_limit(Document("", io.BytesIO(gzip.compress(bomb()))))]
    assert max(sizes) <= 64 * 1024


@pytest.mark.parametrize(
    "nothing",
    [
        b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"a" * 2**27,  # A name without an end.
        gzip.compress(b"") * 2**22,
        gzip.compress(b" ") + b"\0" * 2**27,
    ],
    ids=["name", "empty members", "padding"],
)
def test_gzip_that_goes_on_and_holds_nothing_is_given_up_soon(nothing: bytes) -> None:
    began = time.thread_time()  # Work, not time: the machine may be busy with something else.
    with pytest.raises(Broken, match="far longer than what it holds"):
        list(Document("", io.BytesIO(gzip.compress(nothing, 1))).chunks())
    assert time.thread_time() - began < 20


def _upto_limit(document: Document) -> Iterator[bytes]:
    try:
        yield from document.chunks()
    except SourceError:
        return


async def test_an_index_that_lists_itself_is_read_once(blog: raw_site.Site) -> None:
    blog.routes |= {
        "/sitemap.xml": xml(index(blog.url("/sitemap.xml"), blog.url("/1.xml"), blog.url("/1.xml#again"))),
        "/1.xml": GOOD,
    }
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([1]), 0)
    assert len([said for said in found.said if "it is read once" in said]) == 2
    assert blog.targets() == ["/sitemap.xml", "/1.xml"]


async def test_a_cycle_of_indexes_ends(blog: raw_site.Site) -> None:
    blog.routes |= {
        "/sitemap.xml": xml(index(blog.url("/b"), blog.url("/c"), blog.url("/d"))),
        "/b": xml(index(blog.url("/sitemap.xml"))),
        "/c": redirect("/sitemap.xml"),
        "/d": GOOD,
    }
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([1]), 2)
    assert all("index within an index" in said for said in found.said)
    assert blog.targets() == ["/sitemap.xml", "/b", "/c", "/sitemap.xml", "/d"]


async def test_one_bad_sitemap_of_an_index_does_not_stop_the_others(blog: raw_site.Site) -> None:
    bad = ["/404.xml", "/page.xml", "/half.xml", "https://elsewhere.example/1.xml", "file:///etc/passwd", ""]
    blog.routes |= {
        "/sitemap.xml": xml(index(*[blog.url(each) if each.startswith("/") else each for each in bad], blog.url("/1"))),
        "/page.xml": answer(b"<!doctype html><p>"),
        "/half.xml": xml(urlset(*posts([2]))[:-9]),
        "/1": GOOD,
    }
    found = await walked(blog)
    assert found.urls == posts([2, 1])
    assert found.incomplete == len(bad)
    assert [said.partition(" is ")[0].removeprefix(blog.url("")) for said in found.said] == bad


async def test_an_index_of_too_many_sitemaps_is_read_in_part(
    blog: raw_site.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MAX_DOCUMENTS", 3)
    blog.routes |= {
        "/sitemap.xml": xml(index(*[blog.url(f"/{number}") for number in range(9)])),
        **{f"/{number}": xml(urlset(*posts([number]))) for number in range(9)},
    }
    found = await walked(blog)
    assert (found.urls, found.incomplete) == (posts([0, 1]), 1)
    assert "more than 2 sitemaps" in found.said[0]


async def test_an_index_full_of_rubbish_is_not_complained_about_for_ever(blog: raw_site.Site) -> None:
    elsewhere = [f"https://elsewhere.example/{number}" for number in range(500)]
    blog.routes |= {
        "/sitemap.xml": xml(index(*elsewhere, *[blog.url("/sitemap.xml")] * 500, blog.url("/1"))),
        "/1": GOOD,
    }
    found = await walked(blog)
    assert (found.urls, found.incomplete, len(found.said)) == (posts([1]), 500, 21)


async def test_a_web_page_leads_to_its_feeds_and_sitemaps(blog: raw_site.Site) -> None:
    page = b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed">'
    blog.routes |= {"/": answer(page), "/robots.txt": answer(f"Sitemap: {blog.url('/map.xml')}".encode())}
    found = await walked(blog, "/")
    feed, sitemap = blog.url("/feed"), blog.url("/map.xml")
    advice = f"this is a web page; give the address of a sitemap or feed, such as {feed} or {sitemap}"
    assert found.error == f"{WebPage.__name__}: {advice}"


async def test_a_web_page_without_either_is_said_to_be_one(blog: raw_site.Site) -> None:
    blog.routes["/"] = answer(b"<html>")
    assert (await walked(blog, "/")).error.endswith("this is a web page; give the address of a sitemap or feed")


async def test_no_dtd_or_entity_is_ever_fetched(blog: raw_site.Site) -> None:
    external = f'<!DOCTYPE urlset SYSTEM "{blog.url("/evil.dtd")}">'.encode()
    blog.routes["/sitemap.xml"] = xml(external + urlset(*posts([1])).partition(b"?>")[2])
    assert (await walked(blog)).urls == posts([1])
    assert blog.targets() == ["/sitemap.xml"]


@pytest.mark.parametrize("start", ["ftp://example.com/a", "http://user:secret@example.com/", "http://a b/", ""])
def test_an_address_that_cannot_be_fetched_is_refused(start: str) -> None:
    with pytest.raises(Unfetchable):
        Site(start, user_agent="x", notice=print)
