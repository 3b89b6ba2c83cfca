"""Problem details, as every error of the API is one."""

from __future__ import annotations

from typing import Any

import httpx2


def assert_problem(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Checks what all problems have in common; gives the body for what is special."""
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["detail"]
    return body
