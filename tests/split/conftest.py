"""Before the split test runs against a deployment: is it there, and does it know the keys?"""

from __future__ import annotations

import os

import httpx2
import pytest

_TIMEOUT_S = 30.0


def pytest_configure() -> None:
    url = os.environ.get("BLOGQA_URL")
    problem = problem_with(url) if url else None
    if problem:
        raise pytest.UsageError(problem)


def problem_with(url: str) -> str | None:
    """One sentence about why the deployment cannot be tested, or None."""
    names = ((b"X-API-Key", b"BLOGQA_API_KEY"), (b"X-Admin-Key", b"BLOGQA_ADMIN_KEY"))
    keys = {header: os.environb.get(name, b"") for header, name in names}
    try:
        response = httpx2.get(f"{url.rstrip('/')}/api/v1/jobs/stats", headers=keys, timeout=_TIMEOUT_S, trust_env=False)
    except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
        return f"{url!r} cannot be reached ({type(exc).__name__}): expected the address of a running BlogQA."
    if response.is_success and response.headers.get("Content-Type") == "application/json":
        return None
    if response.headers.get("Content-Type") != "application/problem+json":
        return f"{url!r} answers {response.status_code}, but not as BlogQA does: expected the address of a running one."
    detail = response.json()["detail"]
    if response.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        return f"{url!r} refuses BLOGQA_API_KEY (X-API-Key) or BLOGQA_ADMIN_KEY (X-Admin-Key): {detail}."
    return f"{url!r} answers {response.status_code}: {detail}."
