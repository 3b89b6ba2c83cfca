"""Filters that several queries on ``processing_jobs`` share."""

from __future__ import annotations

from shared.data.database import Document
from shared.models.job_queue import JobStatus


def held(job_id: str, token: str) -> Document:
    """The job, as long as this lease token holds it: the fence that every worker's write passes."""
    return {"_id": job_id, "state": JobStatus.PROCESSING.value, "lease.token": token}


def due() -> Document:
    """Jobs that may be claimed now, by the server's clock.

    ``priority`` is there for the planner: without a predicate on the claim index's first field it does not bound
    ``run_at``, and a claim would read every job that waits for a later retry.
    """
    return {"state": JobStatus.QUEUED.value, "priority": {"$gte": 0}, "$expr": {"$lte": ["$run_at", "$$NOW"]}}


def scheduled() -> Document:
    """Jobs that wait for a later retry, by the server's clock; ``priority`` is there for the planner, as in ``due``."""
    return {"state": JobStatus.QUEUED.value, "priority": {"$gte": 0}, "$expr": {"$gt": ["$run_at", "$$NOW"]}}


def scope(publisher_id: str | None) -> Document:
    """One publisher's documents, or everybody's for None (an operator)."""
    return {} if publisher_id is None else {"publisher_id": publisher_id}
