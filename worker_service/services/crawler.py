"""Fetches one page of a publisher's site: politely, within bounds, and never from where it must not look."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urljoin

import httpx2
import tenacity

from shared.errors import InvalidUrl, LoginRequired, NotHtml, PageGone, PageTooLarge, PageUnavailable
from shared.url import ParsedUrl, parse_url
from worker_service.services.charset import decode_html
from worker_service.services.host_turns import HostTurns
from worker_service.services.robots import MAX_ROBOTS_BYTES, Robots, RobotsFile
from worker_service.services.url_guard import Address, CheckedUrl, Resolve, UrlGuard, resolve_host

MAX_RETRY_AFTER_S = 3_600.0
"""Longest ``Retry-After`` that is believed, seconds."""

_ATTEMPTS = 3
_MAX_VALIDATOR_LENGTH = 512
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_REDIRECTS = (301, 302, 303, 307, 308)
_LOGIN_PATH = re.compile(r"(?:^|/)(?:wp-)?(?:log|sign)[-_]?in(?:\.(?:php|html?|aspx?|jsp))?(?:/|$)", re.IGNORECASE)
# Where HTML begins when no header says so (a small part of the WHATWG MIME sniffing standard, 7.1).
_HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|title|meta|!--|\?xml)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlerSettings:
    """Limits of the crawler.

    Attributes:
        user_agent: Sent with every request; up to the first ``/`` it is the product token that robots.txt names.
        connect_timeout_s: Longest wait for one connection, TLS included.
        total_timeout_s: Longest time for one page with its redirects, not counting the wait for its turn at the host.
        max_bytes: Largest page, after content decoding.
        max_redirects: Longest chain of redirects.
        per_host_concurrency: Requests for pages of one host at the same time.
        per_host_delay_s: Least time between the starts of two such requests.
        allowed_private_hosts: ``host:port`` entries that may be at addresses that are not public.
        robots_cache_s: How long a robots.txt is believed.
    """

    user_agent: str
    connect_timeout_s: float = 10.0
    total_timeout_s: float = 20.0
    max_bytes: int = 5 * 1024 * 1024
    max_redirects: int = 5
    per_host_concurrency: int = 2
    per_host_delay_s: float = 0.5
    allowed_private_hosts: tuple[str, ...] = ()
    robots_cache_s: float = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawledPage:
    """A page as the site sent it.

    Attributes:
        requested_url: The URL as it was asked for.
        url: Address that answered, after redirects, without fragment.
        status: HTTP status, 200 or 203.
        html: Decoded text, possibly empty.
        size_bytes: Length of the body after content decoding, before charset decoding.
        etag: Validator for the next crawl, if the site sent one.
        last_modified: The same, as the HTTP date that the site wrote.
    """

    requested_url: str
    url: str
    status: int
    html: str
    size_bytes: int
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The site says that the page is still as it was (304)."""

    requested_url: str
    url: str


class Crawler:
    """Fetches pages within a publisher's domains.

    Requests go through a bare HTTP transport, not a client: no cookies, no environment, no redirects of its own, no log
    line with the full URL. The connection goes to an address that the guard has checked, while the ``Host`` header and
    TLS keep the real name, so nothing resolves the name a second time (DNS rebinding). A redirect from https to http is
    followed: plain http is accepted when given directly, too, and no secret is ever sent.

    Args:
        settings: Limits.
        resolve: Turns host names into addresses.
        transport: Sends requests to addresses; tests watch it. Closed with the crawler.
        clock: Monotonic seconds.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        settings: CrawlerSettings,
        *,
        resolve: Resolve = resolve_host,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._guard = UrlGuard(settings.allowed_private_hosts, resolve=resolve)
        self._turns = HostTurns(settings.per_host_concurrency, clock=clock, sleep=sleep)
        self._robots = Robots(
            self._fetch_robots,
            agent=settings.user_agent.partition("/")[0].strip(),
            cache_s=settings.robots_cache_s,
            clock=clock,
        )
        self._transport = transport or httpx2.AsyncHTTPTransport(
            trust_env=False, limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._transport.aclose()

    async def fetch(
        self, url: str, *, domains: Sequence[str], etag: str | None = None, last_modified: str | None = None
    ) -> CrawledPage | NotModified:
        """Fetches a page, or learns that it has not changed.

        Args:
            url: The page as it was given.
            domains: The publisher's domains; redirects must stay within them.
            etag: Validator of the version already stored.
            last_modified: The same, an HTTP date.

        Raises:
            InvalidUrl: The URL, or one that it redirects to, cannot be crawled.
            HostForbidden: The host is not the publisher's, or not public.
            RobotsForbidden: robots.txt does not allow it.
            LoginRequired: 401, 407, or a redirect to a login page.
            PageGone: Any other 4xx, a chain of redirects without an end, or no such host.
            NotHtml: The answer is something other than HTML.
            PageTooLarge: The page exceeds ``max_bytes``.
            PageUnavailable: It may work later: 408, 425, 429, 5xx, timeouts, and failures of DNS, connection or TLS.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in validators.items() if value}
        async with (
            _bounded(parse_url(url).shown, self._settings.total_timeout_s) as limit,
            self._follow(url, domains, headers, limit) as (final, response),
        ):
            if response.status_code == 304 and headers:
                return NotModified(requested_url=url, url=str(final))
            _raise_for_status(response, final.shown)
            return await self._read_page(response, url, final)

    async def _fetch_robots(self, url: str, domains: Sequence[str]) -> RobotsFile:
        # Half of the time: that a robots.txt hangs must become an answer to remember before the page itself times out.
        async with (
            _bounded(parse_url(url).shown, self._settings.total_timeout_s / 2),
            self._follow(url, domains, {}, None) as (_, response),
        ):
            body, _complete = await _read_body(response, MAX_ROBOTS_BYTES) if response.is_success else (b"", True)
            return RobotsFile(response.status_code, body)

    @asynccontextmanager
    async def _follow(
        self, url: str, domains: Sequence[str], headers: dict[str, str], limit: asyncio.Timeout | None
    ) -> AsyncIterator[tuple[ParsedUrl, httpx2.Response]]:
        """Yields the first answer that is not a redirect, its body unread; ``limit`` is ``None`` for a robots.txt."""
        for _ in range(self._settings.max_redirects + 1):
            target = await self._guard.check(url, domains)
            async with self._permission(target.url, domains, limit), self._get(target, headers) as response:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or location is None:
                    yield target.url, response
                    return
            url = _redirected(target.url, location)
        raise PageGone(f"{target.url.shown} is still a redirect after {self._settings.max_redirects} others")

    @asynccontextmanager
    async def _permission(
        self, url: ParsedUrl, domains: Sequence[str], limit: asyncio.Timeout | None
    ) -> AsyncIterator[None]:
        if limit is None:
            yield
            return
        delay_s = max(await self._robots.check(url, domains), self._settings.per_host_delay_s)
        async with AsyncExitStack() as stack:
            with _paused(limit):
                await stack.enter_async_context(self._turns.turn(url.netloc, delay_s))
            yield

    @asynccontextmanager
    async def _get(self, target: CheckedUrl, headers: dict[str, str]) -> AsyncIterator[httpx2.Response]:
        """Sends one request; connections that fail before any answer are tried again shortly after."""
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            retry=tenacity.retry_if_exception(_is_connection_failure),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=1.0),
            sleep=self._sleep,
            reraise=True,
        )
        response: httpx2.Response = await retrying(self._connect, target, headers)
        try:
            yield response
        finally:
            await response.aclose()

    async def _connect(self, target: CheckedUrl, headers: dict[str, str]) -> httpx2.Response:
        """Sends the request to the first address that takes the connection."""
        *others, last = target.addresses
        for address in others:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._transport.handle_async_request(self._request(target.url, address, headers))
        return await self._transport.handle_async_request(self._request(target.url, last, headers))

    def _request(self, url: ParsedUrl, address: Address, headers: dict[str, str]) -> httpx2.Request:
        timeout = httpx2.Timeout(self._settings.total_timeout_s, connect=self._settings.connect_timeout_s)
        return httpx2.Request(
            "GET",
            httpx2.URL(scheme=url.scheme, host=str(address), port=url.port, raw_path=url.target.encode("ascii")),
            headers={
                "Host": url.netloc,
                "User-Agent": self._settings.user_agent,
                "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": "gzip, deflate",
                # Two names may share an address: a connection opened for one must never serve the other.
                "Connection": "close",
                **headers,
            },
            extensions={"timeout": timeout.as_dict(), "sni_hostname": url.host},
        )

    async def _read_page(self, response: httpx2.Response, requested_url: str, final: ParsedUrl) -> CrawledPage:
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type and content_type not in _HTML_TYPES:
            raise NotHtml(f"expected an HTML page at {final.shown}, got {content_type[:80]!r}")
        body, complete = await _read_body(response, self._settings.max_bytes)
        if not complete:
            raise PageTooLarge(f"{final.shown} is larger than {self._settings.max_bytes} bytes")
        html = await asyncio.to_thread(decode_html, body, response.charset_encoding)
        if not content_type and not _HTML_START.match(html):
            raise NotHtml(f"{final.shown} does not say what it is and does not begin like an HTML page")
        return CrawledPage(
            requested_url=requested_url,
            url=str(final),
            status=response.status_code,
            html=html,
            size_bytes=len(body),
            etag=_validator(response, "etag"),
            last_modified=_validator(response, "last-modified"),
        )


async def _read_body(response: httpx2.Response, max_bytes: int) -> tuple[bytes, bool]:
    """At most ``max_bytes`` of the decoded body, and whether that is all of it."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    # One coding only: several can make the decoder work without end and without output.
    if coding not in ("", "identity", "gzip", "deflate"):
        raise NotHtml(f"expected the content coding gzip or deflate, got {coding[:80]!r}")
    body = bytearray()
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > max_bytes:
                return bytes(body[:max_bytes]), False
    return bytes(body), True


@asynccontextmanager
async def _bounded(shown: str, seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Ends the block after a time and maps what the network can raise in it."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield limit
    except (TimeoutError, httpx2.TimeoutException) as exc:
        raise PageUnavailable(f"{shown} did not answer in time") from exc
    except (httpx2.HTTPError, OSError) as exc:
        untrusted = _certificate_error(exc)
        if untrusted is not None:
            raise PageUnavailable(f"the TLS certificate of {shown} is not valid: {untrusted.verify_message}") from exc
        raise PageUnavailable(f"the connection to {shown} failed") from exc


@contextmanager
def _paused(limit: asyncio.Timeout) -> Iterator[None]:
    """Stops a time limit's clock: waiting out of politeness is not the site's fault."""
    loop = asyncio.get_running_loop()
    when, started = limit.when(), loop.time()
    limit.reschedule(None)
    try:
        yield
    finally:
        if when is not None:
            limit.reschedule(when + loop.time() - started)


def _certificate_error(exc: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while exc is not None and not isinstance(exc, ssl.SSLCertVerificationError):
        exc = exc.__cause__ or exc.__context__
    return exc


def _is_connection_failure(exc: BaseException) -> bool:
    return isinstance(exc, httpx2.NetworkError | httpx2.RemoteProtocolError) and _certificate_error(exc) is None


def _redirected(source: ParsedUrl, location: str) -> str:
    try:
        url = urljoin(str(source), location.strip().replace(" ", "%20"))
    except ValueError as exc:
        raise InvalidUrl(f"{source.shown} redirects to something that is not a URL") from exc
    target = parse_url(url)
    if _is_login(target) and not _is_login(source):
        raise LoginRequired(f"{source.shown} redirects to the login page {target.shown}")
    return url


def _is_login(url: ParsedUrl) -> bool:
    return _LOGIN_PATH.search(url.target.partition("?")[0]) is not None


def _raise_for_status(response: httpx2.Response, shown: str) -> None:
    status = response.status_code
    if status in (200, 203):
        return
    if status in (401, 407):
        raise LoginRequired(f"{shown} needs a login (status {status})")
    if status == 403:
        raise PageGone(f"the site refuses to show {shown} (status 403)")
    if 400 <= status < 500 and status not in (408, 425, 429):
        raise PageGone(f"there is no page at {shown} (status {status})")
    raise PageUnavailable(f"{shown} answered with status {status}", retry_after_s=_retry_after_s(response))


def _retry_after_s(response: httpx2.Response) -> float | None:
    """RFC 9110 10.2.3: seconds or a date."""
    value = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,10}", value):
        return min(float(value), MAX_RETRY_AFTER_S)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _validator(response: httpx2.Response, header: str) -> str | None:
    """A validator that can be sent back as it came."""
    value = response.headers.get(header, "").strip()
    return value if value.isascii() and 0 < len(value) <= _MAX_VALIDATOR_LENGTH else None
