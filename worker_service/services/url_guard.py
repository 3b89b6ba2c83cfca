"""Decides which addresses the crawler may contact (protection against server-side request forgery)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from shared.errors import HostForbidden, PageGone, PageUnavailable
from shared.url import ParsedUrl, host_allowed, parse_domain, parse_url

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""``(host, port) -> addresses`` in order of preference; raises ``socket.gaierror`` when there are none."""

# IANA IPv4 Special-Purpose Address Registry, plus multicast. ``is_global`` of the standard library differs between
# Python versions and calls multicast global.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: cloud metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Only 2000::/3 is allocated for global unicast (IANA IPv6 Address Space); these parts of it are not public.
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# RFC 6052. Networks without IPv4 see the whole IPv4 internet through this prefix. Its local twin 64:ff9b:1::/48
# (RFC 8215) lies outside of 2000::/3 and stays refused.
_NAT64 = IPv6Network("64:ff9b::/96")

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """A URL that may be fetched, by connecting to one of these addresses and to no other.

    Attributes:
        url: The URL as it was given; ``url.host`` and ``url.port`` name the server.
        addresses: At least one, in order of preference, every one of them checked.
    """

    url: ParsedUrl
    addresses: tuple[Address, ...]


async def resolve_host(host: str, port: int) -> list[str]:
    """Addresses of a host by the system's resolver, duplicates removed."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


def is_public(address: Address) -> bool:
    """Whether an address is one that any host on the internet may be reached at.

    IPv4 addresses inside IPv6 ones (mapped, NAT64, 6to4) count as what they lead to.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return is_public(inner)
    return address in _GLOBAL_UNICAST_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


class UrlGuard:
    """Checks URLs, those that redirects name included, before anything is sent to them.

    Args:
        allowed_private_hosts: ``host:port`` entries, exactly as URLs name them, that may be at any address.
        resolve: Turns a host name into addresses.

    Raises:
        InvalidUrl: An allow-list entry cannot be read.
        ValueError: An allow-list entry has no port.
    """

    def __init__(self, allowed_private_hosts: Sequence[str], *, resolve: Resolve = resolve_host) -> None:
        self._private = frozenset(parse_domain(entry) for entry in allowed_private_hosts)
        for host, port in self._private:
            if port is None:
                raise ValueError(f"expected an allowed private host as host:port, got {host!r}")
        self._resolve = resolve

    async def check(self, url: str, domains: Sequence[str]) -> CheckedUrl:
        """Reads and resolves a URL and checks every address behind it.

        One forbidden address among several refuses the URL: an honest site has no private addresses in public DNS.

        Args:
            url: As given by a person, a page or a redirect.
            domains: The publisher's domains, as ``shared.url.host_allowed`` reads them; a port other than 80 and 443
                needs an entry that names it.

        Raises:
            InvalidUrl: Not an http(s) URL, or one with credentials.
            HostForbidden: Outside the publisher's domains, or an address that is not public.
            PageGone: There is no such host.
            PageUnavailable: The name could not be resolved this time.
        """
        parsed = parse_url(url)
        if not host_allowed(url, domains):
            raise HostForbidden(f"{parsed.netloc!r} is not on one of the publisher's domains")
        addresses = await self._addresses(parsed)
        if (parsed.host, parsed.port) not in self._private:
            if not all(is_public(address) for address in addresses):
                # Callers may see this sentence: the address would tell them about the operator's network.
                raise HostForbidden(f"{parsed.netloc!r} leads to an address that is not public")
        return CheckedUrl(parsed, addresses)

    async def _addresses(self, url: ParsedUrl) -> tuple[Address, ...]:
        try:
            return (ipaddress.ip_address(url.host),)
        except ValueError:
            pass
        try:
            addresses = tuple(ipaddress.ip_address(address) for address in await self._resolve(url.host, url.port))
        except OSError as exc:
            if isinstance(exc, socket.gaierror) and exc.errno in _NO_SUCH_NAME:
                raise PageGone(f"there is no host named {url.host!r}") from exc
            raise PageUnavailable(f"the host name {url.host!r} could not be resolved") from exc
        if not addresses:
            raise PageGone(f"the host {url.host!r} has no addresses")
        return addresses
