"""The README's settings table is the settings classes' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api_service.core.settings import ApiSettings
from shared.config import SharedSettings
from worker_service.core.settings import WorkerSettings

README = Path(__file__).resolve().parents[2] / "README.md"


def variable(name: str, field: FieldInfo) -> str:
    return str(field.validation_alias or f"BLOGQA_{name.upper()}")


def default(field: FieldInfo) -> str:
    value: Any = field.default
    if field.default_factory is not None or value in (None, ()):
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{getattr(value, 'value', value)}`"


def rows(settings: type[SharedSettings], *, inherited: bool) -> list[str]:
    return [
        f"| `{variable(name, field)}` | {default(field)} | {field.description} |"
        for name, field in settings.model_fields.items()
        if inherited or name not in SharedSettings.model_fields
    ]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("### Both services", rows(SharedSettings, inherited=True)),
        ("### API service", rows(ApiSettings, inherited=False)),
        ("### Worker service", rows(WorkerSettings, inherited=False)),
    ],
)
def test_the_settings_table_is_complete_and_true(heading: str, expected: list[str]) -> None:
    section = README.read_text().split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    written = [line for line in section.splitlines() if line.startswith("| `")]
    assert written == expected, "README.md should say:\n" + "\n".join(expected)
