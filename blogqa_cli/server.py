"""The server's HTTP API.

Nothing that answers is trusted to be BlogQA: redirects are not followed (the keys would go along), an answer has a
largest size and a latest time, and what is not in the form that BlogQA answers in ends in a sentence that says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import ValidationError

from blogqa_cli.failure import CommandFailed, KeyRefused, NotThere, ServerFailed, ServerUnreachable, UsageWrong
from blogqa_cli.http_client import opening_client
from blogqa_cli.keys import OPERATOR_KEY, PUBLISHER_KEY, Keys, is_loopback
from blogqa_cli.replies import Health, Page, Problem, Reply
from blogqa_cli.retry_after import retry_after_s
from shared.url import parse_url

API: Final = "/api/v1"
_MAX_BYTES: Final = 16 * 1024 * 1024
_CONNECT_S: Final = 10.0
_SILENCE_S: Final = 30.0
"""A stream says something every 10 s."""

_ANSWER_S: Final = 60.0
_KEY_CODES: Final = frozenset({"unauthorized", "access_denied", "origin_not_allowed"})

_PAGE: Final = 200

R = TypeVar("R", bound=Reply)
P = TypeVar("P", bound=Page)


class Needs(Enum):
    """Which keys a call is made with; the server narrows some of the operator's calls when a publisher's is there."""

    NOTHING = "nothing"
    PUBLISHER = "publisher"
    OPERATOR = "operator"
    BOTH = "both"
    EITHER = "either"


class Server:
    """A BlogQA server.

    Args:
        url: Where it is, ``http://`` or ``https://``, without query; checked before.
        keys: What there is of keys; a call that needs a missing one fails before anything is sent.
        plain_http: Whether the operator's key may go in the clear to another machine.
        silence_s: Longest wait for the next byte, seconds.
        answer_s: Longest time that an answer may take in all, seconds; streams may take longer.

    Attributes:
        is_here: Whether it is on this machine, by its address.
        is_in_the_clear: Whether what is sent there can be read on the way: by HTTP without TLS, to another machine.

    Raises:
        UsageWrong: The environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        url: str,
        keys: Keys,
        *,
        plain_http: bool = False,
        silence_s: float = _SILENCE_S,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self.url = url.rstrip("/")
        parsed = parse_url(url)
        self.is_here = is_loopback(parsed.host)
        self.is_in_the_clear = parsed.scheme == "http" and not self.is_here
        self._keys = keys
        self._holds_operator_key_back = self.is_in_the_clear and not plain_http
        self._answer_s = answer_s
        with opening_client():
            self._client = httpx2.Client(
                timeout=httpx2.Timeout(silence_s, connect=min(silence_s, _CONNECT_S)),
                # A proxy is for other machines.
                trust_env=not self.is_here,
            )

    @property
    def has_publisher_key(self) -> bool:
        """Whether there is a publisher's key to send."""
        return self._keys.publisher is not None

    @property
    def has_operator_key(self) -> bool:
        """Whether there is the operator's key to send."""
        return self._keys.operator is not None

    def require(self, needs: Needs) -> None:
        """Sees before long work that its calls can be made.

        Raises:
            KeyRefused: A key is missing.
            UsageWrong: The operator's key would go in the clear to another machine.
        """
        self._headers(needs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._client.close()

    def get(
        self, path: str, reply: type[R], needs: Needs, *, params: Mapping[str, str | int | None] | None = None
    ) -> R:
        """Asks for something, under ``/api/v1``.

        Args:
            path: Begins with ``/``; parts that are not ours are quoted by the caller.
            reply: What is expected.
            needs: The keys to send.
            params: The query; None values are left out.

        Raises:
            KeyRefused: A key is missing or refused.
            UsageWrong: The operator's key would go in the clear to another machine.
            ServerUnreachable: Nobody answers, or not as BlogQA does.
            ServerFailed: The server cannot do it now.
            CommandFailed: It refuses, for a reason that its own sentence says.
        """
        given = {name: str(value) for name, value in (params or {}).items() if value is not None}
        return self.call("GET", API + path, reply, needs, params=given)

    def post(self, path: str, reply: type[R], needs: Needs, body: object = None) -> R:
        """Has something done; as ``get``."""
        return self.call("POST", API + path, reply, needs, body=body)

    def patch(self, path: str, reply: type[R], needs: Needs, body: object) -> R:
        """Changes something; as ``get``."""
        return self.call("PATCH", API + path, reply, needs, body=body)

    def health(self) -> Health:
        """What everybody may see of the server, also when its database is down; as ``get``."""
        return self.call("GET", "/health", Health, Needs.NOTHING, also=frozenset({HTTPStatus.SERVICE_UNAVAILABLE}))

    def pages(
        self, path: str, reply: type[P], needs: Needs, *, limit: int, params: Mapping[str, str | None] | None = None
    ) -> Iterator[P]:
        """A list, page by page, until it ends or the limit is reached; as ``get``."""
        cursor: str | None = None
        for begun in range(0, limit, _PAGE):
            wanted = min(limit - begun, _PAGE)
            page = self.get(path, reply, needs, params={**(params or {}), "limit": wanted, "cursor": cursor})
            yield page
            if (cursor := page.next_cursor) is None:
                return

    def call(
        self,
        method: str,
        path: str,
        reply: type[R],
        needs: Needs,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        also: frozenset[HTTPStatus] = frozenset(),
    ) -> R:
        """One request with any method, to any path; as ``get``. Statuses ``also`` come with ``reply`` as 2xx does."""
        with self.stream(method, path, needs, params=params, body=body) as response:
            content = self.read(response)
        if not response.is_success and response.status_code not in also:
            raise self.refusal(response, content)
        return self.parse(reply, content)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        needs: Needs,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        accept: str = "application/json",
    ) -> Iterator[httpx2.Response]:
        """One request whose answer is read by the caller, within this context.

        Raises:
            KeyRefused: A key is missing.
            UsageWrong: The operator's key would go in the clear to another machine.
            ServerUnreachable: Nobody answers, redirects, or breaks off.
        """
        headers = {"Accept": accept, **self._headers(needs)}
        # Only a body that there is has a type.
        request = self._client.build_request(method, self.url + path, params=params, headers=headers, json=body)
        try:
            response = self._client.send(request, stream=True)
            try:
                if response.is_redirect:
                    raise self._redirected(response)
                yield response
            finally:
                response.close()
        except httpx2.TimeoutException as exc:
            raise ServerUnreachable(
                f"{self.url} does not answer in time: see whether it is overloaded, then try again."
            ) from exc
        except httpx2.ConnectError as exc:
            raise ServerUnreachable(
                f"{self.url} cannot be reached ({exc}): start the server, or name another with --server or BLOGQA_URL."
            ) from exc
        except httpx2.DecodingError as exc:
            raise self.stranger("its answer cannot be decoded") from exc
        except httpx2.RequestError as exc:
            raise ServerUnreachable(
                f"{self.url} broke the connection off ({exc or type(exc).__name__}): see whether it is BlogQA and "
                "whether it runs, then try again."
            ) from exc

    def read(self, response: httpx2.Response) -> bytes:
        """The whole answer, within its limits.

        Raises:
            ServerUnreachable: It is larger or takes longer than BlogQA's.
        """
        content = bytearray()
        deadline = time.monotonic() + self._answer_s
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _MAX_BYTES:
                raise self.stranger(f"its answer is longer than {_MAX_BYTES // 1024 // 1024} MiB")
            if time.monotonic() > deadline:
                raise self.stranger(f"its answer takes longer than {self._answer_s:.0f} s")
        return bytes(content)

    def parse(self, reply: type[R], content: str | bytes) -> R:
        """What was expected.

        Raises:
            ServerUnreachable: It is something else.
        """
        try:
            return reply.model_validate_json(content)
        except ValidationError as exc:
            raise self.stranger("its answer has another form") from exc

    def refusal(self, response: httpx2.Response, content: bytes) -> CommandFailed:
        """The failure that a status stands for, in the server's own words when they are BlogQA's."""
        status = response.status_code
        may_do_it_later = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        asked_s = retry_after_s(response.headers.get("Retry-After", ""))
        try:
            problem = Problem.model_validate_json(content)
        except ValidationError:
            if not may_do_it_later:
                return self.stranger(f"it answers {status}")
            return ServerFailed(
                f"{self.url} answers {status} (not in BlogQA's words: perhaps a proxy in front of it): try again, and "
                "see whether the server runs.",
                retry_after_s=asked_s,
            )
        if problem.code in _KEY_CODES:
            return KeyRefused(f"{self.url} refuses: {problem.detail} (check {_keys_of(response.request)}).")
        if may_do_it_later:
            what = f"{problem.detail} (request {problem.request_id})" if problem.request_id else problem.detail
            return ServerFailed(f"{self.url} cannot do it now: {what}.", retry_after_s=asked_s)
        return (NotThere if status == HTTPStatus.NOT_FOUND else CommandFailed)(f"{problem.detail}.")

    def stranger(self, why: str) -> ServerUnreachable:
        """What answers is not BlogQA."""
        return ServerUnreachable(
            f"{self.url} does not answer as BlogQA does ({why}): name the server with --server or BLOGQA_URL."
        )

    def _redirected(self, response: httpx2.Response) -> ServerUnreachable:
        location = response.headers.get("Location", "").partition("?")[0][:200]
        return ServerUnreachable(
            f"{self.url} redirects to {location!r}, and keys are not sent after a redirect: if that is your BlogQA "
            "server, name it with --server or BLOGQA_URL."
        )

    def _headers(self, needs: Needs) -> dict[str, str]:
        publisher, operator = self._keys.publisher, self._keys.operator
        if needs is Needs.EITHER:
            is_operators = not publisher or (operator and not self._holds_operator_key_back)
            needs = Needs.OPERATOR if is_operators else Needs.PUBLISHER
        headers = {}
        if needs in (Needs.OPERATOR, Needs.BOTH):
            headers["X-Admin-Key"] = _there(operator, OPERATOR_KEY)
            if self._holds_operator_key_back:
                raise UsageWrong(
                    f"the operator's key would go to {self.url} in the clear: name the server with https://, or say "
                    "--plain-http (BLOGQA_PLAIN_HTTP=1) if you trust the network between."
                )
        if needs in (Needs.PUBLISHER, Needs.BOTH):
            headers["X-API-Key"] = _there(publisher, PUBLISHER_KEY)
        return headers


def segment(text: str) -> str:
    """Anything as one segment of a path; dots as well, for ``..`` leads elsewhere."""
    return quote(text, safe="").replace(".", "%2E")


def _there(key: str | None, name: str) -> str:
    if key is None:
        raise KeyRefused(f"this needs a key: set {name} in the environment, or name a file that sets it with --keys.")
    return key


def _keys_of(request: httpx2.Request) -> str:
    """Where the keys that a request was sent with came from."""
    names = {"X-API-Key": PUBLISHER_KEY, "X-Admin-Key": OPERATOR_KEY}
    return " and ".join(name for header, name in names.items() if header in request.headers)
