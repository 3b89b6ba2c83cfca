"""robots.txt, and how much of a host's time a crawl may take."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from shared.errors import (
    PageUnavailable,
    RobotsForbidden,
)
from tests.integration.raw_site import (
    Clock,
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
from worker_service.services.crawler import CrawledPage
from worker_service.services.host_turns import HostTurns


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_site() as site:
        yield site


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
    async with crawler_for(site, clock=clock, total_timeout_s=1.0 if robots is silent else 20.0) as crawler:
        for _ in range(2):
            with pytest.raises(PageUnavailable, match=r"robots\.txt") as caught:
                await crawler.fetch(site.url("/a"), domains=[site.host])
            assert caught.value.retry_after_s == 60.0
        assert [seen.target for seen in site.seen] == ["/robots.txt"]
        site.routes["/robots.txt"] = answer(status=404)
        crawler._settings = replace(crawler._settings, total_timeout_s=20.0)
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
    async with crawler_for(site, per_host_concurrency=2) as crawler:
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


async def test_the_reason_why_robots_txt_cannot_be_had_is_told(site: Site) -> None:
    site.routes["/robots.txt"] = answer(status=503)
    failed = await failure(site)
    assert isinstance(failed, PageUnavailable)
    assert "status 503" in str(failed)
