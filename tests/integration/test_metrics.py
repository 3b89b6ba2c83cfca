"""``/metrics`` of the API as Prometheus sees it, and the list of metrics in the documentation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_service.api.middleware import RequestContext
from api_service.core.metrics import RequestMetrics
from api_service.core.settings import ApiSettings, Environment
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from local_stack.state_dir import ROOT
from shared import errors
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from shared.metrics import exposition
from tests.conftest import Api, serve
from tests.integration.articles import BREAD, FREEZER, MAYOR, TWO_MONTHS
from tests.integration.asking import Reader, reading, watching
from tests.integration.fake_model import FakeModel, error, streamed
from tests.integration.problems import assert_problem
from tests.integration.scraping import Scrape, scrape, scraped
from tests.integration.waiting import eventually
from worker_service.core.metrics import WorkerMetrics
from worker_service.core.monitoring import monitored

DOCUMENT = ROOT / "docs" / "metrics.md"
TOKEN = "scrape-me-if-you-can"
REQUESTS = "blogqa_http_requests_total"


def documented(service: str) -> dict[str, tuple[str, set[str], str]]:
    """Type, labels and meaning by name, as the table has them for a service."""
    rows = re.findall(
        r"^\| `(blogqa_\w+)` \| (\w+) \| (.*?) \| (.+) \| (api|worker|both) \|$", DOCUMENT.read_text(), re.M
    )
    assert rows
    return {
        name: (kind, set(re.findall(r"`(\w+)`", labels)), meaning)
        for name, kind, labels, meaning, where in rows
        if where in (service, "both")
    }


def exposed(of: Scrape) -> dict[str, tuple[str, set[str], str]]:
    return {
        name: (kind, of.labels(name), of.meanings[name])
        for name, kind in of.types.items()
        if name.startswith("blogqa_")
    }


class TestDocumentation:
    async def test_the_table_is_what_the_api_exposes(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        development = {"environment": Environment.DEVELOPMENT, "openai_base_url": fake.base_url}
        async with reading(mongod, database, embedder, BREAD, **development) as reader:
            await eventually(lambda: reader.client.get("/health/ready"), lambda found: found.status_code == 200)
            found = await scrape(reader.client)
        assert exposed(found) == documented("api")
        assert {"process_resident_memory_bytes", "python_info"} <= found.types.keys()

    async def test_the_table_is_what_a_worker_exposes_before_anything_happens(self) -> None:
        metrics, port = WorkerMetrics(), free_port()
        metrics.models.calls("draft", "m")
        async with (
            monitored(metrics, "127.0.0.1", port),
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client,
        ):
            found = await scrape(client)
        assert exposed(found) == documented("worker")
        assert {"process_resident_memory_bytes", "python_info"} <= found.types.keys()

    def test_alerts_are_about_metrics_that_exist(self) -> None:
        text = DOCUMENT.read_text()
        known = documented("api") | documented("worker")
        used = set(re.findall(r"blogqa_[a-z_]+[a-z]", text.split("## What to alert on")[1]))
        assert used
        for name in used:
            is_part = re.sub(r"_(bucket|count|sum)$", "", name)
            assert name in known or known.get(is_part, ("",))[0] == "histogram", name

    def test_the_alert_on_failed_jobs_leaves_out_what_is_the_page_s_or_publisher_s_doing(self) -> None:
        (left_out,) = re.findall(r'code!~"(.+?)"', DOCUMENT.read_text())
        of_the_page = {
            errors.PageUnavailable,
            errors.PageGone,
            errors.PageTooLarge,
            errors.NotHtml,
            errors.NotAnArticle,
        }
        of_the_site = {errors.LoginRequired, errors.RobotsForbidden, errors.HostForbidden, errors.InvalidUrl}
        ends = {*errors.TransientError.__subclasses__(), *errors.PermanentError.__subclasses__()}
        found = {each for each in ends if re.fullmatch(left_out, each.code)}
        assert found == of_the_page | of_the_site | {errors.PublisherGone}


class TestAccess:
    @pytest.mark.parametrize("environment", list(Environment))
    async def test_the_token_is_asked_for_where_there_is_one(self, mongod: Mongod, environment: Environment) -> None:
        settings = ApiSettings(
            mongodb_url=SecretStr(mongod.url), environment=environment, metrics_token=SecretStr(TOKEN)
        )
        async with serve(settings) as client:
            for wrong in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}, {"X-API-Key": TOKEN}):
                refused = await client.get("/metrics", headers=wrong)
                assert_problem(refused, 401, "unauthorized")
                assert refused.headers["www-authenticate"] == 'Bearer realm="blogqa"'
                assert "blogqa_build_info" not in refused.text
            found = await client.get("/metrics", headers={"Authorization": f"bearer {TOKEN}"})
            assert found.status_code == 200

    async def test_in_production_nobody_sees_them_without_a_token_and_is_told_how_to(self, mongod: Mongod) -> None:
        async with serve(ApiSettings(mongodb_url=SecretStr(mongod.url))) as client:
            problem = assert_problem(await client.get("/metrics"), 401, "unauthorized")
        assert "BLOGQA_METRICS_TOKEN" in problem["detail"]
        assert "Authorization: Bearer" in problem["detail"]

    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            ("", "text/plain; version=0.0.4; charset=utf-8"),
            ("application/json", "text/plain; version=0.0.4; charset=utf-8"),
            ("application/openmetrics-text;version=1.x.0", "text/plain; version=0.0.4; charset=utf-8"),
            (
                "application/openmetrics-text; version=1.0.0, text/plain;version=0.0.4;q=0.5",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            ),
        ],
    )
    async def test_they_come_in_a_format_that_was_asked_for(self, api: Api, accept: str, content_type: str) -> None:
        response = await api.client.get("/metrics", headers={"Accept": accept})
        assert (response.status_code, response.headers["content-type"]) == (200, content_type)
        assert response.text.endswith("# EOF\n") == content_type.startswith("application/")
        assert "set-cookie" not in response.headers

    async def test_they_are_no_part_of_the_apis_description(self, api: Api) -> None:
        assert "/metrics" not in (await api.client.get("/openapi.json")).json()["paths"]


class TestRequests:
    async def test_requests_are_counted_by_method_template_and_status(self, api: Api) -> None:
        for name in ("one", "two", "three"):
            await api.client.get(f"/api/v1/questions/{name}")
        await api.client.head("/health/live")
        await api.client.post("/health/live")
        found = await scrape(api.client)
        route = "/api/v1/questions/{question_id}"
        assert found.value(REQUESTS, method="GET", route=route, status="404") == 3
        assert found.value("blogqa_http_request_duration_seconds_count", method="GET", route=route) == 3
        assert found.value(REQUESTS, method="HEAD", route="/health/live", status="200") == 1
        assert found.value(REQUESTS, method="POST", route="/health/live", status="405") == 1
        assert found.value("blogqa_http_requests_in_progress") == 1  # This scrape.

    async def test_a_scan_with_made_up_paths_and_methods_adds_nothing_but_counts(self, api: Api) -> None:
        async def scan(word: str, method: str) -> None:
            for each in ("GET", "DELETE", method):
                for path in (f"/{word}.php", f"/api/v1/{word}", f"/demo/{word}", f"/api/v1/questions/{word}"):
                    await api.client.request(each, f"{path}?q={word}", headers={"Origin": f"https://{word}.test"})

        await scan("sesame", "PROPFIND")
        before = await scrape(api.client)
        for word, method in (("aladdin", "PURGE"), ("cassim", "M-SEARCH"), ("morgiana", "MKCOL")):
            await scan(word, method)
        response = await api.client.get("/metrics")
        after = scraped(response.text)
        series = [(name, has) for name, has, _ in before.samples]
        assert [(name, has) for name, has, _ in after.samples if (name, has) not in series] == [
            ("blogqa_http_requests_total", {"method": "GET", "route": "/metrics", "status": "200"}),
            *[
                (name, has)
                for name, has, _ in after.samples
                if name.startswith("blogqa_http_request_duration_seconds") and has["route"] == "/metrics"
            ],
        ]
        assert after.value(REQUESTS, method="other") - before.value(REQUESTS, method="other") == 12
        assert not re.search(
            'sesame|aladdin|cassim|morgiana|propfind|purge|search"|mkcol', response.text, re.IGNORECASE
        )

    async def test_the_duration_of_a_request_ends_with_the_first_byte(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 100.0
        monkeypatch.setattr("api_service.api.middleware.perf_counter", lambda: now)

        async def streaming(scope: Any, receive: Any, send: Any) -> None:
            nonlocal now
            now += 2
            await send({"type": "http.response.start", "status": 200, "headers": []})
            now += 600
            await send({"type": "http.response.body", "body": b""})

        async def ignore(_: Any = None) -> Any:
            pass

        registry = CollectorRegistry()
        middleware = RequestContext(streaming, metrics=RequestMetrics(registry))
        await middleware({"type": "http", "method": "GET", "path": "/", "headers": []}, ignore, ignore)
        assert scraped(exposition(registry, "")[0].decode()).value("blogqa_http_request_duration_seconds_sum") == 2

    async def test_an_open_stream_is_in_progress(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        settings = {"environment": Environment.DEVELOPMENT, "openai_base_url": fake.base_url}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            gate = asyncio.Event()
            fake.replies = [streamed("Sliced bread ", gate, "keeps for two months in the freezer [1].")]
            async with watching(reader) as stream:
                await stream.until("Sliced bread")
                assert (await scrape(reader.client)).value("blogqa_http_requests_in_progress") == 2
                gate.set()
                await stream.whole()
            await eventually(
                lambda: scrape(reader.client), lambda found: found.value("blogqa_http_requests_in_progress") == 1
            )

    async def test_the_event_loop_is_sampled(self, api: Api) -> None:
        await eventually(
            lambda: scrape(api.client), lambda found: found.value("blogqa_event_loop_lag_seconds_count") >= 2
        )


class TestMemory:
    async def test_reads_of_hot_blogs_are_hits_and_others_are_misses(
        self, mongod: Mongod, database: Database, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def nothing_changes(_: Database) -> AsyncGenerator[None]:
            await asyncio.Event().wait()
            yield

        # The stream forgets all blogs when it is opened, which may be between two reads.
        monkeypatch.setattr("api_service.api.main.published_changes", nothing_changes)
        settings = {"environment": Environment.DEVELOPMENT}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            assert (await scrape(reader.client)).value("blogqa_hot_blog_bytes") == 0
            for _ in range(3):
                by_url = await reader.client.get("/api/v1/questions/by-url", params={"blog_url": BREAD.url})
                assert by_url.status_code == 200
            found = await scrape(reader.client)
        assert found.value("blogqa_hot_blog_reads_total", result="miss") == 1
        assert found.value("blogqa_hot_blog_reads_total", result="hit") == 2
        assert found.value("blogqa_hot_blog_bytes") == len(by_url.content)
        assert found.value("blogqa_search_up") == 1


class TestAsking:
    async def asks(self, reader: Reader, outcome: str, reason: str = "") -> float:
        """How many asks have ended so, once any has."""
        labels = {"outcome": outcome, "reason": reason}
        found = await eventually(
            lambda: scrape(reader.client), lambda found: sum(found.values("blogqa_asks_total", **labels)) > 0
        )
        return found.value("blogqa_asks_total", **labels)

    async def test_every_ask_is_counted_by_how_it_ends(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        settings = {"environment": Environment.DEVELOPMENT, "openai_base_url": fake.base_url, "llm_model": "m"}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            await reader.ask(BREAD.questions[0][0])
            assert await self.asks(reader, "known") == 1
            fake.replies = [error(500)]
            assert (await reader.ask(FREEZER))["notices"] == ["model_unavailable"]
            assert await self.asks(reader, "quoted", "model_unavailable") == 1
            fake.replies = [streamed("Sliced bread ", finish_reason=None)]
            assert (await reader.events(FREEZER))[-1][0] == "error"
            assert await self.asks(reader, "failed", "model_unavailable") == 1
            fake.replies = [streamed("Sliced bread", asyncio.Event())]
            async with watching(reader) as stream:
                await stream.until("Sliced bread")
            assert await self.asks(reader, "left") == 1
            fake.replies = [streamed(f"{TWO_MONTHS} [1].", usage=(70, 9))]
            assert (await reader.events(FREEZER))[-1][0] == "done"
            assert await self.asks(reader, "written") == 1
            assert (await reader.ask(MAYOR))["covered"] is False
            assert await self.asks(reader, "not_covered") == 1
            unknown = await reader.client.post(
                "/api/v1/qa/ask", json={"question": FREEZER, "blog_url": "https://example.com/unknown"}
            )
            assert unknown.status_code == 404
            assert await self.asks(reader, "failed", "not_found") == 1
            found = await scrape(reader.client)
        assert found.value("blogqa_asks_total") == found.value("blogqa_ask_duration_seconds_count") == 7

    async def test_an_answer_that_is_quoted_because_there_is_no_model_has_no_reason(
        self, mongod: Mongod, database: Database, embedder: Embedder
    ) -> None:
        async with reading(mongod, database, embedder, BREAD, environment=Environment.DEVELOPMENT) as reader:
            await reader.ask(FREEZER)
            assert await self.asks(reader, "quoted") == 1

    async def test_calls_of_the_model_are_counted_with_their_tokens(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        settings = {"environment": Environment.DEVELOPMENT, "openai_base_url": fake.base_url, "llm_model": "m"}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            fake.replies = [streamed(f"{TWO_MONTHS} [1].", usage=(70, 9)), error(503), error(401), streamed("", " ")]
            for number in range(4):
                await reader.ask(FREEZER, history=[{"question": f"What about {number}?", "answer": "Nothing."}])
            found = await scrape(reader.client)
        calls = {has["outcome"]: value for name, has, value in found.samples if name == "blogqa_llm_calls_total"}
        assert calls == {"ok": 2, "model_unavailable": 1, "model_misconfigured": 1}
        of_it = {"purpose": "ask", "model": "m"}
        assert found.value("blogqa_llm_call_duration_seconds_count", **of_it) == 4
        assert found.value("blogqa_llm_tokens_total", kind="prompt", **of_it) == 170
        assert found.value("blogqa_llm_tokens_total", kind="completion", **of_it) == 29
        assert found.value("blogqa_llm_unusable_answers_total", **of_it) == 1
