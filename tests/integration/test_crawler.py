from __future__ import annotations

import asyncio
import codecs
import gzip
import shutil
import socket
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.errors import (
    BlogQAError,
    HostForbidden,
    InvalidUrl,
    LoginRequired,
    NotHtml,
    PageGone,
    PageTooLarge,
    PageUnavailable,
    RobotsForbidden,
)
from worker_service.services.crawler import CrawledPage, Crawler, CrawlerSettings, NotModified
from worker_service.services.host_turns import HostTurns

HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Seen:
    """A request as it reached the site."""

    target: str
    headers: dict[str, str]
    connection: asyncio.StreamReader


Handler = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"<p>hello", *, status: int = 200, headers: dict[str, str] | None = None) -> Handler:
    async def handle(seen: Seen, writer: asyncio.StreamWriter) -> None:
        fields = {"Content-Length": str(len(body)), **(HTML if headers is None else headers)}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + body)
        await writer.drain()

    return handle


def redirect(location: str, status: int = 302) -> Handler:
    return answer(b"", status=status, headers={"Location": location})


@dataclass
class Site:
    """A real HTTP server on loopback; paths without a route answer 404."""

    port: int = 0
    routes: dict[str, Handler] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, target: str) -> str:
        return f"http://{self.host}{target}"

    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen if seen.target != "/robots.txt"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request, *lines = head.strip().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines)
                seen = Seen(request.split(" ")[1], headers, reader)
                self.seen.append(seen)
                route = self.routes.get(seen.target.partition("?")[0], answer(status=404))
                await route(seen, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def stop(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def running_site(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site()
    if tls is not None:
        tls.sni_callback = lambda _sock, name, _context: site.server_names.append(name)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        await site.stop(server)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_site() as site:
        yield site


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Rerouted(httpx2.AsyncHTTPTransport):
    """Notes which addresses are dialled and leads them all to the local site."""

    def __init__(self, port: int, *, refusing: Sequence[str] = ()) -> None:
        super().__init__(trust_env=False)
        self.port = port
        self.refusing = refusing
        self.dialled: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.dialled.append(request.url.host)
        port = 1 if request.url.host in self.refusing else self.port
        request.url = request.url.copy_with(host="127.0.0.1", port=port)
        return await super().handle_async_request(request)


def crawler_for(site: Site, *private_hosts: str, clock: Clock | None = None, **settings: Any) -> Crawler:
    clock = clock or Clock()
    return Crawler(
        CrawlerSettings(
            user_agent="BlogQABot/1.0 (+https://blogqa.example/bot)",
            allowed_private_hosts=(site.host, *private_hosts),
            **{"per_host_delay_s": 0.0, **settings},
        ),
        clock=clock,
        sleep=clock.sleep,
        resolve=resolving({}),
    )


def resolving(names: dict[str, list[list[str]]]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that answers each name with its next list of addresses, the last one for ever."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host in names:
            return names[host].pop(0) if len(names[host]) > 1 else names[host][0]
        if host.endswith(".test"):
            return ["127.0.0.1"]
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    return resolve


async def page(site: Site, target: str = "/a", **settings: Any) -> CrawledPage:
    async with crawler_for(site, **settings) as crawler:
        fetched = await crawler.fetch(site.url(target), domains=[site.host])
    assert isinstance(fetched, CrawledPage)
    return fetched


async def failure(site: Site, target: str = "/a", **settings: Any) -> BlogQAError:
    with pytest.raises(BlogQAError) as caught:
        await page(site, target, **settings)
    return caught.value


async def test_a_page_comes_back_with_what_the_next_crawl_needs(site: Site) -> None:
    modified = "Wed, 21 Oct 2026 07:28:00 GMT"
    site.routes["/a"] = answer("<p>Grüße".encode(), headers={**HTML, "ETag": '"v1"', "Last-Modified": modified})
    fetched = await page(site, "/a?b=1#part")
    assert fetched == CrawledPage(
        requested_url=site.url("/a?b=1#part"),
        url=site.url("/a?b=1"),
        status=200,
        html="<p>Grüße",
        size_bytes=10,
        etag='"v1"',
        last_modified=modified,
    )


async def test_requests_name_the_crawler_and_the_host_and_carry_no_cookies(site: Site) -> None:
    site.routes["/a"] = answer(headers={**HTML, "Set-Cookie": "session=1"})
    async with crawler_for(site) as crawler:
        for _ in range(2):
            await crawler.fetch(site.url("/a"), domains=[site.host])
    last = site.seen[-1].headers
    assert last["user-agent"].startswith("blogqabot/1.0")
    assert last["host"] == site.host
    assert last["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in last


async def test_an_unchanged_page_is_not_sent_again(site: Site) -> None:
    site.routes["/a"] = answer(b"", status=304, headers={})
    async with crawler_for(site) as crawler:
        fetched = await crawler.fetch(site.url("/a"), domains=[site.host], etag='"v1"', last_modified="Wed, 1 Jan 2025")
    assert fetched == NotModified(requested_url=site.url("/a"), url=site.url("/a"))
    assert site.seen[-1].headers["if-none-match"] == '"v1"'
    assert site.seen[-1].headers["if-modified-since"] == "wed, 1 jan 2025"


async def test_a_304_that_nobody_asked_for_is_not_believed(site: Site) -> None:
    site.routes["/a"] = answer(b"", status=304, headers={})
    assert isinstance(await failure(site), PageUnavailable)


async def test_a_validator_that_could_not_be_sent_back_is_not_kept(site: Site) -> None:
    site.routes["/a"] = answer(headers={**HTML, "ETag": '"é"', "Last-Modified": "x" * 2_000})
    fetched = await page(site)
    assert (fetched.etag, fetched.last_modified) == (None, None)


async def test_redirects_are_followed_to_the_page(site: Site) -> None:
    site.routes |= {
        "/a": redirect("/b c", 301),
        "/b%20c": redirect("d", 307),
        "/d": redirect(site.url("/e?x=1#part"), 308),
        "/e": answer(),
    }
    fetched = await page(site)
    assert fetched.url == site.url("/e?x=1")
    assert site.targets() == ["/a", "/b%20c", "/d", "/e?x=1"]


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("/a", PageGone),
        ("https://evil.example/", HostForbidden),
        ("//evil.example/a", HostForbidden),
        ("http://127.0.0.1:1/", HostForbidden),
        ("http://169.254.169.254/latest/meta-data/", HostForbidden),
        ("http://2130706433/", InvalidUrl),
        ("file:///etc/passwd", InvalidUrl),
        ("javascript:alert(1)", InvalidUrl),
        ("http://user:password@127.0.0.1/", InvalidUrl),
        ("http://[::1", InvalidUrl),
        ("/login?next=/a", LoginRequired),
        ("https://accounts.example/signin/v2", LoginRequired),
        ("/wp-login.php?redirect_to=a", LoginRequired),
    ],
)
async def test_a_redirect_that_must_not_be_followed_ends_the_crawl(
    site: Site, location: str, error: type[BlogQAError]
) -> None:
    site.routes["/a"] = redirect(location)
    assert type(await failure(site)) is error
    assert set(site.targets()) == {"/a"}


async def test_a_page_about_logins_is_not_a_login_page(site: Site) -> None:
    site.routes |= {"/how-to-login-in": redirect("/login/"), "/login": redirect("/login/"), "/login/": answer()}
    assert (await page(site, "/login")).url == site.url("/login/")


async def test_at_most_five_redirects_are_followed(site: Site) -> None:
    site.routes |= {f"/{step}": redirect(f"/{step + 1}") for step in range(6)} | {"/6": answer()}
    assert (await page(site, "/1")).url == site.url("/6")
    assert isinstance(await failure(site, "/0"), PageGone)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, LoginRequired),
        (407, LoginRequired),
        (403, PageGone),
        (404, PageGone),
        (410, PageGone),
        (451, PageGone),
        (408, PageUnavailable),
        (425, PageUnavailable),
        (429, PageUnavailable),
        (500, PageUnavailable),
        (503, PageUnavailable),
        (204, PageUnavailable),
        (302, PageUnavailable),
    ],
)
async def test_a_status_decides_whether_to_try_again(site: Site, status: int, error: type[BlogQAError]) -> None:
    site.routes["/a"] = answer(b"", status=status, headers={})
    failed = await failure(site, "/a?token=secret")
    assert type(failed) is error
    assert f"{site.host}/a" in str(failed)
    assert "secret" not in str(failed)
    assert site.targets() == ["/a?token=secret"]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999", 3_600.0),
        ("Fri, 31 Dec 2999 23:59:59 GMT", 3_600.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("Fri, 31 Dec 2999 23:59:59 +9999999999999999", None),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after_is_read_and_bounded(site: Site, retry_after: str, seconds: float | None) -> None:
    site.routes["/a"] = answer(b"", status=429, headers={"Retry-After": retry_after})
    failed = await failure(site)
    assert isinstance(failed, PageUnavailable)
    assert failed.retry_after_s == seconds


@pytest.mark.parametrize(
    "content_type", ["application/pdf", "image/png", "text/plain", "application/json", "text/htmlx"]
)
async def test_anything_but_html_is_refused_unread(site: Site, content_type: str) -> None:
    site.routes["/a"] = answer(b"<html>", headers={"Content-Type": content_type})
    assert isinstance(await failure(site), NotHtml)


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        (b"<!DOCTYPE html><p>x", True),
        (b"\xef\xbb\xbf \n<HTML>", True),
        (b"<?xml version='1.0'?><html/>", True),
        (b"%PDF-1.7", False),
        (b"just words", False),
        (b"", False),
    ],
)
async def test_without_a_content_type_the_body_decides(site: Site, body: bytes, is_html: bool) -> None:
    site.routes["/a"] = answer(body, headers={})
    if is_html:
        assert (await page(site)).html
    else:
        assert isinstance(await failure(site), NotHtml)


async def test_an_empty_page_is_a_page(site: Site) -> None:
    site.routes["/a"] = answer(b"")
    assert (await page(site)).html == ""


JAPANESE = "<title>日本語の記事</title><p>東京は日本の首都です。"
RUSSIAN = "<p>Москва — столица России. " + "Это обычный русский текст о городе и его истории. " * 20


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("<p>“Grüße” – 5 €".encode("cp1252"), "text/html; charset=windows-1252", "<p>“Grüße” – 5 €"),
        ("<p>“Grüße”".encode("cp1252"), "text/html; charset=ISO-8859-1", "<p>“Grüße”"),
        ("<p>Grüße".encode(), 'text/html; charset="utf-8"', "<p>Grüße"),
        ("<p>Grüße".encode(), "text/html", "<p>Grüße"),
        ("<p>Grüße".encode(), "text/html; charset=nonsense", "<p>Grüße"),
        ("<p>Grüße".encode(), "text/html; charset=punycode", "<p>Grüße"),
        (b"<p>a\xffb", "text/html; charset=utf-8", "<p>a\N{REPLACEMENT CHARACTER}b"),
        (codecs.BOM_UTF8 + "<p>Grüße".encode(), "text/html; charset=iso-8859-1", "<p>Grüße"),
        (codecs.BOM_UTF16_LE + JAPANESE.encode("utf-16-le"), "text/html", JAPANESE),
        (codecs.BOM_UTF16_BE + JAPANESE.encode("utf-16-be"), "text/html; charset=utf-8", JAPANESE),
        (f"<meta charset=Shift_JIS>{JAPANESE}".encode("cp932"), "text/html", f"<meta charset=Shift_JIS>{JAPANESE}"),
        (
            f'<meta http-equiv=Content-Type content="text/html; charset=euc-jp">{JAPANESE}'.encode("euc_jp"),
            "text/html",
            f'<meta http-equiv=Content-Type content="text/html; charset=euc-jp">{JAPANESE}',
        ),
        (
            f'<?xml version="1.0" encoding="koi8-r"?>{RUSSIAN}'.replace("—", "-").encode("koi8-r"),
            "application/xhtml+xml",
            f'<?xml version="1.0" encoding="koi8-r"?>{RUSSIAN}'.replace("—", "-"),
        ),
        (f"{RUSSIAN}</p>".encode("cp1251"), "text/html", f"{RUSSIAN}</p>"),
    ],
)
async def test_pages_are_decoded_as_a_browser_would(site: Site, body: bytes, content_type: str, text: str) -> None:
    site.routes["/a"] = answer(body, headers={"Content-Type": content_type})
    assert (await page(site)).html == text


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "gb18030"])
@pytest.mark.parametrize("shift", ["", " "])
async def test_a_long_page_that_names_no_charset_is_guessed_wherever_the_sample_ends(
    site: Site, encoding: str, shift: str
) -> None:
    text = shift + f"{JAPANESE}人口は約千四百万人で、世界有数の大都市です。" * 600
    site.routes["/a"] = answer(text.encode(encoding), headers={"Content-Type": "text/html"})
    assert (await page(site)).html[:200] == text[:200]


@pytest.mark.parametrize(
    ("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress)]
)
async def test_compressed_pages_are_unpacked(site: Site, coding: str, compress: Callable[[bytes], bytes]) -> None:
    site.routes["/a"] = answer(compress(b"<p>hello"), headers={**HTML, "Content-Encoding": coding})
    assert (await page(site)).html == "<p>hello"


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(bytes(200 * 1024 * 1024), 1)), ("identity", b"x" * (6 * 1024 * 1024))],
    ids=["a 200 MB gzip bomb", "6 MB"],
)
async def test_a_page_over_five_megabytes_is_refused(site: Site, coding: str, body: bytes) -> None:
    site.routes["/a"] = answer(body, headers={**HTML, "Content-Encoding": coding})
    assert isinstance(await failure(site), PageTooLarge)


async def test_a_page_of_exactly_the_limit_is_read(site: Site) -> None:
    site.routes |= {"/a": answer(b"x" * 1_000), "/b": answer(b"x" * 1_001)}
    assert (await page(site, max_bytes=1_000)).size_bytes == 1_000
    assert isinstance(await failure(site, "/b", max_bytes=1_000), PageTooLarge)


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip,deflate", "x-unknown"])
async def test_content_codings_that_were_not_offered_are_refused(site: Site, coding: str) -> None:
    site.routes["/a"] = answer(gzip.compress(gzip.compress(b"<p>x")), headers={**HTML, "Content-Encoding": coding})
    assert isinstance(await failure(site), NotHtml)


async def test_a_broken_compressed_page_may_be_whole_next_time(site: Site) -> None:
    site.routes["/a"] = answer(b"not gzip", headers={**HTML, "Content-Encoding": "gzip"})
    assert isinstance(await failure(site), PageUnavailable)


async def drip(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.005)


async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("handler", [drip, silent])
async def test_a_site_that_takes_too_long_is_left(site: Site, handler: Handler) -> None:
    site.routes["/a"] = handler
    failed = await failure(site, total_timeout_s=0.15)
    assert isinstance(failed, PageUnavailable)
    assert "in time" in str(failed)


async def test_a_failed_connection_is_tried_again_before_any_answer(site: Site) -> None:
    async def hang_up_twice(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if len(site.targets()) == 3:
            await answer()(seen, writer)

    site.routes["/a"] = hang_up_twice
    assert (await page(site)).html == "<p>hello"


async def test_a_site_that_refuses_connections_is_transient(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{free.getsockname()[1]}"
    clock = Clock()
    async with crawler_for(site, closed, clock=clock) as crawler:
        with pytest.raises(PageUnavailable, match=r"robots\.txt"):
            await crawler.fetch(f"http://{closed}/a", domains=[closed])
    assert len(clock.slept) == 2


async def test_an_answer_that_breaks_off_is_transient(site: Site) -> None:
    async def half(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<p>")

    async def garbage(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    site.routes |= {"/a": half, "/b": garbage}
    assert isinstance(await failure(site, "/a"), PageUnavailable)
    assert isinstance(await failure(site, "/b"), PageUnavailable)
    assert site.targets() == ["/a", "/b", "/b", "/b"]


async def test_an_answer_that_is_not_read_leaves_no_connection_open(site: Site) -> None:
    closed = asyncio.Event()

    async def refusing_at_length(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 X\r\nContent-Length: 100\r\n\r\nnot all of it")
        await seen.connection.read()
        closed.set()

    site.routes["/a"] = refusing_at_length
    async with crawler_for(site) as crawler:
        with pytest.raises(PageGone):
            await crawler.fetch(site.url("/a"), domains=[site.host])
        await asyncio.wait_for(closed.wait(), 5)


async def test_the_connection_goes_to_the_checked_address_even_if_the_name_moves_meanwhile(site: Site) -> None:
    site.routes["/a"] = answer()
    transport = Rerouted(site.port)
    names = {"blog.example": [["93.184.216.34"], ["127.0.0.1"]]}
    async with Crawler(CrawlerSettings(user_agent="bot"), resolve=resolving(names), transport=transport) as crawler:
        fetched = await crawler.fetch("http://blog.example/a", domains=["blog.example"])
        assert isinstance(fetched, CrawledPage)
        with pytest.raises(HostForbidden):
            await crawler.fetch("http://blog.example/a", domains=["blog.example"])
    assert transport.dialled == ["93.184.216.34"]
    assert site.seen[-1].headers["host"] == "blog.example"


async def test_the_next_address_is_tried_when_the_first_refuses(site: Site) -> None:
    site.routes["/a"] = answer()
    transport = Rerouted(site.port, refusing=["2606:4700::1111"])
    names = {"blog.example": [["2606:4700::1111", "93.184.216.34"]]}
    async with Crawler(CrawlerSettings(user_agent="bot"), resolve=resolving(names), transport=transport) as crawler:
        await crawler.fetch("http://blog.example/a", domains=["blog.example"])
    assert transport.dialled == ["2606:4700::1111", "93.184.216.34"] * 2


async def test_robots_txt_decides_for_each_hop(site: Site) -> None:
    site.routes |= {
        "/robots.txt": answer(b"User-agent: *\nDisallow: /private\n"),
        "/a": redirect("/private/b"),
        "/c": answer(),
    }
    async with crawler_for(site) as crawler:
        await crawler.fetch(site.url("/c"), domains=[site.host])
        for target in ("/private/b", "/a"):
            with pytest.raises(RobotsForbidden, match="/private/b"):
                await crawler.fetch(site.url(target), domains=[site.host])
    assert [seen.target for seen in site.seen] == ["/robots.txt", "/c", "/a"]


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (b"User-agent: *\nDisallow: /", False),
        (b"User-agent: *\nDisallow:", True),
        (b"User-agent: *\nDisallow: /\nAllow: /a", True),
        (b"User-agent: *\nDisallow: /*?*token=", False),
        (b"User-agent: OtherBot\nDisallow: /", True),
        (b"User-agent: blogqabot\nDisallow: /", False),
        (b"User-agent: BlogQABot/1.0\nDisallow: /", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: BlogQABot\nAllow: /", True),
        (b"User-agent: OtherBot\nUser-agent: BlogQABot # and us\nDisallow: /", False),
        (b"User-agent: BlogQABot\nDisallow: /b\nUser-agent: OtherBot\nDisallow: /a", True),
        (codecs.BOM_UTF8 + b"User-agent: *\r\nDisallow: /a\r\n", False),
        (b"\x00\xff\xfe garbage", True),
        (b"", True),
        (b"#" * 600_000 + b"\nUser-agent: *\nDisallow: /", True),
    ],
)
async def test_robots_txt_is_read_as_its_standard_says(site: Site, robots: bytes, allowed: bool) -> None:
    site.routes |= {"/robots.txt": answer(robots), "/a": answer()}
    if allowed:
        await page(site, "/a?token=1")
    else:
        failed = await failure(site, "/a?token=1")
        assert isinstance(failed, RobotsForbidden)
        assert "token" not in str(failed)


@pytest.mark.parametrize(
    "robots",
    [
        answer(status=404),
        answer(status=403),
        answer(status=401),
        redirect("/robots.txt"),
        redirect("https://elsewhere.example/robots.txt"),
        redirect("/login"),
    ],
)
async def test_a_site_without_a_robots_txt_allows_everything(site: Site, robots: Handler) -> None:
    site.routes |= {"/robots.txt": robots, "/a": answer()}
    assert (await page(site)).status == 200


@pytest.mark.parametrize("robots", [answer(status=500), answer(status=503), answer(status=429), silent])
async def test_an_unreachable_robots_txt_disallows_everything_for_now(site: Site, robots: Handler) -> None:
    site.routes |= {"/robots.txt": robots, "/a": answer()}
    clock = Clock()
    async with crawler_for(site, clock=clock, total_timeout_s=0.3) as crawler:
        for _ in range(2):
            with pytest.raises(PageUnavailable, match=r"robots\.txt") as caught:
                await crawler.fetch(site.url("/a"), domains=[site.host])
            assert caught.value.retry_after_s == 60.0
        assert [seen.target for seen in site.seen] == ["/robots.txt"]
        site.routes["/robots.txt"] = answer(status=404)
        clock.now += 60.0
        await crawler.fetch(site.url("/a"), domains=[site.host])


async def test_robots_txt_may_be_a_redirect(site: Site) -> None:
    site.routes |= {"/robots.txt": redirect("/real-robots"), "/real-robots": answer(b"User-agent: *\nDisallow: /")}
    assert isinstance(await failure(site), RobotsForbidden)


async def test_robots_txt_is_fetched_once_and_again_when_stale(site: Site) -> None:
    site.routes["/a"] = answer()
    clock = Clock()
    async with crawler_for(site, clock=clock, robots_cache_s=3_600.0, per_host_concurrency=5) as crawler:
        await asyncio.gather(*(crawler.fetch(site.url("/a"), domains=[site.host]) for _ in range(5)))
        assert [seen.target for seen in site.seen].count("/robots.txt") == 1
        clock.now += 3_599
        await crawler.fetch(site.url("/a"), domains=[site.host])
        assert [seen.target for seen in site.seen].count("/robots.txt") == 1
        clock.now += 1
        await crawler.fetch(site.url("/a"), domains=[site.host])
        assert [seen.target for seen in site.seen].count("/robots.txt") == 2


async def test_a_hostile_robots_txt_costs_little(site: Site) -> None:
    agents = b"".join(b"User-agent: a%d\n" % number for number in range(15_000))
    rules = b"".join(b"Disallow: /x%d\n" % number for number in range(15_000))
    site.routes |= {"/robots.txt": answer(agents + rules), "/a": answer()}
    assert (await page(site)).status == 200


@pytest.mark.parametrize(
    ("robots", "slept"),
    [
        (b"", [0.5]),
        (b"User-agent: *\nCrawl-delay: 3", [3.0]),
        (b"User-agent: *\nCrawl-delay: 0.1", [0.5]),
        (b"User-agent: *\nCrawl-delay: 86400", [10.0]),
        (b"User-agent: *\nCrawl-delay: nan", [0.5]),
    ],
)
async def test_a_host_is_asked_no_faster_than_it_wants(site: Site, robots: bytes, slept: list[float]) -> None:
    site.routes |= {"/robots.txt": answer(robots), "/a": answer(), "/b": answer()}
    clock = Clock()
    async with crawler_for(site, clock=clock, per_host_delay_s=0.5) as crawler:
        await crawler.fetch(site.url("/a"), domains=[site.host])
        await crawler.fetch(site.url("/b"), domains=[site.host])
        clock.now += 10
        await crawler.fetch(site.url("/a"), domains=[site.host])
    assert clock.slept == slept


async def test_a_host_sees_no_more_requests_at_a_time_than_the_bound(site: Site) -> None:
    inside, gate = 0, asyncio.Event()
    full = asyncio.Event()

    async def held(seen: Seen, writer: asyncio.StreamWriter) -> None:
        nonlocal inside
        inside += 1
        if inside == 2:
            full.set()
        await gate.wait()
        await answer()(seen, writer)

    site.routes["/a"] = held
    async with crawler_for(site, per_host_concurrency=2, total_timeout_s=5.0) as crawler:
        fetches = [asyncio.create_task(crawler.fetch(site.url("/a"), domains=[site.host])) for _ in range(5)]
        await full.wait()
        for _ in range(200):
            await asyncio.sleep(0)
        assert inside == 2
        gate.set()
        assert all(isinstance(fetched, CrawledPage) for fetched in await asyncio.gather(*fetches))


async def test_waiting_for_a_turn_does_not_count_as_the_site_s_time(site: Site) -> None:
    """Six pages of 200 ms each, one after the other, take longer than the limit of one second for one page."""

    async def slow(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await answer()(seen, writer)

    site.routes["/a"] = slow
    async with crawler_for(site, per_host_concurrency=1, total_timeout_s=1.0) as crawler:
        fetches = (crawler.fetch(site.url("/a"), domains=[site.host]) for _ in range(6))
        assert len(await asyncio.gather(*fetches)) == 6


async def test_turns_of_one_host_do_not_hold_up_another_and_leave_nothing_behind() -> None:
    clock = Clock()
    turns = HostTurns(1, clock=clock, sleep=clock.sleep)
    async with turns.turn("a", 5.0), turns.turn("b", 5.0):
        assert clock.slept == []
    async with turns.turn("a", 5.0):
        assert clock.slept == [5.0]
    clock.now += 100
    async with turns.turn("c", 0.0):
        assert list(turns._lanes) == ["c"]


async def test_a_cancelled_fetch_frees_its_turn(site: Site) -> None:
    arrived = asyncio.Event()

    async def held(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await silent(seen, writer)

    site.routes |= {"/a": held, "/b": answer()}
    async with crawler_for(site, per_host_concurrency=1) as crawler:
        fetch = asyncio.create_task(crawler.fetch(site.url("/a"), domains=[site.host]))
        await arrived.wait()
        fetch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetch
        await crawler.fetch(site.url("/b"), domains=[site.host])


async def test_a_private_address_needs_the_allow_list(site: Site) -> None:
    async with Crawler(CrawlerSettings(user_agent="bot")) as crawler:
        with pytest.raises(HostForbidden):
            await crawler.fetch(site.url("/a"), domains=[site.host])
    assert site.seen == []


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for ``blog.test``, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=blog.test".split()
    files = ["-addext", "subjectAltName=DNS:blog.test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, "req", *options, *files], check=True, capture_output=True)  # noqa: S603 - fixed arguments
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


@asynccontextmanager
async def tls_site(certificate: Path, *, trusted: bool = True) -> AsyncIterator[tuple[Site, Crawler]]:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    verifying = ssl.create_default_context(cafile=certificate if trusted else None)
    async with running_site(serving) as site:
        hosts = (f"blog.test:{site.port}", f"other.test:{site.port}")
        settings = CrawlerSettings(user_agent="bot", allowed_private_hosts=hosts)
        transport = httpx2.AsyncHTTPTransport(verify=verifying, trust_env=False)
        async with Crawler(settings, resolve=resolving({}), transport=transport, sleep=Clock().sleep) as crawler:
            yield site, crawler


async def test_tls_is_verified_for_the_name_although_the_address_is_dialled(certificate: Path) -> None:
    async with tls_site(certificate) as (site, crawler):
        site.routes["/a"] = answer()
        url = f"https://blog.test:{site.port}/a"
        assert isinstance(await crawler.fetch(url, domains=[f"blog.test:{site.port}"]), CrawledPage)
        assert set(site.server_names) == {"blog.test"}
        assert site.seen[-1].headers["host"] == f"blog.test:{site.port}"


async def test_a_certificate_for_another_name_is_refused(certificate: Path) -> None:
    async with tls_site(certificate) as (site, crawler):
        with pytest.raises(PageUnavailable, match="TLS certificate"):
            await crawler.fetch(f"https://other.test:{site.port}/a", domains=[f"other.test:{site.port}"])
        assert site.seen == []


async def test_an_untrusted_certificate_is_refused_without_another_attempt(certificate: Path) -> None:
    async with tls_site(certificate, trusted=False) as (site, crawler):
        with pytest.raises(PageUnavailable, match="TLS certificate"):
            await crawler.fetch(f"https://blog.test:{site.port}/a", domains=[f"blog.test:{site.port}"])
        assert site.seen == []
        assert site.server_names == ["blog.test"]


async def test_the_reason_why_robots_txt_cannot_be_had_is_told(site: Site) -> None:
    site.routes["/robots.txt"] = answer(status=503)
    failed = await failure(site)
    assert isinstance(failed, PageUnavailable)
    assert "status 503" in str(failed)
