"""The supervisor in a process of its own, with small stand-ins for the services that it starts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from local_stack.ports import free_port
from local_stack.process_table import command_line_of
from local_stack.state_dir import ROOT
from tests.integration.waiting import comes_true

API = """
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
LONELY_API = API.replace('[{"name": "worker-1"}, {"name": "worker-2"}]', "[]")
WORKER = "import signal; signal.pause()"
# Dies of the first request that it is sent, once.
FALLING_API = API.replace(
    "    def do_POST(self):",
    """    def do_POST(self):
        fallen = os.path.join(os.environ["BLOGQA_STATE_DIR"], "fallen")
        if not os.path.exists(fallen):
            open(fallen, "w").close()
            os._exit(3)""",
)
MODEL_SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, lambda *_: print("not yet", flush=True))
print("stubborn from now on", flush=True)
while True:
    signal.pause()
"""
BROKEN = "raise SystemExit('no such luck')"

_DRIVER = """
import asyncio, os, sys
from local_stack.database import DEMO_PUBLISHER
from local_stack.dotenv_file import read_dotenv
from local_stack.failure import StackFailed
from local_stack.options import parse_options
from local_stack.services import Programs
from local_stack.stack import LocalStack
from local_stack.state_dir import StateDir
from local_stack.terminal import Terminal

python = [sys.executable, "-c"]
api, worker, model_server, *arguments = sys.argv[1:]
programs = Programs(api=[*python, api], worker=[*python, worker], model_server=[*python, model_server])
state, terminal = StateDir.from_environment(os.environ), Terminal(os.environ)
try:
    settings = {**read_dotenv(state.path / ".env"), **os.environ}
    asyncio.run(LocalStack(parse_options(arguments), state, terminal, settings, programs).run())
except StackFailed as exc:
    sys.exit(f"error: {exc}")
"""


class Stack:
    """A supervisor in a process of its own."""

    def __init__(self, state: Path, mongodb_url: str) -> None:
        self.state = state
        self.port = free_port()
        self._mongodb_url = mongodb_url
        self.process: subprocess.Popen[str] | None = None

    def start(
        self, *arguments: str, api: str = API, worker: str = WORKER, **environ: str | None
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _DRIVER, api, worker, MODEL_SERVER, *arguments]
        own = {
            "BLOGQA_STATE_DIR": str(self.state),
            "MONGODB_URL": self._mongodb_url,
            "BLOGQA_MONGODB_DATABASE": "stack",
            "BLOGQA_PORT": str(self.port),
        }
        settings = {**os.environ, **own, **environ}
        self.process = subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={name: value for name, value in settings.items() if value is not None},
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
        """What runs; without what is just being started."""
        pids = {}
        for file in (self.state / "run").glob("*.pid"):
            with suppress(FileNotFoundError, ValueError):
                pids[file.stem] = int(file.read_text().partition("\n")[0])
        return pids

    def kill(self, name: str) -> None:
        """Kills a service and waits for its next life, or for the end of everything."""
        assert (process := self.process) is not None
        dead = self.pids()[name]
        os.kill(dead, signal.SIGKILL)
        assert comes_true(lambda: self.pids().get(name, dead) != dead or process.poll() is not None)

    def script(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the real start script on the same state; for what needs no installation."""
        return subprocess.run(  # noqa: S603 - the command is ours
            [ROOT / "start_split_services.sh", *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=60,
            cwd=self.state.parent,
            env={**os.environ, "BLOGQA_STATE_DIR": str(self.state)},
        )


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def are_gone(pids: dict[str, int]) -> bool:
    return all(command_line_of(pid) == "" for pid in pids.values())
