"""Waiting for a server that does not answer for a while: it restarts, or is overloaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from blogqa_cli.failure import ServerFailed, ServerUnreachable
from blogqa_cli.retry_after import MAX_RETRY_AFTER_S

_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 10.0
_PATIENCE_S: Final = 120.0

T = TypeVar("T")


class Patience:
    """Asks again, ever more slowly, for two minutes; the waits that the server asks for itself come on top.

    A server that was never reached is not waited for: nobody knows whether it is there.

    Args:
        note: Told why and how long is waited, and when it is over.
        sleep: Waits for seconds.
        clock: Seconds of a clock that only goes forward.
        reached: Whether the server has answered before.
    """

    def __init__(
        self,
        note: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        *,
        reached: bool = False,
    ) -> None:
        self._note = note
        self._sleep = sleep
        self._clock = clock
        self._reached = reached

    def answer(self, ask: Callable[[], T]) -> T:
        """The answer, at once or after a while.

        Raises:
            ServerUnreachable: Nobody has answered all the time, or ever.
            ServerFailed: The server has failed all the time, or asks to wait for longer than ``MAX_RETRY_AFTER_S``.
        """
        until: float | None = None
        pause_s = _PAUSE_S
        while True:
            try:
                found = ask()
            except (ServerUnreachable, ServerFailed) as exc:
                asked_s, now = exc.retry_after_s, self._clock()
                self._reached |= isinstance(exc, ServerFailed)
                if not self._reached or asked_s > MAX_RETRY_AFTER_S or (until is not None and now >= until):
                    raise
                if until is None or asked_s > pause_s:
                    how_long = f"{asked_s:.0f} s as it asks" if asked_s > pause_s else f"for up to {_PATIENCE_S:.0f} s"
                    self._note(f"{exc} Waiting for it, {how_long}.")
                wait_s = max(asked_s, pause_s)
                until = (now + _PATIENCE_S if until is None else until) + wait_s - pause_s
                self._sleep(wait_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            else:
                self._reached = True
                if until is not None:
                    self._note("The server answers again.")
                return found
