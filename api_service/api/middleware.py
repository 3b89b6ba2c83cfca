"""ASGI middleware: request ids with an access log, and a limit on the size of bodies."""

from __future__ import annotations

import re
import uuid
from http import HTTPStatus
from time import perf_counter
from typing import Final

import structlog
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_service.core.metrics import RequestMetrics
from api_service.core.problems import problem_response
from shared.log import get_logger

logger = get_logger(__name__)

MAX_BODY_BYTES: Final = 64 * 1024

_TOO_LARGE: Final = f"The request body may have at most {MAX_BODY_BYTES} bytes."
_CLIENT_CLOSED: Final = 499
"""What nginx logs for a client that closed its connection before there was an answer."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestContext:
    """Gives every request an id, carries it in the log context and the response, and turns a crash into a problem.

    Every request is logged and counted by its route's template. Its duration in the metrics ends with the first byte
    of the answer: how fast a client reads, and how long a stream lasts, says nothing of this service.

    HEAD is answered as GET is (RFC 9110, section 9.3.2); the server leaves the body out.
    """

    def __init__(self, app: ASGIApp, *, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._templates: dict[int, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        asked = scope["method"]
        scope = {**scope, "request_id": request_id, "method": "GET" if asked == "HEAD" else asked}
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        answered: float | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = int(message["status"]), perf_counter()  # An HTTPStatus would be logged as such.
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        began = perf_counter()
        self._metrics.in_progress.inc()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except ClientDisconnect:
                status = _CLIENT_CLOSED
            except Exception:
                logger.exception("request_crashed", method=asked, path=scope["path"])
                if answered is not None:
                    raise
                await _crash_response(request_id)(scope, receive, send_with_id)
            finally:
                ended = perf_counter()
                route = self._template(scope)
                self._metrics.in_progress.dec()
                self._metrics.answered(asked, route, status, (answered or ended) - began)
                logger.info("request", method=asked, route=route, status=status, ms=round((ended - began) * 1000, 1))

    def _template(self, scope: Scope) -> str:
        """The whole path of the route that was found, which itself knows no prefix of the routers it is in."""
        if "route" not in scope:
            return "unmatched"
        if not self._templates:
            contexts = iter_route_contexts(scope["app"].routes)
            self._templates = {id(each.original_route): each.path or "unmatched" for each in contexts}
        return self._templates.get(id(scope["route"]), "unmatched")


def _crash_response(request_id: str) -> ASGIApp:
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="Something went wrong on our side; the log has the details under this request id.",
        request_id=request_id,
    )


class BodyLimit:
    """Refuses request bodies above ``MAX_BODY_BYTES``, whether or not they announce their length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
            return message

        await self._app(scope, limited_receive, send)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        response = problem_response(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            code="body_too_large",
            detail=_TOO_LARGE,
            request_id=scope.get("request_id"),
            headers={"Connection": "close"},
        )
        await response(scope, receive, send)
