"""``/metrics``: for Prometheus. Outside ``/api/v1``, and no part of the API's description."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from api_service.core.problems import problem_response
from api_service.core.settings import ApiSettings, Environment
from api_service.core.state import ServicesDep
from shared.metrics import exposition

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(
    services: ServicesDep,
    request: Request,
    authorization: Annotated[str, Header()] = "",
    accept: Annotated[str, Header()] = "",
) -> Response:
    """This process's metrics, in a format that the client accepts."""
    if (refusal := _refusal(services.settings, authorization)) is not None:
        return problem_response(
            HTTPStatus.UNAUTHORIZED,
            code="unauthorized",
            detail=refusal,
            request_id=request.scope.get("request_id"),
            headers={"WWW-Authenticate": 'Bearer realm="blogqa"'},
        )
    await services.scraped_state.refresh()
    body, content_type = exposition(services.metrics.registry, accept)
    return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _refusal(settings: ApiSettings, authorization: str) -> str | None:
    """Why this client may not see the metrics, None if it may."""
    if settings.metrics_token is None:
        if settings.environment is Environment.DEVELOPMENT:
            return None
        return "to see the metrics, set BLOGQA_METRICS_TOKEN and send it as `Authorization: Bearer …`"
    scheme, _, token = authorization.partition(" ")
    expected = settings.metrics_token.get_secret_value()
    if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), expected.encode()):
        return None
    return "send the token in BLOGQA_METRICS_TOKEN as `Authorization: Bearer …`"
