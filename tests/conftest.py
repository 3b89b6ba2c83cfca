"""A real mongod for every test process, an empty database for every test, and no way out of this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest
import structlog
import uvicorn
from pydantic import SecretStr

from api_service.api.main import create_app
from api_service.core.settings import ApiSettings, Environment
from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder, LocalEmbedder, RememberingEmbedder
from shared.data.database import Database, open_database
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.data.schema import INDEXES, prepare
from shared.models.publisher import Publisher

# A run in a script's background ignores Ctrl-C, and so would the processes that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Without ``configure_logging`` structlog draws a traceback with all local variables, which takes up to 20 s.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

# The machine may be slow at any moment; in CI the same examples every time, so that red means broken by this change.
hypothesis.settings.register_profile("blogqa", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("blogqa")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--allow-outbound", action="store_true", help="Let tests talk to another machine's deployment.")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Says at once what failed and why: a run that is cut off prints no summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when})\n{report.longreprtext[-2_000:]}", flush=True)  # noqa: T201 - it is for whoever watches


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
def _no_outbound_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.config.getoption("--allow-outbound"):
        yield
        return
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
    for name in (
        "MONGODB_URL",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "BLOGQA_ENGINE",
        "BLOGQA_EMBEDDINGS",
        "BLOGQA_SEARCH",
    ):
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


@pytest.fixture(scope="session")
def embedder() -> Iterator[Embedder]:
    """The local model; texts that many tests publish are embedded once."""
    local = LocalEmbedder()
    yield RememberingEmbedder(local)
    asyncio.run(local.aclose())


@dataclass(frozen=True)
class Api:
    """A served API with a publisher whose domains include ``example.com``."""

    client: httpx2.AsyncClient
    database: Database
    publisher: Publisher
    key: str
    admin: dict[str, str]


ADMIN_KEY = "adm_only-for-these-tests"
STOP_S = 60.0
"""Longest wait for what a test has started to stop: a fixture that hangs after a timeout would hang the whole run."""


@asynccontextmanager
async def serve(settings: ApiSettings, *, port: int = 0) -> AsyncIterator[httpx2.AsyncClient]:
    """The API on a port, by default any free one, and a client for it."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=port, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
        yield client
    server.should_exit = True
    async with asyncio.timeout(STOP_S):  # It waits for its requests, and one that hangs never ends.
        await serving


@pytest.fixture
async def api(mongod: Mongod, database: Database) -> AsyncIterator[Api]:
    settings = ApiSettings(
        mongodb_url=SecretStr(mongod.url),
        mongodb_database=database.name,
        admin_key=SecretStr(ADMIN_KEY),
        environment=Environment.DEVELOPMENT,
    )
    key = new_key()
    publisher = await PublisherRepository(database).ensure(name="Test", domains=["example.com"], key=key)
    async with serve(settings) as client:
        client.headers["X-API-Key"] = key
        async with asyncio.timeout(60):
            while (await client.get("/health/ready")).status_code != 200:  # noqa: ASYNC110 - another task prepares
                await asyncio.sleep(0.005)
        yield Api(client, database, publisher, key, {"X-Admin-Key": ADMIN_KEY})
