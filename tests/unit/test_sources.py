"""What is read from sitemaps, indexes and feeds."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime

import pytest

from blogqa_cli.sources.dates import changed_by
from blogqa_cli.sources.entries import Broken, Entry, NotASource, PageEntry, SitemapEntry, WebPage
from blogqa_cli.sources.reading import MAX_ENTRIES, feeds_in_page, read_entries, sitemaps_in_robots
from shared.url import MAX_URL_LENGTH

BASE = "https://example.com/feeds/main.xml"
MAY = datetime(2024, 5, 1, 10, tzinfo=UTC)


def entries(document: str | bytes) -> list[Entry]:
    return list(read_entries([document.encode() if isinstance(document, str) else document], BASE))


def urls(document: str | bytes) -> list[str]:
    return [entry.url for entry in entries(document)]


def urlset(*locs: str) -> str:
    listed = "".join(f"<url><loc>{loc}</loc></url>" for loc in locs)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'


def rss(items: str, declarations: str = "") -> str:
    return f'<rss version="2.0" {declarations}><channel><link>https://example.com</link>{items}</channel></rss>'


def atom(items: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><link href="/home"/>{items}</feed>'


def test_a_sitemap_lists_pages_and_when_they_changed() -> None:
    document = """<?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
          <url><loc> https://example.com/a?x=1&amp;y=2 </loc><lastmod>2024-05-01T12:00:00+02:00</lastmod></url>
          <url><lastmod>soon</lastmod><priority>0.5</priority><loc><![CDATA[https://example.com/b]]></loc></url>
        </urlset>"""
    assert entries(document) == [PageEntry("https://example.com/a?x=1&y=2", MAY), PageEntry("https://example.com/b")]


def test_an_index_lists_sitemaps() -> None:
    document = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
        <sitemap><loc>https://example.com/1.xml.gz</loc><lastmod>2024-05-01T10:00Z</lastmod></sitemap></sitemapindex>"""
    assert entries(document) == [SitemapEntry("https://example.com/1.xml.gz", MAY)]


@pytest.mark.parametrize("prefix", ["", "s:", "sitemap:"])
def test_the_namespace_counts_and_not_its_prefix(prefix: str) -> None:
    declared = f'xmlns{":" * bool(prefix)}{prefix.removesuffix(":")}="http://www.sitemaps.org/schemas/sitemap/0.9"'
    image = "<i:image><i:loc>https://example.com/a.png</i:loc></i:image><i:loc>https://example.com/b.png</i:loc>"
    document = f"""<{prefix}urlset {declared} xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">
        <{prefix}url>{image}<{prefix}loc>https://example.com/a</{prefix}loc></{prefix}url></{prefix}urlset>"""
    assert urls(document) == ["https://example.com/a"]


def test_a_sitemap_without_a_namespace_is_read() -> None:
    assert urls("<urlset><url><loc>https://example.com/a</loc></url></urlset>") == ["https://example.com/a"]


def test_rss_lists_links_else_permanent_guids() -> None:
    items = """
        <item><title>A</title><link>https://example.com/a</link><guid>https://example.com/?p=1</guid>
          <pubDate>Wed, 01 May 2024 12:00:00 +0200</pubDate></item>
        <item><link/><guid>https://example.com/b</guid></item>
        <item><guid isPermaLink="false">https://example.com/c</guid></item>
        <item><guid>tag:example.com,2024:d</guid></item>
        <item><link>/e</link></item>"""
    assert entries(rss(items)) == [
        PageEntry("https://example.com/a", MAY),
        PageEntry("https://example.com/b"),
        PageEntry(""),
        PageEntry(""),
        PageEntry("https://example.com/e"),
    ]


def test_feedburner_tells_the_original_link() -> None:
    declared = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    original = "<feedburner:origLink>https://example.com/a</feedburner:origLink>"
    item = f"<link>https://feeds.example.net/~r/1</link>{original}"
    assert urls(rss(f"<item>{item}</item>", declared)) == ["https://example.com/a"]
    entry = f'<link href="https://feeds.example.net/~r/1"/>{original}'
    assert urls(atom(f"<entry>{entry}</entry>", declared)) == ["https://example.com/a"]


def test_the_latest_of_an_entrys_dates_counts() -> None:
    declared = 'xmlns:a="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    dates = "<pubDate>1 Jan 2020 00:00 GMT</pubDate><dc:date>2019</dc:date><a:updated>2024-05-01T10:00Z</a:updated>"
    assert entries(rss(f"<item><link>/a</link>{dates}</item>", declared))[0].changed_at == MAY


def test_rss_1_0_and_0_91_are_read() -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><link>https://example.com</link></channel>
        <item><link>https://example.com/a</link><dc:date>2024-05-01T10:00:00Z</dc:date></item></rdf:RDF>"""
    assert entries(rdf) == [PageEntry("https://example.com/a", MAY)]
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss-0.91.dtd">'
    assert urls(doctype + rss("<item><link>https://example.com/a</link></item>")) == ["https://example.com/a"]


def test_atom_lists_alternate_links_only() -> None:
    entry = """<entry><link rel="self" href="/self"/><link rel="alternate" type="application/json" href="/a.json"/>
        <link rel="alternate" type="text/html" href="/a"/><link href="/second"/>
        <published>2023-01-01T00:00:00Z</published><updated>2024-05-01T10:00:00Z</updated>
        <source><link href="/source"/></source></entry><entry><id>urn:x</id></entry>"""
    assert entries(atom(entry)) == [PageEntry("https://example.com/a", MAY), PageEntry("")]


def test_relative_links_are_relative_to_the_nearest_base() -> None:
    entry = """<entry><link href="a"/></entry><entry xml:base="2024/"><link href="b"/></entry>
        <entry><link xml:base="//blog.example.com" href="c"/></entry><entry><link href="http://[bad"/></entry>"""
    assert urls(atom(entry, 'xml:base="/posts/"')) == [
        "https://example.com/posts/a",
        "https://example.com/posts/2024/b",
        "https://blog.example.com/c",
        "http://[bad",
    ]


def test_a_text_sitemap_has_a_url_in_each_line() -> None:
    document = codecs.BOM_UTF8 + b"https://example.com/a\r\n\n  https://example.com/%C3%A9 \nhttps://example.com/z"
    assert urls(document) == ["https://example.com/a", "https://example.com/%C3%A9", "https://example.com/z"]


@pytest.mark.parametrize("start", ["\n\n", "\ufeff", "\ufeff\n", " \t\r\n"])
def test_white_space_before_the_declaration_is_forgiven(start: str) -> None:
    assert urls(f'{start}<?xml version="1.0"?>{urlset("https://example.com/a")}') == ["https://example.com/a"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "koi8-r"])
def test_simple_encodings_are_read(encoding: str) -> None:
    letter = "д" if encoding == "koi8-r" else "é"
    document = f'<?xml version="1.0" encoding="{encoding}"?>{urlset(f"https://example.com/{letter}")}'
    assert urls(document.encode(encoding)) == [f"https://example.com/{letter}"]


@pytest.mark.parametrize("encoding", ["gbk", "nonsense", "unicode_escape", "rot13", "zlib", "a.b", "x" * 300])
def test_another_encoding_is_named_as_the_reason(encoding: str) -> None:
    with pytest.raises(NotASource, match="encoding"):
        entries(f'<?xml version="1.0" encoding="{encoding}"?>{urlset("https://example.com/a")}')


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("not a sitemap", "neither"),
        ("\x00\x01\x02", "neither"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "neither"),
        ("<opml><body/></opml>", "<opml>"),
        ("<", "cannot be read as XML"),
        ("<?xml version='1.0'?>", "no element found"),
    ],
)
def test_what_is_no_source_is_refused(document: str, reason: str) -> None:
    with pytest.raises(NotASource, match=reason):
        entries(document)


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE html><title>x",
        "<!-- a --><!-- b -->\n<html lang=en><p>",
        "<HEAD>",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>',
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
)
def test_a_web_page_is_told_apart(document: str) -> None:
    with pytest.raises(WebPage):
        entries(document)


@pytest.mark.parametrize("end", ["<url><loc>https://exa", "<url>&nope;</url></urlset>", "</wrong>", "<a b=1/>", "\x00"])
def test_what_stands_before_a_break_is_read_and_the_break_reported(end: str) -> None:
    found = []
    with pytest.raises(Broken, match="in line 1"):  # noqa: PT012 - what came before counts
        for entry in read_entries([urlset("https://example.com/a").replace("</urlset>", end).encode()], BASE):
            found.append(entry.url)
    assert found == ["https://example.com/a"]


def test_a_document_may_list_as_much_as_the_protocol_allows() -> None:
    def document(count: int) -> list[bytes]:
        return [b"<urlset>", *[b"<url><loc>https://example.com/a</loc></url>"] * count, b"</urlset>"]

    assert sum(1 for _ in read_entries(document(MAX_ENTRIES), BASE)) == MAX_ENTRIES
    read = 0
    with pytest.raises(Broken, match="50,000"):  # noqa: PT012
        for _ in read_entries(document(MAX_ENTRIES + 1), BASE):
            read += 1
    assert read == MAX_ENTRIES


@pytest.mark.parametrize("length", [MAX_URL_LENGTH, MAX_URL_LENGTH + 1, 100_000])
def test_a_url_that_is_too_long_is_cut_where_it_is_seen_to_be_too_long(length: int) -> None:
    long = "https://example.com/".ljust(length, "a")
    cut = long[: MAX_URL_LENGTH + 1]
    assert urls(urlset(long)) == [cut]
    assert urls(long) == [cut]
    assert urls(atom(f'<entry><link href="{long}"/></entry>')) == [cut]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01T10:00:00Z", MAY),
        (" 2024-05-01T12:00+02:00\n", MAY),
        ("2024-05-01T10:00:00.000Z", MAY),
        ("2024-05-01 10:00:00", MAY),
        ("Wed, 01 May 2024 10:00:00 GMT", MAY),
        ("01 May 2024 10:00 +0000", MAY),
        ("2024-05-01", datetime(2024, 5, 1, 23, 59, 59, 999_999, UTC)),
        ("2024-02", datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC)),
        ("2024-12", datetime(2024, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2024", datetime(2024, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2024-13", None),
        ("9999-12-31", None),
        ("9999", None),
        ("0000", None),
        ("yesterday", None),
        ("", None),
        ("Wed, 99 May 2024", None),
        ("1" * 100, None),
    ],
)
def test_dates_are_read_as_the_latest_moment_they_can_mean(text: str, moment: datetime | None) -> None:
    assert changed_by(text) == moment


def test_a_page_names_its_feeds() -> None:
    page = b"""<html><head><link rel="stylesheet" href="/x.css"><link rel=alternate hreflang=de href=/de>
        <LINK REL='alternate' TYPE="application/rss+xml" title="a > b" HREF='/feed?a=1'>
        <link href="https://example.com/atom" type="application/atom+xml" rel="alternate" />
        <link rel="alternate" type="application/atom+xml" href="javascript:x">"""
    assert feeds_in_page(page.replace(b" > ", b" "), BASE) == [
        "https://example.com/feed?a=1",
        "https://example.com/atom",
    ]


def test_robots_txt_names_sitemaps() -> None:
    robots = (
        b"User-agent: *\r\nDisallow: /\r\nSITEMAP : https://example.com/a.xml\r\nsitemap: /b.xml\nSitemap: file:///c\n"
    )
    assert sitemaps_in_robots(robots, BASE) == ["https://example.com/a.xml", "https://example.com/b.xml"]
