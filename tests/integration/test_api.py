from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from api_service.core.settings import ApiSettings
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from shared.data.content_repository import SUMMARIES
from shared.data.database import Database
from shared.data.job_repository import COLLECTION, JobRepository
from shared.data.publisher_repository import COLLECTION as PUBLISHERS
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.data.worker_repository import WorkerRepository
from shared.errors import NotAnArticle, PageGone
from shared.models.job_queue import JobResult, Step
from shared.models.published import blog_id
from shared.models.worker import WorkerBeat
from tests.conftest import ADMIN_KEY, Api, serve
from tests.integration.problems import assert_problem
from tests.integration.stories import publish
from tests.integration.waiting import eventually

URL = "https://example.com/tides"
BY_URL = "/api/v1/questions/by-url"
CHECK = "/api/v1/questions/check-and-load"
PROCESS = "/api/v1/jobs/process"
UNKNOWN_JOB = "0" * 24


async def process(api: Api, url: str = URL) -> str:
    response = await api.client.post(PROCESS, json={"blog_url": url})
    assert response.status_code == 202
    job_id: str = response.json()["job_id"]
    return job_id


class TestQuestions:
    async def test_published_questions_are_served_with_their_sources(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        body = (await api.client.get(BY_URL, params={"blog_url": "http://www.example.com/tides/?utm_source=x"})).json()
        assert (body["title"], body["version"], body["engine"]) == ("Tides 1", 1, "extractive")
        (citation,) = body["questions"][0]["citations"]
        assert citation["url"] == URL
        assert citation["section"] == "Causes"

    async def test_head_answers_what_get_does_without_the_body(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        got = await api.client.get(BY_URL, params={"blog_url": URL})
        headed = await api.client.head(BY_URL, params={"blog_url": URL})
        assert (headed.status_code, headed.content) == (200, b"")
        assert headed.headers["etag"] == got.headers["etag"]
        assert headed.headers["content-length"] == str(len(got.content))

    @pytest.mark.parametrize("path", [BY_URL, CHECK])
    async def test_an_unchanged_blog_costs_a_304(self, api: Api, path: str) -> None:
        await publish(api.database, api.publisher.id)
        first = await api.client.get(path, params={"blog_url": URL})
        assert first.headers["cache-control"] == "public, max-age=60"
        headers = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
        second = await api.client.get(path, params={"blog_url": URL}, headers=headers)
        assert (second.status_code, second.content) == (304, b"")
        assert second.headers["etag"] == first.headers["etag"]

    async def test_a_republished_blog_is_served_anew(self, api: Api) -> None:
        await publish(api.database, api.publisher.id, edition=1)
        assert (await api.client.get(BY_URL, params={"blog_url": URL})).json()["version"] == 1
        await publish(api.database, api.publisher.id, edition=2)

        async def version() -> int:
            served: int = (await api.client.get(BY_URL, params={"blog_url": URL})).json()["version"]
            return served

        await eventually(version, lambda served: served == 2)

    async def test_limit_and_randomize_choose_questions(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        limited = await api.client.get(BY_URL, params={"blog_url": URL, "limit": 1})
        assert [question["order"] for question in limited.json()["questions"]] == [0]
        sampled = await api.client.get(BY_URL, params={"blog_url": URL, "randomize": "true"})
        assert sorted(question["order"] for question in sampled.json()["questions"]) == [0, 1]
        assert sampled.headers["cache-control"] == "no-store"

    async def test_an_unknown_blog_is_a_404_that_says_what_to_do(self, api: Api) -> None:
        body = assert_problem(await api.client.get(BY_URL, params={"blog_url": URL}), 404, "not_found")
        assert "jobs/process" in body["detail"]

    async def test_one_question_is_read_by_its_id(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        listed = (await api.client.get(BY_URL, params={"blog_url": URL})).json()["questions"][0]
        assert (await api.client.get(f"/api/v1/questions/{listed['id']}")).json() == listed
        assert_problem(await api.client.get("/api/v1/questions/nonsense"), 404, "not_found")

    async def test_publishers_never_see_each_others_content(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        question = (await api.client.get(BY_URL, params={"blog_url": URL})).json()["questions"][0]
        key = new_key()
        await PublisherRepository(api.database).ensure(name="Other", domains=["example.com"], key=key)
        other = {"X-API-Key": key}
        assert_problem(await api.client.get(BY_URL, params={"blog_url": URL}, headers=other), 404, "not_found")
        assert_problem(await api.client.get(f"/api/v1/questions/{question['id']}", headers=other), 404, "not_found")
        job_id = await process(api, "https://example.com/mine")
        assert_problem(await api.client.get(f"/api/v1/jobs/status/{job_id}", headers=other), 404, "not_found")

    async def test_deleting_needs_the_operator_and_says_what_went(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        assert_problem(await api.client.delete(BY_URL, params={"blog_url": URL}), 401, "unauthorized")
        removed = await api.client.delete(BY_URL, params={"blog_url": URL}, headers=api.admin)
        assert removed.json() == {"questions": 2, "summaries": 1, "pages": 1, "jobs": 1}
        assert_problem(await api.client.get(BY_URL, params={"blog_url": URL}), 404, "not_found")
        assert_problem(await api.client.delete(BY_URL, params={"blog_url": URL}, headers=api.admin), 404, "not_found")
        assert await api.database[SUMMARIES].count_documents({}) == 0

    async def test_a_deleted_blog_is_gone_at_once_under_all_its_addresses(self, api: Api) -> None:
        alias = blog_id(api.publisher.id, "https://example.com/canonical")
        await publish(api.database, api.publisher.id, aliases=(alias,))
        canonical = {"blog_url": "https://example.com/canonical"}
        assert (await api.client.get(BY_URL, params=canonical)).status_code == 200
        assert (await api.client.delete(BY_URL, params=canonical, headers=api.admin)).json()["questions"] == 2
        for params in (canonical, {"blog_url": URL}):
            assert_problem(await api.client.get(BY_URL, params=params), 404, "not_found")

    async def test_shared_caches_are_told_that_the_answer_depends_on_who_asks_from_where(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        for path in (BY_URL, CHECK):
            for origin in ({}, {"Origin": "https://example.com"}):
                response = await api.client.get(path, params={"blog_url": URL}, headers=origin)
                assert set(response.headers["vary"].split(", ")) == {"X-API-Key", "Origin", "Referer"}


class TestCheckAndLoad:
    async def test_a_first_visit_accepts_the_page_and_a_second_finds_it_waiting(self, api: Api) -> None:
        first = await api.client.get(CHECK, params={"blog_url": URL})
        assert first.json()["status"] == "not_started"
        assert int(first.headers["retry-after"]) == first.json()["retry_after_s"]
        assert first.headers["cache-control"] == "no-store"
        second = (await api.client.get(CHECK, params={"blog_url": URL})).json()
        assert (second["status"], second["job_id"]) == ("processing", first.json()["job_id"])

    async def test_a_processed_page_is_ready(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        body = (await api.client.get(CHECK, params={"blog_url": URL})).json()
        assert body["status"] == "ready"
        assert body["blog"] == (await api.client.get(BY_URL, params={"blog_url": URL})).json()

    async def test_a_failed_page_says_why_and_is_not_tried_again_by_every_visit(self, api: Api) -> None:
        await process(api)
        jobs = JobRepository(api.database)
        claimed = await jobs.claim(worker="w")
        assert claimed is not None
        await jobs.fail(claimed, NotAnArticle("only 12 words"), step=Step.EXTRACT, retry_in_s=None)
        body = (await api.client.get(CHECK, params={"blog_url": URL})).json()
        assert body == {
            "status": "failed",
            "job_id": claimed.job.id,
            "code": "not_an_article",
            "reason": "only 12 words",
        }
        long_ago = [{"$set": {"finished_at": {"$subtract": ["$$NOW", 86_400_000]}}}]
        await api.database[COLLECTION].update_one({"_id": claimed.job.id}, long_ago)
        assert (await api.client.get(CHECK, params={"blog_url": URL})).json()["status"] == "not_started"

    async def test_another_spelling_that_failed_does_not_speak_for_the_page(self, api: Api) -> None:
        await process(api, "http://www.example.com/tides")
        jobs = JobRepository(api.database)
        claimed = await jobs.claim(worker="w")
        assert claimed is not None
        await jobs.fail(claimed, PageGone("no such host"), step=Step.CRAWL, retry_in_s=None)
        assert (await api.client.get(CHECK, params={"blog_url": URL})).json()["status"] == "not_started"

    async def test_a_reader_who_waits_comes_before_other_work(self, api: Api) -> None:
        await process(api)
        job_id = (await api.client.get(CHECK, params={"blog_url": "https://example.com/read-now"})).json()["job_id"]
        claimed = await JobRepository(api.database).claim(worker="w")
        assert claimed is not None
        assert claimed.job.id == job_id

    async def test_a_page_of_somebody_else_is_refused(self, api: Api) -> None:
        assert_problem(await api.client.get(CHECK, params={"blog_url": "https://evil.test/"}), 403, "host_forbidden")


class TestJobs:
    async def test_processing_answers_with_the_jobs_address(self, api: Api) -> None:
        response = await api.client.post(PROCESS, json={"blog_url": URL})
        assert response.status_code == 202
        assert response.json()["created"] is True
        status = (await api.client.get(response.headers["location"])).json()
        assert (status["state"], status["blog_url"], status["attempt"]) == ("queued", URL, 0)
        assert "lease" not in status
        again = (await api.client.post(PROCESS, json={"blog_url": "http://example.com/tides#top"})).json()
        assert (again["job_id"], again["created"]) == (response.json()["job_id"], False)

    async def test_a_batch_accepts_the_good_and_names_the_bad(self, api: Api) -> None:
        urls = ["https://example.com/a", "ftp://example.com/b", "https://evil.test/c", "https://example.com/a"]
        response = await api.client.post("/api/v1/jobs/process-batch", json={"blog_urls": urls})
        assert response.status_code == 202
        first, bad, foreign, again = response.json()["jobs"]
        assert (first["status"], first["created"], again["created"]) == ("accepted", True, False)
        assert (bad["status"], bad["code"], foreign["code"]) == ("refused", "invalid_url", "host_forbidden")

    async def test_forcing_is_the_operators(self, api: Api) -> None:
        body = {"blog_url": URL, "force": True}
        assert_problem(await api.client.post(PROCESS, json=body), 403, "access_denied")
        assert (await api.client.post(PROCESS, json=body, headers=api.admin)).status_code == 202

    async def test_a_recent_result_stands_in_for_a_new_job(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        again = (await api.client.post(PROCESS, json={"blog_url": URL})).json()
        assert (again["state"], again["created"]) == ("completed", False)

    async def test_cancel_and_retry(self, api: Api) -> None:
        job_id = await process(api)
        cancelled = await api.client.post(f"/api/v1/jobs/cancel/{job_id}", headers=api.admin)
        assert cancelled.json()["state"] == "cancelled"
        retried = await api.client.post(f"/api/v1/jobs/retry/{job_id}", headers=api.admin)
        assert (retried.status_code, retried.json()["state"]) == (202, "queued")
        response = await api.client.post(f"/api/v1/jobs/retry/{job_id}", headers=api.admin)
        assert_problem(response, 409, "conflict")

    async def test_cancelling_a_finished_job_is_a_conflict(self, api: Api) -> None:
        job_id = await process(api)
        jobs = JobRepository(api.database)
        claimed = await jobs.claim(worker="w")
        assert claimed is not None
        await jobs.complete(claimed, JobResult(questions=1, version=1, engine="extractive"))
        response = await api.client.post(f"/api/v1/jobs/cancel/{job_id}", headers=api.admin)
        assert "completed already" in assert_problem(response, 409, "conflict")["detail"]

    async def test_listing_pages_through_everything_once(self, api: Api) -> None:
        expected = {await process(api, f"https://example.com/{number}") for number in range(5)}
        seen: list[str] = []
        params: dict[str, Any] = {"limit": 2, "state": "queued"}
        while True:
            page = (await api.client.get("/api/v1/jobs", params=params, headers=api.admin)).json()
            seen += [job["job_id"] for job in page["jobs"]]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
        assert len(seen) == len(expected)
        assert set(seen) == expected

    async def test_statistics_are_the_operators(self, api: Api) -> None:
        await process(api)
        assert_problem(await api.client.get("/api/v1/jobs/stats"), 401, "unauthorized")
        stats = (await api.client.get("/api/v1/jobs/stats", headers=api.admin)).json()
        assert (stats["by_state"]["queued"], stats["due"]) == (1, 1)

    async def test_the_operator_looks_at_one_publishers_jobs(self, api: Api) -> None:
        repository = PublisherRepository(api.database)
        other = await repository.create(name="Bäckerei & Söhne", domains=["example.com"], key=(key := new_key()))
        mine = await process(api)
        await api.client.post(PROCESS, json={"blog_url": URL}, headers={"X-API-Key": key})
        theirs = await api.client.post(PROCESS, json={"blog_url": f"{URL}/2"}, headers={"X-API-Key": key})
        del api.client.headers["X-API-Key"]
        for publisher, count in ((None, 3), ("Test", 1), (api.publisher.id, 1), (other.name, 2), (other.id, 2)):
            params = {} if publisher is None else {"publisher": publisher}
            stats = (await api.client.get("/api/v1/jobs/stats", params=params, headers=api.admin)).json()
            assert stats["by_state"]["queued"] == count
            listed = (await api.client.get("/api/v1/jobs", params=params, headers=api.admin)).json()["jobs"]
            assert len(listed) == count
        params = {"publisher": other.name, "limit": "1", "state": "queued"}
        page = (await api.client.get("/api/v1/jobs", params=params, headers=api.admin)).json()
        assert [job["job_id"] for job in page["jobs"]] == [theirs.json()["job_id"]]
        params["cursor"] = page["next_cursor"]
        page = (await api.client.get("/api/v1/jobs", params=params, headers=api.admin)).json()
        assert page["next_cursor"] is None
        assert mine not in [job["job_id"] for job in page["jobs"]]

    @pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/jobs/stats"])
    async def test_jobs_of_a_publisher_are_the_operators_to_see(self, api: Api, path: str) -> None:
        await PublisherRepository(api.database).create(name="Other", domains=["example.com"], key=new_key())
        assert_problem(await api.client.get(path, params={"publisher": "Other"}), 401, "unauthorized")
        unknown = await api.client.get(path, params={"publisher": "Nobody"}, headers=api.admin)
        assert "'Nobody'" in assert_problem(unknown, 404, "not_found")["detail"]
        own = await api.client.get(path, params={"publisher": "Test"}, headers=api.admin)
        assert own.status_code == 200
        both = await api.client.get(path, params={"publisher": "Other"}, headers=api.admin)
        assert "X-API-Key" in assert_problem(both, 422, "invalid_input")["detail"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("url", "status", "code"),
        [
            ("not a url", 422, "invalid_url"),
            ("ftp://example.com/x", 422, "invalid_url"),
            ("javascript:alert(1)", 422, "invalid_url"),
            ("https://user:secret@example.com/", 422, "invalid_url"),
            ("https://example.com:99999/", 422, "invalid_url"),
            ("https://example.com/\u0000", 422, "invalid_url"),
            ("https://elsewhere.test/", 403, "host_forbidden"),
            ("http://127.0.0.1/", 403, "host_forbidden"),
            ("https://example.com/" + "a" * 10_000, 422, "invalid_request"),
            ("", 422, "invalid_request"),
            (None, 422, "invalid_request"),
            (["https://example.com/"], 422, "invalid_request"),
            ({"$ne": None}, 422, "invalid_request"),
            (42, 422, "invalid_request"),
        ],
    )
    async def test_a_bad_url_gets_its_own_problem(self, api: Api, url: object, status: int, code: str) -> None:
        body = assert_problem(await api.client.post(PROCESS, json={"blog_url": url}), status, code)
        assert "secret" not in str(body)
        assert await api.database[COLLECTION].count_documents({}) == 0

    @pytest.mark.parametrize(
        ("path", "params"),
        [
            (BY_URL, {}),
            (BY_URL, {"blog_url": URL, "limit": "0"}),
            (BY_URL, {"blog_url": URL, "limit": "10000"}),
            (BY_URL, {"blog_url": URL, "randomize": "perhaps"}),
            (BY_URL, {"blog_url": URL, "color": "red"}),
            ("/api/v1/jobs", {"state": "sleeping"}),
            ("/api/v1/jobs", {"cursor": "$where"}),
            ("/api/v1/jobs", {"limit": "-1"}),
            ("/api/v1/jobs/stats", {"state": "queued"}),
        ],
    )
    async def test_unknown_query_values_are_named(self, api: Api, path: str, params: dict[str, str]) -> None:
        body = assert_problem(await api.client.get(path, params=params, headers=api.admin), 422, "invalid_request")
        assert body["errors"][0]["field"].startswith("query.")

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b'{"blog_url":', b"\xff\xfe"])
    async def test_a_body_that_is_not_the_expected_json_is_refused(self, api: Api, content: bytes) -> None:
        response = await api.client.post(PROCESS, content=content, headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422)
        assert_problem(response, response.status_code, "invalid_request")

    @pytest.mark.parametrize("announced", [True, False])
    async def test_a_body_above_64_kib_is_refused(self, api: Api, announced: bool) -> None:
        body = b'{"blog_url": "' + b"a" * 70_000 + b'"}'

        async def chunks() -> Any:
            yield body

        content = body if announced else chunks()
        response = await api.client.post(PROCESS, content=content, headers={"Content-Type": "application/json"})
        assert_problem(response, 413, "body_too_large")

    @pytest.mark.parametrize("job_id", [UNKNOWN_JOB, "x", "$ne", "a" * 5_000])
    async def test_an_unknown_job_is_a_404(self, api: Api, job_id: str) -> None:
        assert_problem(await api.client.get(f"/api/v1/jobs/status/{job_id}"), 404, "not_found")
        assert_problem(await api.client.post(f"/api/v1/jobs/cancel/{job_id}", headers=api.admin), 404, "not_found")

    async def test_unknown_paths_and_methods_are_problems_too(self, api: Api) -> None:
        assert_problem(await api.client.get("/api/v1/nothing"), 404, "not_found")
        assert_problem(await api.client.put(PROCESS), 405, "method_not_allowed")


class TestKeys:
    @pytest.mark.parametrize("key", ["", "pub_wrong", "nonsense", "pub_" + "a" * 10_000, "pub_$ne"])
    async def test_a_wrong_publisher_key_is_refused(self, api: Api, key: str) -> None:
        response = await api.client.get(BY_URL, params={"blog_url": URL}, headers={"X-API-Key": key})
        body = assert_problem(response, 401, "unauthorized")
        assert "www-authenticate" in response.headers
        assert not key or key not in body["detail"]

    async def test_a_missing_key_is_named(self, api: Api) -> None:
        del api.client.headers["X-API-Key"]
        for call in (
            api.client.get(BY_URL, params={"blog_url": URL}),
            api.client.post(PROCESS, json={"blog_url": URL}),
        ):
            assert "X-API-Key" in assert_problem(await call, 401, "unauthorized")["detail"]
        assert_problem(await api.client.get(f"/api/v1/jobs/status/{UNKNOWN_JOB}"), 401, "unauthorized")

    @pytest.mark.parametrize("key", [b"", b"adm_wrong", ADMIN_KEY.encode() + b"x", "ключ".encode()])
    async def test_a_wrong_operator_key_is_refused(self, api: Api, key: bytes) -> None:
        response = await api.client.get("/api/v1/jobs/stats", headers=[(b"X-Admin-Key", key)])
        assert_problem(response, 401, "unauthorized")

    async def test_a_disabled_publisher_is_refused(self, api: Api) -> None:
        await api.database[PUBLISHERS].update_one({"_id": api.publisher.id}, {"$set": {"disabled": True}})
        assert_problem(await api.client.get(BY_URL, params={"blog_url": URL}), 403, "access_denied")

    async def test_keys_are_stored_hashed_only(self, api: Api) -> None:
        stored = await api.database[PUBLISHERS].find_one({"_id": api.publisher.id})
        assert api.key not in str(stored)

    async def test_without_an_operator_key_nobody_is_the_operator(self, mongod: Mongod, database: Database) -> None:
        settings = ApiSettings(mongodb_url=SecretStr(mongod.url), mongodb_database=database.name)
        async with serve(settings) as client:
            for key in ("", "None", ADMIN_KEY):
                response = await client.get("/api/v1/jobs/stats", headers={"X-Admin-Key": key})
                assert_problem(response, 401, "unauthorized")


class TestHealth:
    async def test_without_a_worker_the_service_is_degraded_but_ready(self, api: Api) -> None:
        health = await api.client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert health.json()["engine"] == "extractive"
        assert (await api.client.get("/health/live")).json() == {"status": "ok"}
        assert (await api.client.get("/health/ready")).status_code == 200

    async def test_a_living_worker_makes_it_ok(self, api: Api) -> None:
        beat = WorkerBeat(name="w1", engine="extractive", slots=4, running=0)
        await WorkerRepository(api.database).beat(beat)
        health = (await api.client.get("/health")).json()
        assert health["status"] == "ok"
        (worker,) = health["workers"]
        assert set(worker) == {"name", "engine", "slots", "running", "heartbeat_age_s"}
        assert worker["name"] == "w1"
        assert health["worker_heartbeat_age_s"] < 30

    async def test_a_silent_worker_counts_as_gone(self, api: Api) -> None:
        await WorkerRepository(api.database).beat(WorkerBeat(name="w1", engine="extractive", slots=4, running=0))
        silent = [{"$set": {"beat_at": {"$subtract": ["$$NOW", 60_000]}}}]
        await api.database["workers"].update_one({"_id": "w1"}, silent)
        health = (await api.client.get("/health")).json()
        assert (health["status"], health["workers"]) == ("degraded", [])

    async def test_request_ids_are_taken_over_when_they_are_sane(self, api: Api) -> None:
        mine = await api.client.get("/health/live", headers={"X-Request-ID": "abc-123"})
        assert mine.headers["x-request-id"] == "abc-123"
        odd = await api.client.get("/health/live", headers={"X-Request-ID": "a b\tc" * 50})
        assert len(odd.headers["x-request-id"]) == 32

    async def test_the_demo_blog_is_served_in_development(self, api: Api) -> None:
        assert (await api.client.get("/demo/")).status_code == 200

    async def test_the_api_describes_itself(self, api: Api) -> None:
        described = (await api.client.get("/openapi.json")).json()
        documented = described["paths"]["/api/v1/questions/by-url"]["get"]["responses"]["default"]["content"]
        assert documented["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert "detail" in described["components"]["schemas"]["Problem"]["properties"]


class TestWithoutDatabase:
    async def test_the_service_stops_though_it_has_just_begun_to_look_for_it(self) -> None:
        nobody = f"mongodb://127.0.0.1:{free_port()}/?replicaSet=blogqa"
        async with asyncio.timeout(20), serve(ApiSettings(mongodb_url=SecretStr(nobody))):
            pass

    async def test_everything_that_needs_it_is_a_503_that_says_when_to_come_back(self) -> None:
        nobody = f"mongodb://127.0.0.1:{free_port()}/?replicaSet=blogqa"
        async with serve(ApiSettings(mongodb_url=SecretStr(nobody))) as client:
            assert (await client.get("/health/live")).status_code == 200
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
            health = await client.get("/health")
            assert (health.status_code, health.json()["status"]) == (503, "down")
            response = await client.get(BY_URL, params={"blog_url": URL}, headers={"X-API-Key": new_key()})
            body = assert_problem(response, 503, "database_unavailable")
            assert int(response.headers["retry-after"]) > 0
            assert "127.0.0.1" not in body["detail"]
