"""The command line against a real API: what it says, where, and how it ends."""

from __future__ import annotations

from pathlib import Path

from local_stack.ports import free_port
from tests.conftest import Api
from tests.integration.command_line import CommandLine

_NO_JOB = "0" * 24


async def accepted(api: Api, path: str = "/post") -> str:
    answer = await api.client.post("/api/v1/jobs/process", json={"blog_url": f"https://example.com{path}"})
    job_id: str = answer.json()["job_id"]
    return job_id


async def test_jobs_are_listed_newest_first(api: Api, blogqa: CommandLine) -> None:
    first, second = await accepted(api, "/1"), await accepted(api, "/2")
    ended = await blogqa("jobs")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert [line.split()[0] for line in lines] == ["ID", second, first]
    assert "https://example.com/1" in lines[2]
    as_json = (await blogqa("jobs", "--limit", "1", "--json")).document
    assert [job["job_id"] for job in as_json["jobs"]] == [second]


async def test_a_job_is_shown_in_full(api: Api, blogqa: CommandLine) -> None:
    job_id = await accepted(api)
    ended = await blogqa("job", job_id)
    assert ended.code == 0
    assert "state     queued" in ended.out
    assert (await blogqa("job", job_id, "--json")).document["blog_url"] == "https://example.com/post"


async def test_a_job_that_is_not_there_is_said_so(blogqa: CommandLine) -> None:
    ended = await blogqa("job", _NO_JOB)
    assert (ended.code, ended.out) == (1, "")
    assert _NO_JOB in ended.err


async def test_a_server_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = await CommandLine(url, tmp_path, BLOGQA_ADMIN_KEY="adm_x")("jobs")
    assert ended.code == 3
    assert ended.err.startswith(f"error: {url} cannot be reached (")
    assert len(ended.err.splitlines()) == 1
