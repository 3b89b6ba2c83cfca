"""A site that answers byte for byte as a test tells it, and a crawler that finds it under any name."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from shared.errors import BlogQAError
from worker_service.services.crawler import CrawledPage, Crawler, CrawlerSettings

HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Seen:
    """A request as it reached the site."""

    target: str
    headers: dict[str, str]
    connection: asyncio.StreamReader


Handler = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"<p>hello", *, status: int = 200, headers: dict[str, str] | None = None) -> Handler:
    async def handle(seen: Seen, writer: asyncio.StreamWriter) -> None:
        fields = {"Content-Length": str(len(body)), **(HTML if headers is None else headers)}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + body)
        await writer.drain()

    return handle


def redirect(location: str, status: int = 302) -> Handler:
    return answer(b"", status=status, headers={"Location": location})


@dataclass
class Site:
    """A real HTTP server on loopback; paths without a route answer 404."""

    port: int = 0
    routes: dict[str, Handler] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, target: str) -> str:
        return f"http://{self.host}{target}"

    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen if seen.target != "/robots.txt"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request, *lines = head.strip().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines)
                seen = Seen(request.split(" ")[1], headers, reader)
                self.seen.append(seen)
                route = self.routes.get(seen.target.partition("?")[0], answer(status=404))
                await route(seen, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def stop(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def running_site(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site()
    if tls is not None:
        tls.sni_callback = lambda _sock, name, _context: site.server_names.append(name)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        await site.stop(server)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Rerouted(httpx2.AsyncHTTPTransport):
    """Notes which addresses are dialled and leads them all to the local site."""

    def __init__(self, port: int, *, refusing: Sequence[str] = ()) -> None:
        super().__init__(trust_env=False)
        self.port = port
        self.refusing = refusing
        self.dialled: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.dialled.append(request.url.host)
        port = 1 if request.url.host in self.refusing else self.port
        request.url = request.url.copy_with(host="127.0.0.1", port=port)
        return await super().handle_async_request(request)


def crawler_for(site: Site, *private_hosts: str, clock: Clock | None = None, **settings: Any) -> Crawler:
    clock = clock or Clock()
    return Crawler(
        CrawlerSettings(
            user_agent="BlogQABot/1.0 (+https://blogqa.example/bot)",
            allowed_private_hosts=(site.host, *private_hosts),
            **{"per_host_delay_s": 0.0, **settings},
        ),
        clock=clock,
        sleep=clock.sleep,
        resolve=resolving({}),
    )


def resolving(names: dict[str, list[list[str]]]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that answers each name with its next list of addresses, the last one for ever."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host in names:
            return names[host].pop(0) if len(names[host]) > 1 else names[host][0]
        if host.endswith(".test"):
            return ["127.0.0.1"]
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    return resolve


async def page(site: Site, target: str = "/a", **settings: Any) -> CrawledPage:
    async with crawler_for(site, **settings) as crawler:
        fetched = await crawler.fetch(site.url(target), domains=[site.host])
    assert isinstance(fetched, CrawledPage)
    return fetched


async def failure(site: Site, target: str = "/a", **settings: Any) -> BlogQAError:
    with pytest.raises(BlogQAError) as caught:
        await page(site, target, **settings)
    return caught.value


async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()
