from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from local_stack import mongod_libraries
from local_stack.mongod import Mongod, MongodFailed, MongodUnavailable, find_mongod
from local_stack.mongod_libraries import mongod_environ
from local_stack.mongod_log import why_it_died
from local_stack.process_table import command_line_of
from tests.integration.waiting import comes_true


def is_gone(pid: int) -> bool:
    # A zombie has no command line, so one that init has yet to reap counts as gone.
    return command_line_of(pid) == ""


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    directory = tmp_path_factory.mktemp("mongod")
    with Mongod.start(directory / "data", log_path=directory / "mongod.log", ephemeral=True) as mongod:
        yield mongod


@pytest.fixture
def client(mongod: Mongod) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongod.url) as client:
        yield client


def test_transactions_and_change_streams_work(client: MongoClient[dict[str, Any]]) -> None:
    collection = client.test.things
    collection.insert_one({"_id": 0})
    with collection.watch() as stream, client.start_session() as session:
        with session.start_transaction():
            collection.insert_one({"_id": 1}, session=session)
        assert stream.next()["documentKey"] == {"_id": 1}


def test_listens_on_loopback_only(mongod: Mongod, client: MongoClient[dict[str, Any]]) -> None:
    options = client.admin.command("getCmdLineOpts")["parsed"]["net"]
    assert (options["bindIp"], options["port"]) == ("127.0.0.1", mongod.port)


def test_data_survives_a_restart_under_another_port(tmp_path: Path) -> None:
    ports = []
    for number in range(2):
        with Mongod.start(tmp_path / "data", log_path=tmp_path / "log") as mongod:
            ports.append(mongod.port)
            with MongoClient[dict[str, Any]](mongod.url) as client:
                client.test.things.insert_one({"_id": number})
                assert client.test.things.count_documents({}) == number + 1
        assert is_gone(mongod.pid)
    assert ports[0] != ports[1]


def test_stop_may_be_called_twice(tmp_path: Path) -> None:
    mongod = Mongod.start(tmp_path / "data", log_path=tmp_path / "log", ephemeral=True)
    mongod.stop()
    mongod.stop()
    assert not mongod.is_running


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MongodFailed, match=f"port {port} .* already in use"):
            Mongod.start(tmp_path / "data", log_path=tmp_path / "log", port=port)


def test_the_port_of_another_mongod_is_not_mistaken_for_its_own(tmp_path: Path, mongod: Mongod) -> None:
    with pytest.raises(MongodFailed, match=str(mongod.port)):
        Mongod.start(tmp_path / "data", log_path=tmp_path / "log", port=mongod.port)
    assert mongod.is_running


def damaged(data_dir: Path) -> None:
    (data_dir / "WiredTiger.turtle").write_text("junk\n")


def written_by_the_future(data_dir: Path) -> None:
    turtle = data_dir / "WiredTiger.turtle"
    turtle.write_bytes(turtle.read_bytes().replace(b"major=1,minor=1", b"major=99,minor=0"))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(damaged, r"mongod was killed by signal 6 .*turtle.*see .*log"), (written_by_the_future, "another version")],
)
def test_a_spoilt_data_directory_is_explained(tmp_path: Path, spoil: Callable[[Path], None], sentence: str) -> None:
    with Mongod.start(tmp_path / "data", log_path=tmp_path / "log"):
        pass
    spoil(tmp_path / "data")
    with pytest.raises(MongodFailed, match=sentence):
        Mongod.start(tmp_path / "data", log_path=tmp_path / "log")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (
            signal.SIGKILL,
            "mongod was killed by signal 9 (SIGKILL), by somebody or because the machine ran out of memory: "
            "start again with `./start_split_services.sh`; the data is kept.",
        ),
        (
            signal.SIGTERM,
            "mongod stopped with exit code 0, because somebody asked it to: "
            "start again with `./start_split_services.sh`; the data is kept.",
        ),
    ],
)
def test_a_mongod_that_others_end_is_explained_without_its_log(
    tmp_path: Path, number: signal.Signals, sentence: str
) -> None:
    with Mongod.start(tmp_path / "data", log_path=tmp_path / "log", ephemeral=True) as mongod:
        os.kill(mongod.pid, number)
        assert comes_true(lambda: not mongod.is_running)
        assert str(mongod.failure()) == sentence


@pytest.mark.parametrize(
    ("log", "quoted"),
    [
        ('{"s":"I","msg":"Shutting down"}\n', ""),
        ('{"s":"E","msg":"first"}\n{"s":"F","msg":"then"}\n{"s":"I","msg":"last"}\n', ": 'first'"),
        ("Error parsing option 'port'\n", ": \"Error parsing option 'port'\""),
        ("", ""),
    ],
)
def test_only_errors_are_quoted_from_the_log(tmp_path: Path, log: str, quoted: str) -> None:
    path = tmp_path / "log"
    path.write_text(log)
    assert why_it_died(path, exit_code=14).startswith(f"mongod stopped with exit code 14{quoted}; see {path}. ")


def test_a_missing_library_is_answered_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "mongod"
    fake.parent.mkdir()
    fake.write_text(
        "#!/bin/sh\necho 'mongod: error while loading shared libraries: libcurl.so.4: cannot open' >&2\nexit 127\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    with pytest.raises(MongodFailed, match="apt-get install libcurl4"):
        Mongod.start(tmp_path / "data", log_path=tmp_path / "log")


def test_a_platform_without_mongod_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(MongodUnavailable, match=r"install MongoDB 7 or 8 .* MONGODB_URL"):
        find_mongod()


def test_a_machine_without_libcurl_borrows_it_from_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = tmp_path / "pycurl.libs"
    for name in ("pycurl.libs/libcurl-1a2b.so.4.8.0", "pycurl-1.dist-info/METADATA"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "pycurl-1.dist-info" / "RECORD").write_text("pycurl.libs/libcurl-1a2b.so.4.8.0,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(mongod_libraries, "_LIBCURL", "libcurl-that-no-system-has.so.4")
    assert mongod_environ({"LD_LIBRARY_PATH": "/own"}) == {"LD_LIBRARY_PATH": f"{libraries}:/own"}
    assert mongod_environ({}) == {"LD_LIBRARY_PATH": str(libraries)}
    assert (libraries / "libcurl-that-no-system-has.so.4").exists()


def test_a_machine_with_libcurl_runs_mongod_in_the_environment_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_libraries, "_LIBCURL", "libc.so.6")
    assert mongod_environ({"A": "b"}) == {"A": "b"}


_OWNER = """
import sys
from pathlib import Path
from local_stack import mongod_libraries
from local_stack.mongod import Mongod
mongod = Mongod.start(Path(sys.argv[1]), log_path=Path(sys.argv[2]))
print(mongod.pid, mongod._lifeline._shell.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """Another Python process that owns a mongod in ``tmp_path``: with the pids of the mongod and of its lifeline."""
    arguments = [sys.executable, "-c", _OWNER, str(tmp_path / "data"), str(tmp_path / "log")]
    with subprocess.Popen(  # noqa: S603 - the command is ours
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid, lifeline_pid = map(int, process.stdout.readline().split())
        yield process, pid, lifeline_pid
        process.kill()


def test_mongod_ends_when_its_owner_is_killed(owner: tuple[subprocess.Popen[str], int, int]) -> None:
    process, pid, _ = owner
    process.kill()
    assert comes_true(lambda: is_gone(pid))


def test_a_mongod_left_in_the_directory_is_stopped_first(
    tmp_path: Path, owner: tuple[subprocess.Popen[str], int, int]
) -> None:
    process, leftover, lifeline = owner
    os.kill(lifeline, signal.SIGKILL)
    process.kill()
    process.wait()
    assert not is_gone(leftover)
    with Mongod.start(tmp_path / "data", log_path=tmp_path / "log") as mongod:
        assert mongod.pid != leftover
        assert is_gone(leftover)
