"""Vector search in this process: exact, one publisher's vectors at a time, loaded when first needed.

What is loaded follows the database: after a change announced by the change stream, or half a minute, a search has the
published versions compared (one index-only read) and what is new loaded, for the searches after it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from time import monotonic
from typing import Final, NoReturn

from api_service.core.settings import SearchName
from api_service.data.vector_repository import VectorKind, VectorRepository, Vectors
from api_service.services.vector_search import SearchStatus
from api_service.services.vector_table import Hit, VectorTable
from shared.errors import SearchNotReady
from shared.log import get_logger

logger = get_logger(__name__)

_CHECK_S: Final = 30.0
_LOAD_WAIT_S: Final = 2.0
_BATCH_BLOGS: Final = 50
_REFUSED_FOR_S: Final = 60.0
"""How long a publisher whose vectors do not fit is refused without a look at whether they have changed."""

_SMALL_ROWS: Final = 5_000
"""Tables below this many rows are searched on the event loop: handing them to a thread takes longer."""


@dataclass
class _Loaded:
    """One publisher's vectors.

    Attributes:
        tables: By kind; none before the first vector's length is known.
        versions: Loaded version by blog id.
        checked_at: When the versions were last compared, on the store's clock; None before the first load is over.
        epoch: The store's epoch at that time.
        lock: Held while the tables are written or searched in a thread.
        refreshing: The one refresh that is under way, or the last one.
    """

    tables: dict[VectorKind, VectorTable] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    checked_at: float | None = None
    epoch: int = -1
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    refreshing: asyncio.Task[None] | None = None

    @property
    def nbytes(self) -> int:
        return sum(table.nbytes for table in self.tables.values())

    def replace(self, blog_id: str, kind: VectorKind, keys: list[str], rows: Vectors) -> None:
        if keys and kind not in self.tables:
            self.tables[kind] = VectorTable(rows.shape[1])
        if kind in self.tables:
            self.tables[kind].replace(blog_id, keys, rows)


@dataclass
class _Refusal:
    """A publisher whose vectors did not fit.

    Attributes:
        versions: What was published then, by blog id: the same will not fit another time.
        until: Seconds on the store's clock.
    """

    versions: dict[str, int]
    until: float


class MemorySearch:
    """The vector search of one process; the least recently searched publishers leave when memory runs short.

    Args:
        vectors: Where vectors are read from.
        max_bytes: Most bytes of vectors kept.
        clock: Seconds, monotonic.
    """

    def __init__(self, vectors: VectorRepository, *, max_bytes: int, clock: Callable[[], float] = monotonic) -> None:
        self._vectors = vectors
        self._max_bytes = max_bytes
        self._clock = clock
        self._publishers: OrderedDict[str, _Loaded] = OrderedDict()
        self._refusals: dict[str, _Refusal] = {}
        self._epoch = 0

    @property
    def nbytes(self) -> int:
        """Bytes of vectors in memory."""
        return sum(loaded.nbytes for loaded in self._publishers.values())

    def __len__(self) -> int:
        """Vectors in memory."""
        return sum(len(table) for loaded in self._publishers.values() for table in loaded.tables.values())

    async def prepare(self) -> None:
        """Nothing: a publisher's vectors are loaded when they are first searched."""

    def touch(self) -> None:
        """Says that something was published or removed: the next search looks what."""
        self._epoch += 1

    def status(self) -> SearchStatus:
        """What is in memory; takes a few milliseconds with thousands of publishers."""
        return SearchStatus(
            mode=SearchName.MEMORY,
            vectors=len(self),
            bytes=self.nbytes,
            max_bytes=self._max_bytes,
            publishers=len(self._publishers),
            loading=sum(loaded.checked_at is None for loaded in self._publishers.values()),
        )

    async def nearest(
        self, publisher_id: str, kind: VectorKind, query: Vectors, *, limit: int, without: str | None = None
    ) -> list[Hit]:
        """As ``VectorSearch.nearest``.

        Raises:
            SearchNotReady: The publisher's vectors are still being loaded, or do not fit.
            DatabaseUnavailable: They are not in memory and MongoDB does not answer.
        """
        loaded = await self._ready(publisher_id)
        table = loaded.tables.get(kind)
        if table is None:
            return []
        if len(table) <= _SMALL_ROWS:
            return table.search(query, limit=limit, without=without)
        async with loaded.lock:
            return await asyncio.to_thread(table.search, query, limit=limit, without=without)

    async def _ready(self, publisher_id: str) -> _Loaded:
        """The publisher's vectors, as they were last known; what is stale is refreshed for the next search."""
        refusal = self._refusals.get(publisher_id)
        if refusal is not None and refusal.until > self._clock():
            raise _does_not_fit(refusal.until - self._clock())
        loaded = self._publishers.setdefault(publisher_id, _Loaded())
        self._publishers.move_to_end(publisher_id)
        if loaded.checked_at is None:
            try:
                async with asyncio.timeout(_LOAD_WAIT_S):
                    await asyncio.shield(self._refreshed(publisher_id, loaded))
            except TimeoutError as exc:
                raise SearchNotReady("the search index is being loaded", retry_after_s=_LOAD_WAIT_S) from exc
        elif loaded.epoch != self._epoch or self._clock() - loaded.checked_at > _CHECK_S:
            self._refreshed(publisher_id, loaded)
        return loaded

    def _refreshed(self, publisher_id: str, loaded: _Loaded) -> asyncio.Task[None]:
        """The one refresh of a publisher that is under way."""
        if loaded.refreshing is None or loaded.refreshing.done():
            loaded.refreshing = asyncio.create_task(
                self._refresh(publisher_id, loaded), name=f"vectors of {publisher_id}"
            )
            loaded.refreshing.add_done_callback(partial(self._refresh_ended, publisher_id))
        return loaded.refreshing

    @staticmethod
    def _refresh_ended(publisher_id: str, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("search_index_not_refreshed", publisher_id=publisher_id, error=repr(error))

    async def _refresh(self, publisher_id: str, loaded: _Loaded) -> None:
        epoch = self._epoch
        current = await self._vectors.versions(publisher_id)
        refusal = self._refusals.get(publisher_id)
        if refusal is not None and refusal.versions == current:
            self._refuse(publisher_id, current)
        changed = {blog: version for blog, version in current.items() if loaded.versions.get(blog) != version}
        gone = loaded.versions.keys() - current.keys()
        async with loaded.lock:
            for blog_id in gone:
                self._forget(loaded, blog_id)
        names = iter(changed)
        while batch := {blog_id: changed[blog_id] for blog_id in islice(names, _BATCH_BLOGS)}:
            vectors = await self._vectors.vectors(batch)
            async with loaded.lock:
                for blog_id, found in vectors.items():
                    for kind in VectorKind:
                        loaded.replace(blog_id, kind, found.keys[kind], found.rows[kind])
                    loaded.versions[blog_id] = batch[blog_id]
            if loaded.nbytes > self._max_bytes:
                logger.error("search_index_too_large", publisher_id=publisher_id, bytes=loaded.nbytes)
                self._refuse(publisher_id, current)
            self._make_room(publisher_id)
        self._refusals.pop(publisher_id, None)
        loaded.checked_at, loaded.epoch = self._clock(), epoch

    def _refuse(self, publisher_id: str, versions: dict[str, int]) -> NoReturn:
        """Drops what is loaded of a publisher and remembers that its vectors do not fit.

        Raises:
            SearchNotReady: Always.
        """
        self._publishers.pop(publisher_id, None)
        self._refusals[publisher_id] = _Refusal(versions, self._clock() + _REFUSED_FOR_S)
        raise _does_not_fit(_REFUSED_FOR_S)

    @staticmethod
    def _forget(loaded: _Loaded, blog_id: str) -> None:
        for table in loaded.tables.values():
            table.remove(blog_id)
        del loaded.versions[blog_id]

    def _make_room(self, publisher_id: str) -> None:
        """Drops the publishers searched longest ago until the rest fit.

        Raises:
            SearchNotReady: This publisher was among them: others were searched while it was being loaded.
        """
        while self.nbytes > self._max_bytes:
            oldest, _ = self._publishers.popitem(last=False)
            if oldest == publisher_id:
                raise SearchNotReady("the search index made room for other publishers'", retry_after_s=_LOAD_WAIT_S)


def _does_not_fit(retry_after_s: float) -> SearchNotReady:
    return SearchNotReady(
        "this publisher's search index does not fit the memory set by BLOGQA_SEARCH_BYTES", retry_after_s=retry_after_s
    )
