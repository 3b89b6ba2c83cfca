"""Published blogs in memory, as bytes that are ready to send.

Entries leave when the change stream says that their blog was republished, and after a while in any case: a missed
change can be served for at most ``_TTL_S`` seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from api_service.data.question_repository import QuestionRepository
from shared.errors import DatabaseUnavailable
from shared.models.published import PublishedBlog

_TTL_S: Final = 30.0
_AWAY_TTL_S: Final = 5.0


@dataclass(frozen=True)
class HotBlog:
    """A published blog as JSON, ready to send.

    Attributes:
        body: The blog, UTF-8.
        etag: Strong entity tag of ``body`` (RFC 9110), quotes included.
    """

    body: bytes
    etag: str

    @property
    def blog(self) -> PublishedBlog:
        """The data; parsed at each use, for what is kept in memory is the bytes."""
        return PublishedBlog.model_validate_json(self.body)


@dataclass(frozen=True)
class _Entry:
    stored_under: str
    hot: HotBlog
    expires: float


class HotBlogs:
    """A bounded, least-recently-used cache of published blogs by blog id or alias.

    Args:
        questions: Where blogs are read from.
        max_bytes: Most bytes of JSON kept.
        clock: Seconds, monotonic.

    Attributes:
        hits: Reads that were answered from memory.
        misses: Reads that had to ask MongoDB, for blogs that do not exist among them.
        size_bytes: Bytes of JSON kept.
    """

    def __init__(
        self, questions: QuestionRepository, *, max_bytes: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._questions = questions
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self.hits = self.misses = 0
        self.size_bytes = 0
        self._epoch = 0
        self._loading: dict[tuple[str, int], asyncio.Task[HotBlog | None]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, blog_id: str) -> HotBlog | None:
        """The blog as it is published now, or None; while MongoDB is away, as it was last known.

        Raises:
            DatabaseUnavailable: It is not in memory and MongoDB does not answer.
        """
        entry = self._entries.get(blog_id)
        if entry is not None and entry.expires > self._clock():
            self._entries.move_to_end(blog_id)
            self.hits += 1
            return entry.hot
        self.misses += 1
        # One read for all who ask at once. A change starts a new epoch, so that nobody joins a read from before it.
        key = (blog_id, self._epoch)
        if key not in self._loading:
            self._loading[key] = asyncio.create_task(self._load(blog_id))
            self._loading[key].add_done_callback(lambda _: self._loading.pop(key, None))
        return await asyncio.shield(self._loading[key])

    async def _load(self, blog_id: str) -> HotBlog | None:
        epoch = self._epoch
        try:
            found = await self._questions.find(blog_id)
        except DatabaseUnavailable:
            if (known := self._entries.get(blog_id)) is None:
                raise
            self._keep(blog_id, known.stored_under, known.hot, for_s=_AWAY_TTL_S)
            return known.hot
        if found is None:
            self._drop(blog_id)
            return None
        stored_under, blog = found
        hot = render(blog)
        # Whatever was read before a change was announced may be the old version: serve it, do not keep it.
        if epoch == self._epoch:
            self._keep(blog_id, stored_under, hot, for_s=_TTL_S)
        return hot

    def _keep(self, name: str, stored_under: str, hot: HotBlog, *, for_s: float) -> None:
        self._drop(name)
        self._entries[name] = _Entry(stored_under, hot, self._clock() + for_s)
        self.size_bytes += len(hot.body)
        while self.size_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, name: str) -> None:
        if (entry := self._entries.pop(name, None)) is not None:
            self.size_bytes -= len(entry.hot.body)

    def forget(self, blog_id: str | None) -> None:
        """Drops a blog under all its names, or every blog for None."""
        self._epoch += 1
        if blog_id is None:
            self._entries.clear()
            self.size_bytes = 0
            return
        for name in [name for name, entry in self._entries.items() if blog_id in (name, entry.stored_under)]:
            self._drop(name)


def render(blog: PublishedBlog) -> HotBlog:
    """Serializes a blog once."""
    body = blog.model_dump_json().encode()
    return HotBlog(body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')
