"""What the crawler makes of pages, redirects, statuses and encodings."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import zlib
from collections.abc import AsyncIterator, Callable

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
)
from tests.integration.raw_site import (
    HTML,
    Handler,
    Seen,
    Site,
    answer,
    crawler_for,
    failure,
    page,
    redirect,
    running_site,
    silent,
)
from worker_service.services.crawler import CrawledPage, NotModified


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_site() as site:
        yield site


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


@pytest.mark.parametrize("handler", [drip, silent])
async def test_a_site_that_takes_too_long_is_left(site: Site, handler: Handler) -> None:
    site.routes["/a"] = handler
    failed = await failure(site, total_timeout_s=0.15)
    assert isinstance(failed, PageUnavailable)
    assert "in time" in str(failed)
