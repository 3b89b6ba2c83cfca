from __future__ import annotations

import pytest

from api_service.core.origins import may_ask_from

DOMAINS = ("example.com", "localhost:8000")
HOST = "qa.test:8005"


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.com",
        "http://www.example.com",
        "https://blog.example.com",
        "HTTPS://EXAMPLE.COM",
        "http://localhost:8000",
        "http://qa.test:8005",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://0a1b",
        "safari-web-extension://0a1b",
    ],
)
def test_the_publishers_sites_the_api_itself_and_extensions_may_ask(origin: str) -> None:
    assert may_ask_from(origin, None, host=HOST, domains=DOMAINS)


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.org",
        "https://example.com.evil.test",
        "https://evilexample.com",
        "https://example.com:8443",
        "http://localhost",
        "http://localhost:8001",
        "http://qa.test",
        "null",
        "",
        "file://",
        "https://",
        "https://user@example.com",
        "javascript:alert(1)",
        "https://[::1",
        "https://exa mple.com",
        "ws://example.com",
        "\x00",
        "https://example.com\\@evil.test",
    ],
)
def test_everything_else_may_not(origin: str) -> None:
    assert not may_ask_from(origin, None, host=HOST, domains=DOMAINS)


def test_a_referer_counts_only_without_an_origin() -> None:
    ours, foreign = "https://example.com/post?x=1", "https://evil.test/"
    assert may_ask_from(None, ours, host=HOST, domains=DOMAINS)
    assert not may_ask_from(None, foreign, host=HOST, domains=DOMAINS)
    assert not may_ask_from("https://evil.test", ours, host=HOST, domains=DOMAINS)
    assert may_ask_from("https://example.com", foreign, host=HOST, domains=DOMAINS)


def test_programs_that_send_neither_may_ask() -> None:
    assert may_ask_from(None, None, host=HOST, domains=())
    assert may_ask_from(None, None, host=None, domains=())


def test_nobody_may_ask_for_a_publisher_without_domains() -> None:
    assert not may_ask_from("https://example.com", None, host=HOST, domains=())
