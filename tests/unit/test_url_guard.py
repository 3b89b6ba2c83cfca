from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import HostForbidden, InvalidUrl, PageGone, PageUnavailable
from worker_service.services.url_guard import UrlGuard, is_public, resolve_host

DOMAINS = ["example.com", "8.8.8.8", "10.0.0.7", "[::ffff:127.0.0.1]"]


def resolving_to(*addresses: str) -> UrlGuard:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return UrlGuard((), resolve=resolve)


def failing_with(error: Exception) -> UrlGuard:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise error

    return UrlGuard((), resolve=resolve)


PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2001:200::1",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - an address to refuse, nothing binds to it
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:ffff::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "4000::1",
]


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_host_at_a_public_address_may_be_fetched_from_that_address(address: str) -> None:
    checked = await resolving_to(address).check("https://example.com/a?b", DOMAINS)
    assert checked.addresses == (ipaddress.ip_address(address),)
    assert (str(checked.url), checked.url.host, checked.url.port) == ("https://example.com/a?b", "example.com", 443)


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_host_at_any_other_address_is_refused_without_telling_the_address(address: str) -> None:
    with pytest.raises(HostForbidden, match="not public") as caught:
        await resolving_to(address).check("https://example.com/", DOMAINS)
    assert address not in str(caught.value)


async def test_one_forbidden_address_among_public_ones_refuses_the_host() -> None:
    with pytest.raises(HostForbidden):
        await resolving_to("8.8.8.8", "2606:4700::1111", "10.0.0.1").check("https://example.com/", DOMAINS)


async def test_all_public_addresses_are_returned_in_order() -> None:
    checked = await resolving_to("2606:4700::1111", "8.8.8.8").check("http://www.example.com/", DOMAINS)
    assert checked.addresses == (IPv6Address("2606:4700::1111"), IPv4Address("8.8.8.8"))
    assert checked.url.port == 80


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://evil.example/", HostForbidden),
        ("https://badexample.com/", HostForbidden),
        ("https://example.com.evil.example/", HostForbidden),
        ("https://example.com:8443/", HostForbidden),
        ("https://example.com:22/", HostForbidden),
        ("http://localhost/", HostForbidden),
        ("http://10.0.0.7/", HostForbidden),
        ("http://[::ffff:127.0.0.1]/", HostForbidden),
        ("http://[::ffff:7f00:1]/", HostForbidden),
        ("http://[64:ff9b::7f00:1]/", HostForbidden),
        ("http://169.254.169.254/latest/meta-data/", HostForbidden),
        ("https://user:password@example.com/", InvalidUrl),
        ("https://example.com@evil.example/", InvalidUrl),
        ("https://example.com%2eevil.example/", InvalidUrl),
        ("https://evil.example\\.example.com/", InvalidUrl),
        ("https://evil.example#.example.com/", HostForbidden),
        ("https://evil.example?.example.com/", HostForbidden),
        ("ftp://example.com/", InvalidUrl),
        ("file:///etc/passwd", InvalidUrl),
        ("gopher://example.com/", InvalidUrl),
        ("http://2130706433/", InvalidUrl),
        ("http://0x7f.1/", InvalidUrl),
        ("http://0x7f000001/", InvalidUrl),
        ("http://017700000001/", InvalidUrl),
        ("http://0177.0.0.1/", InvalidUrl),
        ("http://127.1/", InvalidUrl),
        ("http://0/", InvalidUrl),
        ("http://[fe80::1%25lo]/", InvalidUrl),
        ("http://１２７.1/", InvalidUrl),
        ("http://exam\tple.com/", InvalidUrl),
        ("http://example.com\r\n.evil.example/", InvalidUrl),
    ],
)
async def test_hostile_urls_are_refused_before_any_name_is_resolved(url: str, error: type[Exception]) -> None:
    guard = failing_with(AssertionError("resolved"))
    with pytest.raises(error):
        await guard.check(url, DOMAINS)


async def test_an_address_as_host_is_not_resolved() -> None:
    checked = await failing_with(OSError("resolved")).check("https://8.8.8.8/", DOMAINS)
    assert checked.addresses == (IPv4Address("8.8.8.8"),)


@pytest.mark.parametrize(
    ("private_hosts", "url", "allowed"),
    [
        (("localhost:8005",), "http://localhost:8005/", True),
        (("LOCALHOST:8005",), "http://localhost:8005/", True),
        (("127.0.0.1:8005",), "http://127.0.0.1:8005/", True),
        (("[::1]:8005",), "http://[0:0::1]:8005/", True),
        (("localhost:80",), "http://localhost/", True),
        (("localhost:8006",), "http://localhost:8005/", False),
        (("127.0.0.1:8005",), "http://localhost:8005/", False),
        (("localhost:8005",), "http://sub.localhost:8005/", False),
        ((), "http://localhost:8005/", False),
    ],
)
async def test_a_private_host_needs_its_exact_host_and_port_on_the_allow_list(
    private_hosts: tuple[str, ...], url: str, allowed: bool
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    guard = UrlGuard(private_hosts, resolve=resolve)
    domains = ["localhost", "localhost:8005", "sub.localhost:8005", "127.0.0.1:8005", "[::1]:8005"]
    if allowed:
        assert (await guard.check(url, domains)).addresses[0].is_loopback
    else:
        with pytest.raises(HostForbidden):
            await guard.check(url, domains)


async def test_an_allow_listed_private_host_is_still_only_for_publishers_with_that_domain() -> None:
    with pytest.raises(HostForbidden, match="domains"):
        await UrlGuard(["127.0.0.1:8005"]).check("http://127.0.0.1:8005/", ["example.com"])


def test_an_allow_list_entry_without_a_port_is_refused() -> None:
    with pytest.raises(ValueError, match="host:port"):
        UrlGuard(["localhost"])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "try again"), PageUnavailable),
        (socket.gaierror(socket.EAI_FAIL, "failure"), PageUnavailable),
        (OSError("no resolver"), PageUnavailable),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), PageGone),
        (socket.gaierror(socket.EAI_NODATA, "no address"), PageGone),
    ],
)
async def test_a_name_that_does_not_exist_is_gone_and_a_resolver_in_trouble_is_transient(
    error: OSError, expected: type[Exception]
) -> None:
    with pytest.raises(expected, match=r"example\.com"):
        await failing_with(error).check("https://example.com/", DOMAINS)


async def test_a_name_without_addresses_is_gone() -> None:
    with pytest.raises(PageGone):
        await resolving_to().check("https://example.com/", DOMAINS)


async def test_the_system_resolver_returns_each_address_once() -> None:
    addresses = await resolve_host("localhost", 80)
    assert "127.0.0.1" in addresses or "::1" in addresses
    assert len(addresses) == len(set(addresses))


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    # What holds an IPv4 address is as public as that: the next test's matter.
    if isinstance(address, IPv6Address) and (address.sixtofour or address.ipv4_mapped):
        return
    if not address.is_global or address.is_multicast:
        assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_as_public_as_it_is_alone(address: IPv4Address) -> None:
    number = int(address)
    mapped = IPv6Address((0xFFFF << 32) | number)
    nat64 = IPv6Address((0x0064_FF9B << 96) | number)
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80) | 1)
    assert {is_public(mapped), is_public(nat64), is_public(six_to_four)} == {is_public(address)}
