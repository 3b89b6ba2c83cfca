"""Readers' questions while the model fails, is slow or busy, and while readers come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local_stack.mongod import Mongod
from local_stack.ports import free_port
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from shared.data.usage_repository import COLLECTION as USAGE
from tests.integration.articles import BREAD, FREEZER, TWO_MONTHS
from tests.integration.asking import Reader, TimeLimit, parsed, reading, watching
from tests.integration.fake_model import FakeModel, Reply, Stream, error, json_reply, sse, streamed
from tests.integration.waiting import eventually

BAG = "How long does a loaf stay soft in a linen bag?"
QUOTED = BREAD.passages[2][1]
BEGUN = streamed("Sliced bread keeps for").parts[:1]


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel) -> AsyncIterator[Reader]:
    async with reading(mongod, database, embedder, BREAD, openai_base_url=fake.base_url) as opened:
        yield opened


BEFORE_THE_FIRST_TOKEN: dict[str, Reply | Stream] = {
    "500": error(500),
    "503": Reply(b"<html>Bad gateway", 503, {"Content-Type": "text/html"}),
    "429": error(429, headers={"Retry-After": "30"}),
    "401": error(401, message="Incorrect API key"),
    "404": error(404, code="model_not_found"),
    "400": error(400, message="context length exceeded"),
    "a page": Reply(b"<!doctype html><p>Welcome", 200, {"Content-Type": "text/html"}),
    "plain JSON": json_reply({"choices": []}),
    "an empty body": Reply(b""),
    "an empty stream": Stream(()),
    "a stream of nothing": Stream((b"data: [DONE]\n\n",)),
    "garbage": Stream((b"data: {not json\n\n",)),
    "bytes that are no text": Stream((b"data: \xff\xfe\x00\n\n",)),
    "a list": Stream((sse([1, 2]),)),
    "another shape": Stream((sse({"choices": "none"}),)),
    "an error": Stream((sse({"error": {"message": "overloaded", "code": 500}}),)),
    "an empty answer": streamed(),
    "an answer of empty pieces": streamed("", ""),
    "a filtered answer": streamed(finish_reason="content_filter"),
    "an answer that never ends": streamed(finish_reason=None),
    "a cut connection": Stream((), is_whole=False),
}

HALF_WAY: dict[str, tuple[Stream, str]] = {
    "a cut connection": (Stream(BEGUN, is_whole=False), "model_unavailable"),
    "no end": (Stream(BEGUN), "model_unavailable"),
    "garbage": (Stream((*BEGUN, b"data: {not json\n\n")), "model_unavailable"),
    "bytes that are no text": (Stream((*BEGUN, b"data: \xff\n\n")), "model_unavailable"),
    "another shape": (Stream((*BEGUN, sse({"choices": 7}))), "model_unavailable"),
    "an error": (Stream((*BEGUN, sse({"error": {"message": "sk-secret overloaded"}}))), "model_unavailable"),
    "a filter": (streamed("Sliced bread keeps for", finish_reason="content_filter"), "model_output_invalid"),
}


class TestFailures:
    async def test_a_model_that_fails_at_once_is_replaced_by_quotations(self, reader: Reader, fake: FakeModel) -> None:
        for name, reply in BEFORE_THE_FIRST_TOKEN.items():
            fake.requests.clear()
            fake.replies = [reply] * 4
            answer = await reader.ask(FREEZER)
            assert (answer["engine"], answer["notices"]) == ("extractive", ["model_unavailable"]), name
            assert (answer["covered"], answer["answer"], answer["from_cache"]) == (True, QUOTED, False), name
            events = await reader.events(FREEZER)
            assert [kind for kind, _ in events] == ["sources", "done"], name
            assert events[-1][1] == {"answer": answer}, name
            assert fake.requests, name

    async def test_a_model_that_is_not_there_is_replaced_by_quotations(
        self, mongod: Mongod, database: Database, embedder: Embedder
    ) -> None:
        nowhere = f"http://127.0.0.1:{free_port()}/v1"
        async with reading(mongod, database, embedder, BREAD, openai_base_url=nowhere) as reader:
            answer = await reader.ask(FREEZER)
            assert (answer["answer"], answer["notices"]) == (QUOTED, ["model_unavailable"])

    async def test_an_answer_that_breaks_off_is_taken_back(self, reader: Reader, fake: FakeModel) -> None:
        for name, (reply, code) in HALF_WAY.items():
            fake.replies = [reply] * 4
            events = await reader.events(FREEZER)
            assert [kind for kind, _ in events] == ["sources", "token", "error"], name
            assert (events[1][1], events[2][1]["code"]) == ({"text": "Sliced bread keeps for"}, code), name
            assert "sk-secret" not in str(events), name
            answer = await reader.ask(FREEZER)
            assert (answer["engine"], answer["notices"]) == ("extractive", ["model_unavailable"]), name
            assert answer["answer"] == QUOTED, name
        fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
        assert (await reader.ask(FREEZER))["answer"] == f"{TWO_MONTHS}."

    async def test_a_model_that_is_too_slow_is_stopped(
        self,
        mongod: Mongod,
        database: Database,
        embedder: Embedder,
        fake: FakeModel,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        limit = TimeLimit(monkeypatch)
        settings = {"openai_base_url": fake.base_url, "ask_timeout_s": 7.0}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            silences: tuple[Reply | Stream, ...] = (Reply(None), streamed(asyncio.Event()))
            for number, silence in enumerate(silences, 1):
                fake.replies = [silence]
                asking = asyncio.create_task(reader.ask(FREEZER))
                await fake.asked(number)
                limit.is_over()
                answer = await asking
                assert (answer["answer"], answer["notices"]) == (QUOTED, ["model_unavailable"])
                await self.was_left(fake)
            fake.replies = [streamed("Sliced bread keeps for", asyncio.Event())]
            async with watching(reader) as stream:
                await stream.until("Sliced bread keeps for")
                limit.is_over()
                events = [parsed(block) for block in (await stream.whole()).split("\n\n") if block]
            assert [kind for kind, _ in events] == ["sources", "token", "error"]
            assert events[-1][1]["code"] == "model_unavailable"
            await self.was_left(fake)
        assert limit.seconds == [7.0] * 3

    async def test_an_endpoint_that_refuses_to_count_is_asked_without(self, reader: Reader, fake: FakeModel) -> None:
        def picky(request: dict[str, Any]) -> Reply | Stream:
            if "stream_options" in request:
                return error(400, param="stream_options")
            return streamed(f"{TWO_MONTHS} [1].", usage=None)

        fake.otherwise = picky
        assert (await reader.ask(FREEZER))["answer"] == f"{TWO_MONTHS}."
        assert ["stream_options" in request for request in fake.requests] == [True, False]
        assert all(request["stream"] for request in fake.requests)
        counted = {"ask.calls": 1, "ask.prompt_tokens": {"$gt": 100}}
        assert await eventually(lambda: reader.database[USAGE].count_documents(counted)) == 1

    @staticmethod
    async def was_left(fake: FakeModel) -> None:
        async with asyncio.timeout(20):
            await fake.left.wait()
        fake.left.clear()


class TestReaders:
    async def test_a_silent_model_does_not_make_a_silent_stream(
        self, reader: Reader, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api_service.api.routers.qa_router._HEARTBEAT_S", 0.01)
        gate = asyncio.Event()
        fake.replies = [streamed("Sliced bread ", gate, "keeps for two months in the freezer [1].")]
        async with watching(reader) as stream:
            await stream.until(": ping\n\n", times=2)
            gate.set()
            blocks = [block for block in (await stream.whole()).split("\n\n") if block and block != ": ping"]
        assert [parsed(block)[0] for block in blocks] == ["sources", "token", "token", "sentence", "done"]
        assert parsed(blocks[-1])[1]["answer"]["answer"] == f"{TWO_MONTHS}."

    async def test_when_the_reader_leaves_the_model_is_stopped_and_its_slot_is_free(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        settings = {"openai_base_url": fake.base_url, "ask_concurrency": 1}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            fake.replies = [streamed("Sliced bread", asyncio.Event()), streamed(f"{TWO_MONTHS} [1].")]
            async with watching(reader) as stream:
                await stream.until("Sliced bread")
            async with asyncio.timeout(20):
                await fake.left.wait()
            answer = await reader.ask(FREEZER)
        assert (answer["engine"], answer["notices"], answer["from_cache"]) == ("openai", [], False)

    async def test_readers_who_ask_the_same_at_once_share_one_call(self, reader: Reader, fake: FakeModel) -> None:
        gate = asyncio.Event()
        fake.replies = [streamed("Sliced bread", gate, " keeps for two months in the freezer [1].")]
        async with watching(reader) as first, watching(reader, FREEZER.lower().rstrip("?")) as second:
            await first.until("Sliced bread")
            await second.until("Sliced bread")
            gate.set()
            assert await first.whole() == await second.whole()
        assert "event: done" in first.text
        assert len(fake.requests) == 1

    async def test_one_reader_who_leaves_takes_nothing_from_the_other(self, reader: Reader, fake: FakeModel) -> None:
        gate = asyncio.Event()
        fake.replies = [streamed("Sliced bread", gate, " keeps for two months in the freezer [1].")]
        async with watching(reader) as staying:
            async with watching(reader) as leaving:
                await leaving.until("Sliced bread")
            await staying.until("Sliced bread")
            gate.set()
            assert "event: done" in await staying.whole()
        assert not fake.left.is_set()

    async def test_more_than_a_publishers_share_of_the_model_is_answered_with_quotations(
        self,
        mongod: Mongod,
        database: Database,
        embedder: Embedder,
        fake: FakeModel,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("api_service.api.main._SLOT_WAIT_S", 0.05)
        settings = {"openai_base_url": fake.base_url, "ask_concurrency_per_publisher": 1}
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            gate = asyncio.Event()
            fake.replies = [streamed("Sliced bread", gate, " keeps for two months in the freezer [1].")]
            async with watching(reader) as stream:
                await stream.until("Sliced bread")
                busy = await reader.ask(BAG)
                assert (busy["engine"], busy["notices"], busy["covered"]) == ("extractive", ["model_busy"], True)
                assert "three days" in busy["answer"]
                gate.set()
                assert "event: done" in await stream.whole()
            fake.replies = [streamed("A loaf stays soft in a linen bag for three days [1].")]
            assert (await reader.ask(BAG))["engine"] == "openai"
        assert len(fake.requests) == 2
