"""What is wrong with a deployment and how to mend it: from what the server says, without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from blogqa_cli.replies import DatabaseHealth, Diagnostics, EngineReport, Health, QueuePulse, QueueStats, Worker
from blogqa_cli.wording import duration

_STUCK_S: Final = 300.0
"""A worker looks at the queue every five seconds; a page takes well under a minute, with a model some."""

_FEW: Final = 5
_OFTEN: Final = 0.5
_DISK_WARNING: Final = 0.85
_DISK_PROBLEM: Final = 0.95
_SUPPORTED_MONGODB: Final = 7
_RUN_WORKER: Final = "python -m worker_service.run_worker"


class Level(StrEnum):
    """How bad it is, from good to bad."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What.
        level: How bad it is.
        detail: How it is.
        mend: What to do about it; empty where there is nothing to do.
    """

    name: str
    level: Level
    detail: str
    mend: str = ""


def checks(health: Health, diagnostics: Diagnostics | None, *, version: str) -> Iterator[Check]:
    """Looks at everything.

    Args:
        health: What everybody may see.
        diagnostics: What the operator may see; None where that could not be asked.
        version: Of this command.
    """
    if diagnostics is not None:
        yield _version(diagnostics.version, version)
    yield _database(health.database)
    if diagnostics is not None:
        yield from _server_facts(diagnostics.database)
    if health.database.ok:
        yield _workers(health)
        yield from _differing(diagnostics.workers or (), diagnostics) if diagnostics else ()
        if health.queue is not None:
            yield _queue(health.queue, diagnostics.queue if diagnostics else None, has_workers=bool(health.workers))
    yield _engine(diagnostics.engine if diagnostics else EngineReport(name=health.engine))
    yield _search(health)
    if diagnostics is not None and diagnostics.publishers is not None and not diagnostics.publishers.active:
        yield Check("publishers", Level.WARNING, "there is none", "blogqa publisher add NAME --domain DOMAIN")


def _version(server: str, own: str) -> Check:
    if server == own:
        return Check("version", Level.OK, server)
    detail = f"the server is {server}, this command {own}"
    return Check("version", Level.WARNING, detail, "install the same version of both")


def _database(found: DatabaseHealth) -> Check:
    if found.ok:
        ping = f", answers in {found.ping_ms:.1f} ms" if found.ping_ms is not None else ""
        return Check("database", Level.OK, f"is there{ping}")
    mend = "see that MongoDB runs as a replica set, and that the API's MONGODB_URL names it"
    return Check("database", Level.PROBLEM, found.detail or "does not answer", mend)


def _server_facts(found: DatabaseHealth) -> Iterator[Check]:
    major = re.match(r"[0-9]{1,3}", found.version or "")
    if major and int(major[0]) < _SUPPORTED_MONGODB:
        mend = "MongoDB 7 or 8 for production; for development it will do"
        yield Check("mongodb", Level.WARNING, f"version {found.version} gets no more fixes", mend)
    elif major:
        yield Check("mongodb", Level.OK, f"version {found.version}")
    if not found.disk_total_bytes or found.disk_used_bytes is None:
        if found.ok:
            yield Check("disk", Level.OK, "the database does not say how full it is")
        return
    used = found.disk_used_bytes / found.disk_total_bytes
    free = (found.disk_total_bytes - found.disk_used_bytes) / 1024**3
    level = Level.PROBLEM if used >= _DISK_PROBLEM else Level.WARNING if used >= _DISK_WARNING else Level.OK
    mend = "" if level is Level.OK else "make room, or give the database a larger disk: it stops when that is full"
    yield Check("disk", level, f"the database's is {used:.0%} full, {free:.1f} GiB are free", mend)


def _workers(health: Health) -> Check:
    if health.workers:
        slots = sum(worker.slots for worker in health.workers)
        return Check("workers", Level.OK, f"{len(health.workers)} alive, {slots} pages at once")
    heard = health.worker_heartbeat_age_s
    detail = "none is alive" + (f"; the last was heard of {duration(heard)} ago" if heard is not None else "")
    return Check("workers", Level.PROBLEM, detail, f"start one: {_RUN_WORKER}; its log says why it ended")


def _differing(workers: tuple[Worker, ...], diagnostics: Diagnostics) -> Iterator[Check]:
    for worker in workers:
        if worker.version != diagnostics.version:
            detail = f"{worker.name} is {worker.version or 'older'}, the API {diagnostics.version}"
            yield Check("worker version", Level.WARNING, detail, "install that version for the worker and restart it")
        if worker.engine != diagnostics.engine.name:
            detail = f"{worker.name} works with {worker.engine}, the API with {diagnostics.engine.name}"
            yield Check("worker engine", Level.WARNING, detail, "give both the same settings and restart them")


def _queue(pulse: QueuePulse, stats: QueueStats | None, *, has_workers: bool) -> Check:
    waiting = f"{pulse.due} due, {pulse.processing} being processed"
    waited_s = pulse.oldest_due_age_s or 0.0
    if pulse.due and waited_s >= _STUCK_S:
        detail = f"{waiting}; the oldest has waited for {duration(waited_s)}"
        if pulse.processing:
            return Check("queue", Level.WARNING, detail, f"start more workers: {_RUN_WORKER}")
        mend = "see the workers' logs, then restart them" if has_workers else f"start a worker: {_RUN_WORKER}"
        return Check("queue", Level.PROBLEM, f"it does not move: {detail}", mend)
    rate = stats.failure_rate_last_hour if stats else None
    if stats and rate is not None and rate >= _OFTEN and stats.failed_last_hour >= _FEW:
        detail = f"{stats.failed_last_hour} jobs failed in the last hour, {rate:.0%} of those that ended"
        return Check("queue", Level.WARNING, detail, "blogqa jobs --state failed")
    return Check("queue", Level.OK, waiting)


def _engine(found: EngineReport) -> Check:
    name = f"{found.name}, {found.model}" if found.model else found.name
    if found.endpoint_ok is False:
        mend = "see that the model's endpoint runs; until then text is quoted"
        return Check("engine", Level.PROBLEM, f"{name}: {found.detail or 'its endpoint does not answer'}", mend)
    if found.detail:
        return Check("engine", Level.WARNING, f"{name}: {found.detail}", "see the API's settings")
    return Check("engine", Level.OK, name)


def _search(health: Health) -> Check:
    if health.search.problem is None:
        return Check("search", Level.OK, f"in {health.search.mode}")
    mend = "see the API's log" if health.database.ok else "it needs the database"
    return Check("search", Level.PROBLEM, health.search.problem, mend)
