"""``blogqa ingest`` against a real API: what is handed in, what is said about it, and how it ends."""

from __future__ import annotations

import gzip
import signal
from collections.abc import AsyncIterator

import pytest

from shared.models.job_queue import JobStatus
from tests.conftest import Api
from tests.integration.command_line import CommandLine, ended, on_a_terminal
from tests.integration.garden import Garden
from tests.integration.raw_site import Site, answer, running_site, silent
from tests.integration.sitemaps import index, posts, urlset, xml, zipped
from tests.integration.waiting import eventually

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_site() as running:
        yield running


async def urls_queued(api: Api) -> set[str]:
    return {job["url"] async for job in api.database["processing_jobs"].find()}


async def test_a_blog_is_handed_in_by_its_index(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes |= {
        "/sitemap.xml": xml(index(site.url("/1.xml"), site.url("/2.xml.gz"), site.url("/3.txt"), site.url("/feed"))),
        "/1.xml": zipped(urlset(*posts(range(150)))),
        "/2.xml.gz": answer(gzip.compress(urlset(*posts(range(140, 160)))), headers={}),
        "/3.txt": answer("\n".join(posts([160, 161])).encode(), headers={"Content-Type": "text/plain"}),
        "/feed": xml(b"<rss><channel><item><link>https://example.com/posts/162</link></item></channel></rss>"),
    }
    result = await blogqa("ingest", site.url("/sitemap.xml"))
    assert result.code == 0, result.err
    assert result.out == "173 pages read, 163 new, 10 listed twice.\n"
    assert await urls_queued(api) == set(posts(range(163)))


async def test_neither_key_reaches_the_site(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes |= {"/a": answer(b"", status=302, headers={"Location": "/b"}), "/b": xml(urlset(*posts([1])))}
    assert (await blogqa("ingest", site.url("/a"), "--force")).code == 0
    assert len(site.seen) == 2
    for seen in site.seen:
        sent = repr(seen.headers).lower()
        assert api.key.lower() not in sent
        assert api.admin["X-Admin-Key"] not in sent
        assert not {"x-api-key", "x-admin-key", "cookie", "authorization"} & set(seen.headers)
        assert seen.headers["user-agent"].startswith("blogqa/")


async def test_a_second_run_finds_every_job(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(120))))
    await blogqa("ingest", site.url("/sitemap.xml"))
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(130))))
    again = await blogqa("ingest", site.url("/sitemap.xml"))
    assert (again.code, again.out) == (0, "130 pages read, 10 new, 120 there already.\n")
    assert await api.database["processing_jobs"].count_documents({}) == 130


async def test_refused_pages_are_summed_up_by_reason(blogqa: CommandLine, site: Site) -> None:
    elsewhere = [f"https://elsewhere.example/{number}" for number in range(500)]
    site.routes["/sitemap.xml"] = xml(urlset(*posts([1]), *elsewhere, "ftp://example.com/x", "", "x" * 3_000))
    result = await blogqa("ingest", site.url("/sitemap.xml"))
    first, forbidden, invalid = result.out.splitlines()
    assert result.code == 0
    assert first == "504 pages read, 1 new, 503 refused."
    assert forbidden.startswith("500 refused (host_forbidden), such as https://elsewhere.example/0: ")
    assert "(allowed: example.com)" in forbidden
    assert forbidden.count("https://elsewhere.example/") == 4
    assert invalid.startswith("3 refused (invalid_url), such as ")
    assert len(result.out) < 5_000


async def test_a_blog_of_somebody_else_is_a_failure(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset("https://elsewhere.example/a"))
    result = await blogqa("ingest", site.url("/sitemap.xml"))
    assert result.code == 1
    assert result.err.endswith("error: not everything was done: no page was accepted, see above.\n")
    assert await urls_queued(api) == set()


async def test_only_what_has_changed_since_is_handed_in(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes |= {
        "/sitemap.xml": xml(index(site.url("/new.xml"))),
        "/new.xml": xml(
            urlset(*posts([1]), changed="2024-05-02").replace(b"</urlset>", b"")
            + b"<url><loc>https://example.com/posts/2</loc><lastmod>2024-04-30T23:59:59Z</lastmod></url>"
            + b"<url><loc>https://example.com/posts/3</loc></url></urlset>"
        ),
    }
    result = await blogqa("ingest", site.url("/sitemap.xml"), "--since", "2024-05-01")
    assert (result.code, result.out) == (0, "3 pages read, 2 new, 1 older, 1 kept without a date.\n")
    assert await urls_queued(api) == set(posts([1, 3]))


async def test_a_sitemap_that_has_not_changed_since_is_not_fetched(blogqa: CommandLine, site: Site) -> None:
    site.routes |= {"/index": xml(index(site.url("/old.xml"), changed="2020-01-01")), "/old.xml": xml(urlset())}
    result = await blogqa("ingest", site.url("/index"), "--since", "30d", "--json")
    assert result.document["documents"] == {"read": 1, "unchanged": 1, "incomplete": 0}
    assert site.targets() == ["/index"]


@pytest.mark.parametrize("since", ["yesterday", "7", "7w", "999999d", "2024-13-01", ""])
async def test_a_since_that_is_no_date_is_a_wrong_command_line(blogqa: CommandLine, site: Site, since: str) -> None:
    result = await blogqa("ingest", site.url("/sitemap.xml"), "--since", since)
    assert (result.code, result.out, site.seen) == (2, "", [])


async def test_a_limit_ends_it_early(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(500))))
    result = await blogqa("ingest", site.url("/sitemap.xml"), "--limit", "120")
    assert result.out == "120 pages read, 120 new.\n"
    assert await urls_queued(api) == set(posts(range(120)))


async def test_a_dry_run_lists_pages_and_asks_no_server(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(3)), *posts(range(2))))
    result = await blogqa("ingest", site.url("/sitemap.xml"), "--dry-run", BLOGQA_API_KEY="", BLOGQA_ADMIN_KEY="")
    assert (result.code, result.out.splitlines()) == (0, posts(range(3)))
    assert result.err == "5 pages read, 2 listed twice.\n"
    assert await urls_queued(api) == set()


async def test_the_counts_come_as_one_json_document(blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(3)), "https://elsewhere.example/\u202e"))
    result = await blogqa("ingest", site.url("/sitemap.xml"), "--json")
    document = result.document
    assert document["complete"] is True
    pages = document["pages"]
    assert (pages["read"], pages["created"], pages["standing"]) == (4, 3, 0)
    assert pages["refused"]["host_forbidden"]["count"] == 1
    assert result.out.isascii()


async def test_a_wrong_key_ends_it_at_once(blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(500))))
    result = await blogqa("ingest", site.url("/sitemap.xml"), BLOGQA_API_KEY="pub_of-nobody")
    assert (result.code, result.out) == (4, "")
    assert len(result.err.splitlines()) == 1
    assert "pub_of-nobody" not in result.err


@pytest.mark.parametrize(
    ("options", "missing"),
    [((), "BLOGQA_API_KEY"), (("--force",), "BLOGQA_API_KEY"), (("--force",), "BLOGQA_ADMIN_KEY")],
)
async def test_a_missing_key_ends_it_before_anything_is_read(
    blogqa: CommandLine, site: Site, options: tuple[str, ...], missing: str
) -> None:
    result = await blogqa("ingest", site.url("/sitemap.xml"), *options, **{missing: ""})
    assert (result.code, result.out, site.seen) == (4, "", [])
    assert f"set {missing} in the environment" in result.err


async def test_a_server_that_is_not_there_ends_it(blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(5))))
    result = await blogqa("ingest", site.url("/sitemap.xml"), BLOGQA_URL="http://127.0.0.1:1")
    assert (result.code, result.out) == (3, "")


async def test_a_broken_sitemap_is_used_up_to_the_break(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(3)))[:-30])
    result = await blogqa("ingest", site.url("/sitemap.xml"))
    assert (result.code, result.out) == (1, "2 pages read, 2 new.\n"), result.err
    assert f"{site.url('/sitemap.xml')} is read in part: no element found in line 1\n" in result.err
    assert result.err.endswith("error: not everything was done: 1 of 1 documents not read to their end, see above.\n")


async def test_ctrl_c_in_the_middle_and_the_same_command_again(api: Api, blogqa: CommandLine, site: Site) -> None:
    site.routes |= {
        "/index": xml(index(site.url("/1.xml"), site.url("/2.xml"))),
        "/1.xml": xml(urlset(*posts(range(250)))),
        "/2.xml": silent,
    }
    process = await blogqa.start("ingest", site.url("/index"))

    async def handed_in() -> bool:
        return "/2.xml" in site.targets()

    await eventually(handed_in, timeout_s=60)
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    assert result.code == 130
    assert "Stopped before the end: 250 pages read, 200 new. " in result.err
    assert "Run the same command again to go on" in result.err
    site.routes["/2.xml"] = xml(urlset(*posts(range(250, 300))))
    again = await blogqa("ingest", site.url("/index"))
    assert (again.code, again.out) == (0, "300 pages read, 100 new, 200 there already.\n")
    assert await urls_queued(api) == set(posts(range(300)))


async def test_jobs_are_watched_to_their_ends(garden: Garden) -> None:
    good, missing = f"{garden.site.url}/barrel", f"{garden.site.url}/missing"
    garden.site.pages["/sitemap.xml"] = urlset(good, missing)
    result = await garden.blogqa("ingest", f"{garden.site.url}/sitemap.xml", "--watch")
    assert result.code == 1
    assert result.out == "2 pages read, 2 new.\n1 completed, 1 failed.\n"
    assert f"failed     {missing}  " in result.err
    assert result.err.endswith("error: not everything was done: 1 failed (`blogqa jobs --state failed` lists them).\n")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_stops_the_watching_and_not_the_jobs(garden: Garden, sent: signal.Signals, code: int) -> None:
    garden.site.pages["/sitemap.xml"] = urlset(f"{garden.site.url}/slow", f"{garden.site.url}/slow/too")
    source = f"{garden.site.url}/sitemap.xml"
    process = await garden.blogqa.start("ingest", source, "--watch")
    assert process.stdout is not None
    assert await process.stdout.readline() == b"2 pages read, 2 new.\n"
    running = await eventually(
        lambda: garden.jobs.page(state=JobStatus.PROCESSING), lambda jobs: len(jobs) == 2, timeout_s=60
    )
    process.send_signal(sent)
    result = await ended(process)
    assert (result.code, result.out) == (code, "")
    assert "Stopped before the end: 2 pages read, 2 new. These jobs go on without this command" in result.err
    again = await garden.blogqa.start("ingest", source, "--watch")
    garden.site.gate.set()
    result = await ended(again)
    assert (result.code, result.out) == (0, "2 pages read, 2 there already.\n2 completed.\n")
    for job in running:
        assert (await garden.jobs.get(job.id)).state is JobStatus.COMPLETED


async def test_a_terminal_shows_the_counts_as_they_grow(garden: Garden) -> None:
    garden.site.pages["/sitemap.xml"] = urlset(f"{garden.site.url}/slow", "https://elsewhere.example/\x9b31m")
    source = f"{garden.site.url}/sitemap.xml"
    result = await on_a_terminal(garden.blogqa, "ingest", source, "--watch", until=lambda shown: "1 left" in shown)
    assert result.code == 130
    assert "2 pages read, 1 new, 1 refused" in result.out
    assert "\x9b" not in result.out
    assert "Stopped before the end" in result.out.split("\x1b[?25h")[-1], "the cursor is there again"


async def test_a_reader_of_the_list_may_go_away(blogqa: CommandLine, site: Site) -> None:
    site.routes["/sitemap.xml"] = xml(urlset(*posts(range(20_000))))
    process = await blogqa.start("ingest", site.url("/sitemap.xml"), "--dry-run")
    assert process.stdout is not None
    assert process.stderr is not None
    assert (await process.stdout.readline()).decode().strip() == posts([0])[0]
    process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined] # asyncio has no public way
    assert (await process.stderr.read(), await process.wait()) == (b"", 141)
