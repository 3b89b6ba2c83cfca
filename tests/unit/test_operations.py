"""The operator's documents and the compose file say what the settings classes do."""

from __future__ import annotations

import re

import pytest

from api_service.core.settings import ApiSettings
from scripts.settings_table import EXAMPLE, PAGE, SET_BY_THE_DEPLOYMENT, names, variables, with_rest, with_tables
from shared.config import SharedSettings
from shared.data.set_up import SetUpSettings
from worker_service.core.settings import WorkerSettings

ROOT = PAGE.parents[1]
COMPOSE = (ROOT / "docker-compose.split-services.yml").read_text()


def section(name: str) -> str:
    return COMPOSE.split(f"\n{name}\n", 1)[1].split("\n\n", 1)[0]


def test_the_settings_tables_are_complete_and_true() -> None:
    page = PAGE.read_text()
    assert page == with_tables(page), "run `python -m scripts.settings_table`"


@pytest.mark.parametrize(
    ("settings", "name"),
    [(SharedSettings, "x-settings: &settings"), (ApiSettings, "  api:"), (WorkerSettings, "  worker:")],
)
def test_every_setting_reaches_its_containers(settings: type[SharedSettings], name: str) -> None:
    passed = set(re.findall(r"^ +([A-Z_]+): \S*\$\{\1[:}]", section(name), re.MULTILINE))
    assert passed | SET_BY_THE_DEPLOYMENT >= set(variables(settings))
    assert passed <= set(variables(settings)), "the compose file passes on what is no setting"


def test_what_sets_mongodb_up_is_told_its_passwords() -> None:
    for name in SetUpSettings.model_fields:
        assert name == "mongodb_database" or f"BLOGQA_{name.upper()}: " in section("  init:")


def test_the_example_env_file_names_everything_that_compose_asks_for() -> None:
    example = EXAMPLE.read_text()
    assert set(re.findall(r"\$\{([A-Z_]+)", COMPOSE)) <= names(example)
    assert example == with_rest(example), "run `python -m scripts.settings_table`"


def test_secrets_have_no_defaults_and_their_absence_is_explained() -> None:
    for secret in ("BLOGQA_MONGO_ROOT_PASSWORD", "BLOGQA_MONGO_PASSWORD", "BLOGQA_ADMIN_KEY"):
        assert f"${{{secret}:?set {secret} in .env" in COMPOSE
        assert not re.search(rf"\$\{{{secret}:?-", COMPOSE)
        assert re.search(rf"^{secret}=$", EXAMPLE.read_text(), re.MULTILINE)


def test_the_proxy_shows_no_old_answer_where_the_api_refuses_now() -> None:
    site = (ROOT / "deploy" / "proxy" / "api.conf").read_text()
    (stale,) = re.findall(r"^ *proxy_cache_use_stale (.*);$", site, re.MULTILINE)
    # What is refused is not kept: an update in the background would leave the old answer in its place for good.
    assert not {"updating", "http_403", "http_404"} & set(stale.split())
    assert "background_update" not in site


def test_the_proxy_keeps_apart_what_the_api_tells_apart_by_host() -> None:
    site = (ROOT / "deploy" / "proxy" / "api.conf").read_text()
    assert re.search(r"^ *proxy_cache_key .*\$http_host.*\$request_uri;$", site, re.MULTILINE)
    assert "proxy_set_header Host $http_host;" in site


def test_what_the_proxy_keeps_carries_no_other_request_s_number_and_loses_no_header() -> None:
    site = (ROOT / "deploy" / "proxy" / "api.conf").read_text()
    server, *locations = re.split(r"^location ", site, flags=re.MULTILINE)
    (kept,) = (location for location in locations if "proxy_cache " in location)
    assert "proxy_hide_header X-Request-ID;" in kept
    assert "add_header X-Request-ID $request_id always;" in kept
    # A location that adds one inherits none.
    inherited = re.findall(r"^add_header .*;$", server, re.MULTILINE)
    assert inherited
    for location in locations:
        assert "add_header" not in location or all(line in location for line in inherited)
