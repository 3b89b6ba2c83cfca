"""The supervisor with small stand-ins for the services, each test in a process and a state directory of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from local_stack.keys import ensure_keys
from local_stack.mongod import Mongod
from local_stack.options import Action, Options, parse_options
from local_stack.ports import free_port
from local_stack.process_table import command_line_of
from local_stack.services import services_environ
from local_stack.state_dir import ROOT

_API = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        job = {"job_id": name, "blog_url": f"http://site/{name}", "state": "completed", "result": {"questions": 7}}
        self.answer({"workers": [{"name": "worker-1"}, {"name": "worker-2"}]} if self.path == "/health" else job)

    def do_POST(self):
        urls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["blog_urls"]
        assert self.headers["X-API-Key"].startswith("pub_")
        self.answer({"jobs": [{"status": "accepted", "job_id": url.rpartition("/")[2]} for url in urls]})

HTTPServer((os.environ["BLOGQA_HOST"], int(os.environ["BLOGQA_PORT"])), Handler).serve_forever()
"""
_WORKER = "import signal; signal.pause()"
_STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, lambda *_: print('not yet', flush=True))\nwhile True: signal.pause()"
)
_BROKEN = "raise SystemExit('no such luck')"

_DRIVER = """
import asyncio, os, sys
from local_stack.failure import StackFailed
from local_stack.options import parse_options
from local_stack.services import Programs
from local_stack.stack import LocalStack
from local_stack.state_dir import StateDir
from local_stack.terminal import Terminal

api, worker, *arguments = sys.argv[1:]
programs = Programs(api=[sys.executable, "-c", api], worker=[sys.executable, "-c", worker])
state, terminal = StateDir.from_environment(os.environ), Terminal(os.environ)
try:
    asyncio.run(LocalStack(parse_options(arguments), state, terminal, dict(os.environ), programs).run())
except StackFailed as exc:
    sys.exit(f"error: {exc}")
"""


def eventually(condition: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Stack:
    """A supervisor in a process of its own."""

    def __init__(self, state: Path, mongodb_url: str) -> None:
        self.state = state
        self.port = free_port()
        self._mongodb_url = mongodb_url
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str, api: str = _API, worker: str = _WORKER, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _DRIVER, api, worker, "--port", str(self.port), *arguments]
        own = {
            "BLOGQA_STATE_DIR": str(self.state),
            "MONGODB_URL": self._mongodb_url,
            "BLOGQA_MONGODB_DATABASE": "stack",
        }
        self.process = subprocess.Popen(  # noqa: S603
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **own, **environ},
        )
        return self.process

    def until(self, text: str) -> str:
        """What the supervisor prints up to a line with the text."""
        assert self.process is not None
        assert self.process.stdout is not None
        printed = ""
        for line in self.process.stdout:
            printed += line
            if text in line:
                return printed
        raise AssertionError(f"ended without {text!r}:\n{printed}")

    def end(self) -> tuple[int, str]:
        """Exit code and the rest of what is printed."""
        assert self.process is not None
        printed, _ = self.process.communicate(timeout=60)
        return self.process.returncode, printed

    def pids(self) -> dict[str, int]:
        files = (self.state / "run").glob("*.pid")
        return {file.stem: int(file.read_text().splitlines()[0]) for file in files}

    def script(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the real start script on the same state; for what needs no installation."""
        return subprocess.run(  # noqa: S603
            [ROOT / "start_split_services.sh", *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=60,
            cwd=self.state.parent,
            env={**os.environ, "BLOGQA_STATE_DIR": str(self.state)},
        )


def are_gone(pids: dict[str, int]) -> bool:
    return all(command_line_of(pid) == "" for pid in pids.values())


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
    printed = stack.until("jobs/stats")
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
    stack.until("jobs/stats")
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


@pytest.mark.parametrize(("programs", "culprit"), [({"api": _BROKEN}, "api"), ({"worker": _BROKEN}, "worker-1")])
def test_a_service_that_dies_at_start_is_quoted_and_takes_the_rest_down(
    stack: Stack, programs: dict[str, str], culprit: str
) -> None:
    stack.start(**programs)
    code, printed = stack.end()
    assert code == 1
    assert re.search(rf"error: {culprit} stopped by itself \(exit code 1\); .*\n  no such luck", printed)
    assert not stack.pids()


def test_a_service_that_dies_later_takes_the_rest_down(stack: Stack) -> None:
    stack.start()
    stack.until("jobs/stats")
    pids = stack.pids()
    os.kill(pids["worker-1"], signal.SIGKILL)
    code, printed = stack.end()
    assert code == 1
    assert "worker-1 stopped by itself (signal SIGKILL)" in printed
    assert are_gone(pids)


def test_a_mongod_that_dies_later_is_reported(stack: Stack) -> None:
    stack.start(MONGODB_URL="")
    stack.until("jobs/stats")
    pids = stack.pids()
    os.kill(int((stack.state / "data" / "mongodb" / "mongod.lock").read_text()), signal.SIGKILL)
    code, printed = stack.end()
    assert code == 1
    assert "mongod died (signal SIGKILL)" in printed
    assert are_gone(pids)


def test_ctrl_c_while_mongod_comes_up_leaves_nothing(stack: Stack) -> None:
    process = stack.start(MONGODB_URL="")
    lock = stack.state / "data" / "mongodb" / "mongod.lock"
    assert eventually(lambda: lock.exists() and bool(lock.read_text()))
    pid = int(lock.read_text())
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert are_gone({"mongod": pid})


def test_a_second_ctrl_c_does_not_wait_for_a_worker_that_goes_on(stack: Stack) -> None:
    process = stack.start(worker=_STUBBORN)
    stack.until("jobs/stats")
    pids = stack.pids()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert eventually(lambda: "not yet" in (stack.state / "logs" / "worker-1.log").read_text())
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert stack.end()[0] == 0
    assert time.monotonic() - began < 15
    assert are_gone(pids)


def test_a_second_start_is_refused_and_harms_nothing(stack: Stack, mongodb_url: str) -> None:
    stack.start()
    stack.until("jobs/stats")
    second = Stack(stack.state, mongodb_url)
    second.start()
    code, printed = second.end()
    assert code == 1
    assert re.search(rf"already running at http://127\.0\.0\.1:{stack.port} \(pid {stack.process.pid}\)", printed)  # type: ignore[union-attr]
    assert not are_gone(stack.pids())


def test_stop_from_elsewhere_waits_until_everything_is_down(stack: Stack) -> None:
    stack.start()
    stack.until("jobs/stats")
    pids = stack.pids()
    stopped = stack.script("--stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert are_gone(pids)
    assert stack.end()[0] == 0
    assert stack.script("--stop").stdout == "BlogQA is not running.\n"


def test_nothing_outlives_a_killed_supervisor(stack: Stack) -> None:
    process = stack.start()
    stack.until("jobs/stats")
    pids = stack.pids()
    process.kill()
    stack.end()
    assert eventually(lambda: are_gone(pids))


def test_what_a_killed_supervisor_left_does_not_hinder_the_next_start(stack: Stack) -> None:
    process = stack.start(MONGODB_URL="")
    stack.until("jobs/stats")
    pids = stack.pids()
    process.kill()
    stack.end()
    process = stack.start(MONGODB_URL="")
    stack.until("jobs/stats")
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


def test_help_needs_nothing_installed(stack: Stack) -> None:
    assert "--local-llm" in stack.script("--help").stdout


def test_keys_are_private_and_stay(tmp_path: Path) -> None:
    path = tmp_path / "keys.env"
    keys = ensure_keys(path, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == f"BLOGQA_API_KEY={keys.api}\nBLOGQA_ADMIN_KEY={keys.admin}\n"
    assert ensure_keys(path, {}) == keys
    assert ensure_keys(path, {"BLOGQA_ADMIN_KEY": "adm_chosen"}).admin == "adm_chosen"
    assert ensure_keys(path, {}).admin == "adm_chosen"


def test_services_keep_the_settings_that_were_given(tmp_path: Path) -> None:
    given = {"BLOGQA_ALLOWED_PRIVATE_HOSTS": "10.0.0.1:80", "BLOGQA_LOG_FORMAT": "json"}
    keys = ensure_keys(tmp_path / "keys.env", {})
    environ = services_environ(given, mongodb_url="mongodb://x", port=81, keys=keys, model_url=None)
    assert environ["BLOGQA_ALLOWED_PRIVATE_HOSTS"] == "10.0.0.1:80,127.0.0.1:81,localhost:81"
    assert environ["BLOGQA_LOG_FORMAT"] == "json"


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], Options()),
        (["--port", "9000", "--workers", "3"], Options(port=9000, workers=3)),
        (["--reset", "--yes"], Options(action=Action.RESET, yes=True)),
        (["--local-llm", "model.gguf"], Options(local_llm="model.gguf")),
    ],
)
def test_command_line(arguments: list[str], options: Options) -> None:
    assert parse_options(arguments) == options


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "0"], "expected a number from 1 to 65535, got '0'"),
        (["--workers", "many"], "got 'many'"),
        (["--local-llm"], "--local-llm needs a model"),
        (["--stop", "--reset"], "not allowed with"),
    ],
)
def test_a_wrong_command_line_is_answered_with_what_was_expected(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert sentence in capsys.readouterr().err
