from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import InvalidUrl
from shared.url import MAX_URL_LENGTH, crawl_url, host_allowed, normalize_url, parse_domain, parse_url


@pytest.mark.parametrize(
    ("url", "normalized"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/", "https://example.com/"),
        ("HTTPS://EXAMPLE.com/Path", "https://example.com/Path"),
        ("http://example.com/a", "https://example.com/a"),
        ("http://example.com:80/a", "https://example.com/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "https://example.com/a"),
        ("https://example.com:/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://www.example.com/a", "https://example.com/a"),
        ("https://www.www.example.com/a", "https://example.com/a"),
        ("https://www.com/a", "https://www.com/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://my_blog.example.com/", "https://my_blog.example.com/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--BCHER-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://例え。テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://１２７.０.０.１/", "https://127.0.0.1/"),
        ("https://[2001:DB8:0:0::1]/", "https://[2001:db8::1]/"),
        ("http://[::1]:8005/a", "https://[::1]:8005/a"),
        ("example.com/a", "https://example.com/a"),
        ("//example.com/a", "https://example.com/a"),
        ("localhost:8005/a", "https://localhost:8005/a"),
        ("example.com:8005", "https://example.com:8005/"),
        ("  https://example.com/a\n", "https://example.com/a"),
        ("https://example.com/a/", "https://example.com/a"),
        ("https://example.com/a//", "https://example.com/a"),
        ("https://example.com/a//b", "https://example.com/a//b"),
        ("https://example.com//", "https://example.com/"),
        ("https://example.com/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/a/b/..", "https://example.com/a"),
        ("https://example.com/../../a", "https://example.com/a"),
        ("https://example.com/a/%2e%2E/b", "https://example.com/b"),
        ("https://example.com/%7euser/%41%2d", "https://example.com/~user/A-"),
        ("https://example.com/a%2fb%c3%a4", "https://example.com/a%2Fb%C3%A4"),
        ('https://example.com/"<>^`{|}\\', "https://example.com/%22%3C%3E%5E%60%7B%7C%7D%5C"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/%zz%4", "https://example.com/%25zz%254"),
        ("https://example.com/%2%35", "https://example.com/%2525"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com#part", "https://example.com/"),
        ("https://example.com?a=1", "https://example.com/?a=1"),
        ("https://example.com/a?", "https://example.com/a"),
        ("https://example.com/a?&&", "https://example.com/a"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://example.com/a?b=2&a=2&a=1&a", "https://example.com/a?a=2&a=1&a&b=2"),
        ("https://example.com/a?empty=&flag", "https://example.com/a?empty=&flag"),
        ("https://example.com/a?t[]=ä&q=x+y%20z", "https://example.com/a?q=x+y%20z&t%5B%5D=%C3%A4"),
        ("https://example.com/a?u=https://x.example/?y", "https://example.com/a?u=https://x.example/?y"),
        ("https://example.com/a?p=1#?utm_source=x", "https://example.com/a?p=1"),
        ("https://example.com/a?utm_source=x&p=1&UTM_Medium=y", "https://example.com/a?p=1"),
        ("https://example.com/a?utm%5Fsource=x&gclid=1&fbclid=2&mc_eid=3&mc_cid=4&msclkid=5", "https://example.com/a"),
        ("https://example.com/a?ref=home&source=feed", "https://example.com/a?ref=home&source=feed"),
        ("https://example.com/a?xutm_source=1", "https://example.com/a?xutm_source=1"),
    ],
)
def test_the_same_page_has_one_normalized_url(url: str, normalized: str) -> None:
    assert normalize_url(url) == normalized
    assert normalize_url(normalized) == normalized


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("https://example.com/" + "a" * MAX_URL_LENGTH, "at most 2048"),
        ("https://example.com/" + "ä" * 1_000, "after percent-encoding"),
        ("ftp://example.com/a", "'ftp'"),
        ("file:///etc/passwd", "'file'"),
        ("javascript:alert(1)", "'javascript'"),
        ("javascript:/alert(1)", "'javascript'"),
        ("data:text/html,hi", "'data'"),
        ("mailto:someone@example.com", "'mailto'"),
        ("gopher://example.com", "'gopher'"),
        ("http:example.com", "'//'"),
        ("http:/example.com", "'//'"),
        ("https:\\\\example.com", "'//'"),
        ("https://user@example.com/", "credentials"),
        ("https://user:secret@example.com/", "credentials"),
        ("https://example.com\\@evil.example/", "credentials"),
        ("https://@example.com/", "credentials"),
        ("https://", "a URL with a host"),
        ("https:///a", "a URL with a host"),
        ("/a/b", "a URL with a host"),
        ("https://:80/", "a URL with a host"),
        ("https://?a", "a URL with a host"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:80a/", "port"),
        ("https://example.com:-1/", "port"),
        ("https://example.com:８０/", "port"),
        ("https://example.com/a b", "white space"),
        ("https://exa\tmple.com/", "white space"),
        ("https://example.com/a\r\nHost: evil.example", "white space"),
        ("https://example.com/\x00", "control"),
        ("https://example.com/\x7f", "control"),
        ("https://example.com/a\u2028b", "white space"),
        ("https://example.com/\ud800", "control"),
        ("https://-example.com/", "host name"),
        ("https://example-.com/", "host name"),
        ("https://exa%6Dple.com/", "host name"),
        ("https://example..com/", "host name"),
        ("https://.example.com/", "host name"),
        ("https://./", "host name"),
        ("https://exa$mple.com/", "host name"),
        ("https://example.com\\.evil.example/", "host name"),
        ("https://" + "a" * 64 + ".com/", "host name"),
        ("https://" + "a." * 127 + "com/", "253"),
        ("https://♥.example/", "not a valid host name"),
        ("https://exa\u200bmple\u2044.com/", "not a valid host name"),
        ("https://2130706433/", "four decimal numbers"),
        ("https://0x7f000001/", "four decimal numbers"),
        ("https://017700000001/", "four decimal numbers"),
        ("https://0x7f.1/", "four decimal numbers"),
        ("https://127.1/", "four decimal numbers"),
        ("https://0177.0.0.1/", "four decimal numbers"),
        ("https://1.2.3.4.5/", "four decimal numbers"),
        ("https://256.1.1.1/", "four decimal numbers"),
        ("https://example.0x1/", "four decimal numbers"),
        ("https://[::1/", "IPv6"),
        ("https://[fe80::1%25eth0]/", "IPv6"),
        ("https://[fe80::1%eth0]/", "IPv6"),
        ("https://[]/", "IPv6"),
        ("https://[1.2.3.4]/", "IPv6"),
        ("https://::1/", "host name"),
    ],
)
def test_what_is_not_a_crawlable_url_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(InvalidUrl, match=reason.replace("(", r"\(")):
        normalize_url(url)


def test_a_refusal_does_not_repeat_what_may_be_secret() -> None:
    with pytest.raises(InvalidUrl) as caught:
        parse_url("https://user:secret@example.com/?token=secret")
    assert "secret" not in str(caught.value)


def test_a_parsed_url_keeps_what_was_given_but_sends_only_valid_characters() -> None:
    parsed = parse_url("HTTP://WWW.Bücher.example:8080/a/../%7eä?b=%zz&a#part")
    assert (parsed.scheme, parsed.host, parsed.port) == ("http", "www.xn--bcher-kva.example", 8080)
    assert parsed.target == "/a/../%7e%C3%A4?b=%25zz&a"
    assert parsed.netloc == "www.xn--bcher-kva.example:8080"
    assert str(parsed) == "http://www.xn--bcher-kva.example:8080/a/../%7e%C3%A4?b=%25zz&a"
    assert parsed.shown == "www.xn--bcher-kva.example:8080/a/../%7e%C3%A4"


@pytest.mark.parametrize(
    ("url", "netloc"),
    [
        ("http://example.com:80/", "example.com"),
        ("https://example.com:80/", "example.com:80"),
        ("https://[::1]/", "[::1]"),
        ("http://[::1]:443/", "[::1]:443"),
    ],
)
def test_the_host_header_names_a_port_only_when_it_is_not_the_scheme_s_own(url: str, netloc: str) -> None:
    assert parse_url(url).netloc == netloc


ALLOWED = [
    ("https://example.com/a", "example.com"),
    ("http://example.com/a", "example.com"),
    ("https://www.example.com/a", "example.com"),
    ("https://EXAMPLE.com./a", "Example.COM"),
    ("https://blog.deep.example.com/a", "example.com"),
    ("https://example.com/a", "www.example.com"),
    ("https://a.www.example.com/a", "www.example.com"),
    ("http://example.com:443/", "example.com"),
    ("https://xn--bcher-kva.example/", "bücher.example"),
    ("https://www.bücher.example/", "xn--bcher-kva.example"),
    ("http://127.0.0.1:8005/", "127.0.0.1:8005"),
    ("http://localhost:8005/", "LOCALHOST:8005"),
    ("http://[0::1]:8005/", "[::1]:8005"),
    ("http://localhost/", "localhost"),
    ("https://example.com/", "example.com:443"),
    ("https://a.example:8443/", "a.example:8443"),
]
REFUSED = [
    ("https://badexample.com/", "example.com"),
    ("https://example.com.evil.example/", "example.com"),
    ("https://example.org/", "example.com"),
    ("https://com/", "example.com"),
    ("https://blog.example.com/", "www.example.com"),
    ("https://example.com:8443/", "example.com"),
    ("http://127.0.0.1:8006/", "127.0.0.1:8005"),
    ("http://127.0.0.1/", "127.0.0.1:8005"),
    ("http://127.0.0.1:8005/", "127.0.0.1"),
    ("http://localhost:8005/", "127.0.0.1:8005"),
    ("https://blog.example.com:8443/", "example.com:8443"),
    ("https://www.example.com:8443/", "example.com:8443"),
    ("https://example.com/", "com"),
    ("https://example.com/?u=evil.example", "evil.example"),
]


@pytest.mark.parametrize(("url", "domain"), ALLOWED)
def test_a_domain_covers_itself_and_its_subdomains(url: str, domain: str) -> None:
    assert host_allowed(url, ["unrelated.example", domain])


@pytest.mark.parametrize(("url", "domain"), REFUSED)
def test_a_domain_covers_nothing_else(url: str, domain: str) -> None:
    assert not host_allowed(url, [domain])


def test_without_domains_nothing_is_allowed() -> None:
    assert not host_allowed("https://example.com/", [])


@pytest.mark.parametrize("entry", ["", "*.example.com", "https://example.com", "example.com/blog", "a@example.com"])
def test_a_domain_is_a_host_with_an_optional_port_and_nothing_more(entry: str) -> None:
    with pytest.raises(InvalidUrl):
        parse_domain(entry)


_labels = st.text(string.ascii_letters + string.digits + "-_äßéпя例ＡＢ", min_size=1, max_size=8)
_hosts = st.one_of(
    st.builds(".".join, st.lists(st.one_of(_labels, st.just("www")), min_size=1, max_size=5)),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map("[{}]".format),
)
_tails = st.text(st.one_of(st.sampled_from("/.?&=#%+~2Ee5"), st.characters()), max_size=30)
_urls = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTP://", "//", ""]),
    _hosts,
    st.sampled_from(["", ":", ":80", ":443", ":8005"]),
    st.sampled_from(["", "/", "?", "/?", "/a/../", "/%7e//", "/?utm_source=x&b=2&a"]),
    _tails,
)


@given(st.one_of(_urls, st.text(), st.text(":/?#[]@%.\\&=ahtp0x1 \t")))
def test_normalizing_is_idempotent_and_refuses_only_with_invalid_url(url: str) -> None:
    try:
        normalized = normalize_url(url)
    except InvalidUrl:
        return
    assert normalize_url(normalized) == normalized
    assert normalized.isascii()
    assert normalized.startswith("https://")


@given(_urls)
def test_scheme_www_fragment_and_tracking_do_not_tell_pages_apart(url: str) -> None:
    assume("#" not in url)
    url = url.strip().removeprefix("//")
    bare = url.partition("://")[2] if "://" in url[:8] else url
    try:
        normalized = normalize_url(f"https://{bare}")
    except InvalidUrl:
        return
    tagged = bare + ("&" if "?" in bare else "?") + "utm_campaign=spring&fbclid=abc#top"
    assume(len(tagged) < 1_000)
    assert normalize_url(f"http://{tagged}") == normalized


@pytest.mark.parametrize(
    ("given", "crawled"),
    [
        ("http://www.Example.com/Tide/?b=2&utm_source=x&a=1#frag", "http://www.example.com/Tide/?b=2&a=1"),
        ("https://example.com/tide?fbclid=x", "https://example.com/tide"),
        ("example.com/tide?page=", "https://example.com/tide?page="),
        ("https://example.com", "https://example.com/"),
        ("http://127.0.0.1:8005/a?q=%2f", "http://127.0.0.1:8005/a?q=%2f"),
    ],
)
def test_what_is_crawled_is_what_was_given_without_the_trace_of_a_click(given: str, crawled: str) -> None:
    assert crawl_url(given) == crawled
    assert normalize_url(given) == normalize_url(crawled)


@pytest.mark.parametrize("url", ["http://example.com:443/", "https://example.com:80/"])
def test_a_scheme_on_the_other_schemes_port_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl, match="leave the port out"):
        crawl_url(url)
