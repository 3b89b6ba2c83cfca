"""Publishers by key, remembered for a moment so that a hot read asks no database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

from shared.data.publisher_repository import PublisherRepository, hash_key
from shared.errors import DatabaseUnavailable
from shared.models.publisher import Publisher

_TTL_S: Final = 10.0
_CAPACITY: Final = 10_000


class PublisherDirectory:
    """Looks publishers up by key; a changed or disabled publisher is noticed within ``_TTL_S`` seconds.

    Unknown keys are not remembered, so that made-up ones cannot push real ones out.
    """

    def __init__(self, publishers: PublisherRepository, *, clock: Callable[[], float] = monotonic) -> None:
        self._publishers = publishers
        self._clock = clock
        self._known: OrderedDict[str, tuple[Publisher, float]] = OrderedDict()

    async def find(self, key: str) -> Publisher | None:
        """The publisher that the key belongs to, or None.

        Raises:
            DatabaseUnavailable: The key was never seen and MongoDB does not answer.
        """
        # Kept by hash: a memory dump or a timing difference shows no key.
        key_hash = hash_key(key)
        known = self._known.get(key_hash)
        if known is not None and known[1] > self._clock():
            return known[0]
        try:
            publisher = await self._publishers.find_by_key(key)
        except DatabaseUnavailable:
            if known is None:
                raise
            publisher = known[0]  # Better a publisher of a moment ago than no reads while the database is away.
        if publisher is None:
            self._known.pop(key_hash, None)
            return None
        self._known[key_hash] = (publisher, self._clock() + _TTL_S)
        if len(self._known) > _CAPACITY:
            self._known.popitem(last=False)
        return publisher
