"""The supervisor with small stand-ins for the services, each test in a process and a state directory of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from local_stack.database import DEMO_PUBLISHER
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from local_stack.process_table import command_line_of
from local_stack.state_dir import ROOT
from shared.data.database import open_database
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from tests.integration.supervised import (
    BROKEN,
    FALLING_API,
    LONELY_API,
    STUBBORN,
    Stack,
    are_gone,
    is_open,
)
from tests.integration.waiting import comes_true


@pytest.fixture(scope="module")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("mongod")
    with Mongod.start(directory / "data", log_path=directory / "mongod.log", ephemeral=True) as mongod:
        yield mongod.url


@pytest.fixture
def stack(tmp_path: Path, mongodb_url: str) -> Iterator[Stack]:
    stack = Stack(tmp_path / "state", mongodb_url)
    yield stack
    if stack.process is not None:
        with stack.process:
            stack.process.kill()


def test_ctrl_c_takes_everything_down_that_a_start_brought_up(stack: Stack) -> None:
    process = stack.start("--workers", "2", MONGODB_URL="")
    printed = stack.until("questions/by-url")
    pids = stack.pids() | {"mongod": int((stack.state / "data" / "mongodb" / "mongod.lock").read_text())}
    assert set(pids) == {"api", "worker-1", "worker-2", "mongod"}
    assert all(command_line_of(pid) for pid in pids.values())
    assert printed.count("7 questions") == len(list((ROOT / "api_service/demo/articles").glob("*.html"))) > 0
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert are_gone(pids)
    assert not stack.pids()


def test_the_demo_publisher_has_the_key_of_the_keys_file(stack: Stack, mongodb_url: str) -> None:
    process = stack.start()
    stack.until("questions/by-url")
    process.terminate()
    assert stack.end()[0] == 0
    with MongoClient[dict[str, Any]](mongodb_url) as client:
        domains = [publisher["domains"] for publisher in client.stack.publishers.find()]
    assert domains == [[f"127.0.0.1:{stack.port}", f"localhost:{stack.port}"]]


def test_a_taken_port_starts_nothing_and_names_another(stack: Stack) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.port))
        taken.listen()
        stack.start(MONGODB_URL="")
        code, printed = stack.end()
    assert code == 1
    alternative = re.search(rf"Port {stack.port} .* try `--port (\d+)`", printed)
    assert alternative
    assert int(alternative[1]) > stack.port
    assert not (stack.state / "data").exists()


@pytest.mark.parametrize(
    ("programs", "culprit"), [({"api": BROKEN}, "api"), ({"api": LONELY_API, "worker": BROKEN}, "worker-1")]
)
def test_a_service_that_dies_at_start_is_quoted_and_takes_the_rest_down(
    stack: Stack, programs: dict[str, str], culprit: str
) -> None:
    stack.start(**programs)
    code, printed = stack.end()
    assert code == 1
    assert re.search(rf"error: {culprit} stopped with exit code 1; .*\n  no such luck", printed)
    assert not stack.pids()


@pytest.mark.parametrize("victim", ["api", "worker-2"])
def test_a_service_that_dies_later_is_started_again_and_the_rest_goes_on(stack: Stack, victim: str) -> None:
    process = stack.start("--workers", "2")
    stack.until("questions/by-url")
    before = stack.pids()
    stack.kill(victim)
    said = stack.until("starting it again")
    log = stack.state / "logs" / f"{victim}.log"
    assert f"\n{victim} was killed by signal 9 (SIGKILL); starting it again in 1 s. Its log: {log}\n" in f"\n{said}"
    after = stack.pids()
    assert {name for name in before | after if before.get(name) != after.get(name)} == {victim}
    assert comes_true(lambda: is_open(stack.port))
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert are_gone(before | after)
    assert not stack.pids()


def test_a_service_that_dies_again_and_again_is_given_up(stack: Stack) -> None:
    stack.start()
    stack.until("questions/by-url")
    pids = stack.pids()
    for _ in range(3):
        stack.kill("worker-1")
    code, printed = stack.end()
    assert code == 1
    assert printed.count("starting it again") == 2
    assert "error: worker-1 was killed by signal 9 (SIGKILL), the third time within a minute; " in printed
    assert are_gone(pids)
    assert not stack.pids()


def test_ctrl_c_before_a_dead_service_is_started_again(stack: Stack) -> None:
    process = stack.start()
    stack.until("questions/by-url")
    pids = stack.pids()
    os.kill(pids["worker-1"], signal.SIGKILL)
    stack.until("starting it again")
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert are_gone(pids)
    assert not stack.pids()


def test_the_demo_goes_on_when_the_api_comes_back(stack: Stack) -> None:
    process = stack.start(api=FALLING_API)
    printed = stack.until("questions/by-url")
    assert "api stopped with exit code 3; starting it again" in printed
    assert printed.count("7 questions") == len(list((ROOT / "api_service/demo/articles").glob("*.html")))
    process.terminate()
    assert stack.end()[0] == 0


def test_a_model_server_that_dies_takes_the_rest_down(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").touch()
    stack.start("--local-llm", str(tmp_path / "model.gguf"))
    stack.until("questions/by-url")
    pids = stack.pids()
    os.kill(pids["llm"], signal.SIGKILL)
    code, printed = stack.end()
    assert code == 1
    assert "error: llm was killed by signal 9 (SIGKILL); " in printed
    assert are_gone(pids)


def test_a_mongod_that_dies_later_is_reported(stack: Stack) -> None:
    stack.start(MONGODB_URL="")
    stack.until("questions/by-url")
    pids = stack.pids()
    os.kill(int((stack.state / "data" / "mongodb" / "mongod.lock").read_text()), signal.SIGKILL)
    code, printed = stack.end()
    assert code == 1
    assert "error: mongod was killed by signal 9 (SIGKILL)" in printed
    assert are_gone(pids)


def test_ctrl_c_while_mongod_comes_up_leaves_nothing(stack: Stack) -> None:
    process = stack.start(MONGODB_URL="")
    lock = stack.state / "data" / "mongodb" / "mongod.lock"
    assert comes_true(lambda: lock.exists() and bool(lock.read_text()))
    pid = int(lock.read_text())
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert are_gone({"mongod": pid})


def test_a_second_ctrl_c_does_not_wait_for_a_worker_that_goes_on(stack: Stack) -> None:
    process = stack.start(worker=STUBBORN)
    stack.until("questions/by-url")
    pids = stack.pids()
    log = stack.state / "logs" / "worker-1.log"
    assert comes_true(lambda: "stubborn from now on" in log.read_text())
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert comes_true(lambda: "not yet" in log.read_text())
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert time.monotonic() - began < 15
    assert are_gone(pids)


def test_a_second_start_is_refused_and_harms_nothing(stack: Stack, mongodb_url: str) -> None:
    stack.start()
    stack.until("questions/by-url")
    second = Stack(stack.state, mongodb_url)
    second.start()
    code, printed = second.end()
    assert code == 1
    assert re.search(rf"already running at http://127\.0\.0\.1:{stack.port} \(pid {stack.process.pid}\)", printed)  # type: ignore[union-attr]
    assert not are_gone(stack.pids())


def test_stop_from_elsewhere_waits_until_everything_is_down(stack: Stack) -> None:
    stack.start()
    stack.until("questions/by-url")
    pids = stack.pids()
    stopped = stack.script("--stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert are_gone(pids)
    assert stack.end()[0] == 0
    assert stack.script("--stop").stdout == "BlogQA is not running.\n"


def test_nothing_outlives_a_killed_supervisor(stack: Stack) -> None:
    process = stack.start()
    stack.until("questions/by-url")
    pids = stack.pids()
    process.kill()
    stack.end()
    assert comes_true(lambda: are_gone(pids))


def test_what_a_killed_supervisor_left_does_not_hinder_the_next_start(stack: Stack) -> None:
    process = stack.start(MONGODB_URL="")
    stack.until("questions/by-url")
    pids = stack.pids()
    process.kill()
    stack.end()
    process = stack.start(MONGODB_URL="")
    stack.until("questions/by-url")
    assert are_gone(pids)
    process.terminate()
    assert stack.end()[0] == 0


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "mongodb://someone:secret@127.0.0.1:1/?replicaSet=x&serverSelectionTimeoutMS=100",
            "127.0.0.1:1 does not answer",
        ),
        ("mongodb//someone:secret@nowhere", "not a valid MongoDB connection string"),
    ],
)
def test_an_unusable_mongodb_url_is_explained_without_its_password(stack: Stack, url: str, sentence: str) -> None:
    stack.start(MONGODB_URL=url)
    code, printed = stack.end()
    assert code == 1
    assert sentence in printed
    assert "secret" not in printed


def test_a_setting_is_taken_from_the_environment_else_from_dotenv(stack: Stack, mongodb_url: str) -> None:
    stack.state.mkdir()
    (stack.state / ".env").write_text(f"MONGODB_URL={mongodb_url}\nBLOGQA_PORT=1\nOPENAI_BASE_URL=http://dot/v1\n")
    worker = "import os, signal; print('says', os.environ['OPENAI_BASE_URL'], flush=True); signal.pause()"
    process = stack.start(worker=worker, MONGODB_URL=None)
    printed = stack.until("questions/by-url")
    assert f"open   http://127.0.0.1:{stack.port}/demo/" in printed
    assert not (stack.state / "data").exists()
    assert comes_true(lambda: "says http://dot/v1" in (stack.state / "logs" / "worker-1.log").read_text())
    process.terminate()
    assert stack.end()[0] == 0


def test_dotenv_sets_the_port_that_the_command_line_may_overrule(stack: Stack) -> None:
    stack.state.mkdir()
    (stack.state / ".env").write_text(f"BLOGQA_PORT={stack.port}\n")
    process = stack.start(BLOGQA_PORT=None)
    assert f"http://127.0.0.1:{stack.port}/demo/" in stack.until("questions/by-url")
    process.terminate()
    assert stack.end()[0] == 0
    other = free_port()
    process = stack.start("--port", str(other), BLOGQA_PORT=None)
    assert f"http://127.0.0.1:{other}/demo/" in stack.until("questions/by-url")
    process.terminate()
    assert stack.end()[0] == 0


def test_a_port_setting_that_is_none_is_explained(stack: Stack) -> None:
    stack.start(BLOGQA_PORT="http")
    assert stack.end() == (1, "error: BLOGQA_PORT: expected a number from 1 to 65535, got 'http'.\n")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_bytes(b"BLOGQA_LLM_MODEL=caf\xe9\n"), "is not text in UTF-8"),
        (lambda path: path.write_bytes("BLOGQA_PORT=8005\n".encode("utf-16-le")), "is not text in UTF-8"),
        (lambda path: path.mkdir(), r"cannot be read \(Is a directory\)"),
        (lambda path: path.symlink_to(path), r"cannot be read \(Too many levels of symbolic links\)"),
    ],
)
def test_a_dotenv_that_cannot_be_read_is_named(stack: Stack, make: Callable[[Path], object], sentence: str) -> None:
    stack.state.mkdir()
    make(stack.state / ".env")
    stack.start()
    code, printed = stack.end()
    assert code == 1
    assert re.fullmatch(rf"error: {stack.state}/\.env {sentence}: .*\n", printed)


_LOOKING_WORKER = """
import os, signal
from pymongo import MongoClient
with MongoClient(os.environ["MONGODB_URL"]) as client:
    jobs = client[os.environ["BLOGQA_MONGODB_DATABASE"]].processing_jobs.find({"state": "queued"})
    print("queued:", sorted(job["url"] for job in jobs), flush=True)
signal.pause()
"""


async def left_behind(mongodb_url: str, name: str, *, here: int, elsewhere: int) -> list[str]:
    """Fills the queue as a start at another port left it; returns the pages that are still to be read."""
    async with open_database(mongodb_url, name, app_name="tests") as database:
        jobs, publishers = JobRepository(database), PublisherRepository(database)
        demo = await publishers.ensure(name=DEMO_PUBLISHER, domains=["localhost"], key=new_key())
        other = await publishers.ensure(name="Somebody else", domains=["localhost"], key=new_key())
        urls: list[str] = []
        for publisher, port in ((demo, elsewhere), (demo, elsewhere), (demo, here), (other, elsewhere)):
            url = f"http://127.0.0.1:{port}/{len(urls)}"
            await jobs.enqueue(publisher_id=publisher.id, blog_id=url, url=url, normalized_url=url)
            urls.append(url)
        claimed = await jobs.claim(worker="dead")
        assert claimed is not None
        assert claimed.job.url == urls[0]
        return urls[2:]


def test_unfinished_demo_jobs_of_another_port_are_cancelled_before_a_worker_sees_them(
    stack: Stack, mongodb_url: str
) -> None:
    to_do = asyncio.run(left_behind(mongodb_url, "ports", here=stack.port, elsewhere=free_port()))
    process = stack.start(worker=_LOOKING_WORKER, BLOGQA_MONGODB_DATABASE="ports")
    assert "Cancelled 2 unfinished jobs of the demo blog at another port.\n" in stack.until("questions/by-url")
    log = stack.state / "logs" / "worker-1.log"
    assert comes_true(lambda: log.read_text() == f"queued: {sorted(to_do)}\n")
    process.terminate()
    assert stack.end()[0] == 0


def test_reset_asks_and_deletes_only_after_a_yes(stack: Stack) -> None:
    (stack.state / "data").mkdir(parents=True)
    (stack.state / "thesis.txt").write_text("not ours")
    refused = stack.script("--reset")
    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert (stack.state / "data").exists()
    assert stack.script("--reset", "--yes").returncode == 0
    assert not (stack.state / "data").exists()
    assert (stack.state / "thesis.txt").exists()


def test_a_state_directory_that_cannot_be_used_is_named(stack: Stack) -> None:
    stack.state.write_text("a file")
    for action in ("--stop", "--reset"):
        refused = stack.script(action)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"error: {stack.state} cannot hold BlogQA's data (File exists): set ")


def test_help_needs_nothing_installed(stack: Stack) -> None:
    assert "--local-llm" in stack.script("--help").stdout
