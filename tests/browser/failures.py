"""What an API, or whatever answers in its place, can say that it should not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from tests.browser.blogs import answer, event
from tests.browser.servers import Answer

API = "/api/v1/"
LOAD, SIMILAR, ASK, EVENTS = (API + path for path in ("questions/check-and-load", "search/similar", "qa/ask", "events"))


def says(status: int, body: str, media_type: str = "application/json", **headers: str) -> Answer:
    """Always the same response."""

    async def respond(_: Request) -> Response:
        return Response(body, status, {name.replace("_", "-"): text for name, text in headers.items()}, media_type)

    return respond


def problem(status: int, code: str, **headers: str) -> Answer:
    """A problem as the API tells it."""
    described = {"type": f"urn:blogqa:problem:{code}", "title": "t", "detail": f"about {code}"}
    body = json.dumps({**described, "status": status, "code": code})
    return says(status, body, "application/problem+json", **headers)


def streams(*chunks: bytes, breaks: bool = False) -> Answer:
    """A stream of server-sent events, whose connection may break at the end."""

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk
        if breaks:
            raise ConnectionResetError("the cable was cut")

    async def respond(_: Request) -> Response:
        return StreamingResponse(body(), media_type="text/event-stream")

    return respond


async def redirects_for_ever(request: Request) -> Response:
    """A redirect to itself."""
    return RedirectResponse(str(request.url))


async def page_instead(_: Request) -> Response:
    """A captive portal's page."""
    return HTMLResponse("<html><script>parent.pwned()</script><h1>Please log in</h1></html>")


async def breaks(_: Request) -> Response:
    """A connection that breaks in the middle of JSON."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"status": "ready", "blog": {"questions": [{"quest'
        raise ConnectionResetError("the cable was cut")

    return StreamingResponse(body(), media_type="application/json")


# For every endpoint.
FAILURES: dict[str, Answer] = {
    "a page instead": page_instead,
    "a page with a good status and the type of JSON": says(200, "<html>hello</html>"),
    "an empty body": says(200, ""),
    "no content": says(204, ""),
    "truncated JSON": says(200, '{"status": "ready", "blog": {"questions": [{"id'),
    "broken in the middle": breaks,
    "redirects for ever": redirects_for_ever,
    "no key": problem(401, "unauthorized"),
    "forbidden": problem(403, "origin_not_allowed"),
    "not there": problem(404, "blog_not_found"),
    "not there, in HTML": says(404, "<h1>not found</h1>", "text/html"),
    "broken inside": problem(500, "internal"),
    "broken inside, in HTML": says(500, "<h1>oops</h1>", "text/html"),
    "bad gateway, empty": says(502, "", "text/html"),
    "null": says(200, "null"),
    "a list": says(200, "[]"),
    "a number": says(200, "17"),
    "text": says(200, '"ready"'),
    "true": says(200, "true"),
    "an empty object": says(200, "{}"),
    "null in JSON that is no object": says(500, "null"),
    "prototypes": says(
        200, '{"__proto__": {"blog": {}, "answer": "x"}, "constructor": {"prototype": {"polluted": 1}}}'
    ),
}

# Beyond these, what only loading can get.
BLOGS: dict[str, Any] = {
    "ready without a blog": {"status": "ready"},
    "a failure with its reason": {"status": "failed", "code": "not_an_article", "detail": "too little text"},
    "a code that is an object": {"status": {"a": 1}, "code": ["x", {"y": 2}]},
    "a blog that is null": {"status": "ready", "blog": None},
    "a blog that is a list": {"status": "ready", "blog": [1, 2]},
    "a blog that is true": {"status": "ready", "blog": True},
    "questions missing": {"status": "ready", "blog": {"title": "x"}},
    "questions null": {"status": "ready", "blog": {"questions": None}},
    "questions an object": {"status": "ready", "blog": {"questions": {}}},
    "questions text": {"status": "ready", "blog": {"questions": "why?"}},
    "questions a number": {"status": "ready", "blog": {"questions": 4}},
    "questions that pass for a list": {"status": "ready", "blog": {"questions": {"filter": 1, "length": 1, "0": {}}}},
    "questions of which none is one": {"status": "ready", "blog": {"questions": [None, 5, "x", [], {}, True]}},
    "questions that are blank": {
        "status": "ready",
        "blog": {"questions": [{"id": "1", "question": " ", "answer": "x", "citations": []}]},
    },
    "texts that are no text": {
        "status": "ready",
        "blog": {"questions": [{"id": 1, "question": {"trim": 1}, "answer": ["x"], "citations": {}}]},
    },
}

# What only asking can get.
STREAMS: dict[str, Answer] = {
    "half a stream": streams(event("token", {"text": "About"}), b"event: sentence\ndata: {"),
    "a stream without an end": streams(event("token", {"text": "About"})),
    "an empty stream": streams(),
    "garbage": streams(b"\x00\xff\xfe\n\n<h1>\n\nevent: token\ndata: {{{\n\n"),
    "a token that is null": streams(b"event: token\ndata: null\n\n"),
    "a sentence without text": streams(b'event: sentence\ndata: {"supported": true}\n\n'),
    "an end without an answer": streams(event("done", {})),
    "an end that is null": streams(b"event: done\ndata: null\n\n"),
    "an answer that is text": streams(event("done", {"answer": "yes"})),
    "an answer whose text is an object": streams(event("done", {"answer": {"answer": {"a": 1}, "citations": []}})),
    "an error": streams(event("token", {"text": "About"}), event("error", {"code": "model_failed", "detail": "x"})),
    "an error without a code": streams(event("error", {})),
    "a broken connection": streams(event("token", {"text": "About a day"}), breaks=True),
}

# Answers that lack something, and are answers all the same.
LACKING: dict[str, dict[str, Any]] = {
    "lists missing": {"covered": True, "answer": "About a day.", "language": "en", "engine": "openai"},
    "lists null": answer("About a day.", citations=None, notices=None, related_questions=None, related_articles=None),
    "lists that are objects": answer(
        "About a day.", citations={"map": 1}, notices={}, related_questions={"slice": 2}, related_articles={"length": 9}
    ),
    "lists of nonsense": answer(
        "About a day.",
        citations=[None, 4, "x", {}, {"text": 5, "url": 7}, {"text": None, "url": {}}, {"text": {"split": 1}}],
        notices=[None, 5, {}],
        related_questions=[None, 4, "x", {}, {"id": None, "question": None}],
        related_articles=[None, 4, "x", {}, {"title": 5, "url": "https://a.example"}, {"title": "t", "url": []}],
    ),
    "half characters": answer(
        "About a day.",
        citations=[{"text": "a \ud800 b", "url": "https://a.example/\udfff", "title": "\ud800", "section": ""}],
        related_articles=[{"title": "\udc00", "url": "https://a.example/%ff%d8", "language": "\ud800"}],
    ),
}
