"""Documents that are made to cost, to break or to mislead; and any bytes at all."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise, repeat
from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blogqa_cli.sources import reading, xml_reader
from blogqa_cli.sources.entries import Broken, Entry, NotASource, SourceError
from blogqa_cli.sources.reading import feeds_in_page, read_entries, sitemaps_in_robots

BASE = "https://example.com/sitemap.xml"
PAGE = "<url><loc>https://example.com/a</loc><lastmod>2024-05-01</lastmod></url>"

BILLION_LAUGHS = (
    '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><urlset>&c;</urlset>'
)
QUADRATIC = f'<!DOCTYPE urlset [<!ENTITY a "{"x" * 10_000}">]><urlset>{"&a;" * 1_000}</urlset>'
EXTERNAL = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><link>&a;</link></item></channel></rss>'
PARAMETER = '<!DOCTYPE feed [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]><feed/>'
DEFAULTS = f'<!DOCTYPE urlset [<!ATTLIST a b CDATA "{"x" * 10_000}">]><urlset>{"<a/>" * 1_000}</urlset>'


@pytest.mark.parametrize("document", [BILLION_LAUGHS, QUADRATIC, EXTERNAL, PARAMETER, DEFAULTS])
def test_declarations_are_refused_before_they_cost(document: str) -> None:
    with pytest.raises(NotASource, match="declares entities"):
        list(read_entries([document.encode()], BASE))


def test_an_external_dtd_is_not_fetched_and_its_entities_stay_out() -> None:
    document = f'<!DOCTYPE urlset SYSTEM "file:///etc/passwd"><urlset>{PAGE}<url><loc>&x;/b</loc></url></urlset>'
    assert next(read_entries([document.encode()], BASE)).url == "https://example.com/a"


class Endless:
    """A document of 64 MiB, a piece many times over; ``fed`` counts the bytes of it that were read."""

    def __init__(self, start: str, piece: str) -> None:
        self.fed = 0
        self._start = start.encode()
        self._chunk = piece.encode() * (1 + 65_536 // len(piece))

    def __iter__(self) -> Iterator[bytes]:
        yield self._start
        for chunk in repeat(self._chunk, 1_024):
            self.fed += len(chunk)
            yield chunk


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        ("<urlset><a b='", "x"),
        ("<urlset><!--", "x"),
        ("<urlset><?a ", "x"),
        ("<urlset><", "x"),
        ("<urlset>", "<a>"),
        ("<!DOCTYPE urlset PUBLIC '", "x"),
        (f"<urlset><x:a xmlns:x='{'u' * 300}'>", "<x:b/>"),
    ],
)
def test_what_expat_would_hold_or_repeat_is_bounded(start: str, piece: str) -> None:
    document = Endless(start, piece)
    with pytest.raises(SourceError):
        list(read_entries(document, BASE))
    assert document.fed < 1_000_000


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (f"<urlset>{PAGE}", "<a/>"),
        (f"<urlset>{PAGE}", PAGE.replace("url>", "video>")),
        (f"<urlset>{PAGE}<url>", "<lastmod>2024-05-01</lastmod>"),
        ("https://example.com/a\n", "\n"),
        ("https://example.com/a\n", " \r\n"),
    ],
)
def test_what_is_no_entry_is_counted_too(monkeypatch: pytest.MonkeyPatch, start: str, piece: str) -> None:
    monkeypatch.setattr(xml_reader, "MAX_ELEMENTS", 10_000)
    monkeypatch.setattr(reading, "MAX_LINES", 10_000)
    document = Endless(start, piece)
    found: list[Entry] = []
    with pytest.raises(Broken, match=r"more than 10,000 (elements|lines); the rest is not read"):
        found.extend(read_entries(document, BASE))
    assert [entry.url for entry in found] == ["https://example.com/a"]
    assert document.fed < 1_000_000


def test_the_largest_sitemap_of_the_protocol_has_few_enough_elements() -> None:
    image = "<image:image><image:loc>https://a.example/1.jpg</image:loc></image:image>"
    of_images = 2 * 50_000_000 // len(image)
    assert reading.MAX_ENTRIES * 40 <= xml_reader.MAX_ELEMENTS
    assert of_images < xml_reader.MAX_ELEMENTS


@pytest.mark.parametrize(
    ("document", "most"),
    [
        ("<urlset>" + "<a xml:base='b'/>" * 1_000, 0),
        ("<rss><channel><item>" + "<link>x</link>" * 1_000 + "</item>", 1),
        ("<feed><entry>" + "<link href='x'/>" * 1_000 + "</entry>", 1),
    ],
)
def test_addresses_that_nobody_asks_for_are_not_put_together(
    monkeypatch: pytest.MonkeyPatch, document: str, most: int
) -> None:
    joined = []

    def counting(base: str, url: str) -> str:
        joined.append(url)
        return urljoin(base, url)

    monkeypatch.setattr(xml_reader, "urljoin", counting)
    read_in([document.encode()])
    assert len(joined) == most


@pytest.mark.parametrize(
    "start", ["<urlset><url><loc>", "<urlset><url><loc><![CDATA[", "<urlset><a>", "https://example.com/"]
)
def test_endless_text_takes_no_memory(start: str) -> None:
    tracemalloc.start()
    try:
        with suppress(Broken):
            list(read_entries(Endless(start, "x"), BASE))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def read_in(pieces: list[bytes]) -> tuple[list[Entry], type[SourceError] | None]:
    found: list[Entry] = []
    try:
        for entry in read_entries(pieces, BASE):
            found.append(entry)
    except SourceError as exc:
        return found, type(exc)
    return found, None


def cut(document: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(document) + 1) for place in places), len(document)]
    return [document[start:end] for start, end in pairwise(edges)]


FRAGMENTS = st.sampled_from(
    [
        *("<?xml version='1.0' encoding='utf-8'?>", "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"),
        *(
            "<urlset>",
            "<sitemapindex>",
            "<rss>",
            "<channel>",
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "<rdf:RDF>",
        ),
        *("<url>", "<sitemap>", "<item>", "<entry>", "<loc>", "<link>", "<guid>", "<link href='/x'/>", "<lastmod>"),
        *("</loc>", "</url>", "</urlset>", "</link>", "</item>", "</channel>", "</rss>", "</entry>", "</feed>"),
        *(
            "https://example.com/a",
            "/b",
            "2024-05-01",
            "\n",
            " ",
            "&amp;",
            "&x;",
            "<![CDATA[c]]>",
            "<!-- -->",
            "é",
            "\ufeff",
        ),
        *(
            "xml:base='http://['",
            "<!DOCTYPE html>",
            "<html>",
            "<!DOCTYPE rss [",
            "]>",
            "\x00",
            "<a xml:base='..'>",
            "</a>",
        ),
    ]
)
DOCUMENTS = st.one_of(
    st.binary(max_size=400),
    st.lists(FRAGMENTS, max_size=30).map(lambda parts: "".join(parts).encode()),
    st.lists(FRAGMENTS, max_size=20).map(lambda parts: "".join(["<urlset>", PAGE, *parts]).encode("utf-16")),
    st.lists(st.integers(0, 400), max_size=8).map(lambda cuts: b"".join(cut((PAGE * 4).encode(), cuts)[:-1])),
    st.lists(st.sampled_from(["https://example.com/a", "\n", "\r\n", "x" * 5_000, "é"]), max_size=10).map(
        lambda parts: "".join(["https://example.com/", *parts]).encode()
    ),
)


@given(document=DOCUMENTS, places=st.lists(st.integers(0, 10_000), max_size=12))
@example(document=b"\xef\xbb\xbf \xef\xbb\xbf<urlset/>", places=[1, 4, 5])
@example(document=b"<!--" + b"-" * 1_100 + b"--><html>", places=[1_023])
@example(document=("https://example.com/" + "x" * 9_000 + "\nhttps://example.com/b").encode(), places=[8_191, 8_193])
def test_any_bytes_in_any_pieces_give_the_same_entries_or_the_same_refusal(document: bytes, places: list[int]) -> None:
    whole = read_in([document])
    assert read_in(cut(document, places)) == whole
    assert read_in([document[index : index + 1] for index in range(len(document))]) == whole


@given(st.lists(FRAGMENTS, max_size=8), st.text(max_size=30))
def test_any_encoding_gives_entries_or_a_refusal(parts: list[str], encoding: str) -> None:
    document = f"<?xml version='1.0' encoding='{encoding}'?>{''.join(parts)}".encode("utf-8", "replace")
    entries, _ = read_in([document])
    assert all(entry.url for entry in entries)


@given(st.binary(max_size=300))
def test_advice_is_sought_in_any_bytes(document: bytes) -> None:
    link = b"<link rel=alternate type=application/rss+xml href=" + document
    found = [
        *feeds_in_page(document, BASE),
        *feeds_in_page(link, BASE),
        *sitemaps_in_robots(b"Sitemap:" + document, BASE),
    ]
    assert all(url.startswith(("http://", "https://")) for url in found)


def test_pages_made_to_cost_are_looked_through_quickly() -> None:
    assert feeds_in_page(b"<link " * 50_000, BASE) == []
    assert feeds_in_page(b"<link a=" + b"'" * 100_000 + b">", BASE) == []
    assert read_in([b"<!--x-->" * 128])[1] is NotASource


@pytest.mark.timeout(20)  # Where each letter is tried as a beginning it takes more than a minute.
@pytest.mark.parametrize("inside", [b"a" * 1_990, b"a" * 995 + b" " * 995, b"a=" * 995, b"a='" * 660, b" " * 1_990])
def test_tags_made_to_cost_are_looked_through_quickly(inside: bytes) -> None:
    assert feeds_in_page((b"<link " + inside + b">") * 800, BASE) == []
