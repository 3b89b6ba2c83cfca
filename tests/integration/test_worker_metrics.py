"""What a worker counts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from local_stack.mongod import Mongod
from local_stack.ports import free_port
from shared.data.database import Database
from shared.data.job_repository import COLLECTION
from shared.data.worker_repository import COLLECTION as WORKERS
from shared.errors import DatabaseUnavailable, NotAnArticle, PageUnavailable
from shared.metrics import exposition
from shared.models.job_queue import JobStatus, ProcessingJob, Step
from tests.integration.fake_model import Reply, completion, error, fake_model
from tests.integration.scraping import Scrape, get, scraped
from tests.integration.test_pipeline import running_stack
from tests.integration.waiting import eventually
from tests.integration.worker_harness import NEVER, RESULT, Harness
from worker_service.core.metrics import WorkerMetrics
from worker_service.worker import Attempt

ATTEMPTS = "blogqa_job_attempts_total"
DRAFT = json.dumps(
    {
        "summary": "How a rain barrel is kept.",
        "key_points": [],
        "questions": [{"question": "What is it?", "passages": ["p1"], "answer": "A purple elephant.", "kind": "what"}],
    }
)


def read(metrics: WorkerMetrics) -> Scrape:
    return scraped(exposition(metrics.registry, "")[0].decode())


class TestCounting:
    async def ended(self, harness: Harness, times: int = 1, **labels: str) -> Scrape:
        """A scrape in which so many attempts have ended so."""

        async def look() -> Scrape:
            return read(harness.metrics)

        return await eventually(look, lambda found: sum(found.values(ATTEMPTS, **labels)) >= times)

    async def test_a_job_that_is_completed(self, harness: Harness) -> None:
        async with harness.running(harness.worker(harness.complete)):
            await harness.enqueue()
            await harness.started.get()
            busy = read(harness.metrics)
            harness.go_on.set()
            found = await self.ended(harness, outcome="completed")
        assert (busy.value("blogqa_worker_running_jobs"), busy.value("blogqa_worker_slots")) == (1, 2)
        assert found.value("blogqa_worker_running_jobs") == 0
        assert found.value("blogqa_jobs_claimed_total") == 1
        assert found.value(ATTEMPTS) == 1
        steps = {
            has["step"]: value for name, has, value in found.samples if name.endswith("step_duration_seconds_count")
        }
        assert steps == {step: int(step is Step.CRAWL) for step in Step}

    async def test_a_job_that_completes_during_a_heartbeat_is_not_taken_for_lost(self, harness: Harness) -> None:
        beats = harness.database[WORKERS]

        async def commit_slowly(attempt: Attempt) -> ProcessingJob:
            ended = await harness.jobs.complete(attempt.claimed, RESULT)
            for _ in range(2):  # The first may have begun before the job was completed.
                last = await eventually(beats.find_one)
                await eventually(beats.find_one, last.__ne__)
            return ended

        async def complete(attempt: Attempt) -> None:
            await attempt.complete(commit_slowly(attempt))

        async with harness.running(harness.worker(complete)):
            await harness.enqueue()
            found = await self.ended(harness)
        assert found.value(ATTEMPTS, outcome="completed") == 1

    async def test_an_unchanged_page_that_was_forced_meanwhile_has_not_completed(self, harness: Harness) -> None:
        async def complete(attempt: Attempt) -> None:
            await harness.started.put(attempt)
            if not attempt.job.force:
                await harness.go_on.wait()
            result = RESULT.model_copy(update={"unchanged": not attempt.job.force})
            await attempt.complete(harness.jobs.complete(attempt.claimed, result))

        async with harness.running(harness.worker(complete)):
            await harness.enqueue()
            await harness.started.get()
            await harness.enqueue(force=True)
            harness.go_on.set()
            found = await self.ended(harness, outcome="completed")
        assert found.value(ATTEMPTS, outcome="released") == 1
        assert found.value(ATTEMPTS) == 2

    async def test_a_job_that_is_retried_and_then_fails(self, harness: Harness) -> None:
        async def fail(attempt: Attempt) -> None:
            await attempt.enter(Step.GENERATE)
            raise PageUnavailable("the site is slow")

        async with harness.running(harness.worker(fail, poll_s=0.02)):
            await harness.enqueue()
            found = await self.ended(harness, outcome="failed")
        assert found.value(ATTEMPTS, outcome="retried", code="page_unavailable") == 2
        assert found.value(ATTEMPTS, outcome="failed", code="page_unavailable") == 1
        assert found.value("blogqa_jobs_claimed_total") == 3
        assert found.value("blogqa_job_step_duration_seconds_count", step="generate") == 3

    @pytest.mark.parametrize(
        ("problem", "code", "outcome"),
        [(NotAnArticle("12 words"), "not_an_article", "failed"), (KeyError("secret"), "internal_error", "retried")],
    )
    async def test_an_error_is_counted_by_its_code(
        self, harness: Harness, problem: Exception, code: str, outcome: str
    ) -> None:
        async def fail(attempt: Attempt) -> None:
            if attempt.job.attempt > 1:  # It is tried again at once, perhaps before anybody has looked.
                await asyncio.Event().wait()
            raise problem

        async with harness.running(harness.worker(fail)):
            await harness.enqueue()
            found = await self.ended(harness, outcome=outcome)
        assert found.value(ATTEMPTS, outcome=outcome, code=code) == 1

    async def test_a_job_that_is_cancelled(self, harness: Harness) -> None:
        async with harness.running(harness.worker(harness.complete)):
            job = await harness.enqueue()
            await harness.started.get()
            await harness.jobs.cancel(job.id)
            found = await self.ended(harness, outcome="cancelled")
        assert found.value(ATTEMPTS) == 1

    async def test_a_job_that_is_handed_back_at_shutdown(self, harness: Harness) -> None:
        async with harness.running(harness.worker(harness.complete)):
            await harness.enqueue()
            await harness.started.get()
        assert read(harness.metrics).value(ATTEMPTS, outcome="released") == 1

    @pytest.mark.parametrize("heartbeat_s", [0.02, NEVER], ids=["seen by the heartbeat", "seen by the job"])
    async def test_a_lease_that_is_lost(self, harness: Harness, heartbeat_s: float) -> None:
        async with harness.running(harness.worker(harness.complete, heartbeat_s=heartbeat_s)):
            job = await harness.enqueue()
            await harness.started.get()
            taken = {"lease.token": "another-worker's"}
            await harness.database[COLLECTION].update_one({"_id": job.id}, {"$set": taken})
            if heartbeat_s == NEVER:
                harness.go_on.set()
            found = await self.ended(harness, outcome="lease_lost")
        assert found.value(ATTEMPTS) == 1

    async def test_an_outcome_that_cannot_be_stored(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("no such luck")

        async def fail(_: Attempt) -> None:
            monkeypatch.setattr(harness.jobs, "fail", broken)
            raise NotAnArticle("12 words")

        async with harness.running(harness.worker(fail)):
            await harness.enqueue()
            found = await self.ended(harness, outcome="not_stored")
        assert found.value("blogqa_worker_running_jobs") == 0

    async def test_a_lease_that_is_rescued(self, harness: Harness) -> None:
        job = await harness.enqueue()
        assert await harness.jobs.claim(worker="dead") is not None
        long_ago = {"$dateSubtract": {"startDate": "$$NOW", "unit": "hour", "amount": 1}}
        await harness.database[COLLECTION].update_one({"_id": job.id}, [{"$set": {"lease.until": long_ago}}])
        async with harness.running(harness.worker(harness.complete, rescue_s=0.02)):
            await harness.until(job.id, lambda job: bool(job.errors))

            async def look() -> float:
                return read(harness.metrics).value("blogqa_jobs_rescued_total", state="queued")

            assert await eventually(look) == 1

    async def test_whether_heartbeats_are_stored_says_whether_the_database_is_up(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def look() -> float:
            return read(harness.metrics).value("blogqa_database_up")

        assert await look() == 0
        worker = harness.worker(harness.complete)
        async with harness.running(worker):
            await eventually(look, lambda up: up == 1)
            monkeypatch.setattr("shared.data.worker_repository.WorkerRepository.beat", _away)
            await eventually(look, lambda up: up == 0)


async def _away(*_: Any) -> None:
    raise DatabaseUnavailable("MongoDB does not answer")


class TestPages:
    async def scrape(self, port: int, *, attempts: int) -> Scrape:
        """A scrape in which so many attempts are counted; the last one's job is seen to have ended before it is."""

        async def look() -> Scrape:
            return scraped(get(port, "/metrics")[1])

        return await eventually(look, lambda found: sum(found.values(ATTEMPTS)) == attempts)

    async def test_what_becomes_of_pages_and_of_the_model_is_counted(self, mongod: Mongod, database: Database) -> None:
        port = free_port()
        async with fake_model() as fake:
            drafts = iter([error(500), completion("no JSON", usage=(50, 5)), completion(DRAFT, usage=(400, 30))])
            fake.otherwise = lambda _request: next(drafts, completion(DRAFT, usage=(400, 30)))
            models = {"openai_base_url": fake.base_url, "llm_model": "m"}
            async with running_stack(mongod, database, metrics_port=port, **models) as stack:
                assert (await stack.process()).state is JobStatus.FAILED  # Nothing of the draft is in the article.
                assert (await stack.process("/nowhere")).state is JobStatus.FAILED
                assert get(port, "/health/live") == (200, "ok\n")
                found = await self.scrape(port, attempts=4)
        assert {has["outcome"]: value for name, has, value in found.samples if name == "blogqa_crawls_total"} == {
            "fetched": 3,
            "not_modified": 0,
            "page_gone": 1,
        }
        assert found.value(ATTEMPTS, outcome="failed", code="nothing_grounded") == 1
        assert found.value(ATTEMPTS, outcome="failed", code="page_gone") == 1
        assert found.value("blogqa_questions_drafted_total", outcome="dropped") == 3
        assert found.value("blogqa_questions_drafted_total", outcome="kept") == 0
        of_it = {"purpose": "draft", "model": "m"}
        assert found.value("blogqa_llm_calls_total", outcome="model_unavailable", **of_it) == 1
        assert found.value("blogqa_llm_calls_total", outcome="ok", **of_it) == 4
        assert found.value("blogqa_llm_unusable_answers_total", **of_it) == 1
        assert found.value("blogqa_llm_tokens_total", kind="prompt", **of_it) == 1_250
        assert found.value("blogqa_llm_tokens_total", kind="completion", **of_it) == 95

    async def test_pages_that_are_published_and_pages_that_have_not_changed(
        self, mongod: Mongod, database: Database
    ) -> None:
        port = free_port()
        async with running_stack(mongod, database, metrics_port=port) as stack:
            first = await stack.process()
            assert first.state is JobStatus.COMPLETED, first.errors
            assert (await stack.process()).state is JobStatus.COMPLETED
            found = await self.scrape(port, attempts=2)
        assert found.value("blogqa_pages_total", outcome="published") == 1
        assert found.value("blogqa_pages_total", outcome="unchanged") == 1
        assert first.result is not None
        assert found.value("blogqa_questions_drafted_total", outcome="kept") == first.result.questions
        for step in Step:
            times = 2 if step in (Step.CRAWL, Step.EXTRACT, Step.PUBLISH) else 1
            assert found.value("blogqa_job_step_duration_seconds_count", step=step) == times
        assert not found.values("blogqa_llm_calls_total")

    async def test_requests_for_embeddings_are_counted(self, mongod: Mongod, database: Database) -> None:
        def embed(request: dict[str, Any]) -> Reply:
            vector = [1.0] * request["dimensions"]
            rows = [{"index": n, "object": "embedding", "embedding": vector} for n in range(len(request["input"]))]
            body = {"object": "list", "data": rows, "model": "e", "usage": {"prompt_tokens": 7, "total_tokens": 7}}
            return Reply(json.dumps(body).encode(), 200, {"Content-Type": "application/json"})

        port = free_port()
        async with fake_model() as fake:
            fake.otherwise = embed
            models = {"openai_base_url": fake.base_url, "engine": "extractive", "embeddings": "openai"}
            settings = {"embedding_model": "e", "embedding_dimensions": 8, "metrics_port": port, **models}
            async with running_stack(mongod, database, **settings) as stack:
                await stack.process()
                found = await self.scrape(port, attempts=1)
            assert fake.requests
        of_it = {"purpose": "embed", "model": "e"}
        assert found.value("blogqa_llm_calls_total", outcome="ok", **of_it) == len(fake.requests)
        assert found.value("blogqa_llm_tokens_total", kind="prompt", **of_it) == 7 * len(fake.requests)
