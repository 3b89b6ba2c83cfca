"""A stand-in for a model's HTTP endpoint: answers with what a test has queued, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One HTTP response; ``None`` as the body leaves the client waiting."""

    body: bytes | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """A chunked response of server-sent events.

    Attributes:
        parts: What is sent, one HTTP chunk each; an event among them holds back the rest until it is set.
        is_whole: Whether the response ends as HTTP wants it; otherwise the connection is cut.
    """

    parts: tuple[bytes | asyncio.Event, ...]
    is_whole: bool = True


def completion(
    content: str | None, *, finish_reason: str = "stop", refusal: str | None = None, usage: tuple[int, int] = (100, 20)
) -> Reply:
    """A chat completion with one choice."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return json_reply(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "fake",
            "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
            "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
        }
    )


def json_reply(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Any JSON body."""
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json", **(headers or {})})


def error(status: int, *, message: str = "no", headers: dict[str, str] | None = None, **fields: str | None) -> Reply:
    """An error as OpenAI words it."""
    return json_reply({"error": {"message": message, "type": "error", **fields}}, status=status, headers=headers)


def streamed(
    *texts: str | asyncio.Event, finish_reason: str | None = "stop", usage: tuple[int, int] | None = (100, 20)
) -> Stream:
    """A streamed chat completion, one chunk for each text; without a finish reason it ends before the answer does."""
    parts = [text if isinstance(text, asyncio.Event) else _chunk({"content": text}) for text in texts]
    if finish_reason is not None:
        parts.append(_chunk({}, finish_reason=finish_reason))
    if usage is not None:
        billed = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
        parts.append(sse({**_CHUNK, "choices": [], "usage": billed}))
    return Stream((*parts, b"data: [DONE]\n\n"))


def sse(value: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


_CHUNK = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "fake"}


def _chunk(delta: dict[str, str], *, finish_reason: str | None = None) -> bytes:
    return sse({**_CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})


Script = Callable[[dict[str, Any]], Reply | Stream]


class FakeModel:
    """Serves queued replies in order, then whatever ``otherwise`` makes of a request.

    Attributes:
        requests: Bodies of all requests so far; empty where there was none.
        lines: Method and path of all requests so far, in lower case.
        left: Set when a client closes its connection before it has the whole reply.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.replies: list[Reply | Stream] = []
        self.otherwise: Script = lambda _request: error(500, message="the test queued no reply")
        self.base_url = ""
        self.left = asyncio.Event()
        self._arrived = asyncio.Event()

    async def asked(self, times: int) -> None:
        """Waits until so many requests have come."""
        async with asyncio.timeout(20):
            while len(self.requests) < times:
                self._arrived.clear()
                await self._arrived.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            _, has_body, rest = head.partition("content-length:")
            body = await reader.readexactly(int(rest.split("\r\n")[0])) if has_body else b"{}"
            request = json.loads(body)
            self.lines.append(head.split(" http/")[0])
            self.requests.append(request)
            self._arrived.set()
            reply = self.replies.pop(0) if self.replies else self.otherwise(request)
            if isinstance(reply, Stream):
                await self._send_stream(reply, reader, writer)
                return
            if reply.body is None:
                await reader.read()
                self.left.set()
                return
            fields = {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}
            writer.write(_head(reply.status, fields) + reply.body)
            await writer.drain()
        finally:
            writer.close()

    async def _send_stream(self, reply: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fields = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", "Connection": "close"}
        writer.write(_head(200, fields))
        leaving = asyncio.create_task(reader.read())
        try:
            for part in reply.parts:
                if isinstance(part, asyncio.Event):
                    going_on = asyncio.create_task(part.wait())
                    await asyncio.wait({leaving, going_on}, return_when=asyncio.FIRST_COMPLETED)
                    going_on.cancel()
                else:
                    writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                    await writer.drain()
                if leaving.done():
                    self.left.set()
                    return
            if reply.is_whole:
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await leaving


def _head(status: int, fields: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


@asynccontextmanager
async def fake_model() -> AsyncIterator[FakeModel]:
    """Runs the endpoint on a free loopback port."""
    fake = FakeModel()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield fake
