"""A page with the strictest policy there is, and a stand-in for the API whose answers a test decides."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from local_stack.ports import LOOPBACK
from tests.browser.extension import KEY

STRICT_POLICY: Final = (
    "default-src 'none'; script-src 'none'; style-src 'none'; connect-src 'none'; require-trusted-types-for 'script'"
)
ARTICLE: Final = """<!doctype html><html lang="en"><head><title>Ropes</title></head><body><article><h1>Why knots hold</h1>
<p>A knot holds because rope presses on rope, and the harder it is pulled, the harder it presses on itself.</p>
<p>A bight is any slack curve of rope that does not cross itself. Sailors have named its shape for centuries.</p>
<p>Wet rope is stronger or weaker depending on its fibre: hemp gains strength in water, and nylon loses some.</p>
<p>A knot always weakens the rope that it is tied in, because the fibres on the outside of a bend carry the load.</p>
</article></body></html>"""

JOB_ID: Final = "0123456789abcdef01234567"


@dataclass
class Answer:
    """What the stand-in says to one request."""

    status: int = 200
    body: Any = None
    content_type: str = "application/json"
    chunks: tuple[bytes, ...] = ()
    pause: threading.Event | None = None
    """Waited for before the answer, or between its chunks."""


def problem(status: int, code: str, detail: str = "as the test wants it") -> Answer:
    """A problem as the API describes it."""
    body = {"type": f"urn:blogqa:problem:{code}", "title": "t", "status": status, "detail": detail, "code": code}
    return Answer(status, body, "application/problem+json")


def questions(page: str) -> dict[str, Any]:
    """A published blog in the API's form."""
    citation = {"passage_id": "p2", "text": "A bight is any slack curve of rope.", "section": "Why knots hold"}
    return {
        "blog_url": page,
        "title": "Why knots hold",
        "language": "en",
        "summary": "Rope presses on rope.",
        "key_points": ["Rope presses on rope."],
        "version": 1,
        "published_at": "2026-01-01T00:00:00Z",
        "questions": [
            {
                "id": f"6b04755af69c6ef2026038c{order}",
                "question": question,
                "answer": "A bight is any slack curve of rope that does not cross itself.",
                "kind": "what",
                "citations": [citation | {"start": 0, "end": 36, "url": page}],
                "order": order,
                "language": "en",
                "engine": "extractive",
            }
            for order, question in enumerate(["What is a bight?", "Why do knots hold?", "Is wet rope weaker?"])
        ],
    }


@dataclass
class Request:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class StandIn:
    """Answers by method and path; by default like a server that has the article's questions."""

    url: str
    answers: dict[str, Answer | Callable[[], Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a client has closed its connection in the middle of an answer."""

    @property
    def page(self) -> str:
        return f"{self.url}/article"

    def asked(self, start: str) -> list[Request]:
        """The requests whose method and path begin like this."""
        return [request for request in self.requests if f"{request.method} {request.path}".startswith(start)]

    def answer(self, request: Request) -> Answer:
        name = f"{request.method} {request.path.partition('?')[0]}"
        if name in self.answers:
            chosen = self.answers[name]
            return chosen if isinstance(chosen, Answer) else chosen()
        if request.path.startswith("/api/v1/") and request.headers.get("x-api-key") != KEY:
            return problem(401, "unauthorized")
        return {
            "GET /article": Answer(200, ARTICLE, "text/html; charset=utf-8"),
            "GET /api/v1/questions/by-url": Answer(200, questions(self.page)),
            "GET /api/v1/questions/check-and-load": Answer(
                200, {"status": "ready", "blog": questions(self.page)}
            ),
            "POST /api/v1/jobs/process": problem(422, "invalid_request"),
            "POST /api/v1/events": Answer(202, {"accepted": 1}),
            "POST /api/v1/search/similar": Answer(200, {"articles": []}),
        }.get(name, problem(404, "not_found"))


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Serves it on a free port of loopback."""
    stand: StandIn

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length).decode())
            stand.requests.append(request)
            answer = stand.answer(request)
            try:
                self._send(answer)
            except OSError:
                self.close_connection = True
                stand.left.set()

        def _send(self, answer: Answer) -> None:
            if answer.pause and not answer.chunks:
                answer.pause.wait(60)
            body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("X-Request-ID", f"request-{len(stand.requests)}")
            if self.path == "/article":
                self.send_header("Content-Security-Policy", STRICT_POLICY)
            if not answer.chunks:
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())
                return
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in answer.chunks:
                self.wfile.write(chunk)
                self.wfile.flush()
                while answer.pause and not answer.pause.wait(0.1):
                    self.wfile.write(b": waiting\n\n")  # Fails once the client has gone.
                    self.wfile.flush()
            self.close_connection = True

        do_GET = do_POST = _answer  # noqa: N815 - the names that the base class looks for

        def log_message(self, format: str, *args: object) -> None:
            del format, args  # Tests look at the recorded requests instead.

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server((LOOPBACK, 0), Handler) as server:
        stand = StandIn(f"http://{LOOPBACK}:{server.server_address[1]}")
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield stand
        finally:
            server.shutdown()
            serving.join()
