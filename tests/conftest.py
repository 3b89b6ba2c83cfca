"""A real mongod for every test process, an empty database for every test, and no way out of this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_stack.mongod import Mongod
from shared.data.database import Database, open_database
from shared.data.schema import INDEXES, prepare


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # A Unix socket.
    host = str(address[0])
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_outbound_sockets() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, original: Any = original) -> Any:
            if not _is_loopback(address):
                raise AssertionError(f"a test tried to connect to {address!r}")
            return original(self, address)

        patch.setattr(socket.socket, name, guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _settings_come_from_tests_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MONGODB_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "BLOGQA_ENGINE", "BLOGQA_EMBEDDINGS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    folder: Path = tmp_path_factory.mktemp("mongod")
    with Mongod.start(folder / "data", log_path=folder / "mongod.log", ephemeral=True) as running:
        yield running


@pytest.fixture
async def database(mongod: Mongod) -> AsyncIterator[Database]:
    async with open_database(mongod.url, "blogqa_test", app_name="tests") as opened:
        await prepare(opened)
        for collection in INDEXES:
            await opened[collection].delete_many({})
        yield opened
