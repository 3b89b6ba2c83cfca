"""The queue's invariants, checked by a state machine on a real mongod.

Time does not pass by itself here: rules move a lease's end or a retry's due time on the server, which is all that a
crash or a long wait does to the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from local_stack.mongod import Mongod
from shared.data.content_repository import PAGES, QUESTIONS, SUMMARIES
from shared.data.database import Database, Document, open_database
from shared.data.job_repository import COLLECTION, JobRepository
from shared.data.schema import prepare
from shared.errors import Conflict, LeaseLost, NotAnArticle, PageUnavailable
from shared.models.job_queue import (
    MAX_ATTEMPTS,
    ClaimedJob,
    JobStatus,
    Priority,
    Progress,
    RetryPolicy,
    Step,
)
from tests.integration.stories import RESULT, publication
from worker_service.data.publishing_repository import PublishingRepository, Validators

T = TypeVar("T")
BLOGS = st.sampled_from(["a", "b", "c"])
ACTIVE = (JobStatus.QUEUED, JobStatus.PROCESSING)
NO_VALIDATORS = Validators(etag=None, last_modified=None)


@dataclass
class Model:
    """What the queue must say of one job."""

    state: JobStatus = JobStatus.QUEUED
    attempt: int = 0
    token: str | None = None
    lapsed: bool = False
    cancel_requested: bool = False
    force: bool = False


class QueueMachine(RuleBasedStateMachine):
    url: ClassVar[str]
    runner: ClassVar[asyncio.Runner]

    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.models: dict[str, Model] = {}
        self.tokens: set[str] = set()
        self.published: dict[str, int] = {}
        self.editions = 0
        self.stack = AsyncExitStack()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    @initialize()
    def open(self) -> None:
        async def go() -> Database:
            database = await self.stack.enter_async_context(
                open_database(self.url, "blogqa_machine", app_name="machine")
            )
            await prepare(database)
            for collection in (COLLECTION, PAGES, SUMMARIES, QUESTIONS):
                await database[collection].delete_many({})
            return database

        self.database = self.run(go())
        self.jobs = JobRepository(self.database, lease_s=86_400.0)  # No lease ends before a rule says so.
        self.publishing = PublishingRepository(self.database, self.jobs)

    def teardown(self) -> None:
        self.run(self.stack.aclose())

    def stored(self, job_id: str) -> Document:
        document = self.run(self.database[COLLECTION].find_one({"_id": job_id}))
        assert document is not None
        return document

    def holds(self, claimed: ClaimedJob) -> bool:
        return self.models[claimed.job.id].token == claimed.token

    def fenced(self, claimed: ClaimedJob, operation: Coroutine[Any, Any, object]) -> bool:
        """Runs a worker's operation; a stale one must be refused and leave the document as it was."""
        if self.holds(claimed):
            self.run(operation)
            return True
        before = self.stored(claimed.job.id)
        with pytest.raises(LeaseLost):
            self.run(operation)
        assert self.stored(claimed.job.id) == before
        return False

    def leave(self, job_id: str, state: JobStatus) -> None:
        model = self.models[job_id]
        model.token, model.lapsed = None, False
        if state is JobStatus.QUEUED and model.cancel_requested:
            state = JobStatus.CANCELLED
        model.state = state

    @rule(blog=BLOGS, priority=st.sampled_from(Priority), force=st.booleans())
    def enqueue(self, blog: str, priority: Priority, force: bool) -> None:
        url = f"https://example.com/{blog}"
        job, created = self.run(
            self.jobs.enqueue(
                publisher_id="p", blog_id=blog, url=url, normalized_url=url, priority=priority, force=force
            )
        )
        if created:
            assert job.id not in self.models
            self.models[job.id] = Model(force=force)
        else:
            model = self.models[job.id]
            assert model.state in ACTIVE
            model.force, model.cancel_requested = model.force or force, False

    @rule(target=claims, worker=st.sampled_from(["w1", "w2"]))
    def claim(self, worker: str) -> Any:
        claimed = self.run(self.jobs.claim(worker=worker))
        if claimed is None:
            waiting = [self.stored(job_id) for job_id, model in self.models.items() if model.state is JobStatus.QUEUED]
            assert all(document["run_at"] > document["updated_at"] for document in waiting)
            return multiple()
        model = self.models[claimed.job.id]
        assert model.state is JobStatus.QUEUED
        assert claimed.token not in self.tokens
        self.tokens.add(claimed.token)
        model.state, model.token, model.attempt = JobStatus.PROCESSING, claimed.token, model.attempt + 1
        assert claimed.job.attempt == model.attempt
        return claimed

    @rule(batch=st.lists(claims, max_size=4))
    def heartbeat(self, batch: list[ClaimedJob]) -> None:
        reply = self.run(self.jobs.heartbeat(batch))
        held = [claimed for claimed in batch if self.holds(claimed)]
        assert reply.alive == {claimed.token for claimed in held}
        assert reply.cancelled == {c.token for c in held if self.models[c.job.id].cancel_requested}
        for claimed in held:
            self.models[claimed.job.id].lapsed = False

    @rule(claimed=claims, step=st.sampled_from(Step), percent=st.integers(0, 100))
    def progress(self, claimed: ClaimedJob, step: Step, percent: int) -> None:
        self.fenced(claimed, self.jobs.report_progress(claimed, Progress(step=step, percent=percent)))

    @rule(claimed=claims)
    def publish(self, claimed: ClaimedJob) -> None:
        self.editions += 1
        before = self.contents()
        if self.fenced(claimed, self.publishing.publish(claimed, publication(edition=self.editions), RESULT)):
            self.published[claimed.job.blog_id] = self.editions
            self.leave(claimed.job.id, JobStatus.COMPLETED)
        else:
            assert self.contents() == before

    @rule(claimed=claims, permanent=st.booleans(), fraction=st.floats(0, 0.99))
    def fail(self, claimed: ClaimedJob, permanent: bool, fraction: float) -> None:
        error = NotAnArticle("x") if permanent else PageUnavailable("x")
        delay = RetryPolicy().delay_s(
            error, attempt=claimed.job.attempt, max_attempts=claimed.job.max_attempts, fraction=fraction
        )
        if self.fenced(claimed, self.jobs.fail(claimed, error, step=Step.CRAWL, retry_in_s=delay)):
            self.leave(claimed.job.id, JobStatus.FAILED if delay is None else JobStatus.QUEUED)

    @rule(claimed=claims)
    def release(self, claimed: ClaimedJob) -> None:
        if self.fenced(claimed, self.jobs.release(claimed)):
            self.models[claimed.job.id].attempt -= 1
            self.leave(claimed.job.id, JobStatus.QUEUED)

    @rule(claimed=claims)
    def find_unchanged(self, claimed: ClaimedJob) -> None:
        if claimed.job.force:
            return
        model, result = self.models[claimed.job.id], RESULT.model_copy(update={"unchanged": True})
        if self.fenced(claimed, self.publishing.confirm_unchanged(claimed, NO_VALIDATORS, result)):
            model.attempt -= model.force
            self.leave(claimed.job.id, JobStatus.QUEUED if model.force else JobStatus.COMPLETED)

    @rule(claimed=claims)
    def worker_falls_silent(self, claimed: ClaimedJob) -> None:
        if self.holds(claimed):
            past = [{"$set": {"lease.until": {"$subtract": ["$$NOW", 60_000]}}}]
            self.run(self.database[COLLECTION].update_one({"_id": claimed.job.id}, past))
            self.models[claimed.job.id].lapsed = True

    @rule()
    def rescue(self) -> None:
        rescued = self.run(self.jobs.rescue())
        if rescued is None:
            assert not any(model.lapsed for model in self.models.values())
            return
        model = self.models[rescued.id]
        assert model.lapsed
        self.leave(rescued.id, JobStatus.FAILED if model.attempt >= MAX_ATTEMPTS else JobStatus.QUEUED)
        if model.cancel_requested:
            model.state = JobStatus.CANCELLED

    @rule(target=claims, claimed=claims)
    def another_worker_takes_over(self, claimed: ClaimedJob) -> Any:
        """The sequence that fencing exists for, as one rule: by chance alone it would come up too seldom."""
        self.worker_falls_silent(claimed)
        while any(model.lapsed for model in self.models.values()):
            self.rescue()
        self.time_passes_for_waiting_jobs()
        return self.claim("w3")

    @rule()
    def time_passes_for_waiting_jobs(self) -> None:
        queued = {"state": JobStatus.QUEUED.value}
        self.run(self.database[COLLECTION].update_many(queued, [{"$set": {"run_at": "$$NOW"}}]))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if not self.models:
            return
        job_id = data.draw(st.sampled_from(sorted(self.models)))
        model = self.models[job_id]
        if model.state in (JobStatus.COMPLETED, JobStatus.FAILED):
            before = self.stored(job_id)
            with pytest.raises(Conflict):
                self.run(self.jobs.cancel(job_id))
            assert self.stored(job_id) == before
            return
        self.run(self.jobs.cancel(job_id))
        if model.state is JobStatus.QUEUED:
            model.state = JobStatus.CANCELLED
        elif model.state is JobStatus.PROCESSING:
            model.cancel_requested = True

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        if not self.models:
            return
        job_id = data.draw(st.sampled_from(sorted(self.models)))
        model, blog = self.models[job_id], self.stored(job_id)["blog_id"]
        others_active = any(
            other.state in ACTIVE for each, other in self.models.items() if self.stored(each)["blog_id"] == blog
        )
        if model.state in (JobStatus.FAILED, JobStatus.CANCELLED) and not others_active:
            self.run(self.jobs.retry(job_id))
            self.models[job_id] = Model(force=model.force)
        else:
            with pytest.raises(Conflict):
                self.run(self.jobs.retry(job_id))

    def contents(self) -> list[list[Document]]:
        names = (PAGES, SUMMARIES, QUESTIONS)
        return [self.run(self.database[name].find().sort("_id").to_list()) for name in names]

    @invariant()
    def readers_see_what_was_published_last(self) -> None:
        if not hasattr(self, "database"):
            return
        pages, summaries, questions = self.contents()
        titles = {blog: f"Tides {edition}" for blog, edition in self.published.items()}
        assert {summary["_id"]: summary["title"] for summary in summaries} == titles
        assert {page["_id"]: page["title"] for page in pages} == titles
        current = sorted((each["blog_id"], each["question"]) for each in questions if "expires_at" not in each)
        assert current == sorted(
            (blog, f"Why is there a tide {number}, edition {edition}?")
            for blog, edition in self.published.items()
            for number in (1, 2)
        )

    @invariant()
    def the_queue_agrees_with_the_model(self) -> None:
        if not hasattr(self, "database"):
            return
        documents = self.run(self.database[COLLECTION].find().to_list())
        assert len(documents) == len(self.models)
        active_blogs = []
        for document in documents:
            model = self.models[document["_id"]]
            assert document["state"] == model.state
            assert document["attempt"] == model.attempt <= MAX_ATTEMPTS
            assert document.get("lease", {}).get("token") == model.token
            assert (document["state"] == JobStatus.PROCESSING) == ("lease" in document)
            assert document["force"] == model.force
            assert ("result" in document) == (model.state is JobStatus.COMPLETED)
            assert ("active_key" in document) == (model.state in ACTIVE)
            assert ("finished_at" in document) == ("expires_at" in document) == model.state.is_terminal
            if model.state in ACTIVE:
                active_blogs.append(document["blog_id"])
        assert len(active_blogs) == len(set(active_blogs))


@pytest.mark.timeout(300)  # A failing run spends its time on the shortest example.
def test_the_queue_keeps_its_promises(mongod: Mongod) -> None:
    with asyncio.Runner() as runner:
        QueueMachine.url, QueueMachine.runner = mongod.url, runner
        test_case = QueueMachine.TestCase
        test_case.settings = settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        )
        test_case().runTest()
