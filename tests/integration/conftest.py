"""What integration tests share beside the database and the API."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path

import openai
import pytest
import structlog

from local_stack.mongod import Mongod
from shared.ai.llm import open_client
from shared.config import LogFormat, SharedSettings
from shared.data.database import Database
from shared.log import configure_logging
from tests.conftest import Api
from tests.integration.command_line import CommandLine
from tests.integration.fake_model import FakeModel, fake_model
from tests.integration.garden import Garden, open_garden
from tests.integration.operating import Operator
from tests.integration.worker_harness import Harness


@pytest.fixture(autouse=True)
def _the_search_index_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may stand still for longer than a reader is kept waiting for an index."""
    monkeypatch.setattr("api_service.services.memory_search._LOAD_WAIT_S", 60.0)


@pytest.fixture
async def fake() -> AsyncIterator[FakeModel]:
    """A stand-in for a model's endpoint."""
    async with fake_model() as running:
        yield running


@pytest.fixture
async def client(fake: FakeModel) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client of that endpoint."""
    async with open_client(SharedSettings(openai_base_url=fake.base_url)) as opened:
        yield opened


@pytest.fixture
def blogqa(api: Api, tmp_path: Path) -> CommandLine:
    """The command, with the API's keys."""
    keys = {"BLOGQA_API_KEY": api.key, "BLOGQA_ADMIN_KEY": api.admin["X-Admin-Key"]}
    return CommandLine(str(api.client.base_url), tmp_path, **keys)


@pytest.fixture
def operator(api: Api) -> Operator:
    return Operator(api)


@pytest.fixture
async def garden(api: Api, mongod: Mongod, tmp_path: Path) -> AsyncIterator[Garden]:
    """A publisher's site with a worker that processes it."""
    async with open_garden(api, mongod, tmp_path) as running:
        yield running


@pytest.fixture
def harness(database: Database) -> Harness:
    return Harness(database)


@pytest.fixture(params=[(LogFormat.CONSOLE, "INFO"), (LogFormat.JSON, "DEBUG")], ids=str)
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What the service logs, as it is set up to, for this test only: loggers that are kept would outlive it."""
    configure, root, written = structlog.configure, logging.getLogger(), StringIO()
    before = structlog.get_config()
    level, levels = root.level, {name: logger.level for name, logger in _loggers().items()}
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        patch.setattr(
            structlog, "configure", lambda **given: configure(**{**given, "cache_logger_on_first_use": False})
        )
        log_format, lowest = request.param
        configure_logging(log_format=log_format, level=lowest, service="api")
    (handler,) = root.handlers
    yield written
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    root.removeHandler(handler)
    root.setLevel(level)
    for name, logger in _loggers().items():
        logger.setLevel(levels.get(name, logging.NOTSET))


def _loggers() -> dict[str, logging.Logger]:
    known = logging.Logger.manager.loggerDict
    return {name: logger for name, logger in known.items() if isinstance(logger, logging.Logger)}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for ``blog.test``, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=blog.test".split()
    files = ["-addext", "subjectAltName=DNS:blog.test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, "req", *options, *files], check=True, capture_output=True)  # noqa: S603 - fixed arguments
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate
