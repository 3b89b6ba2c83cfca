"""One reading of URLs for everyone: what a URL says, which page it identifies, and whose domain it is on."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import idna

from shared.errors import InvalidUrl

MAX_URL_LENGTH = 2_048
"""Longest URL accepted and longest normalized URL produced, in characters."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

# Identifiers that advertising networks, mailing tools and analytics append to links; none of them selects content. The
# names are the vendors' own, as collected in Firefox's query-stripping list, Brave's query filter and the ClearURLs
# rules. Names that some sites use for content (ref, source, spm) are deliberately absent.
_TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "piwik_", "hsa_")
_TRACKING_PARAMETERS = frozenset(
    """
    gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid _ga _gl
    fbclid igshid igsh msclkid twclid ttclid li_fat_id epik rdt_cid sccid yclid ysclid _openstat irclickid wickedid
    mc_cid mc_eid mkt_tok _hsenc _hsmi __hstc __hssc __hsfp hsctatracking vero_id vero_conv oly_anon_id oly_enc_id
    __s ml_subscriber ml_subscriber_hash ck_subscriber_id dm_i s_cid
    pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid
    """.split()
)

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(.*)", re.IGNORECASE | re.DOTALL)
_PORT_THEN_PATH = re.compile(r"[0-9]+(?:[/?#]|$)")
_ASCII_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A host whose last label is a number is an IPv4 address or nothing (WHATWG URL, "ends in a number"); resolvers would
# read 2130706433, 0x7f.1 and 017700000001 as 127.0.0.1.
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
# RFC 3986 3.3 and 3.4: what may stand in a path or a query; a percent sign only as the start of an escape.
_MUST_ENCODE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/?%-]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """What a URL says, without its fragment.

    Attributes:
        scheme: ``"http"`` or ``"https"``.
        host: Lower-case ASCII name (IDN in punycode, no final dot) or IP address (IPv6 without brackets).
        port: The explicit port, else the scheme's default.
        target: Path and query as given, invalid characters percent-encoded; begins with ``/``.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def netloc(self) -> str:
        """``host[:port]`` as a ``Host`` header carries it: brackets for IPv6, no default port."""
        host = _bracketed(self.host)
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """``scheme://host[:port]``."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def shown(self) -> str:
        """Host and path, shortened, for messages: a query may hold secrets."""
        shown = self.netloc + self.target.partition("?")[0]
        return shown if len(shown) <= 200 else f"{shown[:199]}…"

    def __str__(self) -> str:
        return self.origin + self.target


def parse_url(url: str) -> ParsedUrl:
    """Reads a URL strictly; a missing scheme means https. White space around the URL is ignored.

    ``urllib.parse`` is not used because it drops tabs and newlines silently and accepts hosts that no browser would.

    Raises:
        InvalidUrl: Empty, longer than ``MAX_URL_LENGTH``, not http or https, white space or control characters inside,
            credentials, a missing or invalid host, or a port outside 1-65535.
    """
    url = url.strip()
    if not url:
        raise InvalidUrl("expected a URL, got an empty string")
    if len(url) > MAX_URL_LENGTH:
        raise InvalidUrl(f"expected a URL of at most {MAX_URL_LENGTH} characters, got {len(url)}")
    if any(char.isspace() or unicodedata.category(char) in ("Cc", "Cs") for char in url):
        raise InvalidUrl("a URL must not contain white space or control characters; write a space as %20")
    scheme, rest = _split_scheme(url)
    rest = rest.partition("#")[0]
    authority_end = next((index for index, char in enumerate(rest) if char in "/?"), len(rest))
    host, port = _split_authority(rest[:authority_end])
    target = _MUST_ENCODE.sub(_percent_encoded, rest[authority_end:])
    return ParsedUrl(scheme, host, port or _DEFAULT_PORTS[scheme], target if target.startswith("/") else f"/{target}")


def normalize_url(url: str) -> str:
    """The identity of a page: URLs that name the same page normalize to the same string. Idempotent.

    Follows RFC 3986 6.2.2 (case, percent-encoding, dot segments) and drops what does not tell pages apart: http against
    https, ``www.``, the ports 80 and 443, a trailing slash (except the root's), the fragment, tracking parameters, and
    the order of differently named query parameters. Identity only: what is crawled is ``crawl_url``.

    Raises:
        InvalidUrl: As ``parse_url``, or the normalized form exceeds ``MAX_URL_LENGTH``.
    """
    parsed = parse_url(url)
    path, _, query = _ESCAPE.sub(_normalized_escape, parsed.target).partition("?")
    path = _without_dot_segments(path).rstrip("/") or "/"
    parameters = [part for part in query.split("&") if part and not _is_tracking(_name(part))]
    # Stable: the order of parameters with the same name can mean something.
    parameters.sort(key=_name)
    host = _bracketed(_without_www(parsed.host))
    port = "" if parsed.port in _DEFAULT_PORTS.values() else f":{parsed.port}"
    normalized = f"https://{host}{port}{path}" + ("?" + "&".join(parameters) if parameters else "")
    if len(normalized) > MAX_URL_LENGTH:
        raise InvalidUrl(f"expected at most {MAX_URL_LENGTH} characters after percent-encoding, got {len(normalized)}")
    return normalized


def crawl_url(url: str) -> str:
    """The URL as it was given, without what a visitor's click has added: fragment and tracking parameters.

    Everything else stays, for it may matter to the site. Whoever names a page first thus chooses neither the campaign
    that its citations carry nor a spelling that cannot work.

    Raises:
        InvalidUrl: As ``parse_url``, or http on port 443 or https on port 80.
    """
    parsed = parse_url(url)
    if parsed.port != _DEFAULT_PORTS[parsed.scheme] and parsed.port in _DEFAULT_PORTS.values():
        raise InvalidUrl(f"{parsed.scheme} on port {parsed.port} cannot work; leave the port out")
    path, mark, query = parsed.target.partition("?")
    kept = [part for part in query.split("&") if not _is_tracking(_name(part))] if mark else []
    return parsed.origin + path + ("?" + "&".join(kept) if any(kept) else "")


def parse_domain(entry: str) -> tuple[str, int | None]:
    """Reads one of a publisher's allowed domains: ``example.com``, ``localhost:8005``, ``[::1]:8005``.

    Returns:
        The host as in ``ParsedUrl.host``, and the port or ``None``.

    Raises:
        InvalidUrl: Not ``host`` or ``host:port``; schemes, paths and wildcards are not part of a domain.
    """
    return _split_authority(entry.strip())


def normalize_domain(entry: str) -> str:
    """One spelling for one of a publisher's allowed domains: IDN in punycode, lower case. Idempotent.

    Raises:
        InvalidUrl: As ``parse_domain``.
    """
    host, port = parse_domain(entry)
    return _bracketed(host) if port is None else f"{_bracketed(host)}:{port}"


def host_allowed(url: str, domains: Sequence[str]) -> bool:
    """Whether a URL lies on one of a publisher's domains.

    An entry without a port stands for that host, its ``www.`` twin and every subdomain, on the ports 80 and 443. An
    entry with a port stands for exactly that host and port. IP addresses and single-label names have no subdomains.

    Raises:
        InvalidUrl: The URL, or an entry, cannot be read.
    """
    parsed = parse_url(url)
    return any(_covers(*parse_domain(entry), parsed) for entry in domains)


def _covers(domain: str, port: int | None, url: ParsedUrl) -> bool:
    if port is not None:
        return (url.host, url.port) == (domain, port)
    if url.port not in _DEFAULT_PORTS.values():
        return False
    return _without_www(url.host) == _without_www(domain) or ("." in domain and url.host.endswith(f".{domain}"))


def _split_scheme(url: str) -> tuple[str, str]:
    """``(scheme, all that follows "//")``; ``localhost:8005/x`` has a port, ``mailto:x`` a scheme."""
    if url.startswith("//"):
        return "https", url[2:]
    match = _SCHEME.match(url)
    if match is None or _PORT_THEN_PATH.match(match[2]):
        return "https", url
    scheme, rest = match[1].lower(), match[2]
    if scheme not in _DEFAULT_PORTS:
        raise InvalidUrl(f"expected an http or https URL, got the scheme {scheme[:40]!r}")
    if not rest.startswith("//"):
        raise InvalidUrl(f"expected '//' after {scheme + ':'!r}")
    return scheme, rest[2:]


def _split_authority(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise InvalidUrl("a URL must not contain credentials ('@' before the host's end)")
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        host, port = authority, ""
    if not host:
        raise InvalidUrl("expected a URL with a host, such as https://example.com/page")
    if not port:
        return _normal_host(host), None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65_535:
        raise InvalidUrl(f"expected a port from 1 to 65535, got {port[:40]!r}")
    return _normal_host(host), int(port)


def _normal_host(raw: str) -> str:
    """Lower-case ASCII form of a host: UTS #46 mapping and punycode for names, the compressed form for IPv6."""
    if raw.startswith("["):
        return _normal_ipv6(raw)
    try:
        host = idna.uts46_remap(raw, std3_rules=False).removesuffix(".")
        host = ".".join(_normal_label(label) for label in host.split("."))
    except idna.IDNAError as exc:
        raise InvalidUrl(f"{raw[:80]!r} is not a valid host name") from exc
    if len(host) > 253:
        raise InvalidUrl(f"expected a host of at most 253 characters, got {len(host)}")
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ipaddress.AddressValueError as exc:
            raise InvalidUrl(f"{raw[:80]!r} is not a valid host: a numeric host must be four decimal numbers") from exc
    return host


def _normal_ipv6(raw: str) -> str:
    try:
        address = ipaddress.IPv6Address(raw.removeprefix("[").removesuffix("]"))
    except ipaddress.AddressValueError as exc:
        raise InvalidUrl(f"{raw[:80]!r} is not a valid IPv6 address") from exc
    if address.scope_id is not None or not raw.endswith("]"):
        raise InvalidUrl(f"{raw[:80]!r} is not a valid IPv6 host")
    return str(address)


def _normal_label(label: str) -> str:
    if label.isascii():
        if not _ASCII_LABEL.fullmatch(label):
            raise InvalidUrl(f"{label[:80]!r} is not a valid part of a host name")
        return label
    return idna.alabel(label).decode("ascii")


def _without_www(host: str) -> str:
    # "www.com" is a site of its own.
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _normalized_escape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if _UNRESERVED.match(char) else match[0].upper()


def _without_dot_segments(path: str) -> str:
    """RFC 3986 5.2.4 for an absolute path."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _is_tracking(name: str) -> bool:
    name = name.lower()
    return name in _TRACKING_PARAMETERS or name.startswith(_TRACKING_PREFIXES)
