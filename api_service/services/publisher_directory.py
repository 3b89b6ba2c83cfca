"""Publishers by key, remembered for a moment so that a hot read asks no database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from shared.data.publisher_repository import PublisherRepository, hash_key
from shared.errors import DatabaseUnavailable
from shared.models.publisher import Publisher

_TTL_S: Final = 10.0
_CAPACITY: Final = 10_000


class _Known(NamedTuple):
    """A publisher as it was found: until when that is taken to be so, and when the key ends (by ``clock``)."""

    publisher: Publisher
    fresh_until: float
    ends_at: float


class PublisherDirectory:
    """Looks publishers up by key; a changed or disabled publisher is noticed within ``_TTL_S`` seconds.

    A key that ends by itself is noticed at once, even while the database is away.

    Unknown keys are not remembered, so that made-up ones cannot push real ones out.
    """

    def __init__(self, publishers: PublisherRepository, *, clock: Callable[[], float] = monotonic) -> None:
        self._publishers = publishers
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def find(self, key: str) -> Publisher | None:
        """The publisher that the key belongs to, or None.

        Raises:
            DatabaseUnavailable: The key was never seen and MongoDB does not answer.
        """
        # Kept by hash: a memory dump or a timing difference shows no key.
        key_hash, now = hash_key(key), self._clock()
        known = self._known.get(key_hash)
        if known is not None and known.ends_at <= now:
            del self._known[key_hash]
            known = None
        if known is not None and known.fresh_until > now:
            return known.publisher
        try:
            found = await self._publishers.find_by_key(key)
        except DatabaseUnavailable:
            if known is None:
                raise
            # Better a publisher of a moment ago than no reads while the database is away.
            self._known[key_hash] = known._replace(fresh_until=self._clock() + _TTL_S)
            return known.publisher
        if found is None:
            self._known.pop(key_hash, None)
            return None
        publisher, left_s = found
        self._known[key_hash] = _Known(publisher, self._clock() + _TTL_S, now + left_s)
        if len(self._known) > _CAPACITY:
            self._known.popitem(last=False)
        return publisher

    def forget(self, publisher_id: str) -> None:
        """Says that a publisher was changed by this process, which then need not find out."""
        for key_hash in [each for each, known in self._known.items() if known.publisher.id == publisher_id]:
            del self._known[key_hash]
