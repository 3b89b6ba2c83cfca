"""Connecting to MongoDB, refusing what cannot work, and setting up indexes."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC
from typing import Any, ParamSpec, TypeVar

import pymongo
from bson import ObjectId
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, IndexModel, WriteConcern
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)

from shared.errors import DatabaseUnavailable, DatabaseUnsuitable, PermanentError

P = ParamSpec("P")
R = TypeVar("R")

Document = dict[str, Any]
Database = AsyncDatabase[Document]

OPERATION_TIMEOUT_S = 5.0
"""Longest that one repository call may take: well under a heartbeat, and soon enough for a clear 503."""

_SERVER_SELECTION_TIMEOUT_MS = 3_000
_SOCKET_TIMEOUT_MS = 20_000
_PING_TIMEOUT_S = 2.0
_INDEX_CHANGED = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict
_REFUSED = frozenset({13, 18})  # Unauthorized, AuthenticationFailed


ID_PATTERN = r"^[0-9a-f]{24}$"
"""What ``new_id`` makes."""


def new_id() -> str:
    """A new document id: 24 hex digits that sort roughly by creation time."""
    return str(ObjectId())


@contextmanager
def mongo_errors_mapped() -> Iterator[None]:
    """Turns PyMongo's connection-level errors into DatabaseUnavailable; others are bugs and pass through.

    Raises:
        DatabaseUnavailable: No primary, no connection, or the server ran out of time.
        DatabaseUnsuitable: The server refuses the user.
    """
    try:
        yield
    except (ConnectionFailure, ServerSelectionTimeoutError, WaitQueueTimeoutError, ExecutionTimeout) as exc:
        # The driver's message lists hosts and internals: it goes to the log as the cause, not to callers.
        raise DatabaseUnavailable("MongoDB does not answer; the operation was not confirmed") from exc
    except DocumentTooLarge as exc:
        raise PermanentError("the page is too large to be stored") from exc
    except OperationFailure as exc:
        if exc.code in _REFUSED:
            raise DatabaseUnsuitable("MongoDB refuses the user in MONGODB_URL: check name, password and roles") from exc
        if exc.has_error_label("TransientTransactionError") or exc.has_error_label("RetryableWriteError"):
            raise DatabaseUnavailable("MongoDB could not finish the operation this time") from exc
        raise


def maps_mongo_errors(method: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Wraps a repository method in ``mongo_errors_mapped``, and bounds it by ``OPERATION_TIMEOUT_S``."""

    @functools.wraps(method)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with mongo_errors_mapped(), pymongo.timeout(OPERATION_TIMEOUT_S):
            return await method(*args, **kwargs)

    return wrapper


@asynccontextmanager
async def open_change_stream(
    collection: AsyncCollection[Document], pipeline: Sequence[Document]
) -> AsyncIterator[AsyncChangeStream[Document]]:
    """Watches a collection from now on.

    Raises:
        DatabaseUnavailable: The stream is lost, for whatever reason: changes may have been missed, open a new one.
    """
    try:
        async with await collection.watch(pipeline) as stream:
            yield stream
    except PyMongoError as exc:
        raise DatabaseUnavailable(f"the change stream on {collection.name!r} is lost") from exc


@asynccontextmanager
async def open_database(url: str, name: str, *, app_name: str) -> AsyncIterator[Database]:
    """Opens a client and yields the database; connects lazily, on the first operation.

    Writes are acknowledged by a majority and journaled: what the API has accepted survives a crash.

    Raises:
        DatabaseUnsuitable: The URL is not a MongoDB URL.
    """
    try:
        client: AsyncMongoClient[Document] = AsyncMongoClient(
            url,
            appname=app_name,
            serverSelectionTimeoutMS=_SERVER_SELECTION_TIMEOUT_MS,
            socketTimeoutMS=_SOCKET_TIMEOUT_MS,
            connect=False,
        )
    except (InvalidURI, ValueError) as exc:
        raise DatabaseUnsuitable("MONGODB_URL is not a valid MongoDB connection string") from exc
    async with client:
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        yield client.get_database(name, codec_options=options, write_concern=WriteConcern(w="majority", j=True))


@maps_mongo_errors
async def require_replica_set(database: Database) -> None:
    """Checks that transactions and change streams exist.

    Raises:
        DatabaseUnsuitable: A standalone server.
        DatabaseUnavailable: No answer, or a replica set that nobody has initiated yet.
    """
    hello = await database.command("hello")
    if hello.get("isreplicaset"):
        raise DatabaseUnavailable("MongoDB's replica set is not initiated yet: run rs.initiate() once")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise DatabaseUnsuitable(
            "MongoDB runs as a standalone server, but BlogQA needs a replica set (one node will do): "
            "start mongod with --replSet and run rs.initiate() once"
        )


async def ensure_indexes(database: Database, indexes: Mapping[str, Sequence[IndexModel]]) -> None:
    """Creates missing indexes, and replaces those whose definition changed under the same name or keys.

    Safe to run again and concurrently: creating an identical index is a no-op on the server, and when two processes
    replace the same one, whoever comes second finds it as it should be. Takes as long as building takes.

    Args:
        database: Where.
        indexes: Definitions by collection name.
    """
    with mongo_errors_mapped():
        for name, models in indexes.items():
            for model in models:
                await _ensure_index(database[name], model)


async def _ensure_index(collection: AsyncCollection[Document], model: IndexModel) -> None:
    try:
        await collection.create_indexes([model])
    except OperationFailure as exc:
        if exc.code not in _INDEX_CHANGED:
            raise
        wanted = model.document
        async for index in await collection.list_indexes():
            if index["name"] == wanted["name"] or index["key"] == wanted["key"]:
                with suppress(OperationFailure):  # Dropped by another process in between.
                    await collection.drop_index(index["name"])
        await collection.create_indexes([model])


@maps_mongo_errors
async def ping(database: Database) -> None:
    """Asks the server for a sign of life.

    Raises:
        DatabaseUnavailable: There is none.
    """
    with pymongo.timeout(_PING_TIMEOUT_S):
        await database.command("ping")
