"""Vector search that MongoDB does itself: ``$vectorSearch``, of Atlas and of Community 8.2 and later with mongot.

Sources: MongoDB Vector Search documentation, "How to Index Fields for Vector Search" and "Run Vector Search Queries";
mongot's public sources, by which a search in an index that does not exist finds nothing instead of failing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from pymongo.errors import ExecutionTimeout, OperationFailure
from pymongo.operations import SearchIndexModel

from api_service.data.vector_repository import VectorKind, Vectors
from shared.data.content_repository import stored_vector, vector_field
from shared.data.database import Database, Document, maps_mongo_errors
from shared.errors import DatabaseUnsuitable, SearchNotReady

_NO_VECTOR_SEARCH: Final = frozenset({59, 115, 31082, 40324})
"""CommandNotFound, CommandNotSupported, SearchNotEnabled, an unknown pipeline stage."""

_ALREADY_EXISTS: Final = 68
_REFUSED: Final = 13

_FETCHED_PER_HIT: Final = 2
"""For up to two minutes after a blog is republished its superseded questions and passages are found beside the new."""

_CANDIDATES_PER_HIT: Final = 20
_MOST_CANDIDATES: Final = 10_000
"""What the documentation recommends, and allows."""


class Near(NamedTuple):
    """One vector that was found: its document's id, its blog, and the cosine similarity."""

    key: str
    blog_id: str
    cosine: float


def index_definition(kind: VectorKind, model: str, dimensions: int) -> Document:
    """The vector index of one kind and embedding model.

    Summaries have no ``blog_id`` to filter by, their ``_id`` is the blog's: one is left out of the result instead.
    """
    filters = ["publisher_id"] if kind is VectorKind.SUMMARY else ["publisher_id", "blog_id"]
    vector = {"type": "vector", "path": vector_field(model), "numDimensions": dimensions, "similarity": "cosine"}
    return {"fields": [vector, *({"type": "filter", "path": path} for path in filters)]}


def index_name(definition: Document) -> str:
    """Names an index after its definition, so that no index is ever changed: another definition is another index."""
    model = re.sub(r"[^A-Za-z0-9]+", "-", definition["fields"][0]["path"].partition(".")[2])[:40]
    return f"{model}-{hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:8]}"


def nearest_pipeline(
    kind: VectorKind, model: str, publisher_id: str, query: Vectors, *, limit: int, without: str | None
) -> list[Document]:
    """The aggregation that finds a publisher's nearest vectors, as ``VectorSearch.nearest`` promises them.

    Superseded documents are taken out afterwards, not by the filter: for that the server would have to know fields
    that are missing, which not all versions do.
    """
    dimensions = len(query)
    fetched = min(limit * _FETCHED_PER_HIT + 1, _MOST_CANDIDATES)
    wanted: Document = {"publisher_id": {"$eq": publisher_id}}
    current: Document = {"expires_at": {"$exists": False}}
    if without is not None and kind is VectorKind.SUMMARY:
        current["_id"] = {"$ne": without}
    elif without is not None:
        wanted = {"$and": [wanted, {"blog_id": {"$ne": without}}]}
    search = {
        "index": index_name(index_definition(kind, model, dimensions)),
        "path": vector_field(model),
        "queryVector": stored_vector(query),
        "filter": wanted,
        "numCandidates": min(fetched * _CANDIDATES_PER_HIT, _MOST_CANDIDATES),
        "limit": fetched,
    }
    return [
        {"$vectorSearch": search},
        {"$match": current},
        {"$limit": limit},
        {"$project": {"blog_id": 1, "score": {"$meta": "vectorSearchScore"}}},
    ]


def near(kind: VectorKind, document: Document) -> Near:
    """Reads one result; the score of a cosine index is ``(1 + cosine) / 2``."""
    blog_id = document["_id" if kind is VectorKind.SUMMARY else "blog_id"]
    return Near(document["_id"], blog_id, 2.0 * document["score"] - 1.0)


class VectorIndexRepository:
    """The vector indexes of one embedding model, and searching in them.

    Args:
        database: Where.
        model: Name of the embedding model.
        dimensions: Length of its vectors.
    """

    def __init__(self, database: Database, *, model: str, dimensions: int) -> None:
        self._database = database
        self._model = model
        self._definitions = {kind: index_definition(kind, model, dimensions) for kind in VectorKind}

    @maps_mongo_errors
    async def ensure(self) -> bool:
        """Creates the indexes that are missing; safe to run again and concurrently. True once all can be searched.

        Raises:
            DatabaseUnsuitable: There is no ``$vectorSearch``, or the user may not create indexes for it.
            SearchNotReady: The search process failed.
            DatabaseUnavailable: No answer.
        """
        with _search_errors_mapped():
            return all([await self._ensure_one(kind, definition) for kind, definition in self._definitions.items()])

    async def _ensure_one(self, kind: VectorKind, definition: Document) -> bool:
        collection, name = self._database[kind.value], index_name(definition)
        for index in await (await collection.list_search_indexes(name)).to_list():
            return bool(index["queryable"])
        try:
            await collection.create_search_index(SearchIndexModel(definition, name=name, type="vectorSearch"))
        except OperationFailure as exc:
            if exc.code != _ALREADY_EXISTS:  # Another process was quicker.
                raise
        return False

    @maps_mongo_errors
    async def nearest(
        self, publisher_id: str, kind: VectorKind, query: Vectors, *, limit: int, without: str | None
    ) -> list[Near]:
        """Searches; an index that does not exist has nothing.

        Raises:
            DatabaseUnsuitable: There is no ``$vectorSearch``.
            SearchNotReady: The search process failed.
            DatabaseUnavailable: No answer.
        """
        pipeline = nearest_pipeline(kind, self._model, publisher_id, query, limit=limit, without=without)
        with _search_errors_mapped():
            documents = await (await self._database[kind.value].aggregate(pipeline)).to_list()
        return [near(kind, document) for document in documents]


@contextmanager
def _search_errors_mapped() -> Iterator[None]:
    try:
        yield
    except ExecutionTimeout:
        raise
    except OperationFailure as exc:
        if exc.code in _NO_VECTOR_SEARCH:
            raise DatabaseUnsuitable(
                "this MongoDB has no $vectorSearch, which BLOGQA_SEARCH=mongodb needs: set BLOGQA_SEARCH=memory, "
                "or use Atlas, or MongoDB 8.2 or later with mongot"
            ) from exc
        if exc.code == _REFUSED:
            raise DatabaseUnsuitable(
                "BLOGQA_SEARCH=mongodb needs a user in MONGODB_URL that may list and create search indexes"
            ) from exc
        # mongod passes on what its search process says, under codes of no fixed meaning.
        raise SearchNotReady("MongoDB's search process failed; the API's log says how") from exc
