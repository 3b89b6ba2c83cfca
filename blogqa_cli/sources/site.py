"""Fetches the documents of the site that the operator named: politely, within bounds, and from nowhere else.

robots.txt is not asked: it guides crawlers through a site (RFC 9309), while a sitemap is published for machines and
this one was named by a person. The worker asks it for every page. No key ever comes near this module.
"""

from __future__ import annotations

import gzip
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Final, Self
from urllib.parse import urljoin

import httpx2
import tenacity

from blogqa_cli.http_client import opening_client
from blogqa_cli.retry_after import MAX_RETRY_AFTER_S, retry_after_s
from blogqa_cli.sources.entries import Broken, Unfetchable
from shared.errors import InvalidUrl
from shared.url import ParsedUrl, host_allowed, parse_url

MAX_BYTES: Final = 100 * 1024 * 1024
"""Largest document, compressed and uncompressed; the sitemaps.org protocol allows 50 MB, feeds have no limit."""

_CHUNK_BYTES: Final = 64 * 1024
_SPOOLED_IN_MEMORY_BYTES: Final = 1024 * 1024
_GZIP_START: Final = b"\x1f\x8b"
_GZIP_LAYERS: Final = 2  # A .xml.gz file that was sent with Content-Encoding: gzip has two.
_PACKED_SLACK_BYTES: Final = 1024 * 1024
_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_ATTEMPTS: Final = 4
_DELAY_S: Final = 0.5
_TOTAL_TIMEOUT_S: Final = 300.0
_TIMEOUT: Final = httpx2.Timeout(30.0, connect=10.0)


class Document:
    """A document as the site sent it, in a temporary file.

    The file keeps the site's pace and the server's apart: the connection to the site closes however long the server
    makes us wait.

    Attributes:
        url: Address that answered, after redirects.
        cut_short: Why the transfer ended early, None if it did not.
    """

    def __init__(self, url: str, file: IO[bytes], cut_short: str | None = None) -> None:
        self.url = url
        self.cut_short = cut_short
        self._file = file

    def chunks(self) -> Iterator[bytes]:
        """The document, uncompressed. Gzip is known by its first bytes: servers label it in every possible way.

        Raises:
            Broken: It ends early, its gzip is damaged, or it exceeds ``MAX_BYTES``.
        """
        self._file.seek(0)
        stream: IO[bytes] | gzip.GzipFile = self._file
        size = 0
        try:
            for _ in range(_GZIP_LAYERS):
                stream = _ungzipped(stream, lambda: size)
            while chunk := stream.read1(_CHUNK_BYTES):  # type: ignore[union-attr] # IO lacks it, every binary file has it
                size += len(chunk)
                if size > MAX_BYTES:
                    raise Broken(f"it is larger than {MAX_BYTES // 1024 // 1024} MB")
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
            raise Broken(self.cut_short or "its gzip data is damaged or ends early") from exc
        if self.cut_short:
            raise Broken(self.cut_short)


class Site:
    """The site on which the operator named a sitemap or feed: its host, the ``www.`` twin and subdomains.

    Requests go out one at a time and half a second apart. Redirects are followed by hand and only within the site:
    where else it leads is the operator's to decide.

    Args:
        start: The address that the operator named.
        user_agent: Sent with every request.
        notice: Told about every wait that the operator may wonder about.
        clock: Monotonic seconds.
        sleep: Waits that many seconds.

    Raises:
        Unfetchable: ``start`` is not an http or https URL.
        UsageWrong: The environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        start: str,
        *,
        user_agent: str,
        notice: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._domain = _parsed(start).netloc
        self._notice = notice
        self._clock = clock
        self._sleep = sleep
        self._next_turn = clock()
        headers = {"User-Agent": user_agent, "Accept": "application/xml,text/xml,*/*;q=0.5", "Accept-Encoding": "gzip"}
        # Between two documents the server may make us wait for minutes: no connection is kept that long.
        limits = httpx2.Limits(max_keepalive_connections=0)
        with opening_client():
            self._client = httpx2.Client(headers=headers, timeout=_TIMEOUT, limits=limits, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()

    @contextmanager
    def document(self, url: str) -> Iterator[Document]:
        """Fetches a document; it is gone when the block ends.

        Raises:
            Unfetchable: The site does not give it, or its address leads elsewhere.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            retry=tenacity.retry_if_exception_type(_TryLater),
            wait=_wait_s,
            before_sleep=self._say_why,
            sleep=self._sleep,
            reraise=True,
        )
        with SpooledTemporaryFile(max_size=_SPOOLED_IN_MEMORY_BYTES) as file:
            try:
                document: Document = retrying(self._follow, url, file)
            except _TryLater as exc:
                if exc.part is None:
                    raise Unfetchable(str(exc)) from exc
                document = exc.part
            yield document

    def _follow(self, url: str, file: IO[bytes]) -> Document:
        for _ in range(_MAX_REDIRECTS + 1):
            target = _parsed(url)
            if not host_allowed(url, [self._domain]):
                raise Unfetchable(f"{target} is on another site; if you mean that one, name its address instead")
            with self._get(target) as response:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or location is None:
                    _raise_for_status(response, target)
                    return self._receive(response, target, file)
            url = _redirected(target, location)
        raise Unfetchable(f"{target} is still a redirect after {_MAX_REDIRECTS} others")

    @contextmanager
    def _get(self, target: ParsedUrl) -> Iterator[httpx2.Response]:
        if (wait_s := self._next_turn - self._clock()) > 0:
            self._sleep(wait_s)
        try:
            with self._client.stream("GET", str(target)) as response:
                yield response
        except httpx2.TimeoutException as exc:
            raise _TryLater(f"{target.origin} did not answer in time") from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            if untrusted := _certificate_error(exc):
                why = f"the TLS certificate of {target.origin} is not valid: {untrusted.verify_message}"
                raise Unfetchable(why) from exc
            raise _TryLater(f"the connection to {target.origin} failed") from exc
        finally:
            self._next_turn = self._clock() + _DELAY_S

    def _receive(self, response: httpx2.Response, target: ParsedUrl, file: IO[bytes]) -> Document:
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise Unfetchable(f"{target} comes in the content coding {coding[:40]!r}; only gzip was asked for")
        file.seek(0)
        file.truncate()
        deadline = self._clock() + _TOTAL_TIMEOUT_S
        try:
            for chunk in response.iter_raw():
                file.write(chunk)
                if file.tell() > MAX_BYTES:
                    return Document(str(target), file, f"it is larger than {MAX_BYTES // 1024 // 1024} MB")
                if self._clock() > deadline:
                    return Document(str(target), file, f"it took longer than {_TOTAL_TIMEOUT_S:.0f} s to arrive")
        except httpx2.TransportError as exc:
            part = Document(str(target), file, "the connection broke before its end") if file.tell() else None
            raise _TryLater(f"the connection to {target.origin} broke", part=part) from exc
        return Document(str(target), file)

    def _say_why(self, state: tenacity.RetryCallState) -> None:
        wait_s = state.next_action.sleep if state.next_action else 0.0
        error = state.outcome.exception() if state.outcome else None
        self._notice(f"{error}; trying again in {wait_s:.0f} s")


class _TryLater(Exception):
    """It may work in a moment."""

    def __init__(self, message: str, *, retry_after_s: float = 0.0, part: Document | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.part = part


def _wait_s(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, _TryLater) else 0.0
    backoff: float = 2.0 ** (state.attempt_number - 1)
    return max(asked, backoff)


def _parsed(url: str) -> ParsedUrl:
    try:
        return parse_url(url)
    except InvalidUrl as exc:
        raise Unfetchable(f"{url[:100]!a} cannot be fetched: {exc}") from exc


def _redirected(source: ParsedUrl, location: str) -> str:
    try:
        return urljoin(str(source), location.strip().replace(" ", "%20"))
    except ValueError as exc:
        raise Unfetchable(f"{source} redirects to something that is not a URL") from exc


def _raise_for_status(response: httpx2.Response, target: ParsedUrl) -> None:
    status = response.status_code
    if status in (200, 203):
        return
    if status in (408, 425, 429) or status >= 500:
        asked_s = retry_after_s(response.headers.get("retry-after", ""))
        if asked_s > MAX_RETRY_AFTER_S:
            raise Unfetchable(f"{target} answered with status {status} and asks to come back in {asked_s:.0f} s")
        raise _TryLater(f"{target} answered with status {status}", retry_after_s=asked_s)
    if status in (401, 403, 407):
        raise Unfetchable(f"the site refuses to show {target} (status {status})")
    raise Unfetchable(f"there is nothing at {target} (status {status})")


def _certificate_error(exc: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while exc is not None and not isinstance(exc, ssl.SSLCertVerificationError):
        exc = exc.__cause__ or exc.__context__
    return exc


class _Packed:
    """What a gzip layer is read from; refuses to be read on and on for nothing.

    A member's header has a name of any length, which Python reads byte by byte, and members may be empty: what is
    sent as some kilobytes would take hours and hold nothing.

    Args:
        stream: The layer.
        unpacked: Says how much has come out of the last layer so far, bytes.
    """

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, unpacked: Callable[[], int]) -> None:
        self._stream = stream
        self._unpacked = unpacked
        self._taken = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._taken += len(data)
        if self._taken > 2 * self._unpacked() + _PACKED_SLACK_BYTES:
            raise Broken("its gzip data is far longer than what it holds")
        return data

    def seek(self, offset: int, /) -> int:
        return self._stream.seek(offset)


def _ungzipped(stream: IO[bytes] | gzip.GzipFile, unpacked: Callable[[], int]) -> IO[bytes] | gzip.GzipFile:
    start = stream.read(len(_GZIP_START))
    stream.seek(0)
    return gzip.GzipFile(fileobj=_Packed(stream, unpacked), mode="rb") if start == _GZIP_START else stream
