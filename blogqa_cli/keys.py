"""The keys: from the environment or a file, never from the command line, where every process list shows them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from blogqa_cli.failure import UsageWrong

PUBLISHER_KEY: Final = "BLOGQA_API_KEY"
OPERATOR_KEY: Final = "BLOGQA_ADMIN_KEY"

_ROOT: Final = Path(__file__).resolve().parent.parent
_KEY: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Keys:
    """What there is of both keys.

    Attributes:
        publisher: Names the publisher; public by nature.
        operator: Opens everything.
    """

    publisher: str | None = field(default=None, repr=False)
    operator: str | None = field(default=None, repr=False)


def find_keys(host: str, keys_file: Path | None, environ: Mapping[str, str]) -> Keys:
    """Both keys from one place: the given file, else the environment, else what the start script wrote.

    The last is for a server on this machine only: one machine's keys are not for another. Nor is a pair ever put
    together from two places: it would be half of each.

    Raises:
        UsageWrong: The file cannot be read, or something in it is not a key.
    """
    if keys_file is not None:
        return _checked(_from_file(keys_file), str(keys_file))
    if environ.get(PUBLISHER_KEY) or environ.get(OPERATOR_KEY):
        return _checked(environ, "the environment")
    written = Path(environ.get("BLOGQA_STATE_DIR") or _ROOT / ".blogqa") / "keys.env"
    if is_loopback(host) and written.is_file():
        return _checked(_from_file(written), str(written))
    return Keys()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_file(path: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(path, interpolate=False, encoding="utf-8-sig") if path.read_bytes() else {}
    except OSError as exc:
        raise UsageWrong(f"{path} cannot be read ({exc.strerror}): make it a file that you may read.") from exc
    except UnicodeDecodeError as exc:
        raise UsageWrong(f"{path} is not text in UTF-8: save it in that encoding.") from exc


def _checked(values: Mapping[str, str | None], where: str) -> Keys:
    for name in (PUBLISHER_KEY, OPERATOR_KEY):
        value = values.get(name)
        if value and not _KEY.fullmatch(value):
            raise UsageWrong(f"{name} in {where} has white space or letters that no key has: copy it again.")
    return Keys(publisher=values.get(PUBLISHER_KEY) or None, operator=values.get(OPERATOR_KEY) or None)
