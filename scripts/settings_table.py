"""Writes the settings into ``docs/operations.md`` and ``.env.example``: ``python -m scripts.settings_table``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api_service.core.settings import ApiSettings
from shared.config import SharedSettings
from worker_service.core.settings import WorkerSettings

_ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = _ROOT / "docs" / "operations.md"
EXAMPLE: Final = _ROOT / ".env.example"
TABLES: Final[dict[str, type[SharedSettings]]] = {
    "both services": SharedSettings,
    "API service": ApiSettings,
    "worker service": WorkerSettings,
}
SET_BY_THE_DEPLOYMENT: Final = frozenset(
    {
        "MONGODB_URL",
        "BLOGQA_MONGODB_DATABASE",
        "BLOGQA_HOST",
        "BLOGQA_PORT",
        "BLOGQA_ENVIRONMENT",
        "BLOGQA_DEMO_KEY",
        "BLOGQA_METRICS_HOST",
        "BLOGQA_METRICS_PORT",
        "BLOGQA_WORKER_NAME",
    }
)
"""What containers are told by their image or by the compose file itself, whatever ``.env`` says."""

_REST: Final = "# --- All other settings, with the services' own defaults (the start script chooses some itself) "


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
        f"| `{variable}` | {_code(_default(field))} | {field.description} |"
        for variable, field in variables(settings).items()
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


def with_rest(example: str) -> str:
    """The example with every setting, in its last part, that the parts before do not name."""
    before, rest, _ = example.partition(_REST)
    if not rest:
        raise ValueError(f"{EXAMPLE.name} has no place for all settings")
    named = names(before) | SET_BY_THE_DEPLOYMENT
    parts = [before + _REST.ljust(117, "-")]
    for title, settings in TABLES.items():
        lines = [
            f"# {field.description}\n# {variable}={_default(field)}"
            for variable, field in variables(settings).items()
            if variable not in named
        ]
        parts.append("\n".join([f"# {title[0].upper()}{title[1:]}:", *lines]))
    return "\n\n".join(parts) + "\n"


def names(example: str) -> set[str]:
    """The variables that an example sets, or would if its comments were lines."""
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if field.default_factory is not None or value in (None, ()):
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(getattr(value, "value", value))


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
    EXAMPLE.write_text(with_rest(EXAMPLE.read_text()))
