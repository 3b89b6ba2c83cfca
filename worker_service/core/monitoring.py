"""``/metrics`` and ``/health/live`` of a worker, from threads of their own: they answer though the loop is stuck.

Whoever scrapes is given little: one request for each connection, a few seconds, and one of a few threads.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from time import monotonic
from typing import Any, Final

from prometheus_client import CollectorRegistry

from shared.errors import PermanentError
from shared.log import get_logger
from shared.metrics import EventLoopLag, exposition
from worker_service.core.metrics import WorkerMetrics
from worker_service.worker import Worker

logger = get_logger(__name__)

STUCK_S: Final = 15.0
"""An event loop that has not moved for this long is taken for dead; the longest known pause is a second or two."""

_PATIENCE_S: Final = 5.0
_MAX_CONNECTIONS: Final = 8


class Liveness:
    """Whether this process is worth keeping.

    Attributes:
        worker: What must be running, once there is one: a worker that waits for the database is alive.
    """

    def __init__(self, lag: EventLoopLag) -> None:
        self.worker: Worker | None = None
        self._lag = lag

    def problem(self) -> str | None:
        """Why it should be replaced, in a sentence; None while it is alive. May be asked from any thread."""
        if (silent_s := self._lag.silent_s) > STUCK_S:
            return f"the event loop has not moved for {silent_s:.0f} s; restart this worker"
        if self.worker is not None and self.worker.is_stopping:
            return "the worker is stopping; its log says why"
        return None


@asynccontextmanager
async def monitored(metrics: WorkerMetrics, host: str, port: int | None) -> AsyncIterator[Liveness]:
    """Watches the event loop and, given a port, serves ``/metrics`` and ``/health/live`` while the block lasts.

    Args:
        metrics: What is served.
        host: Address to listen on.
        port: Port to listen on, 0 for any that is free, None for no server.

    Raises:
        PermanentError: The address cannot be listened on.
    """
    liveness = Liveness(metrics.loop_lag)
    async with metrics.loop_lag.watched():
        if port is None:
            yield liveness
            return
        with _served(metrics.registry, liveness.problem, host, port):
            yield liveness


@contextmanager
def _served(registry: CollectorRegistry, problem: Callable[[], str | None], host: str, port: int) -> Iterator[None]:
    try:
        server = _Server(registry, problem, host, port)
    except OSError as exc:
        raise PermanentError(
            f"{host} port {port} cannot be listened on for /metrics ({exc.strerror or exc}): "
            "set BLOGQA_METRICS_PORT to another port, or BLOGQA_METRICS_HOST to an address of this machine"
        ) from exc
    serving = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    serving.start()
    logger.info("metrics_served", host=host, port=server.server_address[1])
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


class _Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, registry: CollectorRegistry, problem: Callable[[], str | None], host: str, port: int) -> None:
        self.registry = registry
        self.problem = problem
        self._free = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        self.address_family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("scrape_broken_off", exc_info=True)


class _Deadline(io.RawIOBase):
    """What a client sends, until its time is over."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = monotonic() + _PATIENCE_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(0.001, self._until - monotonic()))
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_Deadline(self.connection))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            body, content_type = exposition(self.server.registry, self.headers.get("Accept", ""))
            self._answer(HTTPStatus.OK, body, content_type)
        elif path == "/health/live":
            problem = self.server.problem()
            self._say(HTTPStatus.SERVICE_UNAVAILABLE if problem else HTTPStatus.OK, problem or "ok")
        else:
            self._say(HTTPStatus.NOT_FOUND, "there are /metrics and /health/live")

    def _say(self, status: HTTPStatus, sentence: str) -> None:
        self._answer(status, f"{sentence}\n".encode(), "text/plain; charset=utf-8")

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.connection.settimeout(_PATIENCE_S)
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: a scrape every few seconds is no news, and a client chooses the words."""
