"""State changes of a job as MongoDB update pipelines: pure values, applied by ``job_repository``.

Times are the server's (``$$NOW``), so that no worker's clock can shorten or stretch a lease. Values that come from
outside enter through ``$literal``, so that no string is ever read as an expression.
"""

from __future__ import annotations

from typing import Any, Final

from shared.errors import BlogQAError, LeaseLost
from shared.models.job_queue import JobResult, JobStatus, Step

Pipeline = list[dict[str, Any]]
Expression = Any

_STORED_ERRORS: Final = 10
_TERMINAL: Final = [state.value for state in JobStatus if state.is_terminal]
_CANCEL_REQUESTED: Final[Expression] = {"$ne": [{"$type": "$cancel_requested_at"}, "missing"]}


def after_now(seconds: float) -> Expression:
    """The server's time plus ``seconds``, which may be negative."""
    return {"$add": ["$$NOW", round(seconds * 1000)]}


def created(fields: dict[str, Any]) -> Pipeline:
    """A new queued job, due at once."""
    literals = {key: {"$literal": value} for key, value in fields.items()}
    return [
        {
            "$set": {
                **literals,
                "state": JobStatus.QUEUED.value,
                "attempt": 0,
                "errors": [],
                "run_at": "$$NOW",
                "created_at": "$$NOW",
                "updated_at": "$$NOW",
            }
        }
    ]


def claimed(*, token: str, worker: str, lease_s: float) -> Pipeline:
    """``queued → processing`` under a new lease; the attempt counts from here."""
    lease = {"token": {"$literal": token}, "worker": {"$literal": worker}, "until": after_now(lease_s)}
    return [
        {
            "$set": {
                "state": JobStatus.PROCESSING.value,
                "attempt": {"$add": ["$attempt", 1]},
                "lease": lease,
                "progress": {"step": Step.CRAWL.value, "percent": 0},
                "updated_at": "$$NOW",
            }
        }
    ]


def completed(result: JobResult, *, retention_s: float) -> Pipeline:
    """``processing → completed``."""
    state: Expression = JobStatus.COMPLETED.value
    refund: Pipeline = []
    if result.unchanged:
        # A forced run never finds its page unchanged: somebody asked for one while this unforced one was running.
        state = {"$cond": ["$force", _cancelled_or(JobStatus.QUEUED.value), JobStatus.COMPLETED.value]}
        refund = [{"$set": {"attempt": {"$subtract": ["$attempt", {"$cond": ["$force", 1, 0]}]}}}]
    is_completed = {"$eq": ["$state", JobStatus.COMPLETED.value]}
    stored = {
        "result": {"$cond": [is_completed, {"$literal": result.model_dump(mode="json")}, "$$REMOVE"]},
        "progress": {"$cond": [is_completed, {"step": Step.PUBLISH.value, "percent": 100}, "$progress"]},
    }
    return [*refund, *_leave(state, retention_s=retention_s), {"$set": stored}]


def failed(error: BaseException, *, step: Step | None, retry_in_s: float | None, retention_s: float) -> Pipeline:
    """``processing → queued`` for a later retry, or ``failed`` when ``retry_in_s`` is None."""
    if isinstance(error, BlogQAError):
        code, message = error.code, str(error)[:500]
    else:
        # An unexpected exception's text may carry anything: it belongs in the log, not in an API answer.
        code, message = BlogQAError.code, f"unexpected {type(error).__name__}; the worker's log has the details"
    entry = {
        "code": {"$literal": code},
        "message": {"$literal": message},
        "step": {"$literal": step.value if step else None},
    }
    if retry_in_s is None:
        return [_log_error(entry), *_leave(JobStatus.FAILED.value, retention_s=retention_s)]
    retried = _leave(_cancelled_or(JobStatus.QUEUED.value), retention_s=retention_s)
    return [_log_error(entry), {"$set": {"run_at": after_now(retry_in_s)}}, *retried]


def released(*, retention_s: float) -> Pipeline:
    """``processing → queued`` with the attempt refunded, or the cancel that was asked for meanwhile."""
    refund = {"$set": {"attempt": {"$subtract": ["$attempt", 1]}, "run_at": "$$NOW"}}
    return [refund, *_leave(_cancelled_or(JobStatus.QUEUED.value), retention_s=retention_s)]


def cancelled(*, retention_s: float) -> Pipeline:
    """``queued → cancelled``; a running job is cancelled by ``released``."""
    return _leave(JobStatus.CANCELLED.value, retention_s=retention_s)


def rescued(*, retention_s: float) -> Pipeline:
    """An expired lease: ``processing → queued``, or ``failed`` when the attempts are spent."""
    entry = {
        "code": LeaseLost.code,
        # Callers read this: which machine it was is the log's business.
        "message": "the worker stopped renewing its lease",
        "step": {"$ifNull": ["$progress.step", None]},
    }
    spent = {"$gte": ["$attempt", "$max_attempts"]}
    state = _cancelled_or({"$cond": [spent, JobStatus.FAILED.value, JobStatus.QUEUED.value]})
    return [_log_error(entry), {"$set": {"run_at": "$$NOW"}}, *_leave(state, retention_s=retention_s)]


def retried() -> Pipeline:
    """``failed`` or ``cancelled → queued`` with a fresh set of attempts; earlier errors stay on record."""
    fresh = {
        "state": JobStatus.QUEUED.value,
        "attempt": 0,
        "active_key": "$blog_id",
        "run_at": "$$NOW",
        "updated_at": "$$NOW",
    }
    return [{"$set": fresh}, {"$unset": ["finished_at", "expires_at", "cancel_requested_at", "progress", "result"]}]


def _cancelled_or(state: Expression) -> Expression:
    return {"$cond": [_CANCEL_REQUESTED, JobStatus.CANCELLED.value, state]}


def _log_error(entry: dict[str, Expression]) -> dict[str, Any]:
    entry = {"attempt": "$attempt", **entry, "at": "$$NOW"}
    return {"$set": {"errors": {"$slice": [{"$concatArrays": ["$errors", [entry]]}, -_STORED_ERRORS]}}}


def _leave(state: Expression, *, retention_s: float) -> Pipeline:
    """Gives up the lease for ``state``; a terminal one also frees the blog for the next job and starts retention."""
    terminal = {"$in": ["$state", _TERMINAL]}
    return [
        {"$set": {"state": state, "updated_at": "$$NOW"}},
        {
            "$set": {
                "finished_at": {"$cond": [terminal, "$$NOW", "$$REMOVE"]},
                "expires_at": {"$cond": [terminal, after_now(retention_s), "$$REMOVE"]},
                "active_key": {"$cond": [terminal, "$$REMOVE", "$active_key"]},
                "progress": {"$cond": [terminal, "$progress", "$$REMOVE"]},
            }
        },
        {"$unset": "lease"},
    ]
