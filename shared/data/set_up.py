"""Makes a new MongoDB fit for BlogQA: replica set, user, indexes.

Run ``python -m shared.data.set_up`` as often as you like. For deployments that bring their own MongoDB, as
``docker-compose.split-services.yml`` does. Needs the root user, whom the services never see; a run with another
``BLOGQA_MONGO_PASSWORD`` changes the services' password.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any, Final
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pymongo.errors import OperationFailure
from pymongo.uri_parser import parse_host
from tenacity import AsyncRetrying, retry_if_exception_type
from tenacity.wait import wait_fixed

from shared.config import LogFormat, explain_settings_error
from shared.data.database import Database, maps_mongo_errors, open_database
from shared.data.schema import prepare_when_possible
from shared.errors import DatabaseUnavailable, DatabaseUnsuitable
from shared.log import configure_logging, get_logger

logger = get_logger(__name__)

USER: Final = "blogqa"
"""Whom the services are to MongoDB; may read and write BlogQA's database, nothing else."""

REPLICA_SET: Final = "blogqa"

_APP_NAME: Final = "blogqa-set-up"
_LOOK_AGAIN_S: Final = 1.0
_ALREADY_INITIALIZED: Final = 23
_USER_EXISTS: Final = 51_003
_URL_SAFE: Final = re.compile(r"[A-Za-z0-9._~-]+")
_LONGEST_WAIT_S: Final = 300.0


class SetUpSettings(BaseSettings):
    """Who may set up, and what."""

    model_config = SettingsConfigDict(env_prefix="BLOGQA_", env_ignore_empty=True, frozen=True, extra="ignore")

    mongo_host: str = Field(
        default="mongo:27017",
        pattern=r"^[A-Za-z0-9._:\[\]-]+:\d{1,5}$",
        description="`host:port` under which everybody reaches MongoDB.",
    )
    mongo_root_password: SecretStr = Field(description="Password of MongoDB's user `root`.")
    mongo_password: SecretStr = Field(min_length=16, description="Password that the services are to have.")
    mongodb_database: str = Field(default="blogqa", min_length=1, max_length=63, description="Database name.")

    @field_validator("mongo_host")
    @classmethod
    def _is_one_host(cls, host: str) -> str:
        parse_host(host)
        return host

    @field_validator("mongo_password")
    @classmethod
    def _fits_into_a_url(cls, password: SecretStr) -> SecretStr:
        if not _URL_SAFE.fullmatch(password.get_secret_value()):
            raise ValueError("may have letters, digits and ._~- only, for it becomes part of MONGODB_URL")
        return password

    def url(self, user: str, password: SecretStr, options: str) -> str:
        """A connection string; never to be shown."""
        return f"mongodb://{user}:{quote(password.get_secret_value(), safe='')}@{self.mongo_host}/?{options}"


async def set_up(settings: SetUpSettings) -> None:
    """Initiates the replica set, makes or updates the services' user and creates the indexes, waiting where it must.

    Raises:
        DatabaseUnsuitable: MongoDB refuses the root user, or is none that BlogQA can use.
    """
    alone = settings.url("root", settings.mongo_root_password, "directConnection=true&authSource=admin")
    waiting = AsyncRetrying(retry=retry_if_exception_type(DatabaseUnavailable), wait=wait_fixed(_LOOK_AGAIN_S))
    async with open_database(alone, "admin", app_name=_APP_NAME) as admin:
        try:
            await waiting(_initiate, admin, settings.mongo_host)
            await waiting(_require_primary, admin)
            await waiting(_ensure_user, admin.client[settings.mongodb_database], settings.mongo_password)
        except DatabaseUnsuitable as exc:
            raise DatabaseUnsuitable(
                "MongoDB refuses the user root: check BLOGQA_MONGO_ROOT_PASSWORD; a database that was made with "
                "another one keeps that"
            ) from exc
    ours = settings.url(
        USER, settings.mongo_password, f"replicaSet={REPLICA_SET}&authSource={settings.mongodb_database}"
    )
    async with open_database(ours, settings.mongodb_database, app_name=_APP_NAME) as database:
        await prepare_when_possible(database)


@maps_mongo_errors
async def _initiate(admin: Database, host: str) -> None:
    members = [{"_id": 0, "host": host}]
    try:
        await admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except OperationFailure as exc:
        if exc.code != _ALREADY_INITIALIZED:
            raise
    else:
        logger.info("replica_set_initiated", host=host)


@maps_mongo_errors
async def _require_primary(admin: Database) -> None:
    if not (await admin.command("hello"))["isWritablePrimary"]:
        raise DatabaseUnavailable("MongoDB has no primary yet")


@maps_mongo_errors
async def _ensure_user(database: Database, password: SecretStr) -> None:
    fields: dict[str, Any] = {"pwd": password.get_secret_value(), "roles": [{"role": "readWrite", "db": database.name}]}
    try:
        await database.command("createUser", USER, **fields)
        logger.info("user_created", user=USER)
    except OperationFailure as exc:
        if exc.code != _USER_EXISTS:
            raise
        await database.command("updateUser", USER, **fields)


def main() -> None:
    """Sets up and ends: 0 when MongoDB is fit, 1 after a sentence about why not."""
    try:
        settings = SetUpSettings()
    except ValidationError as exc:
        sys.exit(explain_settings_error(exc))
    configure_logging(log_format=LogFormat.JSON, level="INFO", service="set-up")
    try:
        asyncio.run(asyncio.wait_for(set_up(settings), _LONGEST_WAIT_S))
    except TimeoutError:
        sys.exit(f"MongoDB at {settings.mongo_host} was not fit within {_LONGEST_WAIT_S:g} s; its log says why")
    except DatabaseUnsuitable as exc:
        sys.exit(str(exc))
    except OperationFailure as exc:
        sys.exit(f"MongoDB refuses to be set up: {exc.details['errmsg'] if exc.details else exc}")
    logger.info("mongodb_is_set_up")


if __name__ == "__main__":
    main()
