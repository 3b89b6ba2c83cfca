"""Published blogs in memory, as bytes that are ready to send.

Entries leave when the change stream says that their blog was republished, and after a while in any case: a missed
change can be served for at most ``_TTL_S`` seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Final

from api_service.data.question_repository import QuestionRepository
from shared.errors import DatabaseUnavailable
from shared.log import get_logger
from shared.models.published import PublishedBlog

logger = get_logger(__name__)

_TTL_S: Final = 30.0
_REOPEN_S: Final = 5.0


@dataclass(frozen=True)
class HotBlog:
    """A published blog and its JSON.

    Attributes:
        blog: The data.
        body: ``blog`` as JSON, UTF-8.
        etag: Strong entity tag of ``body`` (RFC 9110), quotes included.
    """

    blog: PublishedBlog
    body: bytes
    etag: str


@dataclass(frozen=True)
class _Entry:
    stored_under: str
    hot: HotBlog
    expires: float


class HotBlogs:
    """A bounded, least-recently-used cache of published blogs by blog id or alias.

    Args:
        questions: Where blogs are read from.
        capacity: Most blogs kept.
        clock: Seconds, monotonic.
    """

    def __init__(self, questions: QuestionRepository, *, capacity: int, clock: Callable[[], float] = monotonic) -> None:
        self._questions = questions
        self._capacity = capacity
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, blog_id: str) -> HotBlog | None:
        """The blog as it is published now, or None.

        Raises:
            DatabaseUnavailable: It is not in memory and MongoDB does not answer.
        """
        entry = self._entries.get(blog_id)
        if entry is not None and entry.expires > self._clock():
            self._entries.move_to_end(blog_id)
            return entry.hot
        epoch = self._epoch
        found = await self._questions.find(blog_id)
        if found is None:
            self._entries.pop(blog_id, None)
            return None
        stored_under, blog = found
        hot = render(blog)
        # Whatever was read before a change was announced may be the old version: serve it, do not keep it.
        if epoch == self._epoch:
            self._entries[blog_id] = _Entry(stored_under, hot, self._clock() + _TTL_S)
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
        return hot

    def forget(self, blog_id: str) -> None:
        """Drops a blog under all its names."""
        self._epoch += 1
        for name in [name for name, entry in self._entries.items() if blog_id in (name, entry.stored_under)]:
            del self._entries[name]

    async def follow(self, changes: Callable[[], AsyncGenerator[str | None]]) -> None:
        """Keeps the cache true for as long as it runs; a lost stream is reopened."""
        while True:
            try:
                async with aclosing(changes()) as stream:
                    async for blog_id in stream:
                        if blog_id is None:
                            self._forget_all()
                        else:
                            self.forget(blog_id)
            except DatabaseUnavailable as exc:
                logger.warning("change_stream_lost", error=str(exc))
            await asyncio.sleep(_REOPEN_S)

    def _forget_all(self) -> None:
        self._epoch += 1
        self._entries.clear()


def render(blog: PublishedBlog) -> HotBlog:
    """Serializes a blog once."""
    body = blog.model_dump_json().encode()
    return HotBlog(blog=blog, body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')
