"""A stand-in for a model's HTTP endpoint: answers with what a test has queued, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One HTTP response; ``None`` as the body leaves the client waiting."""

    body: bytes | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


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


Script = Callable[[dict[str, Any]], Reply]


class FakeModel:
    """Serves queued replies in order, then whatever ``otherwise`` makes of a request."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.replies: list[Reply] = []
        self.otherwise: Script = lambda _request: error(500, message="the test queued no reply")
        self.base_url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            request = json.loads(await reader.readexactly(length))
            self.requests.append(request)
            reply = self.replies.pop(0) if self.replies else self.otherwise(request)
            if reply.body is None:
                await reader.read()
                return
            fields = {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode() + reply.body)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def fake_model() -> AsyncIterator[FakeModel]:
    """Runs the endpoint on a free loopback port."""
    fake = FakeModel()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield fake
