from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api_service.data.question_repository import QuestionRepository
from api_service.services.hot_blogs import HotBlogs
from shared.data.content_repository import PAGES, QUESTIONS, SUMMARIES, delete_blog
from shared.data.database import Database
from shared.data.job_repository import COLLECTION, JobRepository
from shared.errors import DatabaseUnavailable, LeaseLost
from shared.models.job_queue import JobStatus
from shared.models.published import PublishedBlog, blog_id
from tests.integration.stories import RESULT, claim_for, publication, publish
from worker_service.data.publishing_repository import PublishingRepository, Validators

URL = "https://example.com/tides"
BLOG = blog_id("p", URL)


@pytest.fixture
def publishing(database: Database) -> PublishingRepository:
    return PublishingRepository(database, JobRepository(database))


async def contents(database: Database) -> list[object]:
    return [await database[name].find().sort("_id").to_list() for name in (PAGES, SUMMARIES, QUESTIONS)]


async def test_publishing_completes_the_job_and_shows_the_questions(
    database: Database, publishing: PublishingRepository
) -> None:
    claimed = await claim_for(database, "p", URL)
    job = await publishing.publish(claimed, publication(), RESULT)
    assert await JobRepository(database).get(claimed.job.id) == job
    assert (job.state, job.result) == (JobStatus.COMPLETED, RESULT.model_copy(update={"version": 1}))
    found = await QuestionRepository(database).find(BLOG)
    assert found is not None
    _, blog = found
    assert [question.order for question in blog.questions] == [0, 1]
    assert blog.questions[0].citations[0].text == "The moon pulls the sea, edition 1."


async def test_a_new_version_replaces_the_old_one_which_then_expires(database: Database) -> None:
    await publish(database, "p", edition=1)
    await publish(database, "p", edition=2)
    found = await QuestionRepository(database).find(BLOG)
    assert found is not None
    assert found[1].version == 2
    assert {question.question[-10:] for question in found[1].questions} == {"edition 2?"}
    superseded = await database[QUESTIONS].find({"version": 1}).to_list()
    assert len(superseded) == 2
    assert all(question["expires_at"] > found[1].published_at + timedelta(seconds=30) for question in superseded)
    assert await database[QUESTIONS].count_documents({"version": 2, "expires_at": {"$exists": True}}) == 0


async def test_a_worker_without_its_lease_publishes_nothing(
    database: Database, publishing: PublishingRepository
) -> None:
    await publish(database, "p", edition=1)
    claimed = await claim_for(database, "p", URL)
    await database[COLLECTION].update_one({"_id": claimed.job.id}, {"$set": {"lease.token": "somebody else's"}})
    before = await contents(database)
    with pytest.raises(LeaseLost):
        await publishing.publish(claimed, publication(edition=2), RESULT)
    with pytest.raises(LeaseLost):
        await publishing.confirm_unchanged(claimed, Validators(None, None), RESULT)
    assert await contents(database) == before


async def test_readers_never_see_a_mixture_of_two_versions(database: Database) -> None:
    await publish(database, "p", edition=1)
    questions = QuestionRepository(database)
    done = asyncio.Event()

    async def republish() -> None:
        for edition in range(2, 12):
            await publish(database, "p", edition=edition)
        done.set()

    async def read() -> set[int]:
        versions = set()
        while not done.is_set():
            found = await questions.find(BLOG)
            assert found is not None
            blog = found[1]
            texts = [blog.title, blog.summary, *(question.question for question in blog.questions)]
            assert len(blog.questions) == 2
            assert all(str(blog.version) in text for text in texts)
            versions.add(blog.version)
        return versions

    _, *seen = await asyncio.gather(republish(), read(), read())
    assert len(set.union(*seen)) > 1


async def test_heartbeats_during_publishing_cost_no_attempt(
    database: Database, publishing: PublishingRepository
) -> None:
    jobs = JobRepository(database)
    for edition in range(1, 16):
        claimed = await claim_for(database, "p", URL)
        publishing_now = asyncio.create_task(publishing.publish(claimed, publication(edition=edition), RESULT))
        while not publishing_now.done():
            await jobs.heartbeat([claimed])
        assert (await publishing_now).result == RESULT.model_copy(update={"version": edition})


async def test_an_unchanged_page_keeps_its_version(database: Database, publishing: PublishingRepository) -> None:
    await publish(database, "p", edition=1)
    claimed = await claim_for(database, "p", URL)
    await publishing.confirm_unchanged(claimed, Validators('"v2"', None), RESULT)
    stored = await publishing.stored_page(BLOG)
    assert stored is not None
    assert (stored.etag, stored.version, stored.questions) == ('"v2"', 1, 2)
    assert (await JobRepository(database).get(claimed.job.id)).state is JobStatus.COMPLETED


async def test_a_blog_is_found_by_its_alias(database: Database) -> None:
    alias = blog_id("p", "https://example.com/canonical")
    await publish(database, "p", aliases=(alias,))
    found = await QuestionRepository(database).find(alias)
    assert found is not None
    assert found[0] == BLOG


async def test_deleting_a_blog_removes_all_of_it_and_fences_its_worker(
    database: Database, publishing: PublishingRepository
) -> None:
    await publish(database, "p")
    await publish(database, "p", "https://example.com/other")
    claimed = await claim_for(database, "p", URL)
    removal = await delete_blog(database, BLOG)
    assert (removal.questions, removal.summaries, removal.pages, removal.jobs) == (2, 1, 1, 2)
    with pytest.raises(LeaseLost):
        await publishing.publish(claimed, publication(edition=2), RESULT)
    assert await QuestionRepository(database).find(BLOG) is None
    assert await database[SUMMARIES].count_documents({}) == 1


async def test_hot_blogs_keep_nothing_that_was_read_before_a_change(database: Database) -> None:
    await publish(database, "p", edition=1)

    class Slow(QuestionRepository):
        async def find(self, blog_id: str) -> tuple[str, PublishedBlog] | None:
            found = await super().find(blog_id)
            hot.forget(blog_id)  # The change is announced while the old version is on its way.
            return found

    hot = HotBlogs(Slow(database), max_bytes=1_000_000)
    first = await hot.get(BLOG)
    assert first is not None
    assert first.blog.version == 1
    await publish(database, "p", edition=2)
    second = await hot.get(BLOG)
    assert second is not None
    assert second.blog.version == 2


async def test_hot_blogs_are_bounded(database: Database) -> None:
    for name in "abc":
        await publish(database, "p", f"https://example.com/{name}")
    questions = QuestionRepository(database)
    one = await HotBlogs(questions, max_bytes=1_000_000).get(blog_id("p", "https://example.com/a"))
    assert one is not None
    hot = HotBlogs(questions, max_bytes=2 * len(one.body))
    for name in "abc":
        assert await hot.get(blog_id("p", f"https://example.com/{name}")) is not None
    assert len(hot) == 2


class Watched(QuestionRepository):
    """Counts reads, and refuses them while ``away``."""

    reads = 0
    away = False

    async def find(self, blog_id: str) -> tuple[str, PublishedBlog] | None:
        self.reads += 1
        if self.away:
            raise DatabaseUnavailable("gone")
        return await super().find(blog_id)


async def test_readers_who_ask_at_once_share_one_read(database: Database) -> None:
    await publish(database, "p")
    questions = Watched(database)
    hot = HotBlogs(questions, max_bytes=1_000_000)
    found = await asyncio.gather(*(hot.get(BLOG) for _ in range(50)))
    assert all(each is not None for each in found)
    assert questions.reads == 1


async def test_a_hot_blog_is_read_again_after_a_while_but_served_on_while_the_database_is_away(
    database: Database,
) -> None:
    await publish(database, "p")
    now = 0.0
    questions = Watched(database)
    hot = HotBlogs(questions, max_bytes=1_000_000, clock=lambda: now)
    first = await hot.get(BLOG)
    now += 31
    assert await hot.get(BLOG) == first
    assert questions.reads == 2
    now += 31
    questions.away = True
    assert await hot.get(BLOG) == first
    with pytest.raises(DatabaseUnavailable):
        await hot.get("never seen")
