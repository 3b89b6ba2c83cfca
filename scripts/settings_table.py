"""Writes the tables of settings in ``docs/operations.md``: ``python -m scripts.settings_table``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api_service.core.settings import ApiSettings
from shared.config import SharedSettings
from worker_service.core.settings import WorkerSettings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"
TABLES: dict[str, type[SharedSettings]] = {
    "both services": SharedSettings,
    "API service": ApiSettings,
    "worker service": WorkerSettings,
}


def variables(settings: type[SharedSettings]) -> dict[str, FieldInfo]:
    """The class's own settings by environment variable."""
    return {
        str(field.validation_alias or f"BLOGQA_{name.upper()}"): field
        for name, field in settings.model_fields.items()
        if settings is SharedSettings or name not in SharedSettings.model_fields
    }


def table(settings: type[SharedSettings]) -> str:
    """The class's own settings as a Markdown table."""
    rows = [
        f"| `{variable}` | {_default(field)} | {field.description} |" for variable, field in variables(settings).items()
    ]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


def with_tables(page: str) -> str:
    """The page with every table as it should be."""
    for title, settings in TABLES.items():
        before, begin, rest = page.partition(f"<!-- settings: {title} -->\n")
        _, end, after = rest.partition("<!-- end -->\n")
        if not end:
            raise ValueError(f"{PAGE.name} has no place for the settings of {title!r}")
        page = before + begin + table(settings) + "\n" + end + after
    return page


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if field.default_factory is not None or value in (None, ()):
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{getattr(value, 'value', value)}`"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
