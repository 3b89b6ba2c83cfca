"""What the widget meets in a browser: answers that it may read, and pages that may not use the key."""

from __future__ import annotations

import pytest

from api_service.services.publisher_directory import PublisherDirectory
from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from shared.errors import DatabaseUnavailable, RateLimited
from tests.conftest import Api
from tests.integration.articles import BREAD, FREEZER
from tests.integration.asking import ASK, STREAM, reading
from tests.integration.problems import assert_problem
from tests.integration.stories import publish

URL = "https://example.com/tides"
BY_URL = "/api/v1/questions/by-url"
OWN = {"Origin": "https://blog.example.com"}
FOREIGN = {"Origin": "https://evil.test"}


def assert_readable(headers: dict[str, str]) -> None:
    assert headers["access-control-allow-origin"] == "*"
    assert {name.strip() for name in headers["access-control-expose-headers"].split(",")} == {
        "X-Request-ID",
        "Retry-After",
        "ETag",
    }
    assert "access-control-allow-credentials" not in headers
    assert "Origin" in headers["vary"]
    assert headers["x-request-id"]


class TestReadable:
    async def test_answers_and_not_modified(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        found = await api.client.get(BY_URL, params={"blog_url": URL}, headers=OWN)
        assert found.status_code == 200
        assert_readable(dict(found.headers))
        again = {**OWN, "If-None-Match": found.headers["etag"]}
        unchanged = await api.client.get(BY_URL, params={"blog_url": URL}, headers=again)
        assert unchanged.status_code == 304
        assert_readable(dict(unchanged.headers))

    async def test_problems_of_the_caller(self, api: Api) -> None:
        problems = {
            401: await api.client.get(BY_URL, params={"blog_url": URL}, headers={**OWN, "X-API-Key": "pub_no"}),
            403: await api.client.get(BY_URL, params={"blog_url": URL}, headers=FOREIGN),
            404: await api.client.get(BY_URL, params={"blog_url": URL}, headers=OWN),
            405: await api.client.put(BY_URL, headers=OWN),
            413: await api.client.post(ASK, content=b"a" * 70_000, headers=OWN),
            422: await api.client.get(BY_URL, headers=OWN),
        }
        for status, problem in problems.items():
            assert problem.status_code == status
            assert_readable(dict(problem.headers))

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (RateLimited("too many", retry_after_s=3), 429),
            (KeyError("a bug"), 500),
            (DatabaseUnavailable("MongoDB does not answer"), 503),
        ],
    )
    async def test_problems_of_ours(
        self, api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
    ) -> None:
        async def failing(*_: object) -> None:
            raise error

        monkeypatch.setattr(PublisherDirectory, "find", failing)
        problem = await api.client.get(BY_URL, params={"blog_url": URL}, headers=OWN)
        assert problem.status_code == status
        assert problem.json()["status"] == status
        assert_readable(dict(problem.headers))

    async def test_streams(self, mongod: Mongod, database: Database, embedder: Embedder) -> None:
        async with reading(mongod, database, embedder, BREAD) as reader:
            body = {"question": FREEZER, "blog_url": BREAD.url}
            async with reader.client.stream("POST", ASK, json=body, headers={**STREAM, **OWN}) as response:
                assert response.headers["content-type"].startswith("text/event-stream")
                assert_readable(dict(response.headers))
            async with reader.client.stream("POST", ASK, json=body, headers={**STREAM, **FOREIGN}) as response:
                await response.aread()
                assert_problem(response, 403, "origin_not_allowed")


class TestOrigins:
    @pytest.mark.parametrize(
        "headers",
        [
            OWN,
            {"Referer": URL},
            {"Origin": "https://example.com", "Referer": "https://evil.test/"},
            {"Origin": "chrome-extension://abcdefghijklmnop"},
            {},
        ],
    )
    async def test_the_publishers_pages_extensions_and_programs_are_served(
        self, api: Api, headers: dict[str, str]
    ) -> None:
        await publish(api.database, api.publisher.id)
        assert (await api.client.get(BY_URL, params={"blog_url": URL}, headers=headers)).status_code == 200

    @pytest.mark.parametrize("header", ["Origin", "Referer"])
    async def test_the_apis_own_pages_are_served(self, api: Api, header: str) -> None:
        await publish(api.database, api.publisher.id)
        own = f"http://{api.client.base_url.netloc.decode()}"
        page = own if header == "Origin" else f"{own}/docs"
        response = await api.client.get(BY_URL, params={"blog_url": URL}, headers={header: page})
        assert response.status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            FOREIGN,
            {"Referer": "https://evil.test/example.com"},
            {"Origin": "null", "Referer": URL},
            {"Origin": ""},
            {"Origin": "https://example.com:8443"},
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": "ÿþ".encode("latin-1")},
        ],
    )
    async def test_other_pages_are_refused_on_every_call_with_a_publishers_key(
        self, api: Api, headers: dict[str, str | bytes]
    ) -> None:
        await publish(api.database, api.publisher.id)
        lines = [
            (name.encode(), value.encode() if isinstance(value, str) else value) for name, value in headers.items()
        ]
        for method, path in (
            ("GET", f"{BY_URL}?blog_url={URL}"),
            ("GET", f"/api/v1/questions/check-and-load?blog_url={URL}"),
            ("POST", "/api/v1/jobs/process"),
            ("POST", ASK),
            ("POST", "/api/v1/search/similar"),
        ):
            body = None if method == "GET" else {"question": "Why?", "blog_url": URL}
            assert_problem(await api.client.request(method, path, json=body, headers=lines), 403, "origin_not_allowed")

    async def test_an_operator_with_the_key_is_refused_there_too(self, api: Api) -> None:
        stats = "/api/v1/jobs/stats"
        assert_problem(await api.client.get(stats, headers={**FOREIGN, **api.admin}), 403, "origin_not_allowed")
        del api.client.headers["X-API-Key"]
        assert (await api.client.get(stats, headers={**FOREIGN, **api.admin})).status_code == 200

    async def test_the_refusal_says_what_to_do(self, api: Api) -> None:
        response = await api.client.get(BY_URL, params={"blog_url": URL}, headers=FOREIGN)
        detail = assert_problem(response, 403, "origin_not_allowed")["detail"]
        assert "'https://evil.test'" in detail
        assert "have the operator add the site" in detail
