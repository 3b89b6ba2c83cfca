"""Settings of the worker service."""

from __future__ import annotations

import secrets
from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.config import CommaSeparated, SharedSettings, split_commas


def _default_name() -> str:
    # Shown by /health, which needs no key: nothing of the machine in it.
    return f"worker-{secrets.token_hex(4)}"


class WorkerSettings(SharedSettings):
    """What the worker needs beside the shared settings; times in seconds."""

    worker_name: str = Field(
        default_factory=_default_name, min_length=1, max_length=100, description="Unique name; a random one by default."
    )
    worker_slots: int = Field(
        default=4, ge=1, le=1_000, description="Jobs processed at once; they mostly wait for the model."
    )
    poll_s: float = Field(default=5.0, gt=0, description="Pause between looks at an empty queue, ±20 %.")
    lease_s: float = Field(default=30.0, gt=0, description="How long a claim or heartbeat holds a job.")
    heartbeat_s: float = Field(default=10.0, gt=0, description="Pause between heartbeats; a third of the lease.")
    rescue_s: float = Field(default=15.0, gt=0, description="Pause between looks for expired leases, ±20 %.")
    grace_s: float = Field(
        default=25.0, ge=0, description="How long running jobs may finish after SIGTERM before they are handed back."
    )
    retry_base_s: float = Field(
        default=5.0, gt=0, description="Longest wait before the first retry; doubles each time."
    )

    user_agent: str = Field(
        default="BlogQA/0.1 (+https://github.com/blogqa/blogqa)",
        min_length=1,
        description="How the crawler introduces itself; the part before `/` is its name in robots.txt.",
    )
    max_page_bytes: int = Field(default=5 * 1024 * 1024, gt=0, description="Largest page read, decoded bytes.")
    crawl_delay_s: float = Field(default=0.5, ge=0, description="Pause between two requests to one host.")
    allowed_private_hosts: CommaSeparated = Field(
        default=(), description="`host:port,…` that may be crawled though not public. For development."
    )
    extract_timeout_s: float = Field(default=30.0, gt=0, description="Longest extraction of one page.")

    metrics_host: str = Field(
        default="127.0.0.1", min_length=1, description="Address of `/metrics` and `/health/live`."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Port of the two; unset, neither is served. 0: any, named in the log.",
    )

    _split = field_validator("allowed_private_hosts", mode="before")(split_commas)

    @model_validator(mode="after")
    def _heartbeats_fit_the_lease(self) -> Self:
        if self.heartbeat_s * 2 > self.lease_s:
            raise ValueError("lease_s must be at least twice heartbeat_s, so that one lost heartbeat loses no lease")
        return self
