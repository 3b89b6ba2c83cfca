"""Connections that fail, break off or go elsewhere, and TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from shared.errors import (
    HostForbidden,
    PageGone,
    PageUnavailable,
)
from tests.integration.raw_site import (
    Clock,
    Rerouted,
    Seen,
    Site,
    answer,
    crawler_for,
    failure,
    page,
    resolving,
    running_site,
)
from worker_service.services.crawler import CrawledPage, Crawler, CrawlerSettings


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_site() as site:
        yield site


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
        await asyncio.wait_for(closed.wait(), 20)


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


async def test_a_private_address_needs_the_allow_list(site: Site) -> None:
    async with Crawler(CrawlerSettings(user_agent="bot")) as crawler:
        with pytest.raises(HostForbidden):
            await crawler.fetch(site.url("/a"), domains=[site.host])
    assert site.seen == []


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
