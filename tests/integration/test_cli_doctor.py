"""``blogqa doctor``: each thing that can be wrong is made wrong, and has to be found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from api_service.core.settings import ApiSettings
from api_service.services import diagnostics
from local_stack.mongod import Mongod
from local_stack.ports import free_port
from shared.data.server_facts import ServerFacts
from shared.data.worker_repository import COLLECTION as WORKERS
from shared.data.worker_repository import WorkerRepository
from shared.models.worker import WorkerBeat
from shared.version import VERSION
from tests.conftest import ADMIN_KEY, Api, serve
from tests.integration.command_line import CommandLine, Ended, another_machine
from tests.integration.fake_model import FakeModel, error
from tests.integration.garden import Garden
from tests.integration.raw_site import Handler, answer, running_site

_BEAT = WorkerBeat(name="worker-1", engine="extractive", slots=4, running=0)


@pytest.fixture
async def worker(api: Api) -> None:
    """A sign of life of a worker that never works."""
    await WorkerRepository(api.database).beat(_BEAT)


def check(result: Ended, name: str) -> tuple[str, str, str]:
    """Level, detail and mend of a check in the JSON document."""
    [found] = [each for each in result.document["checks"] if each["name"] == name]
    return found["level"], found["detail"], found["mend"]


async def test_all_is_well_on_a_running_stack(garden: Garden) -> None:
    ended = await garden.blogqa("doctor")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert f"ok       version         {VERSION}" in lines
    assert "ok       workers         1 alive, 4 pages at once" in lines
    assert "ok       queue           0 due, 0 being processed" in lines
    assert "ok       operator's key  accepted" in lines
    assert "ok       publisher's key accepted" in lines
    assert not [line for line in lines if line.startswith("problem")]


async def test_no_worker_is_a_problem(api: Api, blogqa: CommandLine) -> None:
    ended = await blogqa("doctor")
    assert ended.code == 1
    assert "problem  workers         none is alive\n         mend: start one: python -m worker" in ended.out
    assert ended.err == "error: 1 problem found, see above.\n"
    await WorkerRepository(api.database).beat(_BEAT)
    await api.database[WORKERS].update_one({}, {"$set": {"beat_at": datetime.now(UTC) - timedelta(hours=2)}})
    level, detail, _ = check(await blogqa("doctor", "--json"), "workers")
    assert (level, detail) == ("problem", "none is alive; the last was heard of 2 hours ago")


@pytest.mark.usefixtures("worker")
class TestWithAWorker:
    @pytest.mark.parametrize(("version", "said"), [("0.0.9", "0.0.9"), (None, "older")])
    async def test_an_old_worker_is_a_warning(
        self, api: Api, blogqa: CommandLine, version: str | None, said: str
    ) -> None:
        change = {"$set": {"version": version}} if version else {"$unset": {"version": ""}}
        await api.database[WORKERS].update_one({}, change)
        ended = await blogqa("doctor", "--json")
        assert (ended.code, ended.document["status"]) == (0, "warning")
        assert check(ended, "worker version")[:2] == ("warning", f"worker-1 is {said}, the API {VERSION}")

    async def test_a_worker_with_another_engine_is_a_warning(self, api: Api, blogqa: CommandLine) -> None:
        await WorkerRepository(api.database).beat(_BEAT.model_copy(update={"engine": "openai"}))
        found = check(await blogqa("doctor", "--json"), "worker engine")
        assert found[:2] == ("warning", "worker-1 works with openai, the API with extractive")

    @pytest.mark.parametrize(("running", "level"), [(0, "problem"), (1, "warning")])
    async def test_a_queue_that_does_not_move_is_found(
        self, api: Api, blogqa: CommandLine, running: int, level: str
    ) -> None:
        for path in ("/1", "/2"):
            await api.client.post("/api/v1/jobs/process", json={"blog_url": f"https://example.com{path}"})
        jobs = api.database["processing_jobs"]
        await jobs.update_many({}, {"$set": {"run_at": datetime.now(UTC) - timedelta(minutes=10)}})
        if running:
            await jobs.update_one({}, {"$set": {"state": "processing"}})
        found = check(await blogqa("doctor", "--json"), "queue")
        assert found[0] == level
        assert f"{2 - running} due, {running} being processed; the oldest has waited for 10" in found[1]

    async def test_many_failures_are_a_warning(self, api: Api, blogqa: CommandLine) -> None:
        for number in range(5):
            await api.client.post("/api/v1/jobs/process", json={"blog_url": f"https://example.com/{number}"})
        failed = {"state": "failed", "finished_at": datetime.now(UTC)}
        await api.database["processing_jobs"].update_many({}, {"$set": failed, "$unset": {"active_key": ""}})
        found = check(await blogqa("doctor", "--json"), "queue")
        assert found == (
            "warning",
            "5 jobs failed in the last hour, 100% of those that ended",
            "blogqa jobs --state failed",
        )

    @pytest.mark.parametrize(("used", "level"), [(50, "ok"), (90, "warning"), (96, "problem"), (None, "ok")])
    async def test_a_full_disk_is_found(
        self, blogqa: CommandLine, monkeypatch: pytest.MonkeyPatch, used: int | None, level: str
    ) -> None:
        async def facts(_: object) -> ServerFacts:
            size = None if used is None else 100 * 1024**3
            return ServerFacts(disk_used_bytes=used and used * 1024**3, disk_total_bytes=size)

        monkeypatch.setattr(diagnostics, "server_facts", facts)
        assert check(await blogqa("doctor", "--json"), "disk")[0] == level

    async def test_no_publisher_is_a_warning(self, api: Api, blogqa: CommandLine) -> None:
        await api.database["publishers"].update_many({}, {"$set": {"disabled": True}})
        found = check(await blogqa("doctor", "--json", BLOGQA_API_KEY=""), "publishers")
        assert found == ("warning", "there is none", "blogqa publisher add NAME --domain DOMAIN")

    async def test_without_keys_it_says_what_it_did_not_look_at(self, blogqa: CommandLine) -> None:
        ended = await blogqa("doctor", "--json", BLOGQA_ADMIN_KEY="", BLOGQA_API_KEY="")
        assert ended.code == 0
        assert check(ended, "workers")[0] == "ok"
        level, detail, _ = check(ended, "operator's key")
        assert level == "warning"
        assert "versions, disk, failures, the model's endpoint and publishers were not looked at" in detail
        assert check(ended, "publisher's key")[0] == "warning"

    async def test_a_key_that_would_go_in_the_clear_is_held_back(self, blogqa: CommandLine) -> None:
        elsewhere = another_machine(blogqa.environ["BLOGQA_URL"])
        ended = await blogqa("doctor", "--json", BLOGQA_URL=elsewhere)
        assert ended.code == 0
        assert check(ended, "server") == (
            "warning",
            f"{elsewhere}: all goes there in the clear",
            "put TLS in front of it",
        )
        level, detail, mend = check(ended, "operator's key")
        assert (level, detail.partition(":")[0]) == ("warning", "not sent in the clear")
        assert "say --plain-http if you trust the network between" in mend
        assert check(ended, "publisher's key")[0] == "ok"
        trusting = await blogqa("--plain-http", "doctor", "--json", BLOGQA_URL=elsewhere)
        assert check(trusting, "server")[0] == "warning"
        assert check(trusting, "operator's key")[:2] == ("ok", "accepted")

    async def test_wrong_keys_are_problems(self, blogqa: CommandLine) -> None:
        ended = await blogqa("doctor", "--json", BLOGQA_ADMIN_KEY="adm_wrong", BLOGQA_API_KEY="pub_wrong")
        assert ended.code == 1
        assert check(ended, "operator's key")[:2] == ("problem", "refused")
        assert check(ended, "publisher's key")[0] == "problem"
        assert "adm_wrong" not in ended.out
        assert "pub_wrong" not in ended.out


@asynccontextmanager
async def served(state: Path, url: str, **settings: Any) -> AsyncIterator[CommandLine]:
    """The command line for an API with other settings; its publisher's key is not set."""
    given = ApiSettings(mongodb_url=SecretStr(url), admin_key=SecretStr(ADMIN_KEY), **settings)
    async with serve(given) as client:
        yield CommandLine(str(client.base_url), state, BLOGQA_ADMIN_KEY=ADMIN_KEY)


async def test_a_database_that_is_down_is_a_problem(tmp_path: Path) -> None:
    url = f"mongodb://127.0.0.1:{free_port()}/?replicaSet=blogqa&serverSelectionTimeoutMS=200"
    async with served(tmp_path, url) as blogqa:
        ended = await blogqa("doctor", "--json", BLOGQA_API_KEY="pub_x")
    assert ended.code == 1
    level, _, mend = check(ended, "database")
    assert (level, mend) == (
        "problem",
        "see that MongoDB runs as a replica set, and that the API's MONGODB_URL names it",
    )
    assert check(ended, "publisher's key")[:2] == ("warning", "could not be tried without a database")
    assert {each["name"] for each in ended.document["checks"]}.isdisjoint({"workers", "queue", "disk"})


async def test_a_model_that_does_not_answer_is_a_problem(
    api: Api, mongod: Mongod, fake: FakeModel, tmp_path: Path
) -> None:
    settings = {"mongodb_database": api.database.name, "openai_base_url": fake.base_url}
    fake.replies = [error(401)] * 5
    async with served(tmp_path, mongod.url, **settings) as blogqa:
        async with asyncio.timeout(60):
            while check(ended := await blogqa("doctor", "--json"), "database")[0] != "ok":  # It is being prepared.
                pass
    level, detail, mend = check(ended, "engine")
    assert level == "problem"
    assert detail.startswith("openai, gpt-5-mini: ")
    assert mend == "see that the model's endpoint runs; until then text is quoted"


_HEALTH: Final[dict[str, Any]] = {
    "database": {"ok": True},
    "workers": [],
    "worker_heartbeat_age_s": None,
    "queue": None,
    "engine": "extractive",
    "search": {"mode": "memory"},
}


def said(document: dict[str, Any], status: int = 200, **headers: str) -> Handler:
    return answer(json.dumps(document).encode(), status=status, headers={"Connection": "close", **headers})


_CONFLICT = said({"detail": "no", "code": "conflict"}, 409)
_SKEW = "try again; if it stays so, install the same version there and here"


@pytest.mark.parametrize(
    ("unexpected", "detail", "mend"),
    [
        (said({"version": [0, 2]}), "does not answer as BlogQA does (its answer has another form)", _SKEW),
        (_CONFLICT, "could not be tried: no.", _SKEW),
        (said({}, 302, Location="/login"), "redirects to '/login'", _SKEW),
        (said({}, 429), "answers 429", "see the API's log"),
    ],
    ids=["form", "conflict", "redirect", "busy"],
)
async def test_what_was_found_is_shown_whatever_a_later_call_says(
    tmp_path: Path, unexpected: Handler, detail: str, mend: str
) -> None:
    async with running_site() as site:
        blogqa = CommandLine(site.url(""), tmp_path, BLOGQA_ADMIN_KEY=ADMIN_KEY, BLOGQA_API_KEY="pub_x")
        site.routes |= {"/health": said(_HEALTH), "/api/v1/diagnostics": unexpected}
        site.routes[f"/api/v1/questions/{'0' * 24}"] = unexpected
        ended = await blogqa("doctor", "--json")
        told = await blogqa("doctor")
    assert (ended.code, ended.err) == (1, "error: 3 problems found, see above.\n")
    assert check(ended, "database")[0] == "ok"
    for name in ("operator's key", "publisher's key"):
        level, found, how = check(ended, name)
        assert (level, how) == ("problem", mend)
        assert detail in found
    assert "ok       database        is there\n" in told.out
    assert f"         mend: {mend}\n" in told.out


async def test_health_that_is_refused_is_a_finding(tmp_path: Path) -> None:
    async with running_site() as site:
        site.routes["/health"] = _CONFLICT
        ended = await CommandLine(site.url(""), tmp_path)("doctor", "--json")
    assert (ended.code, ended.err) == (1, "")
    assert check(ended, "server") == ("problem", "no.", "")


async def test_a_server_that_is_not_there_is_a_problem_of_its_own_code(tmp_path: Path) -> None:
    blogqa = CommandLine(f"http://127.0.0.1:{free_port()}", tmp_path)
    ended = await blogqa("doctor")
    assert (ended.code, ended.err) == (3, "")
    assert ended.out.startswith("problem  server          http://127.0.0.1:")
    assert (await blogqa("doctor", "--json")).document["status"] == "problem"
