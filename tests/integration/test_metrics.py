"""``/metrics`` of the API as Prometheus sees it, and the list of metrics in the documentation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_service.api.middleware import RequestContext
from api_service.core.metrics import RequestMetrics
from api_service.core.settings import ApiSettings, Environment
from api_service.data.question_repository import QuestionRepository
from api_service.data.vector_repository import VectorRepository
from api_service.services.hot_blogs import HotBlogs
from api_service.services.memory_search import MemorySearch
from api_service.services.scraped_state import ScrapedState
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from local_stack.state_dir import ROOT
from shared import errors
from shared.ai.embeddings import Embedder
from shared.data.database import Database, open_database
from shared.data.job_repository import COLLECTION as JOBS
from shared.data.job_repository import JobRepository
from shared.data.schema import prepare
from shared.data.worker_repository import COLLECTION as WORKERS
from shared.data.worker_repository import WorkerRepository
from shared.errors import DatabaseUnsuitable
from shared.metrics import exposition
from shared.models.job_queue import JobResult, ProcessingJob
from shared.models.worker import WorkerBeat
from tests.conftest import Api, serve
from tests.integration.articles import BREAD, FREEZER, MAYOR, TWO_MONTHS
from tests.integration.asking import Reader, reading, watching
from tests.integration.fake_model import FakeModel, error, streamed
from tests.integration.problems import assert_problem
from tests.integration.scraping import Scrape, scraped
from tests.integration.waiting import eventually
from worker_service.core.metrics import WorkerMetrics
from worker_service.core.monitoring import monitored

DOCUMENT = ROOT / "docs" / "metrics.md"
TOKEN = "scrape-me-if-you-can"
REQUESTS = "blogqa_http_requests_total"
QUEUE = ("blogqa_queue_jobs", "blogqa_queue_oldest_due_age_seconds", "blogqa_workers_alive", "blogqa_workers_slots")


async def scrape(client: httpx2.AsyncClient) -> Scrape:
    response = await client.get("/metrics")
    assert response.status_code == 200, response.text
    return scraped(response.text)


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


class TestQueue:
    async def enqueue(self, database: Database, name: str) -> ProcessingJob:
        url = f"https://example.com/{name}"
        job, _ = await JobRepository(database).enqueue(publisher_id="p", blog_id=name, url=url, normalized_url=url)
        return job

    async def test_depth_age_and_workers_are_gauges(self, api: Api, database: Database) -> None:
        jobs = JobRepository(database)
        for name in "abcdef":
            await self.enqueue(database, name)
        await jobs.claim(worker="w")
        done = await jobs.claim(worker="w")
        retried = await jobs.claim(worker="w")
        assert done is not None
        assert retried is not None
        await jobs.complete(done, JobResult(questions=1, version=1, engine="extractive"))
        await jobs.fail(retried, RuntimeError("again"), step=None, retry_in_s=3_600)
        hour_ago = {"$dateSubtract": {"startDate": "$$NOW", "unit": "hour", "amount": 1}}
        await database[JOBS].update_one({"blog_id": "f"}, [{"$set": {"run_at": hour_ago}}])
        workers = WorkerRepository(database)
        for name, slots in (("w1", 4), ("w2", 2), ("dead", 8)):
            await workers.beat(WorkerBeat(name=name, engine="extractive", slots=slots, running=1))
        await database[WORKERS].update_one({"_id": "dead"}, [{"$set": {"beat_at": hour_ago}}])

        found = await scrape(api.client)

        depth = {has["state"]: value for name, has, value in found.samples if name == "blogqa_queue_jobs"}
        assert depth == {"due": 3, "scheduled": 1, "processing": 1}
        assert 3_600 <= found.value("blogqa_queue_oldest_due_age_seconds") < 3_700
        assert (found.value("blogqa_workers_alive"), found.value("blogqa_workers_slots")) == (2, 6)
        assert found.value("blogqa_database_up") == 1

    async def test_a_scrape_reads_indexes_not_history_and_many_share_one_reading(
        self, api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api_service.services.scraped_state._SHARED_S", 3_600.0)
        template = {"publisher_id": "p", "blog_id": "b", "priority": 0, "attempt": 1, "errors": []}
        for state in ("completed", "failed"):
            await database[JOBS].insert_many(
                [{"_id": f"{state}-{n}", "state": state, **template} for n in range(3_000)]
            )
        for number in range(40):
            await self.enqueue(database, f"due-{number}")
        for name in "ab":
            await self.enqueue(database, name)
        later = {"$dateAdd": {"startDate": "$$NOW", "unit": "hour", "amount": 1}}
        await database[JOBS].update_one({"blog_id": "a"}, [{"$set": {"run_at": later}}])
        await JobRepository(database).claim(worker="w")
        await WorkerRepository(database).beat(WorkerBeat(name="w", engine="extractive", slots=1, running=0))
        await database.command("profile", 2)
        try:
            found = await asyncio.gather(*[scrape(api.client) for _ in range(8)])
            found.append(await scrape(api.client))
        finally:
            await database.command("profile", 0)
        query = {"ns": {"$in": [f"{database.name}.{JOBS}", f"{database.name}.{WORKERS}"]}, "op": "command"}
        reads = await database["system.profile"].find(query).to_list()
        await database["system.profile"].drop()

        assert {each.value("blogqa_queue_jobs", state="due") for each in found} == {40}
        assert {each.value("blogqa_queue_jobs", state="scheduled") for each in found} == {1}
        # Three counts, the oldest of each priority, and the workers: once, for nine scrapes.
        assert [read["command"]["aggregate"] for read in reads] == [JOBS] * 6 + [WORKERS]
        for read in reads:
            assert "COLLSCAN" not in read["planSummary"], read["command"]
            assert "IXSCAN" in read["planSummary"] or "COUNT_SCAN" in read["planSummary"], read["command"]
            counts_due = "$group" in str(read["command"]) and "$lte" in str(read["command"])
            assert read["keysExamined"] + read["docsExamined"] <= (90 if counts_due else 12), read["command"]

    async def test_without_a_database_a_scrape_has_everything_else(self) -> None:
        nobody = f"mongodb://127.0.0.1:{free_port()}/?replicaSet=blogqa"
        settings = ApiSettings(mongodb_url=SecretStr(nobody), environment=Environment.DEVELOPMENT)
        async with serve(settings) as client:
            found = await scrape(client)
        assert found.value("blogqa_database_up") == 0
        assert found.value("blogqa_build_info", service="api") == 1
        assert not [name for name in QUEUE if name in found.types]

    async def test_when_the_database_refuses_the_user_that_counts_as_away(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api_service.services.scraped_state._SHARED_S", 0.0)
        assert (await scrape(api.client)).value("blogqa_database_up") == 1

        async def refused(_: object) -> None:
            raise DatabaseUnsuitable("MongoDB refuses the user in MONGODB_URL: check name, password and roles")

        monkeypatch.setattr("api_service.services.scraped_state.queue_depth", refused)
        found = await scrape(api.client)
        assert found.value("blogqa_database_up") == 0
        assert not [name for name in QUEUE if name in found.types]

    async def test_when_the_database_goes_away_its_gauges_go_too(self, tmp_path: Path) -> None:
        now = 0.0
        with Mongod.start(tmp_path / "data", log_path=tmp_path / "log", ephemeral=True) as mongod:
            async with open_database(mongod.url, "away", app_name="tests") as database:
                await prepare(database)
                state = ScrapedState(
                    database=database,
                    workers=WorkerRepository(database),
                    is_prepared=lambda: True,
                    hot_blogs=HotBlogs(QuestionRepository(database), max_bytes=0),
                    search=MemorySearch(VectorRepository(database, model="m"), max_bytes=0),
                    missing_after_s=30,
                    clock=lambda: now,
                )
                registry = CollectorRegistry()
                registry.register(state)

                async def read() -> Scrape:
                    await state.refresh()
                    return scraped(exposition(registry, "")[0].decode())

                now = 60.0
                assert (await read()).value("blogqa_database_up") == 1
                await asyncio.to_thread(mongod.stop)
                now = 120.0
                found = await read()
                assert found.value("blogqa_database_up") == 0
                assert not [name for name in QUEUE if name in found.types]
