"""What the log says of a reader's question: nothing, whatever goes wrong and however much is logged."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from pydantic import SecretStr

from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from tests.integration.articles import BREAD
from tests.integration.asking import ASK, STREAM, reading
from tests.integration.fake_model import Reply, Stream, error, fake_model, sse

SECRET_KEY = "sk-nobody-may-read-this"
QUESTION = "I am Jane Roe and I am ill: how long does sliced bread keep in the freezer?"
TURN = {"question": "Does my ulcer mind rye?", "answer": "It may."}
BODY = {"question": QUESTION, "blog_url": BREAD.url, "history": [TURN]}


def echo(request: dict[str, Any]) -> Reply:
    """A refusal that repeats what was asked, as some servers word it."""
    return error(400, message=f"bad prompt: {json.dumps(request)}", code="bad")


def echo_half_way(request: dict[str, Any]) -> Stream:
    """The same after the answer has begun."""
    return Stream((sse({"error": {"message": f"bad prompt: {json.dumps(request)}"}}),))


class TestLogs:
    @pytest.mark.parametrize("refusal", [echo, echo_half_way])
    async def test_an_endpoint_that_repeats_the_question_is_not_repeated(
        self, mongod: Mongod, database: Database, embedder: Embedder, log: StringIO, refusal: Any
    ) -> None:
        async with fake_model() as fake:
            fake.otherwise = refusal
            logged = await self.logged_of_asking(mongod, database, embedder, log, openai_base_url=fake.base_url)
            assert any("Jane Roe" in json.dumps(request) for request in fake.requests)
        assert "model_failed" in logged
        assert "bad prompt" not in logged

    @pytest.mark.parametrize(
        ("broken", "where"),
        [
            ("api_service.services.asking.quote", "_quotes"),
            ("api_service.services.known_answers.KnownAnswers.remember", "_remember"),
        ],
    )
    async def test_a_crash_shows_where_and_not_what(
        self,
        mongod: Mongod,
        database: Database,
        embedder: Embedder,
        log: StringIO,
        monkeypatch: pytest.MonkeyPatch,
        broken: str,
        where: str,
    ) -> None:
        def crash(*_: Any, **__: Any) -> None:
            raise KeyError("lost")

        monkeypatch.setattr(broken, crash)
        logged = await self.logged_of_asking(mongod, database, embedder, log, status=500)
        assert logged.count("request_crashed") == 2
        assert where in logged
        assert "lost" in logged

    @staticmethod
    async def logged_of_asking(
        mongod: Mongod,
        database: Database,
        embedder: Embedder,
        log: StringIO,
        *,
        status: int = 200,
        **settings: Any,
    ) -> str:
        """What is logged while a question is asked, once at once and once streamed; neither it nor a key is in it."""
        if settings:
            settings["openai_api_key"] = SecretStr(SECRET_KEY)
        async with reading(mongod, database, embedder, BREAD, **settings) as reader:
            assert (await reader.client.post(ASK, json=BODY)).status_code == status
            assert (await reader.client.post(ASK, json=BODY, headers=STREAM)).status_code == status
            key = reader.client.headers["X-API-Key"]
        logged = log.getvalue()
        assert "/qa/ask" in logged
        for secret in ("Jane", "sliced bread", "ulcer", key, SECRET_KEY):
            assert secret not in logged, secret
        return logged
