"""Readers' questions over HTTP: what is refused, how answers are streamed, and what is remembered of a question."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.asked_repository import COLLECTION
from shared.data.content_repository import delete_blog
from shared.data.database import Database
from shared.models.published import blog_id
from tests.conftest import Api
from tests.integration.articles import BREAD, CHAIN, FREEZER, MAYOR
from tests.integration.asking import ASK, STREAM, Reader, reading
from tests.integration.problems import assert_problem
from tests.integration.waiting import eventually

HOSTILE = "<script>zap()</script>"
TURN = {"question": "Is it?", "answer": "It is."}


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder) -> AsyncIterator[Reader]:
    async with reading(mongod, database, embedder, BREAD, CHAIN) as opened:
        yield opened


BAD: dict[str, Any] = {
    "nothing": {},
    "an empty question": {"question": ""},
    "only signs": {"question": "?! … ¿؟"},
    "only blanks": {"question": " \t\n\u00a0"},
    "only control characters": {"question": "\x00\x01\u202e"},
    "501 characters": {"question": "zap " * 125 + "?"},
    "10,000 characters": {"question": "zap " * 2_500},
    "half a character": {"question": "zap \ud800"},
    "an unknown field": {"question": "Why?", "colour": HOSTILE},
    "an operator": {"question": {"$gt": "zap"}},
    "a list": {"question": ["zap"]},
    "a number": {"question": 98_765},
    "null": {"question": None},
    "an empty address": {"question": "Why?", "blog_url": ""},
    "an address too long": {"question": "Why?", "blog_url": "https://example.com/" + "zap" * 1_000},
    "an address that is an object": {"question": "Why?", "blog_url": {"$ne": "zap"}},
    "an address that is none": {"question": "Why?", "blog_url": "javascript:0"},
    "five turns": {"question": "Why?", "history": [TURN] * 5},
    "a turn without a question": {"question": "Why?", "history": [{"question": "", "answer": "zap"}]},
    "a turn without an answer": {"question": "Why?", "history": [{"question": "zap"}]},
    "a turn too long": {"question": "Why?", "history": [TURN | {"answer": "zap " * 600}]},
    "a turn with a role": {"question": "Why?", "history": [TURN | {"role": HOSTILE}]},
    "a history that is a string": {"question": "Why?", "history": "zap"},
    "a history of strings": {"question": "Why?", "history": ["zap"]},
    "not an object": ["zap"],
}


class TestRequests:
    async def test_bad_requests_are_refused_field_by_field_and_not_repeated(self, api: Api) -> None:
        for name, body in BAD.items():
            response = await api.client.post(ASK, content=json.dumps(body))
            assert response.status_code == 422, (name, response.text)
            problem = assert_problem(response, 422, response.json()["code"])
            assert problem["code"] == "invalid_url" or problem["errors"], name
            assert "zap" not in response.text, name
            assert "98765" not in response.text, name

    async def test_what_is_not_json_is_refused(self, api: Api) -> None:
        for content, kind in ((b"{zap", "application/json"), (b"question=zap", "application/x-www-form-urlencoded")):
            response = await api.client.post(ASK, content=content, headers={"Content-Type": kind})
            assert_problem(response, 422, "invalid_request")
            assert "zap" not in response.text

    async def test_a_key_is_needed_and_only_post_asks(self, api: Api) -> None:
        assert_problem(await api.client.get(ASK), 405, "method_not_allowed")
        body = {"question": FREEZER}
        for headers in ({"X-API-Key": "pub_wrong"}, api.admin | {"X-API-Key": ""}):
            assert_problem(await api.client.post(ASK, json=body, headers=headers), 401, "unauthorized")
        del api.client.headers["X-API-Key"]
        assert "X-API-Key" in assert_problem(await api.client.post(ASK, json=body), 401, "unauthorized")["detail"]

    @pytest.mark.parametrize(
        "question",
        [
            "How long\x00 does <b>sliced bread</b> \u202ekeep in\r\nthe \u200bfreezer?",
            "How long does sliced bread keep in the freezer? " + "Please! " * 56,
            "How long does sliced bread keep in the freezer? {{7*7}} ${HOME} $where '); DROP TABLE --",
        ],
        ids=["control characters and markup", "the longest", "code"],
    )
    async def test_an_odd_question_is_only_text(self, reader: Reader, question: str) -> None:
        assert len(question) <= 500
        answer = await reader.ask(question)
        assert "two months" in answer["answer"]
        assert [each["section"] for each in answer["citations"]] == ["Freezing"]

    async def test_a_publisher_without_content_covers_nothing(self, api: Api) -> None:
        answer = (await api.client.post(ASK, json={"question": FREEZER})).json()
        assert (answer["covered"], answer["related_questions"], answer["related_articles"]) == (False, [], [])


class TestStream:
    @pytest.mark.parametrize("question", [FREEZER, MAYOR, "Why does bread go stale?"])
    async def test_what_is_streamed_is_what_is_answered_at_once(self, reader: Reader, question: str) -> None:
        answer = await reader.ask(question)
        events = await reader.events(question)
        names = [name for name, _ in events]
        assert names == (["done"] if answer["from_cache"] else ["sources", "done"])
        assert events[-1][1] == {"answer": answer}
        assert events[0][1].get("citations", answer["citations"]) == answer["citations"]

    async def test_nothing_between_may_keep_or_buffer_the_events(self, reader: Reader) -> None:
        body = {"question": FREEZER, "blog_url": BREAD.url}
        response = await reader.client.post(ASK, json=body, headers=STREAM)
        assert response.headers["content-type"].startswith("text/event-stream")
        assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == ("no-store", "no")
        assert response.text.startswith("event: sources\ndata: {")
        assert response.text.endswith("}\n\n")
        plain = await reader.client.post(ASK, json=body)
        assert (plain.headers["content-type"], plain.headers["cache-control"]) == ("application/json", "no-store")

    async def test_what_is_wrong_from_the_start_is_a_problem_and_no_stream(self, reader: Reader) -> None:
        unknown = {"question": FREEZER, "blog_url": "https://example.com/nowhere"}
        assert_problem(await reader.client.post(ASK, json=unknown, headers=STREAM), 404, "not_found")
        assert_problem(await reader.client.post(ASK, json={"question": "?"}, headers=STREAM), 422, "invalid_request")


class TestMemory:
    async def test_questions_are_counted_for_thirty_days(self, reader: Reader) -> None:
        await reader.ask(FREEZER)
        (first,) = await reader.counted()
        await reader.events("how long does Sliced bread keep in the freezer")
        await reader.ask(MAYOR, None)

        async def all_are_counted() -> bool:
            return sorted([each["count"] for each in await reader.counted(2)]) == [1, 2]

        await eventually(all_are_counted)
        freezer, mayor = sorted(await reader.counted(2), key=lambda each: -int(each["count"]))
        identity = blog_id(reader.publisher.id, BREAD.url)
        assert (freezer["_id"], freezer["question"], freezer["blog_id"]) == (first["_id"], FREEZER, identity)
        assert (freezer["covered"], freezer["publisher_id"]) == (True, reader.publisher.id)
        assert (mayor["covered"], mayor["blog_id"]) == (False, None)
        assert "answer" not in freezer
        left = freezer["expires_at"].replace(tzinfo=UTC) - datetime.now(UTC)
        assert timedelta(days=29) < left < timedelta(days=31)
        assert freezer["last_asked_at"] > freezer["first_asked_at"]

    async def test_the_database_lets_old_questions_go(self, database: Database) -> None:
        indexes = await database[COLLECTION].index_information()
        (old,) = [index for index in indexes.values() if "expireAfterSeconds" in index]
        assert (old["key"], old["expireAfterSeconds"]) == ([("expires_at", 1)], 0)

    async def test_nobody_can_be_told_from_what_is_stored(self, reader: Reader) -> None:
        secret = "I am jane@example.org, +48 22 123 45 67: how long does sliced bread keep in the freezer?"
        await reader.ask(secret)
        (stored,) = await reader.counted()
        assert stored["question"] == "I am […], […]: how long does sliced bread keep in the freezer?"
        assert "jane" not in str(stored)
        assert "123 45" not in str(stored)

    async def test_a_follow_up_is_not_counted(self, reader: Reader) -> None:
        await reader.ask("And for how long?", history=[TURN])
        await reader.ask(FREEZER)
        assert [each["question"] for each in await reader.counted()] == [FREEZER]

    async def test_deleting_a_blog_deletes_what_was_asked_about_it(self, reader: Reader) -> None:
        await reader.ask(FREEZER)
        await reader.ask(FREEZER, CHAIN.url)
        await reader.counted(2)
        await delete_blog(reader.database, blog_id(reader.publisher.id, BREAD.url))
        assert [each["blog_id"] for each in await reader.counted()] == [blog_id(reader.publisher.id, CHAIN.url)]
        body = {"question": FREEZER, "blog_url": BREAD.url}
        assert_problem(await reader.client.post(ASK, json=body), 404, "not_found")

    async def test_what_was_just_asked_survives_a_stop(
        self, mongod: Mongod, database: Database, embedder: Embedder
    ) -> None:
        async with reading(mongod, database, embedder, BREAD) as reader:
            await reader.ask(FREEZER)
        assert await database[COLLECTION].count_documents({"question": FREEZER}) == 1
