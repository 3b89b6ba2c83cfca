"""A local web site that tests crawl."""

from __future__ import annotations

import asyncio
from typing import Self

from local_stack.ports import LOOPBACK


class Site:
    """Serves ``pages`` by path over HTTP/1.1 on loopback; counts requests; what is not there is a 404.

    A page is HTML bytes, or a complete raw response when it begins with ``HTTP/``.
    """

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.requests: list[str] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, LOOPBACK, 0)
        port = self._server.sockets[0].getsockname()[1]
        self.host = f"{LOOPBACK}:{port}"
        self.url = f"http://{self.host}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = request.split(" ")[1]
        self.requests.append(path)
        writer.write(self._response(await self.page(path)))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def page(self, path: str) -> bytes | None:
        """What is at a path."""
        return self.pages.get(path)

    @staticmethod
    def _response(page: bytes | None) -> bytes:
        if page is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if page.startswith(b"HTTP/"):
            return page
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
        return head.encode() + page
