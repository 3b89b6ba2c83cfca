"""Services that are started again when they die, unless they die too often."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Never

from local_stack.child import Service, running
from local_stack.failure import StackFailed
from local_stack.log_tail import last_lines, open_fresh_log
from local_stack.state_dir import StateDir, shown
from local_stack.terminal import Terminal

_DEATHS = 3
_WITHIN_S = 60.0
_FIRST_DELAY_S = 1.0


def restart_delay_s(deaths: Sequence[float]) -> float | None:
    """How long to wait before a service is started again, seconds; None when it is to be given up.

    Args:
        deaths: When it died, by a monotonic clock in seconds, the latest last.
    """
    recent = sum(deaths[-1] - death < _WITHIN_S for death in deaths)
    return None if recent >= _DEATHS else _FIRST_DELAY_S * 2 ** (recent - 1)


async def keep_running(
    service: Service,
    state: StateDir,
    terminal: Terminal,
    *,
    ready: asyncio.Event,
    force: asyncio.Event,
) -> Never:
    """Runs a service until cancelled; all its lives share one log.

    Args:
        service: What to run.
        state: Where its log and process id go.
        terminal: The person who is told about each death.
        ready: Set when everything was up once; a service that dies before is not helped by another start.
        force: Set when the person wants everything to stop at once.

    Raises:
        StackFailed: It died once too often.
    """
    log_path = state.log(service.name)
    deaths: list[float] = []
    with open_fresh_log(log_path) as log:
        while True:
            async with running(service, log, state, force) as child:
                end = await child.end()
            deaths.append(time.monotonic())
            if not (service.restarts and ready.is_set()):
                raise StackFailed(f"{service.name} {end}; {_last_words(log_path)}")
            delay_s = restart_delay_s(deaths)
            if delay_s is None:
                raise StackFailed(f"{service.name} {end}, the third time within a minute; {_last_words(log_path)}")
            terminal.say(f"{service.name} {end}; starting it again in {delay_s:g} s. Its log: {shown(log_path)}")
            await asyncio.sleep(delay_s)


def _last_words(log_path: Path) -> str:
    said = "".join(f"\n  {line[:300]}" for line in last_lines(log_path, 10))
    return f"{log_path} ends with:{said}" if said else f"{log_path} is empty."
