"""The keys of this machine's stack: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.dotenv_file import read_dotenv
from shared.data.publisher_repository import new_key

_API_KEY = "BLOGQA_API_KEY"
_ADMIN_KEY = "BLOGQA_ADMIN_KEY"


@dataclass(frozen=True)
class Keys:
    """Both keys in the clear.

    Attributes:
        api: The demo publisher's key; public by nature.
        admin: The operator's key.
    """

    api: str
    admin: str


def ensure_keys(path: Path, environ: Mapping[str, str]) -> Keys:
    """The keys in force: from the environment, else from the file, else new; the file then holds them."""
    stored = read_dotenv(path, interpolate=False)
    keys = Keys(
        api=environ.get(_API_KEY) or stored.get(_API_KEY) or new_key(),
        admin=environ.get(_ADMIN_KEY) or stored.get(_ADMIN_KEY) or f"adm_{secrets.token_urlsafe(24)}",
    )
    if stored != {_API_KEY: keys.api, _ADMIN_KEY: keys.admin}:
        _write_privately(path, f"{_API_KEY}={keys.api}\n{_ADMIN_KEY}={keys.admin}\n")
    return keys


def _write_privately(path: Path, text: str) -> None:
    """Replaces the file in one step; nobody else can read it at any moment."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
