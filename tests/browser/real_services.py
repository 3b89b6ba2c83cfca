"""The real API and a real worker, as processes of their own on the tests' mongod."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from local_stack.mongod import Mongod
from local_stack.ports import LOOPBACK, free_port
from local_stack.state_dir import ROOT
from shared.data.database import open_database
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.data.schema import prepare
from tests.integration.waiting import comes_true, stop

DATABASE: Final = "blogqa_browser_test"


@contextmanager
def real_services(mongod: Mongod, folder: Path, *, domain: str) -> Iterator[tuple[str, str]]:
    """Runs them for a publisher of ``domain``, which may be crawled though private; gives address and key."""
    key = new_key()
    _in_a_loop_of_its_own(mongod, domain, key)
    url = f"http://{LOOPBACK}:{free_port()}"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BLOGQA_", "OPENAI_"))},
        "PYTHONPATH": str(ROOT),
        "MONGODB_URL": mongod.url,
        "BLOGQA_MONGODB_DATABASE": DATABASE,
        "BLOGQA_HOST": LOOPBACK,
        "BLOGQA_PORT": url.rpartition(":")[2],
        "BLOGQA_ALLOWED_PRIVATE_HOSTS": domain,
    }
    with ExitStack() as exits:
        for module in ("api_service.run_server", "worker_service.run_worker"):
            path = folder / f"{module}.log"
            log = exits.enter_context(path.open("wb"))
            command = [sys.executable, "-P", "-m", module]
            process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)  # noqa: S603 - our own modules
            exits.callback(stop, process, module, path)
        assert comes_true(lambda: _is_ready(url)), (folder / "api_service.run_server.log").read_text()
        yield url, key


def _in_a_loop_of_its_own(mongod: Mongod, domain: str, key: str) -> None:
    # The browser's driver keeps a loop in the tests' thread.
    async def make() -> None:
        async with open_database(mongod.url, DATABASE, app_name="tests") as database:
            await prepare(database)
            await PublisherRepository(database).ensure(name="Browser", domains=[domain], key=key)

    thread = threading.Thread(target=lambda: asyncio.run(make()))
    thread.start()
    thread.join()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310 - loopback
            return True
    except (OSError, urllib.error.HTTPError):
        return False
