"""Readers who leave before they have their answer, models that say nothing or will not stop, and what both cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from api_service.services.flights import Flights
from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.asked_repository import COLLECTION
from shared.data.database import Database
from shared.data.usage_repository import COLLECTION as USAGE
from shared.data.usage_repository import UsageRepository
from shared.errors import DatabaseUnavailable
from tests.integration.articles import BREAD, FREEZER, TWO_MONTHS
from tests.integration.asking import ASK, STREAM, Reader, TimeLimit, reading, watching
from tests.integration.fake_model import FakeModel, Reply, Stream, error, streamed
from tests.integration.waiting import eventually

BODY = {"question": FREEZER, "blog_url": BREAD.url}


def with_model(
    mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel, **settings: Any
) -> AbstractAsyncContextManager[Reader]:
    return reading(mongod, database, embedder, BREAD, openai_base_url=fake.base_url, **settings)


@pytest.fixture
async def reader(mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel) -> AsyncIterator[Reader]:
    async with with_model(mongod, database, embedder, fake, ask_concurrency=1) as opened:
        yield opened


async def was_left(fake: FakeModel) -> None:
    async with asyncio.timeout(20):
        await fake.left.wait()
    fake.left.clear()


async def used(reader: Reader) -> dict[str, Any]:
    """What asking has cost, once something is counted."""

    async def is_counted() -> bool:
        return await reader.database[USAGE].count_documents({}) > 0

    await eventually(is_counted)
    document = await reader.database[USAGE].find_one({"publisher_id": reader.publisher.id})
    assert document is not None
    asked: dict[str, Any] = document["ask"]
    return asked


class TestLeaving:
    @pytest.mark.parametrize("headers", [{}, STREAM], ids=["JSON", "stream"])
    @pytest.mark.parametrize("is_begun", [False, True], ids=["no answer", "no token"])
    async def test_a_reader_who_leaves_before_the_first_event_stops_the_model_and_frees_its_slot(
        self,
        reader: Reader,
        fake: FakeModel,
        headers: dict[str, str],
        is_begun: bool,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        fake.replies = [streamed(asyncio.Event()) if is_begun else Reply(None)]
        asking = asyncio.create_task(reader.client.post(ASK, json=BODY, headers=headers))
        await fake.asked(1)
        asking.cancel()
        await asyncio.wait({asking})
        await was_left(fake)
        fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
        answer = await reader.ask(FREEZER)
        assert (answer["engine"], answer["notices"]) == ("openai", [])
        assert "crashed" not in capsys.readouterr().out

    async def test_one_of_two_who_leaves_takes_nothing_from_the_other(self, reader: Reader, fake: FakeModel) -> None:
        gate = asyncio.Event()
        fake.replies = [streamed(gate, f"{TWO_MONTHS} [1].")]
        staying = asyncio.create_task(reader.ask(FREEZER))
        await fake.asked(1)
        leaving = asyncio.create_task(reader.client.post(ASK, json=BODY))
        other = await reader.client.post(ASK, json=BODY | {"blog_url": "https://example.com/nowhere"})
        assert other.status_code == 404
        leaving.cancel()
        await asyncio.wait({leaving})
        gate.set()
        assert (await staying)["answer"] == f"{TWO_MONTHS}."
        assert len(fake.requests) == 1


class TestSilence:
    async def test_a_stream_starts_without_its_first_event_when_that_is_late(
        self, reader: Reader, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api_service.api.routers.qa_router._SILENT_S", 0.01)
        monkeypatch.setattr("api_service.api.routers.qa_router._HEARTBEAT_S", 0.01)
        gate = asyncio.Event()
        fake.replies = [streamed(gate, f"{TWO_MONTHS} [1].")]
        async with watching(reader) as stream:
            await stream.until(": ping\n\n", times=2)
            assert "event:" not in stream.text
            gate.set()
            await stream.until("event: done")

    async def test_a_reader_who_leaves_a_silent_stream_stops_the_model(
        self, reader: Reader, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api_service.api.routers.qa_router._SILENT_S", 0.01)
        monkeypatch.setattr("api_service.api.routers.qa_router._HEARTBEAT_S", 0.01)
        fake.replies = [Reply(None)]
        async with watching(reader) as stream:
            await fake.asked(1)
            await stream.until(": ping\n\n")
        await was_left(fake)

    @pytest.mark.parametrize(
        ("problem", "code"),
        [(DatabaseUnavailable("MongoDB does not answer"), "database_unavailable"), (KeyError("x"), "internal_error")],
    )
    async def test_what_goes_wrong_after_a_stream_has_started_is_an_event(
        self, reader: Reader, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: str
    ) -> None:
        monkeypatch.setattr("api_service.api.routers.qa_router._SILENT_S", 0.01)
        monkeypatch.setattr("api_service.api.routers.qa_router._HEARTBEAT_S", 0.01)
        gate = asyncio.Event()

        async def late(*_: Any) -> Any:
            await gate.wait()
            raise problem

        monkeypatch.setattr(UsageRepository, "today", late)
        async with watching(reader) as stream:
            await stream.until(": ping\n\n")
            gate.set()
            text = await stream.whole()
        assert f'event: error\ndata: {{"code":"{code}"' in text
        assert "event: done" not in text


class TestCost:
    async def test_what_a_reader_who_leaves_has_cost_is_counted(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed(TWO_MONTHS, asyncio.Event())]
        async with watching(reader) as stream:
            await stream.until(TWO_MONTHS)
        await was_left(fake)
        self.is_estimated(await used(reader), fake, TWO_MONTHS)

    async def test_what_a_reader_who_leaves_at_once_has_cost_is_counted(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [Reply(None)]
        asking = asyncio.create_task(reader.client.post(ASK, json=BODY))
        await fake.asked(1)
        asking.cancel()
        await was_left(fake)
        assert (await used(reader))["prompt_tokens"] > 100

    async def test_an_answer_that_takes_too_long_is_counted(
        self, reader: Reader, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limit = TimeLimit(monkeypatch)
        fake.replies = [streamed(TWO_MONTHS, asyncio.Event())]
        async with watching(reader) as stream:
            await stream.until(TWO_MONTHS)
            limit.is_over()
            assert (await stream.whole()).split("\n\n")[-2].startswith("event: error\n")
        self.is_estimated(await used(reader), fake, TWO_MONTHS)

    async def test_an_answer_that_breaks_off_is_counted(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [Stream(streamed(TWO_MONTHS).parts[:1], is_whole=False)]
        assert (await reader.events(FREEZER))[-1][0] == "error"
        self.is_estimated(await used(reader), fake, TWO_MONTHS)

    async def test_an_answer_that_breaks_off_after_it_was_billed_is_counted_as_billed(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        fake.replies = [Stream(streamed(TWO_MONTHS, usage=(70, 7)).parts[:-1], is_whole=False)]
        await reader.events(FREEZER)
        asked = await used(reader)
        assert (asked["prompt_tokens"], asked["completion_tokens"]) == (70, 7)

    async def test_readers_who_leave_cannot_ask_beyond_the_budget(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        async with with_model(mongod, database, embedder, fake, ask_tokens_per_day=50) as reader:
            fake.replies = [streamed(TWO_MONTHS, asyncio.Event())]
            async with watching(reader) as stream:
                await stream.until(TWO_MONTHS)
            await used(reader)
            assert (await reader.ask(FREEZER))["notices"] == ["budget_spent"]
            assert len(fake.requests) == 1

    async def test_an_endpoint_that_refuses_costs_nothing(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        refusals = [error(status) for status in (401, 404, 429, 500, 503)]
        async with with_model(mongod, database, embedder, fake) as reader:
            for refusal in refusals:
                fake.replies = [refusal]
                assert (await reader.ask(FREEZER))["notices"] == ["model_unavailable"]
            assert len(fake.requests) == len(refusals)
        assert await database[USAGE].count_documents({}) == 0

    @staticmethod
    def is_estimated(asked: dict[str, Any], fake: FakeModel, written: str) -> None:
        letters = sum(len(message["content"]) for message in fake.requests[0]["messages"])
        assert asked["calls"] == 1
        assert letters / 5 < asked["prompt_tokens"] < letters
        assert len(written) / 5 < asked["completion_tokens"] < len(written)


class TestEndlessAnswers:
    async def test_a_model_that_writes_on_is_stopped_and_what_it_has_finished_is_judged(
        self, reader: Reader, fake: FakeModel
    ) -> None:
        pieces = {"x" * 15: "extractive", " " * 15: "extractive", "[1]": "extractive", "Bread is good. ": "openai"}
        for piece, engine in pieces.items():
            fake.replies = [streamed(f"{TWO_MONTHS} [1]. ", *[piece * 20] * 100, asyncio.Event())]
            answer = await reader.ask(FREEZER)
            await was_left(fake)
            assert (answer["engine"], answer["covered"], answer["notices"]) == (engine, True, []), piece
            assert answer["answer"] == (f"{TWO_MONTHS}." if engine == "openai" else BREAD.passages[2][1]), piece
        assert (await used(reader))["completion_tokens"] > 300

    async def test_a_model_that_thinks_on_is_stopped(self, reader: Reader, fake: FakeModel) -> None:
        fake.replies = [streamed("<think>", *["Bread is good. " * 20] * 100, asyncio.Event())]
        answer = await reader.ask(FREEZER)
        await was_left(fake)
        assert (answer["answer"], answer["notices"]) == (BREAD.passages[2][1], ["model_unavailable"])


class TestDatabaseAfterwards:
    async def test_an_answer_stands_when_nothing_can_be_written_down(
        self, reader: Reader, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def down(*_: Any, **__: Any) -> None:
            raise DatabaseUnavailable("MongoDB does not answer")

        monkeypatch.setattr("shared.data.usage_repository.UsageRepository.add", down)
        monkeypatch.setattr("shared.data.asked_repository.AskedRepository.count", down)
        monkeypatch.setattr("api_service.data.blog_repository.BlogRepository.states", down)
        fake.otherwise = lambda _: streamed(f"{TWO_MONTHS} [1].")
        events = await reader.events(FREEZER)
        assert [name for name, _ in events] == ["sources", "token", "sentence", "done"]
        assert (await reader.ask(FREEZER))["answer"] == f"{TWO_MONTHS}."
        assert await reader.database[COLLECTION].count_documents({}) == 0

    async def test_what_was_asked_and_what_it_cost_is_written_down_before_the_service_stops(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate, add, stop = asyncio.Event(), UsageRepository.add, Flights.aclose

        async def stopping(flights: Flights[Any]) -> None:
            asyncio.get_running_loop().call_later(0.05, gate.set)
            await stop(flights)

        async def slow(*given: Any) -> None:
            await gate.wait()
            await add(*given)

        monkeypatch.setattr(UsageRepository, "add", slow)
        monkeypatch.setattr(Flights, "aclose", stopping)
        async with with_model(mongod, database, embedder, fake) as reader:
            fake.replies = [streamed(f"{TWO_MONTHS} [1].")]
            await reader.ask(FREEZER)
        assert await database[USAGE].count_documents({"ask.calls": 1}) == 1
        assert await database[COLLECTION].count_documents({"question": FREEZER, "answer": {"$exists": True}}) == 1

    async def test_what_was_begun_for_a_reader_is_counted_when_the_service_stops(
        self, mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel
    ) -> None:
        async with with_model(mongod, database, embedder, fake) as reader:
            fake.replies = [streamed(TWO_MONTHS, asyncio.Event())]
            async with watching(reader) as stream:
                await stream.until(TWO_MONTHS)
        assert await database[USAGE].count_documents({"ask.calls": 1}) == 1
