from __future__ import annotations

import pytest
from pydantic import ValidationError

from api_service.core.settings import ApiSettings
from shared.config import EngineName, explain_settings_error
from worker_service.core.settings import WorkerSettings


def test_without_an_endpoint_the_engine_is_extractive() -> None:
    assert WorkerSettings().effective_engine is EngineName.EXTRACTIVE


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_with_an_endpoint_the_engine_is_openai(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1/v1")
    assert WorkerSettings().effective_engine is EngineName.OPENAI
    monkeypatch.setenv("BLOGQA_ENGINE", "extractive")
    assert WorkerSettings().effective_engine is EngineName.EXTRACTIVE


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert WorkerSettings().effective_engine is EngineName.EXTRACTIVE


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BLOGQA_PORT", "eighty"),
        ("BLOGQA_PORT", "70000"),
        ("BLOGQA_ASK_TIMEOUT_S", "3601"),  # The proxy of the compose file waits that long.
        ("BLOGQA_ADMIN_KEY", "short-secret"),
        ("BLOGQA_ENGINE", "magic"),
        ("BLOGQA_LOG_LEVEL", "chatty"),
        ("BLOGQA_ENVIRONMENT", "staging"),
    ],
)
def test_a_wrong_value_is_named_and_never_repeated(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as caught:
        ApiSettings()
    explained = explain_settings_error(caught.value)
    assert variable in explained
    assert value not in explained


def test_the_engine_openai_needs_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOGQA_ENGINE", "openai")
    with pytest.raises(ValidationError) as caught:
        ApiSettings()
    assert "OPENAI_API_KEY" in explain_settings_error(caught.value)


def test_a_lease_that_one_lost_heartbeat_would_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOGQA_LEASE_S", "15")
    with pytest.raises(ValidationError, match="heartbeat"):
        WorkerSettings()


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOGQA_ALLOWED_PRIVATE_HOSTS", "127.0.0.1:8005, localhost:8005,")
    assert WorkerSettings().allowed_private_hosts == ("127.0.0.1:8005", "localhost:8005")


def test_secrets_do_not_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGODB_URL", "mongodb://user:hunter2@db/")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hunter2")
    assert "hunter2" not in repr(WorkerSettings())
