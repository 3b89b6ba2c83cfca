"""Downloading a model from a small stand-in for the hub, over real HTTP."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from local_stack.failure import StackFailed
from local_stack.model_file import model_file
from local_stack.terminal import Terminal

TERMINAL = Terminal({"CI": "true"})


class Hub(BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]] = {}
    damaged: ClassVar[bool] = False
    ranges: ClassVar[list[str | None]] = []
    tokens: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.tokens.append(self.headers["Authorization"])
        if self.path == "/api/models/someone/models?blobs=true":
            self._answer(200, json.dumps({"siblings": [self._listed(name) for name in self.files]}).encode())
        elif self.path.startswith("/someone/models/resolve/main/"):
            self.ranges.append(self.headers["Range"])
            start = int(re.sub(r"\D", "", self.headers["Range"] or "0"))
            content = self.files[self.path.partition("/main/")[2]]
            self._answer(206 if start else 200, b"x" * len(content) if self.damaged else content[start:])
        else:
            self._answer(401, b"{}")

    def _listed(self, name: str) -> dict[str, object]:
        content = self.files[name]
        blob = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return {"rfilename": name, "size": len(content), "lfs": blob if name.endswith(".gguf") else None}

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test's output quiet."""


@pytest.fixture
def hub() -> Iterator[dict[str, str]]:
    """The environment that names the hub."""
    Hub.files = {
        "README.md": b"hello",
        "a-00001-of-00002.gguf": b"half",
        "a-q8_0.gguf": b"big",
        "a-q4_k_m.gguf": b"small",
    }
    Hub.damaged, Hub.ranges, Hub.tokens = False, [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
        server.shutdown()
        thread.join()


async def test_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.touch()
    assert await model_file(str(model), tmp_path / "models", TERMINAL, {}) == model


@pytest.mark.parametrize(
    ("model", "content"),
    [("someone/models", b"small"), ("someone/models:Q8_0", b"big"), ("someone/models:q4_k_m", b"small")],
)
async def test_a_repository_is_downloaded_once(tmp_path: Path, hub: dict[str, str], model: str, content: bytes) -> None:
    for _ in range(2):
        path = await model_file(model, tmp_path, TERMINAL, hub)
        assert path.read_bytes() == content
    assert Hub.ranges == [None]


async def test_a_download_that_broke_off_continues(tmp_path: Path, hub: dict[str, str]) -> None:
    part = tmp_path / "someone--models" / "a-q4_k_m.gguf.part"
    part.parent.mkdir()
    part.write_bytes(b"sm")
    path = await model_file("someone/models", tmp_path, TERMINAL, hub | {"HF_TOKEN": "hf_x"})
    assert path.read_bytes() == b"small"
    assert Hub.ranges == ["bytes=2-"]
    assert set(Hub.tokens) == {"Bearer hf_x"}


async def test_a_damaged_download_is_not_kept(tmp_path: Path, hub: dict[str, str]) -> None:
    Hub.damaged = True
    with pytest.raises(StackFailed, match="damaged"):
        await model_file("someone/models", tmp_path, TERMINAL, hub)
    assert not list((tmp_path / "someone--models").iterdir())


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("./missing.gguf", "neither a GGUF file nor a repository"),
        ("../some/where", "neither a GGUF file nor a repository"),
        ("someone/else", r"no public model repository 'someone/else' \(401\)"),
        ("someone/models:Q2_K", "no model Q2_K: it has a-q8_0.gguf, a-q4_k_m.gguf"),
    ],
)
async def test_what_cannot_be_had_is_explained(tmp_path: Path, hub: dict[str, str], model: str, sentence: str) -> None:
    with pytest.raises(StackFailed, match=sentence):
        await model_file(model, tmp_path, TERMINAL, hub)


async def test_a_directory_in_the_repository_is_not_made_here(tmp_path: Path, hub: dict[str, str]) -> None:
    Hub.files = {"deep/down/x-q4_k_m.gguf": b"deep"}
    path = await model_file("someone/models", tmp_path, TERMINAL, hub)
    assert path == tmp_path / "someone--models" / "x-q4_k_m.gguf"
    assert path.read_bytes() == b"deep"
