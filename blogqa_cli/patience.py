"""Waiting for a server that does not answer for a while: it restarts, or is overloaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from blogqa_cli.failure import ServerFailed, ServerUnreachable

_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 10.0
_PATIENCE_S: Final = 120.0

T = TypeVar("T")


class Patience:
    """Asks again, ever more slowly, for two minutes.

    Args:
        note: Told when the waiting begins and ends.
        sleep: Waits for seconds.
        clock: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        note: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._note = note
        self._sleep = sleep
        self._clock = clock

    def answer(self, ask: Callable[[], T]) -> T:
        """The answer, at once or after a while.

        Raises:
            ServerUnreachable: Nobody has answered all the time.
            ServerFailed: The server has failed all the time.
        """
        since: float | None = None
        pause_s = _PAUSE_S
        while True:
            try:
                found = ask()
            except (ServerUnreachable, ServerFailed) as exc:
                now = self._clock()
                if since is None:
                    since = now
                    self._note(f"{exc} Waiting for it, for up to {_PATIENCE_S:.0f} s.")
                elif now - since >= _PATIENCE_S:
                    raise
                self._sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            else:
                if since is not None:
                    self._note("The server answers again.")
                return found
