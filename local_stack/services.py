"""What the stack runs, and with which environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_stack.child import Service
from local_stack.keys import Keys
from local_stack.ports import LOOPBACK
from local_stack.state_dir import ROOT

# Longer than what the services give themselves: 20 s for open requests, 25 s for running jobs.
_API_GRACE_S = 25.0
_WORKER_GRACE_S = 30.0
_MODEL_GRACE_S = 5.0

_WITH_LOCAL_MODEL = {
    "BLOGQA_LLM_MODEL": "local",
    # A small machine's model answers one request at a time, and takes minutes for it.
    "BLOGQA_LLM_TIMEOUT_S": "900",
    # Articles that another engine processed today are to be processed again; unchanged ones cost nothing.
    "BLOGQA_FRESH_FOR_S": "0",
}


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", name)


@dataclass(frozen=True)
class Programs:
    """Command lines of the services; tests put small stand-ins here."""

    api: Sequence[str] = _module("api_service.run_server")
    worker: Sequence[str] = _module("worker_service.run_worker")
    model_server: Sequence[str] = _module("local_stack.model_server")


def services_environ(
    environ: Mapping[str, str], *, mongodb_url: str, port: int, keys: Keys, model_url: str | None
) -> dict[str, str]:
    """The environment that the API and the workers share.

    Args:
        environ: Ours; settings for the services pass through.
        mongodb_url: The replica set.
        port: Port of the API, which also serves the demo blog that the workers are to crawl.
        keys: Of this stack.
        model_url: Base URL of the local model server, when there is one.
    """
    demo_hosts = f"{LOOPBACK}:{port},localhost:{port}"
    allowed = environ.get("BLOGQA_ALLOWED_PRIVATE_HOSTS")
    ours = {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "MONGODB_URL": mongodb_url,
        "BLOGQA_ENVIRONMENT": "development",
        "BLOGQA_HOST": LOOPBACK,
        "BLOGQA_PORT": str(port),
        "BLOGQA_ADMIN_KEY": keys.admin,
        "BLOGQA_DEMO_KEY": keys.api,
        "BLOGQA_ALLOWED_PRIVATE_HOSTS": f"{allowed},{demo_hosts}" if allowed else demo_hosts,
    }
    if model_url:
        ours |= {"OPENAI_BASE_URL": model_url, "OPENAI_API_KEY": "local"}
        ours |= {name: environ.get(name) or value for name, value in _WITH_LOCAL_MODEL.items()}
    return {**environ, "BLOGQA_LOG_FORMAT": environ.get("BLOGQA_LOG_FORMAT") or "console", **ours}


def api_service(programs: Programs, environ: Mapping[str, str]) -> Service:
    """The API."""
    return Service(name="api", command=programs.api, environ=environ, grace_s=_API_GRACE_S)


def worker_services(programs: Programs, environ: Mapping[str, str], count: int) -> list[Service]:
    """The workers, named ``worker-1`` and so on."""
    names = [f"worker-{number}" for number in range(1, count + 1)]
    # Embedding may have all of the machine; the workers share it.
    threads = environ.get("BLOGQA_EMBEDDING_THREADS") or str(max(1, min(os.cpu_count() or 1, 4) // count))
    # A port for the first, and the ones after it for the others. What is no number the workers explain themselves.
    given = environ.get("BLOGQA_METRICS_PORT", "")
    metrics_port = int(given) if given.isdecimal() else 0
    return [
        Service(
            name=name,
            command=programs.worker,
            environ={
                **environ,
                "BLOGQA_WORKER_NAME": name,
                "BLOGQA_EMBEDDING_THREADS": threads,
                **({"BLOGQA_METRICS_PORT": str(metrics_port + number)} if metrics_port else {}),
            },
            grace_s=_WORKER_GRACE_S,
        )
        for number, name in enumerate(names)
    ]


def model_service(programs: Programs, environ: Mapping[str, str], *, model: Path, port: int) -> Service:
    """The local model server."""
    command = (*programs.model_server, str(model), str(port))
    environ = {**environ, "PYTHONPATH": str(ROOT)}
    return Service(name="llm", command=command, environ=environ, grace_s=_MODEL_GRACE_S, restarts=False)
