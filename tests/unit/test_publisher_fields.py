from __future__ import annotations

import pytest

from api_service.services.publisher_fields import MAX_DOMAINS, checked_domains, checked_name
from shared.errors import InvalidInput
from shared.url import host_allowed


@pytest.mark.parametrize("name", ["A", "Bäckerei & Söhne", "例え", "50 % off?", "a" * 100, "c" * 23, "c" * 25, "..."])
def test_a_name_is_what_people_call_a_publisher(name: str) -> None:
    assert checked_name(f" {name}\n") == name


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "a\nb", "a\0b", "\u202eevil", "\ud800", "a\u200bb"])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 100 printable characters"):
        checked_name(name)


@pytest.mark.parametrize("name", ["a/b", "/", ".", ".."])
def test_a_name_that_would_change_a_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="without '/'"):
        checked_name(name)


@pytest.mark.parametrize("name", ["0123456789abcdef01234567", "0123456789ABCDEF01234567"])
def test_a_name_that_could_be_an_id_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="24 hex digits"):
        checked_name(name)


@pytest.mark.parametrize(
    ("entry", "stored", "page"),
    [
        ("example.com", "example.com", "https://blog.example.com/a"),
        (" EXAMPLE.com. ", "example.com", "https://example.com/"),
        ("www.example.com", "www.example.com", "https://example.com/"),
        ("Bücher.example", "xn--bcher-kva.example", "https://bücher.example/"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah", "https://例え.テスト/"),
        ("localhost:8005", "localhost:8005", "http://localhost:8005/demo/"),
        ("192.0.2.1", "192.0.2.1", "http://192.0.2.1/"),
        ("[2001:DB8::0:1]:8005", "[2001:db8::1]:8005", "http://[2001:db8::1]:8005/"),
        ("[2001:db8::1]", "[2001:db8::1]", "http://[2001:db8::1]/"),
    ],
)
def test_a_domain_is_stored_in_one_spelling_that_allows_its_pages(entry: str, stored: str, page: str) -> None:
    domains = checked_domains([entry])
    assert domains == (stored,)
    assert checked_domains(domains) == domains
    assert host_allowed(page, domains)


def test_the_same_domain_twice_is_one() -> None:
    assert checked_domains(["b.example", "a.example", "B.EXAMPLE."]) == ("b.example", "a.example")


@pytest.mark.parametrize(
    "entry",
    [
        "",
        " ",
        "*",
        "*.example.com",
        "https://example.com",
        "example.com/blog",
        "example.com?a",
        "user@example.com",
        "example .com",
        "example.com,example.org",
        "example.com:0",
        "example.com:99999",
        "2001:db8::1",
        "256.1.1.1",
        "-a.example",
        "a..example",
        "ex\0ample.com",
        "\ud800.example",
        "a." * 130,
        "例" * 60_000,
    ],
)
def test_what_is_no_domain_is_refused_with_what_one_looks_like(entry: str) -> None:
    with pytest.raises(InvalidInput, match=r"expected domains such as 'example.com'.* without scheme") as caught:
        checked_domains(["example.com", entry])
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("count", [0, MAX_DOMAINS + 1])
def test_domains_are_counted(count: int) -> None:
    with pytest.raises(InvalidInput, match=f"expected 1 to 100 domains, got {count}"):
        checked_domains([f"d{number}.example" for number in range(count)])


def test_as_many_domains_as_are_allowed_are_kept() -> None:
    entries = [f"d{number}.example" for number in range(MAX_DOMAINS)]
    assert checked_domains(entries) == tuple(entries)
