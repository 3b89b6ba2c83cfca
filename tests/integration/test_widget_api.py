"""What the widget needs of the API: to be asked from pages of other origins, to be served, and to count."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

import pytest

from shared.data.event_repository import COLLECTION
from tests.conftest import Api
from tests.integration.problems import assert_problem
from tests.integration.stories import publish

URL = "https://example.com/tides"
CHECK = "/api/v1/questions/check-and-load"
ASK = "/api/v1/qa/ask"
EVENTS = "/api/v1/events"
ORIGIN = {"Origin": "https://blog.example.com"}
BUILT = {path.name: path.read_bytes() for path in Path("ui-js").glob("auto-blog-question-*.js")}
INJECTOR = "auto-blog-question-injector.js"


class TestOrigins:
    async def test_a_publishers_page_may_ask_and_read_the_answer(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        response = await api.client.get(CHECK, params={"blog_url": URL}, headers=ORIGIN)
        assert (response.status_code, response.json()["status"]) == (200, "ready")
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        exposed = response.headers["access-control-expose-headers"].lower()
        assert {"x-request-id", "retry-after"} <= set(exposed.split(", "))

    async def test_another_site_is_refused_with_what_to_do(self, api: Api) -> None:
        for headers in ({"Origin": "https://evil.test"}, {"Referer": "https://evil.test/x"}, {"Origin": "null"}):
            response = await api.client.get(CHECK, params={"blog_url": URL}, headers=headers)
            assert_problem(response, 403, "origin_not_allowed")
            assert "domains" in response.json()["detail"]

    async def test_problems_can_be_read_across_origins_whatever_they_are(self, api: Api) -> None:
        unknown = await api.client.get(CHECK, params={"blog_url": URL}, headers={**ORIGIN, "X-API-Key": "pub_unknown"})
        foreign = await api.client.get(CHECK, params={"blog_url": URL}, headers={"Origin": "https://evil.test"})
        invalid = await api.client.post(ASK, json={}, headers=ORIGIN)
        large = await api.client.post(ASK, content=b"x" * 70_000, headers=ORIGIN)
        missing = await api.client.get("/api/v1/nothing", headers=ORIGIN)
        for response in (unknown, foreign, invalid, large, missing):
            assert response.headers["access-control-allow-origin"] == "*", response.status_code
        assert [one.status_code for one in (unknown, foreign, invalid, large, missing)] == [401, 403, 422, 413, 404]

    async def test_a_streamed_answer_can_be_read_across_origins(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        asked = {"question": "What causes the tides?", "blog_url": URL}
        response = await api.client.post(ASK, json=asked, headers={**ORIGIN, "Accept": "text/event-stream"})
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["access-control-allow-origin"] == "*"

    @pytest.mark.parametrize(("method", "header"), [("GET", "x-api-key"), ("POST", "content-type,x-api-key")])
    async def test_a_preflight_lets_any_page_try(self, api: Api, method: str, header: str) -> None:
        headers = {
            "Origin": "https://anything.test",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": header,
        }
        response = await api.client.options(ASK, headers=headers)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "*"

    @pytest.mark.parametrize(("method", "header"), [("DELETE", "x-api-key"), ("POST", "x-admin-key")])
    async def test_what_is_the_operators_is_not_done_from_other_sites(self, api: Api, method: str, header: str) -> None:
        headers = {
            "Origin": "https://example.com",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": header,
        }
        assert (await api.client.options(ASK, headers=headers)).status_code == 400


class TestFiles:
    async def test_the_built_files_are_served_for_a_while_and_by_version_for_good(self, api: Api) -> None:
        manifest = (await api.client.get("/widget/manifest.json")).json()
        assert {file["name"] for file in manifest["files"]} == set(BUILT)
        for file in manifest["files"]:
            current = await api.client.get(f"/widget/{file['name']}")
            versioned = await api.client.get(file["path"])
            assert current.content == versioned.content == BUILT[file["name"]]
            digest = base64.b64encode(hashlib.sha384(current.content).digest()).decode()
            assert file["integrity"] == f"sha384-{digest}"
            assert current.headers["cache-control"] == "public, max-age=300"
            assert versioned.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert current.headers["content-type"] == "text/javascript; charset=utf-8"
            assert current.headers["access-control-allow-origin"] == "*"
        assert manifest["files"][2]["integrity"] in manifest["snippet"]
        assert f"/widget/{manifest['version']}/{INJECTOR}" in manifest["snippet"]

    async def test_it_is_compressed_for_whoever_accepts_that_and_not_sent_twice(self, api: Api) -> None:
        async with api.client.stream("GET", f"/widget/{INJECTOR}", headers={"Accept-Encoding": "gzip"}) as packed:
            raw = b"".join([piece async for piece in packed.aiter_raw()])
        plain = await api.client.get(f"/widget/{INJECTOR}", headers={"Accept-Encoding": "identity"})
        assert gzip.decompress(raw) == plain.content
        again = await api.client.get(f"/widget/{INJECTOR}", headers={"If-None-Match": plain.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize(
        "path", ["/widget/README.md", "/widget/0123456789ab/" + INJECTOR, "/widget/..%2fpackage.json"]
    )
    async def test_nothing_else_is(self, api: Api, path: str) -> None:
        assert_problem(await api.client.get(path), 404, "not_found")

    async def test_the_demo_carries_the_widget_with_the_demos_key(self, api: Api) -> None:
        page = (await api.client.get("/demo/articles/overnight-bread.html")).text
        assert f'<script async src="../../widget/{INJECTOR}" data-api-key="pub_' in page


class TestEvents:
    async def test_events_are_counted_by_question(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        blog = (await api.client.get(CHECK, params={"blog_url": URL})).json()["blog"]
        question_id = blog["questions"][0]["id"]
        events = [{"type": "impression", "question_id": question_id}] * 2 + [{"type": "ask", "question_id": None}]
        for _ in range(2):
            response = await api.client.post(EVENTS, json={"blog_url": URL, "events": events})
            assert (response.status_code, response.json()) == (202, {"accepted": 3})
        found = await api.client.get(f"{EVENTS}/counts", params={"blog_url": URL}, headers=api.admin)
        counts = {one["question_id"]: one["counts"] for one in found.json()["questions"]}
        assert (counts[question_id]["impression"], counts[None]["ask"]) == (4, 2)
        assert counts[question_id]["helpful"] == 0

    async def test_made_up_questions_and_pages_leave_no_trace(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        event = {"type": "open", "question_id": "f" * 32}
        for url in (URL, "https://example.com/unknown"):
            response = await api.client.post(EVENTS, json={"blog_url": url, "events": [event]})
            assert response.json() == {"accepted": 0}
        assert await api.database[COLLECTION].count_documents({}) == 0

    @pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
    async def test_a_reader_who_objects_is_not_counted(self, api: Api, header: str) -> None:
        await publish(api.database, api.publisher.id)
        body = {"blog_url": URL, "events": [{"type": "ask"}]}
        response = await api.client.post(EVENTS, json=body, headers={header: "1"})
        assert response.json() == {"accepted": 0}
        assert await api.database[COLLECTION].count_documents({}) == 0

    @pytest.mark.parametrize(
        "body",
        [
            {"blog_url": URL, "events": []},
            {"blog_url": URL, "events": [{"type": "ask"}] * 51},
            {"blog_url": URL, "events": [{"type": "purchase"}]},
            {"blog_url": URL, "events": [{"type": "ask", "question_id": {"$gt": ""}}]},
            {"blog_url": URL, "events": [{"type": "ask", "question_id": "x" * 65}]},
            {"blog_url": URL, "events": [{"type": "ask", "reader": "me"}]},
        ],
    )
    async def test_bad_events_are_refused(self, api: Api, body: dict[str, object]) -> None:
        assert_problem(await api.client.post(EVENTS, json=body), 422, "invalid_request")

    async def test_counts_are_the_operators_to_read(self, api: Api) -> None:
        response = await api.client.get(f"{EVENTS}/counts", params={"blog_url": URL})
        assert_problem(response, 401, "unauthorized")

    async def test_deleting_a_blog_deletes_its_counts(self, api: Api) -> None:
        await publish(api.database, api.publisher.id)
        await api.client.post(EVENTS, json={"blog_url": URL, "events": [{"type": "ask"}]})
        assert await api.database[COLLECTION].count_documents({}) == 1
        await api.client.delete("/api/v1/questions/by-url", params={"blog_url": URL}, headers=api.admin)
        assert await api.database[COLLECTION].count_documents({}) == 0
