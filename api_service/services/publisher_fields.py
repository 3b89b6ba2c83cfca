"""What an operator may call a publisher, and the domains that one may have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from shared.data.database import ID_PATTERN
from shared.errors import InvalidInput, InvalidUrl
from shared.url import normalize_domain

MAX_NAME_LENGTH: Final = 100
MAX_DOMAINS: Final = 100

_MAX_DOMAIN_LENGTH: Final = 260
"""A host name's 253 characters and a port."""


def checked_name(name: str) -> str:
    """A publisher's name without white space around it; one that can stand in a URL's path, where ids stand too.

    Raises:
        InvalidInput: Empty, too long, not printable, or not to be told from a path or an id.
    """
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInput(f"expected a name of 1 to {MAX_NAME_LENGTH} printable characters")
    if "/" in name or name in (".", ".."):
        raise InvalidInput(f"expected a name without '/' that is not '.' or '..', got {name!r}")
    if re.fullmatch(ID_PATTERN, name.lower()):
        raise InvalidInput(f"expected a name that does not look like an id (24 hex digits), got {name!r}")
    return name


def checked_domains(entries: Sequence[str]) -> tuple[str, ...]:
    """A publisher's domains as ``shared.url.host_allowed`` takes them, each once.

    Raises:
        InvalidInput: None, too many, or one that is not ``host`` or ``host:port``.
    """
    if not 1 <= len(entries) <= MAX_DOMAINS:
        raise InvalidInput(f"expected 1 to {MAX_DOMAINS} domains, got {len(entries)}")
    return tuple(dict.fromkeys(_checked_domain(entry) for entry in entries))


def _checked_domain(entry: str) -> str:
    problem = InvalidInput(
        "expected domains such as 'example.com', which includes its subdomains, or 'localhost:8005', "
        f"without scheme, path or wildcard; got {entry[:_MAX_DOMAIN_LENGTH]!r}"
    )
    if len(entry) > _MAX_DOMAIN_LENGTH:
        raise problem
    try:
        return normalize_domain(entry)
    except InvalidUrl as exc:
        raise problem from exc
