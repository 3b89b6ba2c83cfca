from __future__ import annotations

import stat
from pathlib import Path

import pytest

from local_stack.dotenv_file import read_dotenv
from local_stack.keys import ensure_keys
from local_stack.options import Action, Options, parse_options
from local_stack.restarts import restart_delay_s
from local_stack.services import Programs, services_environ, worker_services


def test_keys_are_private_and_stay(tmp_path: Path) -> None:
    path = tmp_path / "keys.env"
    keys = ensure_keys(path, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == f"BLOGQA_API_KEY={keys.api}\nBLOGQA_ADMIN_KEY={keys.admin}\n"
    assert ensure_keys(path, {}) == keys
    assert ensure_keys(path, {"BLOGQA_ADMIN_KEY": "adm_chosen"}).admin == "adm_chosen"
    assert ensure_keys(path, {}).admin == "adm_chosen"


def test_services_keep_the_settings_that_were_given(tmp_path: Path) -> None:
    given = {"BLOGQA_ALLOWED_PRIVATE_HOSTS": "10.0.0.1:80", "BLOGQA_LOG_FORMAT": "json"}
    keys = ensure_keys(tmp_path / "keys.env", {})
    environ = services_environ(given, mongodb_url="mongodb://x", port=81, keys=keys, model_url=None)
    assert environ["BLOGQA_ALLOWED_PRIVATE_HOSTS"] == "10.0.0.1:80,127.0.0.1:81,localhost:81"
    assert environ["BLOGQA_LOG_FORMAT"] == "json"


@pytest.mark.parametrize(
    ("given", "ports"),
    [("9105", ["9105", "9106"]), ("0", ["0", "0"]), ("", ["", ""]), ("many", ["many", "many"])],
)
def test_each_worker_has_a_metrics_port_of_its_own(given: str, ports: list[str]) -> None:
    workers = worker_services(Programs(), {"BLOGQA_METRICS_PORT": given}, 2)
    assert [worker.environ["BLOGQA_METRICS_PORT"] for worker in workers] == ports


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], Options()),
        (["--port", "9000", "--workers", "3"], Options(port=9000, workers=3)),
        (["--reset", "--yes"], Options(action=Action.RESET, yes=True)),
        (["--local-llm", "model.gguf"], Options(local_llm="model.gguf")),
    ],
)
def test_command_line(arguments: list[str], options: Options) -> None:
    assert parse_options(arguments) == options


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "0"], "expected a number from 1 to 65535, got '0'"),
        (["--workers", "many"], "got 'many'"),
        (["--local-llm"], "--local-llm needs a model"),
        (["--stop", "--reset"], "not allowed with"),
    ],
)
def test_a_wrong_command_line_is_answered_with_what_was_expected(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert sentence in capsys.readouterr().err


def test_a_dotenv_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=b\nC=${A}\nD\n", "utf-8-sig")
    assert read_dotenv(tmp_path / ".env") == {"A": "b", "C": "b"}


@pytest.mark.parametrize(
    ("deaths", "delay_s"),
    [([0.0], 1), ([0.0, 59.0], 2), ([0.0, 30.0, 59.0], None), ([0.0, 30.0, 61.0], 2), ([0.0, 100.0, 200.0], 1)],
)
def test_a_service_may_die_twice_within_a_minute(deaths: list[float], delay_s: float | None) -> None:
    assert restart_delay_s(deaths) == delay_s
