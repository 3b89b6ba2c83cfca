"""``blogqa process`` with a real worker: what is shown, how it ends, and what it outlives."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from pydantic import SecretStr

from api_service.core.settings import ApiSettings
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from shared.models.job_queue import JobStatus
from tests.conftest import ADMIN_KEY, Api, serve
from tests.integration.command_line import CommandLine, ended, on_a_terminal
from tests.integration.garden import Garden

pytestmark = pytest.mark.timeout(180)


async def line_with(stream: asyncio.StreamReader | None, text: str) -> str:
    """The next line that has the text."""
    assert stream is not None
    async with asyncio.timeout(60):
        async for line in stream:
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"ended without {text!r}")


def job_id_of(line: str) -> str:
    """From a line ``accepted   URL  job ID``."""
    return line.split(" job ")[1].split()[0]


async def test_pages_are_watched_to_their_ends(garden: Garden) -> None:
    url = f"{garden.site.url}/barrel"
    result = await garden.blogqa("process", url, "--watch")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert lines[0].startswith(f"accepted   {url}  job ")
    assert lines[-2].startswith(f"completed  {url}  ")
    assert lines[-1] == "1 completed."
    assert "\x1b" not in result.out


async def test_each_page_is_accepted_or_refused_by_itself(garden: Garden) -> None:
    good = f"{garden.site.url}/barrel"
    elsewhere = "https://elsewhere.example/post"
    result = await garden.blogqa("process", good, "ftp://files.example/x", elsewhere, "")
    lines = result.out.splitlines()
    assert result.code == 1
    assert [line.split()[0] for line in lines] == ["accepted", "refused", "refused", "refused"]
    assert lines[1].endswith("ftp://files.example/x  expected an http or https URL, got the scheme 'ftp'")
    assert "is not on this publisher's domains" in lines[2]
    assert result.err == "error: not every page was processed: 3 refused, see why above.\n"


async def test_more_pages_than_a_call_may_have_are_handed_in(api: Api, blogqa: CommandLine) -> None:
    urls = [f"https://example.com/{number}/{'x' * 1_500}" for number in range(130)]
    result = await blogqa("process", "--json", *urls)
    accepted = result.document["jobs"]
    assert result.code == 0
    assert [each["blog_url"] for each in accepted] == urls
    assert await api.database["processing_jobs"].count_documents({}) == 130


async def test_a_job_that_fails_is_the_commands_failure(garden: Garden) -> None:
    missing = f"{garden.site.url}/missing"
    result = await garden.blogqa("process", f"{garden.site.url}/barrel", missing, "--watch")
    assert result.code == 1
    assert "1 completed, 1 failed." in result.out
    assert "1 failed (`blogqa job ID` says why" in result.err
    assert len(result.err.splitlines()) == 1
    [failed] = (await garden.blogqa("jobs", "--state", "failed", "--json")).document["jobs"]
    shown = await garden.blogqa("job", failed["job_id"])
    assert "page_gone" in shown.out


async def test_every_change_is_a_line_of_json(garden: Garden) -> None:
    result = await garden.blogqa("process", f"{garden.site.url}/barrel", "nonsense:", "--watch", "--json")
    first, second, *changes = result.documents
    assert (first["status"], second["status"]) == ("accepted", "refused")
    assert {change["job_id"] for change in changes} == {first["job_id"]}
    assert changes[-1]["state"] == "completed"
    assert result.code == 1


async def test_a_second_process_of_a_page_finds_its_job_and_force_makes_a_new_one(garden: Garden) -> None:
    url = f"{garden.site.url}/barrel"
    first = job_id_of((await garden.blogqa("process", url, "--watch")).out)
    again = await garden.blogqa("process", url)
    assert job_id_of(again.out) == first
    assert "(its job was there already: completed)" in again.out
    forced = await garden.blogqa("process", url, "--force", "--watch")
    assert forced.code == 0
    assert job_id_of(forced.out) != first
    refused = await garden.blogqa("process", url, "--force", BLOGQA_ADMIN_KEY="")
    assert (refused.code, refused.out) == (4, "")
    assert "set BLOGQA_ADMIN_KEY" in refused.err


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_stops_the_watching_and_not_the_job(garden: Garden, sent: signal.Signals, code: int) -> None:
    process = await garden.blogqa.start("process", f"{garden.site.url}/slow", "--watch")
    job_id = job_id_of(await line_with(process.stdout, "accepted"))
    await line_with(process.stdout, "processing")
    process.send_signal(sent)
    result = await ended(process)
    assert result.code == code
    assert result.err == (
        "1 job goes on without this command: the same command watches again, `blogqa jobs` lists them, "
        f"`blogqa cancel {job_id}` stops them.\n"
    )
    assert (await garden.jobs.get(job_id)).state is JobStatus.PROCESSING
    garden.site.gate.set()
    assert (await garden.job_in(JobStatus.COMPLETED, job_id)).attempt == 1


async def test_an_api_that_restarts_is_waited_for(garden: Garden, api: Api, mongod: Mongod, tmp_path: Path) -> None:
    settings = ApiSettings(
        mongodb_url=SecretStr(mongod.url), mongodb_database=api.database.name, admin_key=SecretStr(ADMIN_KEY)
    )
    port = free_port()
    blogqa = CommandLine(f"http://127.0.0.1:{port}", tmp_path, BLOGQA_API_KEY=garden.blogqa.environ["BLOGQA_API_KEY"])
    async with serve(settings, port=port):
        process = await blogqa.start("process", f"{garden.site.url}/slow", "--watch")
        await line_with(process.stdout, "processing")
    note = await line_with(process.stderr, "Waiting for it")
    assert note.startswith(f"http://127.0.0.1:{port} ")
    async with serve(settings, port=port):
        await line_with(process.stderr, "The server answers again.")
        garden.site.gate.set()
        result = await ended(process)
    assert result.code == 0
    assert result.out.endswith("1 completed.\n")


async def test_a_terminal_shows_progress_as_it_happens(garden: Garden) -> None:
    garden.site.gate.set()
    result = await on_a_terminal(
        garden.blogqa, "process", f"{garden.site.url}/slow", f"{garden.site.url}/no", "--watch"
    )
    assert result.code == 1
    assert "━" in result.out
    assert "\x1b[?25l" in result.out
    assert result.out.rindex("\x1b[?25h") > result.out.rindex("\x1b[?25l"), "the cursor is there again"
    assert "1 completed, 1 failed." in result.out


async def test_ctrl_c_in_a_terminal_gives_the_cursor_back(garden: Garden) -> None:
    result = await on_a_terminal(
        garden.blogqa, "process", f"{garden.site.url}/slow", "--watch", until=lambda printed: "crawl" in printed
    )
    assert result.code == 130
    assert "1 job goes on without this command" in result.out.split("\x1b[?25h")[-1]


async def test_sigterm_gives_the_cursor_back_too(garden: Garden) -> None:
    result = await on_a_terminal(
        garden.blogqa,
        *("process", f"{garden.site.url}/slow", "--watch"),
        until=lambda printed: "crawl" in printed,
        press=signal.SIGTERM,
    )
    assert result.code == 143
    assert "1 job goes on without this command" in result.out.split("\x1b[?25h")[-1]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
async def test_a_terminal_that_wants_it_plain_gets_plain_lines(garden: Garden, name: str, value: str) -> None:
    garden.blogqa.environ[name] = value
    result = await on_a_terminal(garden.blogqa, "process", f"{garden.site.url}/barrel", "--watch")
    assert result.code == 0
    assert "━" not in result.out
    assert "\x1b[?25l" not in result.out
    assert "1 completed." in result.out
