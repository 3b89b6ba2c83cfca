"""Settings that both services share, read once from the environment by each entry point and passed down."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.models.usage import Prices

CommaSeparated = Annotated[tuple[str, ...], NoDecode]
"""A tuple written in the environment as ``a,b,c``; validate it with ``split_commas``."""


def split_commas(value: object) -> object:
    """Turns ``"a, b"`` into ``("a", "b")`` and leaves anything that is not a string alone."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class LogFormat(StrEnum):
    """How log lines look: for machines or for a terminal."""

    JSON = "json"
    CONSOLE = "console"


class EngineName(StrEnum):
    """Who writes questions and answers."""

    AUTO = "auto"
    OPENAI = "openai"
    EXTRACTIVE = "extractive"


class EmbeddingsName(StrEnum):
    """Who turns text into vectors."""

    LOCAL = "local"
    OPENAI = "openai"


class SharedSettings(BaseSettings):
    """What both services need to know; each field is the variable ``BLOGQA_<NAME>`` unless it says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="BLOGQA_", env_ignore_empty=True, frozen=True, extra="ignore", validate_by_name=True
    )

    mongodb_url: SecretStr = Field(
        default=SecretStr("mongodb://127.0.0.1:27017/?replicaSet=blogqa"),
        validation_alias="MONGODB_URL",
        description="MongoDB replica set.",
    )
    mongodb_database: str = Field(default="blogqa", min_length=1, description="Database name.")
    retention_s: float = Field(default=30 * 86_400.0, gt=0, description="How long finished jobs are kept, seconds.")
    log_format: LogFormat = Field(default=LogFormat.JSON, description="`json` or `console`.")
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Lowest level that is logged."
    )

    engine: EngineName = Field(
        default=EngineName.AUTO,
        description="`openai`, `extractive`, or `auto`: openai when a key or base URL is set, else extractive.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENAI_API_KEY",
        description="Key of the OpenAI-compatible endpoint.",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias="OPENAI_BASE_URL",
        description="OpenAI-compatible endpoint (vLLM, Ollama, llama.cpp …).",
    )
    llm_model: str = Field(default="gpt-5-mini", description="Model name sent to the endpoint.")
    llm_context_tokens: int = Field(
        default=8_192,
        ge=2_048,
        description="Context window that a prompt and its answer must fit; longer articles are map-reduced.",
    )
    llm_prompt_price: float = Field(
        default=0.0, ge=0, description="US dollars for a million prompt tokens, for the cost in `usage`."
    )
    llm_completion_price: float = Field(
        default=0.0, ge=0, description="US dollars for a million completion tokens, for the cost in `usage`."
    )
    llm_timeout_s: float = Field(default=180.0, gt=0, description="Longest wait for one model call, seconds.")

    embeddings: EmbeddingsName = Field(
        default=EmbeddingsName.LOCAL, description="`local` (multilingual-e5-small in process) or `openai`."
    )
    embedding_model: str = Field(
        default="text-embedding-3-small", description="Embedding model at the endpoint (`openai` only)."
    )
    embedding_dimensions: int = Field(
        default=384, ge=8, le=4_096, description="Vector length asked of the endpoint (`openai` only; local is 384)."
    )
    embedding_threads: int = Field(default=1, ge=1, le=64, description="CPU threads of one local embedding call.")

    @model_validator(mode="after")
    def _openai_parts_need_an_endpoint(self) -> Self:
        wants_openai = self.engine is EngineName.OPENAI or self.embeddings is EmbeddingsName.OPENAI
        if wants_openai and not self.has_openai_endpoint:
            raise ValueError("engine or embeddings 'openai' needs OPENAI_API_KEY or OPENAI_BASE_URL to be set")
        return self

    @property
    def prices(self) -> Prices:
        """What the endpoint charges."""
        return Prices(prompt=self.llm_prompt_price, completion=self.llm_completion_price)

    @property
    def has_openai_endpoint(self) -> bool:
        """Whether there is an OpenAI-compatible endpoint to talk to."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @property
    def effective_engine(self) -> EngineName:
        """The engine in force, with ``auto`` decided."""
        if self.engine is not EngineName.AUTO:
            return self.engine
        return EngineName.OPENAI if self.has_openai_endpoint else EngineName.EXTRACTIVE


def explain_settings_error(error: ValidationError) -> str:
    """One sentence per wrong setting; never the rejected value, which may be a secret."""
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        variable = name if name.isupper() else f"BLOGQA_{name.upper()}"
        lines.append(f"{variable if name else 'settings'}: {problem['msg']}")
    return "Settings are not valid. " + "; ".join(lines)
