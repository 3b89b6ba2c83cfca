"""Addresses at which something else than BlogQA answers, and answers that are meant to harm."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from blogqa_cli.failure import ServerUnreachable, UsageWrong
from blogqa_cli.keys import Keys
from blogqa_cli.replies import JobsPage
from blogqa_cli.server import Needs, Server
from tests.conftest import ADMIN_KEY, Api
from tests.integration.command_line import CommandLine, Ended, on_a_terminal
from tests.integration.garden import Garden
from tests.integration.stories import publish

_HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
_ESCAPE = "\x1b]0;owned\x07\x1b[31m\x9b31m[bold]\u202egnp\u2066\u200f\U000e0041 [/bold]\r\n:skull:"
_HARMLESS = "]0;owned[31m31m[bold]gnp [/bold]  :skull:"


@asynccontextmanager
async def stranger(
    answer: bytes, *, hangs: bool = False, drips: bool = False
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers everything with the same bytes; its address and what it was asked."""
    asked: list[bytes] = []
    conversations: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # The other side has heard enough.
            asked.append(await reader.read(65_536))
            writer.write(answer)
            await writer.drain()
            if hangs:
                await reader.read()
            while drips:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.append(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
        await asyncio.gather(*conversations)


async def told(answer: bytes, state: Path, *command: str) -> Ended:
    async with stranger(answer) as (url, _):
        result = await CommandLine(url, state, BLOGQA_ADMIN_KEY=ADMIN_KEY, BLOGQA_API_KEY="pub_x")(*command)
    assert result.err.count("\n") == 1
    return result


def reply(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    fields = [b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"HTTP/1.1 " + status + b"\r\n" + b"\r\n".join(fields) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reply(b"<html>Welcome"), "does not answer as BlogQA does (its answer has another form)"),
        (reply(b'{"jobs": 1}'), "does not answer as BlogQA does (its answer has another form)"),
        (reply(b'{"jobs": [], "next_cursor": "' + b"x" * 300 + b'"}'), "does not answer as BlogQA does"),
        (reply(b"[" * 100_000), "does not answer as BlogQA does"),
        (reply(b'"\\ud800'), "does not answer as BlogQA does"),
        (reply(b""), "does not answer as BlogQA does"),
        (reply(b"nothing", status=b"404 Not Found"), "does not answer as BlogQA does (it answers 404)"),
        (reply(b"log in", status=b"401 Unauthorized"), "does not answer as BlogQA does (it answers 401)"),
        (
            reply(b"not gzip", b"Content-Encoding: gzip"),
            "does not answer as BlogQA does (its answer cannot be decoded)",
        ),
        (_HEAD + b"\r\n" + b" " * (17 * 1024 * 1024), "does not answer as BlogQA does (its answer is longer than 16"),
        (_HEAD + b"Content-Length: 90\r\n\r\n{", "broke the connection off"),
        (b"SSH-2.0-OpenSSH_9.7\r\n", "broke the connection off"),
        (b"", "broke the connection off"),
    ],
)
async def test_what_is_not_blogqa_is_told_from_it(tmp_path: Path, answer: bytes, sentence: str) -> None:
    result = await told(answer, tmp_path, "jobs")
    assert (result.code, result.out) == (3, "")
    assert sentence in result.err
    assert "--server" in result.err or "try again" in result.err


async def test_a_proxy_without_a_server_behind_it_is_a_failure_of_the_server(tmp_path: Path) -> None:
    result = await told(reply(b"<h1>Bad Gateway", status=b"502 Bad Gateway"), tmp_path, "jobs")
    assert (result.code, result.out) == (5, "")
    assert "answers 502" in result.err


async def test_keys_do_not_follow_a_redirect(tmp_path: Path) -> None:
    async with stranger(reply(b'{"jobs": [], "next_cursor": null}')) as (target, asked_there):
        answer = reply(b"", b"Location: " + target.encode() + b"/login?token=t", status=b"302 Found")
        result = await told(answer, tmp_path, "jobs")
    assert result.code == 3
    assert f"redirects to '{target}/login', and keys are not sent after a redirect" in result.err
    assert asked_there == []


async def test_a_server_without_tls_is_said_so_when_it_should_have_it(tmp_path: Path) -> None:
    async with stranger(reply(b"{}")) as (url, asked):
        secure = url.replace("http:", "https:")
        result = await CommandLine(secure, tmp_path, BLOGQA_ADMIN_KEY=ADMIN_KEY)("jobs")
    assert result.code == 3
    assert result.err.startswith(f"error: {secure} cannot be reached (")
    assert result.err.count("\n") == 1
    assert ADMIN_KEY.encode() not in b"".join(asked)


async def test_an_unknown_certificate_is_not_trusted(certificate: Path, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        result = await CommandLine(url, tmp_path, BLOGQA_ADMIN_KEY=ADMIN_KEY)("jobs")
    assert result.code == 3
    assert "certificate" in result.err
    assert result.err.count("\n") == 1


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with stranger(b"", hangs=True) as (url, _):
        with Server(url, Keys(operator=ADMIN_KEY), silence_s=0.2) as server:
            with pytest.raises(ServerUnreachable, match="does not answer in time"):
                await asyncio.to_thread(server.get, "/jobs", JobsPage, Needs.OPERATOR)


async def test_an_answer_that_drips_is_given_up() -> None:
    async with stranger(_HEAD + b"\r\n", drips=True) as (url, _):
        with Server(url, Keys(operator=ADMIN_KEY), answer_s=0.2) as server:
            with pytest.raises(ServerUnreachable, match="its answer takes longer than"):
                await asyncio.to_thread(server.get, "/jobs", JobsPage, Needs.OPERATOR)


_BOTH_CLIENTS = [
    ("--server", "https://blogqa.invalid", "doctor"),
    ("ingest", "https://blog.invalid/feed", "--dry-run"),  # Its server is on this machine.
]


@pytest.mark.parametrize("command", _BOTH_CLIENTS)
async def test_certificates_that_are_not_there_are_said_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    blogqa = CommandLine("http://127.0.0.1:1", tmp_path, SSL_CERT_FILE=str(tmp_path / "none.pem"))
    result = await blogqa(*command)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith("error: SSL_CERT_FILE or SSL_CERT_DIR cannot be read")


@pytest.mark.parametrize("command", _BOTH_CLIENTS)
@pytest.mark.parametrize(
    "proxy", ["socks4://me:secret@127.0.0.1:1", "http://me:secret@127.0.0.1:port", "http://me:secret\udcff@proxy"]
)
async def test_a_proxy_that_cannot_be_used_is_said_so(tmp_path: Path, command: tuple[str, ...], proxy: str) -> None:
    result = await CommandLine("http://127.0.0.1:1", tmp_path, ALL_PROXY=proxy)(*command)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that cannot be used: make it one such as "
        "http://proxy.example:3128, or unset it.\n"
    )


def test_a_proxy_that_needs_what_is_not_installed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(UsageWrong, match="ALL_PROXY names a proxy that cannot be used"):
        Server("https://blogqa.invalid", Keys())


def assert_harmless(text: str) -> None:
    for bad in _ESCAPE:
        if not bad.isprintable() and bad != "\n":
            assert bad not in text, ascii(bad)
    assert _HARMLESS in text


async def test_a_hostile_problem_steers_no_terminal(tmp_path: Path) -> None:
    problem = {"detail": _ESCAPE, "code": "not_found", "request_id": _ESCAPE}
    result = await told(reply(json.dumps(problem).encode(), status=b"404 Not Found"), tmp_path, "jobs")
    assert result.code == 1
    assert_harmless(result.err)


async def test_hostile_content_steers_no_terminal(api: Api, blogqa: CommandLine) -> None:
    await publish(api.database, api.publisher.id)
    for collection, field in (("blog_summaries", "title"), ("processed_questions", "question")):
        await api.database[collection].update_many({}, {"$set": {field: _ESCAPE}})
    url = "https://example.com/tides"
    plain = await blogqa("questions", url)
    assert_harmless(plain.out)
    on_terminal = await on_a_terminal(blogqa, "questions", url)
    for code in ("\x1b]", "\x1b[31m", "\x9b", "\u202e", "\x07"):
        assert code not in on_terminal.out
    assert "[bold]gnp [/bold]" in on_terminal.out
    as_json = await blogqa("questions", url, "--json")
    assert as_json.out.isascii()
    assert as_json.document["title"] == _ESCAPE


async def test_a_hostile_error_of_a_job_steers_no_terminal(garden: Garden, api: Api) -> None:
    await garden.blogqa("process", f"{garden.site.url}/missing", "--watch")
    await api.database["processing_jobs"].update_many({}, {"$set": {"errors.0.message": _ESCAPE}})
    [job] = (await garden.blogqa("jobs", "--json")).document["jobs"]
    assert_harmless((await garden.blogqa("jobs")).out)
    assert_harmless((await garden.blogqa("job", job["job_id"])).out)
