"""``blogqa ingest`` and a server that is busy, restarts or lies; and that a large blog takes no more memory.

The server is a stand-in that accepts everything at once: a real one takes minutes for a hundred thousand pages.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import CommandLine, ended
from tests.integration.raw_site import Handler, Seen, Site, answer, running_site
from tests.integration.sitemaps import index, posts, urlset, xml, zipped

BATCH = "/api/v1/jobs/process-batch"
JSON = {"Content-Type": "application/json"}


@dataclass
class AgreeableServer:
    """Accepts every page; ``before`` may answer a batch, by its number from 1, instead."""

    site: Site
    before: Callable[[int], Handler | None] = lambda _number: None
    batches: list[list[str]] = field(default_factory=list)
    calls: int = 0

    async def accept(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        body = json.loads(await seen.connection.readexactly(int(seen.headers["content-length"])))
        self.calls += 1
        if instead := self.before(self.calls):
            await instead(seen, writer)
            return
        self.batches.append(body["blog_urls"])
        jobs = [
            {"status": "accepted", "blog_url": url, "job_id": f"{number:024x}", "state": "queued", "created": True}
            for number, url in enumerate(body["blog_urls"])
        ]
        await answer(json.dumps({"jobs": jobs}).encode(), status=202, headers={**JSON, "Connection": "close"})(
            seen, writer
        )

    @property
    def urls(self) -> list[str]:
        return [url for batch in self.batches for url in batch]


@pytest.fixture
async def server() -> AsyncIterator[AgreeableServer]:
    async with running_site() as site:
        server = AgreeableServer(site)
        site.routes[BATCH] = server.accept
        yield server


@pytest.fixture
async def blog() -> AsyncIterator[Site]:
    async with running_site() as site:
        yield site


@pytest.fixture
def blogqa(server: AgreeableServer, tmp_path: Path) -> CommandLine:
    return CommandLine(server.site.url(""), tmp_path, BLOGQA_API_KEY="pub_x", BLOGQA_ADMIN_KEY="adm_x")


def problem(status: int, code: str, **headers: str) -> Handler:
    body: dict[str, Any] = {"type": "about:blank", "title": "x", "status": status, "detail": "no", "code": code}
    return answer(json.dumps(body).encode(), status=status, headers={**JSON, **headers})


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (503, "database_unavailable")])
async def test_a_busy_server_is_waited_for(
    server: AgreeableServer, blog: Site, blogqa: CommandLine, status: int, code: str
) -> None:
    blog.routes["/sitemap.xml"] = xml(urlset(*posts(range(250))))
    server.before = lambda number: problem(status, code, **{"Retry-After": "2"}) if number in (1, 3) else None
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert (result.code, result.out) == (0, "250 pages read, 250 new.\n")
    assert server.urls == posts(range(250))
    assert result.err.count("cannot do it now: no. Waiting for it, 2 s as it asks.\nThe server answers again.\n") == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_a_proxy_that_asks_for_a_wait_before_a_busy_server_is_obeyed(
    server: AgreeableServer, blog: Site, blogqa: CommandLine, status: int
) -> None:
    blog.routes["/sitemap.xml"] = xml(urlset(*posts(range(250))))
    busy = answer(b"<h1>Busy", status=status, headers={"Retry-After": "2"})
    server.before = lambda number: busy if number == 1 else None
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert (result.code, result.out) == (0, "250 pages read, 250 new.\n")
    assert f" answers {status} (not in BlogQA's words" in result.err
    assert result.err.endswith(" Waiting for it, 2 s as it asks.\nThe server answers again.\n")


@pytest.mark.parametrize(
    "busy",
    [
        problem(503, "busy", **{"Retry-After": "100000"}),
        problem(503, "busy", **{"Retry-After": format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)}),
        answer(b"<h1>Busy", status=503, headers={"Retry-After": "100000"}),
    ],
    ids=["seconds", "date", "proxy"],
)
async def test_a_server_that_asks_for_a_day_is_asked_once(
    server: AgreeableServer, blog: Site, blogqa: CommandLine, busy: Handler
) -> None:
    blog.routes["/sitemap.xml"] = xml(urlset(*posts([1])))
    server.before = lambda _number: busy
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert (result.code, server.calls) == (5, 1)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_ends_a_long_wait_at_once(
    server: AgreeableServer, blog: Site, blogqa: CommandLine, sent: signal.Signals, code: int
) -> None:
    blog.routes["/sitemap.xml"] = xml(urlset(*posts(range(250))))
    server.before = lambda number: problem(503, "busy", **{"Retry-After": "500"}) if number > 1 else None
    process = await blogqa.start("ingest", blog.url("/sitemap.xml"))
    assert process.stderr is not None
    assert (await process.stderr.readline()).endswith(b" Waiting for it, 500 s as it asks.\n")
    process.send_signal(sent)
    result = await ended(process)
    assert (result.code, result.out) == (code, "")
    assert "Stopped before the end: 200 pages read, 100 new. These jobs go on" in result.err


async def test_a_server_that_asks_for_too_long_a_wait_ends_it(
    server: AgreeableServer, blog: Site, blogqa: CommandLine
) -> None:
    blog.routes["/sitemap.xml"] = xml(urlset(*posts(range(250))))
    server.before = lambda number: problem(429, "rate_limited", **{"Retry-After": "3600"}) if number > 2 else None
    result = await blogqa("ingest", blog.url("/sitemap.xml"), "--json")
    assert result.code == 5
    assert (result.document["complete"], result.document["pages"]["created"]) == (False, 200)
    assert "Stopped before the end: 250 pages read, 200 new." in result.err
    assert server.calls == 3


async def test_a_server_that_restarts_in_the_middle_is_waited_for(
    server: AgreeableServer, blog: Site, blogqa: CommandLine
) -> None:
    async def hang_up(_seen: Seen, _writer: asyncio.StreamWriter) -> None:
        """Closes without an answer."""

    blog.routes["/sitemap.xml"] = xml(urlset(*posts(range(250))))
    server.before = lambda number: hang_up if number == 2 else None
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert (result.code, result.out) == (0, "250 pages read, 250 new.\n")
    assert server.urls == posts(range(250))


async def test_a_server_that_leaves_pages_out_is_not_believed(
    server: AgreeableServer, blog: Site, blogqa: CommandLine
) -> None:
    blog.routes["/sitemap.xml"] = xml(urlset(*posts(range(3))))
    server.before = lambda _number: answer(b'{"jobs": []}', status=202, headers=JSON)
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert result.code == 3
    assert "it says what became of 0 pages, not of 3" in result.err


async def test_long_addresses_are_sent_in_bodies_that_the_server_reads(
    server: AgreeableServer, blog: Site, blogqa: CommandLine
) -> None:
    long = [f"https://example.com/{number:04}/{'x' * 2_000}" for number in range(50)]
    long += [f"https://example.com/{number:04}/{chr(34) * 660}" for number in range(150)]
    blog.routes["/sitemap.xml"] = xml(urlset(*long))
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert (result.code, result.out) == (0, "200 pages read, 200 new.\n")
    sizes = [int(seen.headers["content-length"]) for seen in server.site.seen]
    assert max(sizes) <= 64 * 1024


_MEASURED = """
import re, sys
from pathlib import Path
from blogqa_cli.main import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    print("peak", re.search(r"VmHWM:\\s*(\\d+) kB", status)[1], file=sys.stderr)
"""


async def peak_kb(blogqa: CommandLine, *arguments: str) -> int:
    """Runs a command to its good end; the most memory that it has had, kilobytes."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _MEASURED, *arguments),
        env=blogqa.environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    result = await ended(process)
    assert result.code == 0
    return int(result.err.rpartition("peak ")[2])


async def test_a_hundred_thousand_pages_take_no_more_memory_than_their_hashes(
    server: AgreeableServer, blog: Site, blogqa: CommandLine
) -> None:
    urls = [f"https://example.com/posts/{number}/the-title-of-a-post" for number in range(100_000)]
    blog.routes |= {
        "/small": xml(urlset(*urls[:1_000])),
        "/large": xml(index(blog.url("/1.xml"), blog.url("/2.xml.gz"))),
        "/1.xml": xml(urlset(*urls[:50_000])),
        "/2.xml.gz": zipped(urlset(*urls[50_000:])),
    }
    small = await peak_kb(blogqa, "ingest", blog.url("/small"))
    server.batches.clear()
    large = await peak_kb(blogqa, "ingest", blog.url("/large"))
    assert server.urls == urls
    assert large < small + 20_000


async def test_addresses_are_sent_as_they_will_be_crawled(
    server: AgreeableServer, blog: Site, blogqa: CommandLine
) -> None:
    listed = [
        "https://Example.com/é?utm_source=feed#top",
        "http://example.com/%C3%A9",
        f"https://example.com/{'é' * 400}",
    ]
    blog.routes["/sitemap.xml"] = xml(urlset(*listed, "http://example.com:443/"))
    result = await blogqa("ingest", blog.url("/sitemap.xml"))
    assert server.urls == ["https://example.com/%C3%A9"]
    assert result.out.startswith("4 pages read, 1 new, 2 refused, 1 listed twice.\n2 refused (invalid_url), ")
