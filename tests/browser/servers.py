"""A publisher's site and an API that answers as a test tells it, each on an origin of its own over real HTTP."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from tests.integration.waiting import comes_true

UI_JS = Path(__file__).resolve().parents[2] / "ui-js"
KEY = "pub_for-browser-tests"
Gate = threading.Event


async def opened(gate: Gate) -> None:
    """Waits, in a server, until a test opens a gate; the test's thread has no loop that could tell."""
    while not gate.is_set():  # noqa: ASYNC110 - another thread's event
        await asyncio.sleep(0.01)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serves an application in a thread on a free port of loopback; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert comes_true(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    server.force_exit = True
    thread.join(10)


@dataclass
class Site:
    """What a publisher's site serves: the example pages, the built widget, and whatever a test puts there.

    Attributes:
        pages: HTML by path, with the headers that go with it.
        api_url: Where the example pages find the API.
        url: Its address.
    """

    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    api_url: str = ""
    url: str = ""

    def put(self, path: str, html: str, **headers: str) -> str:
        """Puts a page there; underscores in a header's name stand for hyphens. Gives the page's address."""
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path

    def app(self) -> Starlette:
        """The site."""

        async def page(request: Request) -> Response:
            html, headers = self.pages.get(request.url.path, ("<h1>not here</h1>", {}))
            return HTMLResponse(html, status_code=200 if request.url.path in self.pages else 404, headers=headers)

        async def built(request: Request) -> Response:
            return FileResponse(UI_JS / f"auto-blog-question-{request.path_params['part']}.js")

        async def config(request: Request) -> Response:
            text = f"AutoBlogQuestionInjector.autoInit({{ apiKey: '{KEY}', apiBaseUrl: '{self.api_url}' }});"
            return Response(text, media_type="text/javascript")

        return Starlette(
            routes=[
                Route("/widget/auto-blog-question-{part}.js", built),
                # The examples look in the folder above their own, and take from one file what differs by deployment.
                Route("/auto-blog-question-{part}.js", built),
                Route("/examples/config.js", config),
                Mount("/examples", StaticFiles(directory=UI_JS / "examples", html=True, check_dir=False)),
                Route("/{path:path}", page),
            ]
        )


Answer = Callable[[Request], Awaitable[Response]]


def says(data: Any, status: int = 200, *, after_s: float = 0, **headers: str) -> Answer:
    """An answer that is always the same; underscores in a header's name stand for hyphens."""

    async def answer(request: Request) -> Response:
        await asyncio.sleep(after_s)
        return JSONResponse(data, status, {name.replace("_", "-"): value for name, value in headers.items()})

    return answer


CHECK = "/api/v1/questions/check-and-load"
SIMILAR = "/api/v1/search/similar"
ASK = "/api/v1/qa/ask"
EVENTS = "/api/v1/events"
BY_URL = "/api/v1/questions/by-url"
PROCESS = "/api/v1/jobs/process"


@dataclass
class StandInApi:
    """The API as the widget meets it, with what a test wants it to say.

    Attributes:
        blog: What ``check-and-load`` gives.
        articles: What ``search/similar`` gives.
        ask_events: What ``qa/ask`` streams; a gate among it holds back the rest until it is set.
        answers: Instead of any of these, by path.
        requests: What came in: method, path and query, headers, body.
        reader: Who is listened to: a browser that names another in its user agent is late, of a test that has ended.
        url: Its address.
    """

    blog: dict[str, Any]
    articles: list[dict[str, Any]] = field(default_factory=list)
    ask_events: list[bytes | Gate] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    reader: str = "0"
    url: str = ""

    def reset(self, blog: dict[str, Any]) -> None:
        """Forgets what came in, and what it was told to say but for the blog."""
        self.blog = blog
        self.articles, self.ask_events, self.answers, self.requests = [], [], {}, []

    def asked(self, path: str) -> list[tuple[str, str, dict[str, str], str]]:
        """The requests that reached a path."""
        return [request for request in self.requests if request[1].split("?")[0] == path]

    def events(self) -> list[tuple[str, str | None]]:
        """What was counted: type and question of each event, in order."""
        sent = [json.loads(body) for _, _, _, body in self.asked(EVENTS)]
        return [(event["type"], event["question_id"]) for one in sent for event in one["events"]]

    def app(self) -> Starlette:
        """The API."""

        async def answer(request: Request) -> Response:
            path = request.url.path
            target = path + (f"?{request.url.query}" if request.url.query else "")
            body = (await request.body()).decode()
            _, _, reader = request.headers.get("user-agent", "").partition(" Reader/")
            if reader in ("", self.reader):
                self.requests.append((request.method, target, dict(request.headers), body))
            if path in self.answers:
                return await self.answers[path](request)
            if path == CHECK:
                return JSONResponse({"status": "ready", "blog": self.blog})
            if path == SIMILAR:
                return JSONResponse({"articles": self.articles})
            if path == EVENTS:
                return JSONResponse({"accepted": 1}, status_code=202)
            if path == ASK:
                return StreamingResponse(self._events(), media_type="text/event-stream")
            return JSONResponse({"code": "not_found", "detail": "there is nothing here"}, status_code=404)

        cors = Middleware(
            CORSMiddleware,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["X-API-Key", "Content-Type", "Accept"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
        return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])], middleware=[cors])

    async def _events(self) -> AsyncIterator[bytes]:
        for event in self.ask_events:
            if isinstance(event, bytes):
                yield event
                continue
            await opened(event)
