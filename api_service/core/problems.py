"""Errors as RFC 9457 problem details. The only place where an error class meets an HTTP status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.errors import (
    AccessDenied,
    BlogQAError,
    Conflict,
    HostForbidden,
    InvalidInput,
    InvalidUrl,
    NotFound,
    RateLimited,
    StillProcessing,
    TransientError,
    Unauthorized,
)
from shared.log import get_logger

logger = get_logger(__name__)

STATUS: Final[Mapping[type[BlogQAError], HTTPStatus]] = {
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    AccessDenied: HTTPStatus.FORBIDDEN,
    HostForbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    InvalidUrl: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
    BlogQAError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Status by class; a class that is not listed takes its nearest listed ancestor's."""

_DEFAULT_RETRY_AFTER_S: Final = 5.0
_MAX_FIELD_PROBLEMS: Final = 20
_CODES: Final = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.BAD_REQUEST: "invalid_request",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
}


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(description="Where, e.g. `body.blog_url`.")
    message: str


class Problem(BaseModel):
    """A problem details object (RFC 9457)."""

    type: str = Field(description="URI of the kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What happened and what to do about it.")
    code: str = Field(description="Stable, machine-readable name.")
    request_id: str | None = Field(default=None, description="Quote this when asking for help; same as X-Request-ID.")
    errors: list[FieldProblem] | None = Field(default=None, description="For invalid requests: each field's problem.")


PROBLEM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "model": Problem,
        "description": "Problem details (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def status_of(error: BlogQAError) -> HTTPStatus:
    """The HTTP status of an error's class."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem_response(
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    request_id: str | None,
    errors: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Builds the response for one problem."""
    problem = Problem(
        type=f"urn:blogqa:problem:{code}",
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id,
        errors=list(errors) if errors else None,
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},  # A cache may keep a 404 (RFC 9111, section 4.2.2).
        media_type="application/problem+json",
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every error of the application a problem details response."""
    app.add_exception_handler(BlogQAError, _blogqa_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


async def _blogqa_error(request: Request, exc: Exception) -> JSONResponse:
    if not isinstance(exc, BlogQAError):
        raise exc
    status = status_of(exc)
    headers = {}
    if isinstance(exc, TransientError | RateLimited):
        headers["Retry-After"] = str(math.ceil(exc.retry_after_s or _DEFAULT_RETRY_AFTER_S))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'ApiKey realm="blogqa"'
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(exc, StillProcessing):
        # Of what a library says only the kind: it may quote the request, and with it a reader's words.
        logger.warning("request_failed", code=exc.code, error=str(exc), cause=type(exc.__cause__).__name__)
    return problem_response(status, code=exc.code, detail=str(exc), request_id=_request_id(request), headers=headers)


async def _validation_error(request: Request, exc: Exception) -> JSONResponse:
    if not isinstance(exc, RequestValidationError):
        raise exc
    # The rejected values stay out of the answer: they may be long, hostile or secret.
    errors = [
        FieldProblem(field=".".join(str(part)[:64] for part in error["loc"]), message=error["msg"])
        for error in exc.errors()[:_MAX_FIELD_PROBLEMS]
    ]
    detail = "; ".join(f"{error.field}: {error.message}" for error in errors[:3])
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        detail=f"The request is not valid: {detail}",
        request_id=_request_id(request),
        errors=errors,
    )


async def _http_exception(request: Request, exc: Exception) -> JSONResponse:
    if not isinstance(exc, HTTPException):
        raise exc
    status = HTTPStatus(exc.status_code)
    return problem_response(
        status,
        code=_CODES.get(status, "http_error"),
        detail=f"{request.method} {request.url.path}: {exc.detail}",
        request_id=_request_id(request),
        headers=exc.headers,
    )


def _request_id(request: Request) -> str | None:
    request_id: str | None = request.scope.get("request_id")
    return request_id
