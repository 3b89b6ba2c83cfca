"""A MongoDB as the compose file starts it, with authentication and not initiated, becomes fit for BlogQA."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from local_stack.mongod import find_mongod
from local_stack.mongod_libraries import mongod_environ
from local_stack.ports import LOOPBACK, free_port
from local_stack.state_dir import ROOT
from shared.data.schema import INDEXES
from shared.data.set_up import SetUpSettings
from tests.integration.waiting import stop

ROOT_PASSWORD = "root-/:@%-in-these-tests"
PASSWORD = "services-in-these-tests"


Client = pymongo.MongoClient[dict[str, Any]]


@dataclass(frozen=True)
class Server:
    host: str

    def client(self, user: str, password: str, database: str) -> Client:
        return pymongo.MongoClient(
            self.host, username=user, password=password, authSource=database, directConnection=True
        )


def _unauthenticated(port: int) -> Client:
    return pymongo.MongoClient(LOOPBACK, port, directConnection=True)


@contextmanager
def _running(data: Path, port: int, *options: str) -> Iterator[None]:
    command = [str(find_mongod()), "--dbpath", str(data), "--port", str(port), "--bind_ip", LOOPBACK, *options]
    path = data.parent / "mongod.log"
    with path.open("a") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command, stdout=log, stderr=log, env=mongod_environ(os.environ)
        )
        try:
            with _unauthenticated(port) as client:
                client.admin.command("ping")
            yield
        finally:
            stop(process, "mongod", path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    with _running(data, port), _unauthenticated(port) as client:
        client.admin.command("createUser", "root", pwd=ROOT_PASSWORD, roles=["root"])
    key = tmp_path / "key"
    key.write_text("forTheseTestsOnly")
    key.chmod(0o400)
    with _running(data, port, "--replSet", "blogqa", "--keyFile", str(key), "--auth"):
        yield Server(f"{LOOPBACK}:{port}")


def set_up(server: Server, **changes: str) -> subprocess.CompletedProcess[str]:
    ours = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "BLOGQA_MONGO_HOST": server.host,
        "BLOGQA_MONGO_ROOT_PASSWORD": ROOT_PASSWORD,
        "BLOGQA_MONGO_PASSWORD": PASSWORD,
    }
    command = [sys.executable, "-P", "-m", "shared.data.set_up"]
    return subprocess.run(  # noqa: S603 - the command is ours
        command, env=ours | changes, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_new_mongodb_is_set_up_and_the_services_may_work_on_their_database_only(server: Server) -> None:
    done = set_up(server)
    assert done.returncode == 0, done.stderr
    assert ROOT_PASSWORD not in done.stderr
    assert PASSWORD not in done.stderr
    with server.client("blogqa", PASSWORD, "blogqa") as client:
        assert {name for name, indexes in INDEXES.items() if indexes} <= set(client.blogqa.list_collection_names())
        with pytest.raises(OperationFailure, match="not authorized"):
            client.other.things.insert_one({})
        assert client.admin.command("hello")["setName"] == "blogqa"


def test_it_may_run_again_and_then_changes_the_services_password(server: Server) -> None:
    assert set_up(server).returncode == 0
    with server.client("blogqa", PASSWORD, "blogqa") as client:
        client.blogqa.publishers.insert_one({"name": "kept"})
    again = set_up(server, BLOGQA_MONGO_PASSWORD="another-in-these-tests")
    assert again.returncode == 0, again.stderr
    with server.client("blogqa", "another-in-these-tests", "blogqa") as client:
        assert client.blogqa.publishers.count_documents({"name": "kept"}) == 1
    with server.client("blogqa", PASSWORD, "blogqa") as client, pytest.raises(PyMongoError, match="Authentication"):
        client.blogqa.publishers.find_one()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BLOGQA_MONGO_PASSWORD": "has/a/slash/in/it"}, "BLOGQA_MONGO_PASSWORD: Value error, may have letters"),
        ({"BLOGQA_MONGO_PASSWORD": ""}, "BLOGQA_MONGO_PASSWORD: Field required"),
        ({"BLOGQA_MONGO_PASSWORD": "short"}, "BLOGQA_MONGO_PASSWORD: Value should have at least 16"),
        ({"BLOGQA_MONGO_ROOT_PASSWORD": ""}, "BLOGQA_MONGO_ROOT_PASSWORD: Field required"),
        ({"BLOGQA_MONGO_HOST": "mongo"}, "BLOGQA_MONGO_HOST: String should match pattern"),
        ({"BLOGQA_MONGO_HOST": "mongo:99999"}, "BLOGQA_MONGO_HOST: Value error, Port must be"),
        ({"BLOGQA_MONGO_HOST": "[mongo:27017"}, "BLOGQA_MONGO_HOST: Value error, an IPv6 address literal"),
    ],
)
def test_wrong_settings_end_it_with_a_sentence_that_names_them(changes: dict[str, str], said: str) -> None:
    done = set_up(Server("127.0.0.1:1"), **changes)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "has/a/slash" not in done.stderr


def test_a_wrong_root_password_ends_it_with_a_sentence(server: Server) -> None:
    done = set_up(server, BLOGQA_MONGO_ROOT_PASSWORD="wrong-in-these-tests")
    assert done.returncode == 1
    assert "MongoDB refuses the user root: check BLOGQA_MONGO_ROOT_PASSWORD" in done.stderr
    assert "Traceback" not in done.stderr


def test_any_root_password_fits_into_the_connection_string() -> None:
    settings = SetUpSettings.model_validate(
        {"mongo_root_password": ROOT_PASSWORD, "mongo_password": PASSWORD, "mongo_host": "mongo:27017"}
    )
    parsed = parse_uri(settings.url("root", settings.mongo_root_password, "directConnection=true"))
    assert (parsed["username"], parsed["password"]) == ("root", ROOT_PASSWORD)
