"""``/api/v1/diagnostics``: what an operator wants to know when something is not as it should be."""

from __future__ import annotations

from fastapi import APIRouter

from api_service.core.auth import no_store, require_admin
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.diagnostics import DiagnosticsReport

router = APIRouter(
    prefix="/diagnostics", tags=["diagnostics"], responses=PROBLEM_RESPONSES, dependencies=[require_admin, no_store]
)


@router.get("")
async def diagnostics(services: ServicesDep) -> DiagnosticsReport:
    """Versions, database, workers, queue, model endpoint, search. 200 even when the database does not answer."""
    return await services.diagnostics.gather()
