"""Vector search in MongoDB: nothing in this process's memory, and as fresh as MongoDB's search index."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api_service.core.settings import SearchName
from api_service.data.vector_index import VectorIndexRepository
from api_service.data.vector_repository import VectorKind, Vectors
from api_service.services.vector_search import SearchStatus
from api_service.services.vector_table import Hit
from shared.errors import BlogQAError, SearchNotReady

_WAIT_S: Final = 2.0
_POLL_S: Final = 0.5
_RETRY_AFTER_S: Final = 10.0


class MongoSearch:
    """Searches with ``$vectorSearch``; the indexes are created when they are missing.

    Args:
        index: The indexes of the embedding model that queries are embedded with.
        wait_s: How long a search waits for indexes that are being built.
    """

    def __init__(self, index: VectorIndexRepository, *, wait_s: float = _WAIT_S) -> None:
        self._index = index
        self._wait_s = wait_s
        self._ready = False
        self._problem: str | None = "the search index has not been looked at yet"
        self._preparing: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Creates missing indexes and waits a moment until they can be searched; all who wait share one look.

        Raises:
            DatabaseUnsuitable: There is no ``$vectorSearch``.
            SearchNotReady: The indexes are still being built, or the search process failed.
            DatabaseUnavailable: No answer.
        """
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._prepare(), name="search index")
        await asyncio.shield(self._preparing)

    async def _prepare(self) -> None:
        with self._problems_noted():
            try:
                async with asyncio.timeout(self._wait_s):
                    while not await self._index.ensure():  # noqa: ASYNC110 - MongoDB builds, and tells nobody
                        await asyncio.sleep(_POLL_S)
            except TimeoutError as exc:
                raise SearchNotReady("MongoDB is building the search index", retry_after_s=_RETRY_AFTER_S) from exc
        self._ready, self._problem = True, None

    async def nearest(
        self, publisher_id: str, kind: VectorKind, query: Vectors, *, limit: int, without: str | None = None
    ) -> list[Hit]:
        """As ``VectorSearch.nearest``.

        Raises:
            DatabaseUnsuitable: There is no ``$vectorSearch``.
            SearchNotReady: The indexes are being built, or the search process failed.
            DatabaseUnavailable: No answer.
        """
        if not self._ready:
            await self.prepare()
        with self._problems_noted():
            found = await self._index.nearest(publisher_id, kind, query, limit=limit, without=without)
        # An index that somebody dropped answers with nothing: the next search looks whether it is there.
        self._ready = bool(found)
        return [Hit(each.key, each.blog_id, each.cosine) for each in found]

    @contextmanager
    def _problems_noted(self) -> Iterator[None]:
        try:
            yield
        except BlogQAError as exc:
            self._ready, self._problem = False, str(exc)
            raise

    def touch(self) -> None:
        """Nothing: MongoDB follows what is published by itself."""

    def status(self) -> SearchStatus:
        """Whether it could search when it was last asked to."""
        return SearchStatus(mode=SearchName.MONGODB, problem=self._problem)
