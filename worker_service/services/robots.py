"""robots.txt: which pages a site lets the crawler fetch, and how fast (RFC 9309)."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from protego import Protego

from shared.errors import PageUnavailable, PermanentError, RobotsForbidden
from shared.url import ParsedUrl

MAX_ROBOTS_BYTES = 500 * 1024
"""What is read of a robots.txt; the rest is ignored (RFC 9309 2.5 asks for at least this much)."""

MAX_CRAWL_DELAY_S = 10.0
"""Longest ``Crawl-delay`` that is honoured, seconds."""

_UNREACHABLE_FOR_S = 60.0
_MAX_ORIGINS = 1_000

# The spellings that protego reads as a User-agent line.
_AGENT_LINE = re.compile(r"\s*user(?:-|\s+)?agent(?:\s*:|\s)(?P<agent>[^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """How a site answered for its robots.txt.

    Attributes:
        status: HTTP status of the last answer, redirects followed.
        body: At most ``MAX_ROBOTS_BYTES``, content-decoded.
    """

    status: int
    body: bytes


FetchRobots = Callable[[str, Sequence[str]], Awaitable[RobotsFile]]
"""``(URL of a robots.txt, the publisher's domains) -> answer``.

Raises ``PageUnavailable`` when the site does not answer and a ``PermanentError`` when it may not be asked.
"""


@dataclass(slots=True)
class _Origin:
    """What is known of one origin: its rules, or why there are none for now."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | str = ""
    fresh_until: float = float("-inf")


class Robots:
    """Answers from robots.txt, fetched once per origin and kept for a while.

    Args:
        fetch: Fetches a robots.txt through the crawler's guard.
        agent: Product token of the crawler, matched against ``User-agent`` lines (RFC 9309 2.2.1).
        cache_s: How long rules are kept, seconds (RFC 9309 2.4: at most a day).
        clock: Monotonic seconds.
    """

    def __init__(self, fetch: FetchRobots, *, agent: str, cache_s: float, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._agent = agent
        self._cache_s = cache_s
        self._clock = clock
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    async def check(self, url: ParsedUrl, domains: Sequence[str]) -> float:
        """Asks whether a page may be fetched.

        Returns:
            Seconds that the site wants between two requests, at most ``MAX_CRAWL_DELAY_S``; 0 when it names none.

        Raises:
            RobotsForbidden: robots.txt does not allow the page.
            PageUnavailable: robots.txt cannot be had now, so everything is disallowed for now (RFC 9309 2.3.1.4).
        """
        origin = self._origin(url.origin)
        # One fetch per origin: the others wait here and find the answer.
        async with origin.lock:
            if self._clock() >= origin.fresh_until:
                await self._refresh(origin, url.origin, domains)
        if isinstance(origin.rules, str):
            wait_s = max(origin.fresh_until - self._clock(), 0.0)
            raise PageUnavailable(f"robots.txt cannot be fetched now: {origin.rules}", retry_after_s=wait_s)
        if not origin.rules.can_fetch(str(url), self._agent):
            raise RobotsForbidden(f"the robots.txt of {url.netloc} does not allow {self._agent} to fetch {url.shown}")
        return min(origin.rules.crawl_delay(self._agent) or 0.0, MAX_CRAWL_DELAY_S)

    def _origin(self, name: str) -> _Origin:
        origin = self._origins.setdefault(name, _Origin())
        self._origins.move_to_end(name)
        if len(self._origins) > _MAX_ORIGINS:
            self._origins.popitem(last=False)
        return origin

    async def _refresh(self, origin: _Origin, name: str, domains: Sequence[str]) -> None:
        rules = await self._rules(f"{name}/robots.txt", domains)
        origin.rules = rules
        origin.fresh_until = self._clock() + (_UNREACHABLE_FOR_S if isinstance(rules, str) else self._cache_s)

    async def _rules(self, url: str, domains: Sequence[str]) -> Protego | str:
        try:
            answer = await self._fetch(url, domains)
        except PageUnavailable as exc:
            return str(exc)
        except PermanentError:
            # Redirected in circles, to a login or off the publisher's domains: "unavailable" (RFC 9309 2.3.1.2 and 3).
            return Protego()
        if answer.status == 429 or answer.status >= 500:
            return f"{url} answered with status {answer.status}"
        if not 200 <= answer.status < 300:
            return Protego()
        return await asyncio.to_thread(_parse, answer.body, self._agent)


def _parse(body: bytes, agent: str) -> Protego:
    """Parses a robots.txt with the groups of all other crawlers taken for one.

    Protego copies every rule to each agent of its group: 20,000 agents with 20,000 rules would fill the memory.
    """
    lines = body.decode("utf-8-sig", "replace").splitlines()
    return Protego.parse("\n".join(_other_agents_as_one(line, agent.lower()) for line in lines))


def _other_agents_as_one(line: str, agent: str) -> str:
    match = _AGENT_LINE.match(line)
    if match is None:
        return line
    # "BlogQABot/1.0" and "BlogQABot*" are common ways to write a product token.
    named = match["agent"].strip().lower()
    token = named.partition("/")[0].replace("*", "").strip() or named[:1]
    return f"User-agent: {token}" if token in ("", "*", agent) else "User-agent: another-crawler"
