"""Who is calling: a publisher by ``X-API-Key``, an operator by ``X-Admin-Key``.

A publisher's key sits in a public page. It names the publisher and lets anybody read that publisher's content and
enqueue pages of that publisher's domains, nothing more; what costs or destroys needs the operator's key as well.
Browsers may use it on that publisher's sites only.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyHeader

from api_service.core.origins import may_ask_from
from api_service.core.state import ServicesDep
from shared.data.publisher_repository import KEY_PREFIX
from shared.errors import AccessDenied, OriginNotAllowed, Unauthorized
from shared.models.publisher import Publisher

_MAX_KEY_LENGTH: Final = 200

_ApiKey = Annotated[
    str | None,
    Security(
        APIKeyHeader(name="X-API-Key", auto_error=False, description="Publisher's key, `pub_…`: public by nature.")
    ),
]
_AdminKey = Annotated[
    str | None,
    Security(APIKeyHeader(name="X-Admin-Key", auto_error=False, description="Operator's key: keep it secret.")),
]


async def _publisher_or_none(services: ServicesDep, request: Request, api_key: _ApiKey) -> Publisher | None:
    if api_key is None:
        return None
    publisher = None
    if api_key.startswith(KEY_PREFIX) and len(api_key) <= _MAX_KEY_LENGTH:
        publisher = await services.directory.find(api_key)
    if publisher is None:
        raise Unauthorized("the key in X-API-Key is not known; check it, or ask the operator for a new one")
    if publisher.disabled:
        raise AccessDenied("this publisher is disabled; ask the operator")
    headers = request.headers
    origin, referer = headers.get("origin"), headers.get("referer")
    if not may_ask_from(origin, referer, host=headers.get("host"), domains=publisher.domains):
        page = (origin or referer or "")[:100]
        raise OriginNotAllowed(
            f"this key may not be used from {page!r}; have the operator add the site to the publisher's domains"
        )
    return publisher


async def _publisher(publisher: Annotated[Publisher | None, Depends(_publisher_or_none)]) -> Publisher:
    if publisher is None:
        raise Unauthorized("send the publisher's key in the header X-API-Key")
    return publisher


async def _is_admin(services: ServicesDep, admin_key: _AdminKey) -> bool:
    if admin_key is None:
        return False
    expected = services.settings.admin_key
    if expected is None or not hmac.compare_digest(admin_key.encode(), expected.get_secret_value().encode()):
        raise Unauthorized("the key in X-Admin-Key is not the operator's key")
    return True


async def _admin(is_admin: Annotated[bool, Depends(_is_admin)]) -> None:
    if not is_admin:
        raise Unauthorized("this call is the operator's: send the header X-Admin-Key")


async def _no_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


async def _viewer(
    is_admin: Annotated[bool, Depends(_is_admin)],
    publisher: Annotated[Publisher | None, Depends(_publisher_or_none)],
) -> Publisher | None:
    if publisher is None and not is_admin:
        raise Unauthorized("send the publisher's key in X-API-Key, or the operator's in X-Admin-Key")
    return publisher


PublisherDep = Annotated[Publisher, Depends(_publisher)]
"""The calling publisher; the key is required."""

MaybePublisherDep = Annotated[Publisher | None, Depends(_publisher_or_none)]
"""The publisher that the call is about, if it names one."""

ViewerDep = Annotated[Publisher | None, Depends(_viewer)]
"""Either key: a publisher who sees only their own, or None for an operator who sees everything."""

IsAdminDep = Annotated[bool, Depends(_is_admin)]
"""Whether the operator's key was sent; a wrong one is refused."""

require_admin = Depends(_admin)
"""Refuses everybody but the operator."""

no_store = Depends(_no_store)
"""Keeps what only the operator may see out of caches."""
