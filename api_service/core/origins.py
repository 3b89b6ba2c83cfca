"""From which web pages a publisher's key may be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.errors import InvalidUrl
from shared.url import host_allowed

_PROGRAMS: Final = ("chrome-extension", "moz-extension", "safari-web-extension")
"""Browser extensions: programs that their user installed, like curl, not pages that readers come across."""


def may_ask_from(origin: str | None, referer: str | None, *, host: str | None, domains: Sequence[str]) -> bool:
    """Whether a request comes from where a publisher's key may be used; denies by default.

    Args:
        origin: The header ``Origin``, if it was sent; then the next one says nothing (Fetch standard, section 3.2).
        referer: The header ``Referer``, if it was sent.
        host: The header ``Host``: pages of the API itself, its documentation and demo, may call it.
        domains: The publisher's.

    Returns:
        Whether the page that asks lies on one of the domains. True without either header: no browser asks so across
        origins, and any other program could claim what it likes.
    """
    page = referer if origin is None else origin
    if page is None:
        return True
    scheme, separator, rest = page.partition("://")
    if scheme.lower() in _PROGRAMS:
        return True
    if not separator or scheme.lower() not in ("http", "https"):
        return False  # "null" (a sandboxed frame, a local file), or nothing that a browser sends.
    if host is not None and rest.partition("/")[0].lower() == host.lower():
        return True
    try:
        return host_allowed(page, domains)
    except InvalidUrl:
        return False
