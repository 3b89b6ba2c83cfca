"""What ``/metrics`` of the API tells of the queue, the workers and the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_service.core.settings import ApiSettings, Environment
from api_service.data.question_repository import QuestionRepository
from api_service.data.vector_repository import VectorRepository
from api_service.services.hot_blogs import HotBlogs
from api_service.services.memory_search import MemorySearch
from api_service.services.scraped_state import ScrapedState
from local_stack.mongod import Mongod
from local_stack.ports import free_port
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
from tests.integration.scraping import Scrape, scrape, scraped

QUEUE = ("blogqa_queue_jobs", "blogqa_queue_oldest_due_age_seconds", "blogqa_workers_alive", "blogqa_workers_slots")


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
