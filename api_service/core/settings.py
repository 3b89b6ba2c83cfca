"""Settings of the API service."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, SecretStr

from shared.config import SharedSettings


class Environment(StrEnum):
    """Where the service runs; development also serves the demo blog."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SearchName(StrEnum):
    """Where vectors are searched."""

    MEMORY = "memory"
    MONGODB = "mongodb"


class ApiSettings(SharedSettings):
    """What the API needs beside the shared settings."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8005, ge=0, le=65_535, description="Port to listen on.")
    environment: Environment = Field(
        default=Environment.PRODUCTION, description="`development` also serves the demo blog under `/demo`."
    )
    demo_key: SecretStr | None = Field(
        default=None, description="The demo publisher's key, for the script tags of the demo blog (`development` only)."
    )
    admin_key: SecretStr | None = Field(
        default=None, min_length=16, description="Key of the operator's calls; unset, nobody can make them."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Bearer token of `/metrics`; unset, nobody sees it, but in `development` everybody.",
    )
    fresh_for_s: float = Field(
        default=86_400.0, ge=0, description="A page processed within this many seconds is not processed again unforced."
    )
    failed_for_s: float = Field(
        default=3_600.0, ge=0, description="A page that failed is not tried again for readers for this many seconds."
    )
    hot_bytes: int = Field(default=64 * 1024 * 1024, ge=0, description="Bytes of blogs kept in memory, ready to serve.")
    search: SearchName = Field(
        default=SearchName.MEMORY,
        description="Where vectors are searched: `memory` of each API process, or `mongodb` (`$vectorSearch`).",
    )
    search_bytes: int = Field(
        default=1024 * 1024 * 1024, ge=0, description="Bytes of vectors kept in memory for searching (`memory` only)."
    )
    ask_timeout_s: float = Field(
        default=60.0,
        gt=0,
        le=3_600,
        description="Longest a model may take to answer a reader, seconds; then text is quoted.",
    )
    ask_concurrency: int = Field(default=4, ge=1, le=1_000, description="Model calls for readers at once.")
    ask_concurrency_per_publisher: int = Field(
        default=2, ge=1, le=1_000, description="Model calls for one publisher's readers at once."
    )
    ask_tokens_per_day: int = Field(
        default=500_000,
        ge=0,
        description="Model tokens for one publisher's readers in a day (UTC); then text is quoted. 0 calls no model.",
    )
    worker_missing_after_s: float = Field(
        default=30.0, gt=0, description="A worker whose last heartbeat is older counts as gone in `/health`."
    )
