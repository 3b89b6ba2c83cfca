"""Asking over HTTP: what is known, what is quoted, and how soon a model's first word reaches the reader.

The stack is the one of ``benchmarks.services``. For the model a second API process runs beside it, with an endpoint in
this process that streams at once: what is measured is what BlogQA adds to the model's own first token.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter

import httpx2

from benchmarks.measuring import Timings, measure, table
from benchmarks.services import ARTICLE, Stack, running_stack
from local_stack.ports import LOOPBACK, free_port

_ASKS = 400
_STREAMS = 100
_QUESTIONS = (
    "Why did the pendulum lose against the meridian, asks reader {}?",
    "Who measured the northern part of the arc, reader {} wants to know?",
    "What was the bar of 1889 made of, says reader {}?",
    "How is the metre defined today, wonders reader {}?",
)


class _Model:
    """Streams the same sentence to everybody, and remembers when it sent its first token."""

    def __init__(self) -> None:
        self.first_token_at = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionError):  # Whoever measures leaves after the first token.
            for number, word in enumerate("The metre was defined in 1791 [1].".split(" ")):
                if number == 0:
                    self.first_token_at = perf_counter()
                choice = {"index": 0, "delta": {"content": f" {word}" if number else word}, "finish_reason": None}
                writer.write(_chunk([choice]))
                await writer.drain()
                await asyncio.sleep(0.005)
            writer.write(_chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + b"data: [DONE]\n\n")
            await writer.drain()
        writer.close()


def _chunk(choices: list[object]) -> bytes:
    data = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": choices}
    return f"data: {json.dumps(data)}\n\n".encode()


@asynccontextmanager
async def _api_with_model(stack: Stack, model_url: str) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "api_service.run_server",
        env={
            **os.environ,
            "MONGODB_URL": stack.mongodb_url,
            "BLOGQA_PORT": str(port),
            "BLOGQA_ASK_TOKENS_PER_DAY": str(10**9),
            "BLOGQA_LOG_LEVEL": "WARNING",
            "OPENAI_BASE_URL": model_url,
        },
    )
    url = f"http://{LOOPBACK}:{port}"
    async with httpx2.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            try:
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)
    try:
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _first_tokens(stack: Stack) -> tuple[Timings, Timings]:
    """Milliseconds from the model's first token to the reader's, and those that the bare endpoint takes."""
    model = _Model()
    server = await asyncio.start_server(model.serve, LOOPBACK, 0)
    model_url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/v1"
    added: list[float] = []
    bare: list[float] = []
    async with server, _api_with_model(stack, model_url) as url:
        for number in range(_STREAMS):
            body = {"question": _QUESTIONS[0].format(number), "blog_url": stack.url + ARTICLE}
            added.append(await _first(stack.client, f"{url}/api/v1/qa/ask", body, b"event: token", model))
            bare.append(await _first(stack.client, f"{model_url}/chat/completions", {}, b"data:", model))
    skip = _STREAMS // 10
    return (
        Timings("model's first token to the reader's", tuple(added[skip:])),
        Timings("the endpoint's alone", tuple(bare[skip:])),
    )


async def _first(client: httpx2.AsyncClient, url: str, body: object, mark: bytes, model: _Model) -> float:
    async with client.stream("POST", url, json=body, headers={"Accept": "text/event-stream"}) as response:
        received = b""
        async for piece in response.aiter_bytes():
            received += piece
            if mark in received:
                return (perf_counter() - model.first_token_at) * 1_000
    raise AssertionError(f"no token came: {received[:300]!r}")


async def main() -> None:
    """Prints the table."""
    async with running_stack() as stack:
        response = await stack.client.get("/api/v1/questions/by-url", params={"blog_url": stack.url + ARTICLE})
        stored = response.json()["questions"][0]["question"]

        async def ask(question: str, *, cached: bool) -> None:
            body = {"question": question, "blog_url": stack.url + ARTICLE}
            answer = (await stack.client.post("/api/v1/qa/ask", json=body)).raise_for_status().json()
            if answer["from_cache"] is not cached:
                raise AssertionError(f"{question!r} was answered the other way")

        async def known(_: int) -> None:
            await ask(stored, cached=True)

        async def quoted(number: int) -> None:
            await ask(_QUESTIONS[number % len(_QUESTIONS)].format(number), cached=False)

        floor = await measure("GET /health/live", stack.nothing, calls=_ASKS, concurrency=1)
        rows = [
            (await measure("POST ask, known", known, calls=_ASKS, concurrency=1), floor),
            (await measure("POST ask, quoted", quoted, calls=_ASKS, concurrency=1), floor),
            await _first_tokens(stack),
        ]
    print(table(rows))
