from __future__ import annotations

import gzip
import json
import pickle
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import trafilatura
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.extraction import read_dataset, score, scores_of
from shared.errors import NotAnArticle, PageTooLarge, PermanentError
from shared.models.content import Article, PassageKind
from tests.unit.pages import AR, BODY, DEMO_ARTICLES, JA, P1, P2, P3, URL, ZH, page, paragraphs
from worker_service.services.extraction import (
    MAX_DENSE_PASSAGE_CHARS,
    MAX_PASSAGE_CHARS,
    MAX_TAGS,
    MIN_WORDS,
    extract_article,
)
from worker_service.services.page_metadata import printable


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def summary(article: Article) -> list[tuple[str, str, str]]:
    return [(passage.kind.value, passage.section, passage.text) for passage in article.passages]


WORDPRESS = f"""<p>{P1}</p>
<h2 class="wp-block-heading">Why the moon?</h2>
<p>{P2} It <em>pulls</em>, and <a href="/x">we</a> float<strong>ed</strong>.</p>
<figure class="wp-block-image"><img src="a.jpg" alt="Boats">
<figcaption>Boats at low tide. Photo: A. Reader</figcaption></figure>
<blockquote class="wp-block-quote"><p>Time and tide wait for no man.</p><p>They never did.</p>
<cite>A proverb</cite></blockquote>
<ul class="wp-block-list"><li>Spring tides are <b>high</b>.<ul><li>New moon</li><li>Full moon</li></ul></li>
<li>Neap tides are low.</li></ul>
<p>{P3}</p>"""

DOCS = f"""<p>{P1}</p><h2>Read the table</h2><p>Call <code>tide.read()</code> first. {P2}</p>
<pre><code class="language-python">def read(path):
    with open(path) as file:

        return [line for line in file]
</code></pre><p>Which prints:</p>
<pre>time   height
06:10    4.2 m
  12:30  0.7 m</pre>
<figure class="highlight"><pre><code>$ tide --today
high at 18:40</code></pre></figure>
<table><caption>Heights</caption><thead><tr><th>Tide</th><th>Height</th></tr></thead>
<tbody><tr><td>Spring</td><td>4.2&nbsp;m<br>at best</td></tr>
<tr><td>Neap</td><td><b>2.1</b> m</td></tr></tbody></table>
<p>{P3}</p>"""

CASES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "WordPress-like post": (
        page(WORDPRESS),
        [
            ("paragraph", "", P1),
            ("paragraph", "Why the moon?", f"{P2} It pulls, and we floated."),
            ("quote", "Why the moon?", "Time and tide wait for no man.\nThey never did.\nA proverb"),
            ("list", "Why the moon?", "Spring tides are high.\nNew moon\nFull moon\nNeap tides are low."),
            ("paragraph", "Why the moon?", P3),
        ],
    ),
    "documentation with code and a table": (
        page(DOCS),
        [
            ("paragraph", "", P1),
            ("paragraph", "Read the table", f"Call tide.read() first. {P2}"),
            (
                "code",
                "Read the table",
                "def read(path):\n    with open(path) as file:\n\n        return [line for line in file]",
            ),
            ("paragraph", "Read the table", "Which prints:"),
            ("code", "Read the table", "time   height\n06:10    4.2 m\n  12:30  0.7 m"),
            ("code", "Read the table", "$ tide --today\nhigh at 18:40"),
            ("table", "Read the table", "Heights\nTide | Height\nSpring | 4.2 m at best\nNeap | 2.1 m"),
            ("paragraph", "Read the table", P3),
        ],
    ),
    "div soup without paragraphs": (
        page(f"<div>{P1}</div><div><div>{P2}</div></div><div>{P3}</div>"),
        [("paragraph", "", P1), ("paragraph", "", P2), ("paragraph", "", P3)],
    ),
    "paragraphs made of line breaks": (
        page(f"{P1}<br><br>{P2}<br>\n<br>{P3}"),
        [("paragraph", "", P1), ("paragraph", "", P2), ("paragraph", "", P3)],
    ),
    "verse keeps its lines in one passage": (
        page(paragraphs(P1, P2, "The tide comes in,<br>the tide goes out,<br>and nobody can say why.", P3)),
        [
            ("paragraph", "", P1),
            ("paragraph", "", P2),
            ("paragraph", "", "The tide comes in,\nthe tide goes out,\nand nobody can say why."),
            ("paragraph", "", P3),
        ],
    ),
    "steps with listings, paragraphs and text after them": (
        page(
            f"<p>{P1}</p><ol><li>Run this:<pre><code>a b\n  c d</code></pre>then <b>wait</b>.</li>"
            f"<li><p>Look</p><p>twice</p></li></ol>and go home.<p>{P2}</p><p>{P3}</p>"
        ),
        [
            ("paragraph", "", P1),
            ("list", "", "Run this:\na b\n  c d\nthen wait.\nLook twice"),
            ("paragraph", "", "and go home."),
            ("paragraph", "", P2),
            ("paragraph", "", P3),
        ],
    ),
    "questions in details elements": (
        page(
            f"<p>{P1}</p><details><summary>Is it safe?</summary><p>{P2}</p></details>"
            f"<details open><summary>And at night?</summary><div>{P3}</div></details>"
        ),
        [("paragraph", "", P1), ("paragraph", "Is it safe?", P2), ("paragraph", "And at night?", P3)],
    ),
    "article in a layout table": (
        "<html><head><title>Tides</title></head><body><table><tr><td>"
        f"<h2>Low water</h2>{paragraphs(P1, P2, P3, P1 + P2)}</td></tr></table></body></html>",
        [("paragraph", "Low water", text) for text in (P1, P2, P3, P1 + P2)],
    ),
    "dates inside sentences": (
        page(paragraphs(f"On <time datetime='1953-01-31'>31 January 1953</time> the wall broke. {P1}", P2, P3)),
        [("paragraph", "", f"On 31 January 1953 the wall broke. {P1}"), ("paragraph", "", P2), ("paragraph", "", P3)],
    ),
    "right-to-left": (
        page(paragraphs(AR, AR[:-1] + "؟", AR + AR), lang="ar"),
        [("paragraph", "", text) for text in (AR, AR[:-1] + "؟", AR + AR)],
    ),
    "Chinese": (
        page(paragraphs(ZH, ZH + "好", ZH * 3), lang="zh-Hans"),
        [("paragraph", "", text) for text in (ZH, ZH + "好", ZH * 3)],
    ),
    "Japanese": (
        page(paragraphs(JA, JA + "ね", JA * 3), lang="ja"),
        [("paragraph", "", text) for text in (JA, JA + "ね", JA * 3)],
    ),
    "malformed markup": (
        page(f"<p>{P1}<p>{P2} <b>bold<i>er</b> still</i></div></span><p id=x>{P3}<p id=x>Two &amp; two &bogus; < four"),
        [
            ("paragraph", "", P1),
            ("paragraph", "", f"{P2} bolder still"),
            ("paragraph", "", P3),
            ("paragraph", "", "Two & two &bogus; < four"),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_complete_body_comes_out_and_nothing_else(name: str) -> None:
    markup, expected = CASES[name]

    assert summary(extract_article(markup, URL)) == expected


# Where text is protected before extraction, or trafilatura joins two words when it writes its tree out.
RICHER = {
    "documentation with code and a table",
    "dates inside sentences",
    "steps with listings, paragraphs and text after them",
}


@pytest.mark.parametrize(
    "name", [*(name for name in CASES if name not in RICHER), *(path.name for path in DEMO_ARTICLES)]
)
def test_the_words_are_those_of_trafilatura_without_the_title(name: str) -> None:
    markup = CASES[name][0] if name in CASES else (DEMO_ARTICLES[0].parent / name).read_text("utf-8")
    reference = tokens(trafilatura.extract(markup, include_comments=False) or "")
    article = extract_article(markup, URL)
    title = tokens(article.title)
    if reference[: len(title)] == title:
        del reference[: len(title)]

    assert tokens(article.text) == reference


@pytest.mark.parametrize("path", DEMO_ARTICLES, ids=lambda path: path.stem)
def test_every_demo_article_extracts_with_its_metadata(path: Path) -> None:
    article = extract_article(path.read_text("utf-8"), f"https://demo.example/articles/{path.name}")

    assert len(article.passages) >= 5
    assert article.title
    assert article.author
    assert article.published_at is not None
    assert article.canonical_url == f"https://demo.example/articles/{path.name}"
    assert article.language in ("en", "de", "ar")


def assert_consistent(article: Article) -> None:
    assert [passage.id for passage in article.passages] == [f"p{n + 1}" for n in range(len(article.passages))]
    assert unicodedata.normalize("NFC", article.text) == article.text
    assert printable(article.text) == article.text
    position = 0
    for passage in article.passages:
        assert article.text[passage.start : passage.end] == passage.text
        assert passage.start >= position
        assert passage.text == passage.text.strip("\n")
        assert len(passage.text) <= MAX_PASSAGE_CHARS
        position = passage.end


INLINE = ("{}", "<b>{}</b>", "<a href='/x'>{}</a>", "<code>{}</code>", "<span>{}</span>", "{}<br>", "<q>{}</q>")
BLOCKS = (
    "<p>{}</p>",
    "<div>{}</div>",
    "<h2>{}</h2>",
    "<ul><li>{}</li></ul>",
    "<ol><li><p>{}</p></li><li>second</li></ol>",
    "<blockquote>{}</blockquote>",
    "<blockquote><p>{}</p></blockquote>",
    "<pre>{}</pre>",
    "<pre><code>{}\n  x</code></pre>",
    "<table><tr><td>{}</td><td>cell</td></tr></table>",
    "<section><p>{}</p></section>",
    "<dl><dt>term</dt><dd>{}</dd></dl>",
    "{}",
)


@st.composite
def numbered_bodies(draw: st.DrawFn) -> str:
    """Bodies in random markup in which every other word is a number that occurs once."""
    serial = iter(range(10_000, 99_999))
    parts = [f"<p>{P1}</p><p>{P2}</p><p>{P3}</p>"]
    for block in draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=8)):
        pieces = draw(st.lists(st.sampled_from(INLINE), min_size=1, max_size=4))
        text = " ".join(piece.format(f"tide {next(serial)}") for piece in pieces)
        parts.append(block.format(text))
    return "".join(draw(st.permutations(parts)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbered_bodies())
def test_no_text_of_trafilatura_is_lost_or_doubled(body: str) -> None:
    article = extract_article(page(body), URL)
    found = Counter(re.findall(r"\d{5}", article.text))
    reference = set(re.findall(r"\d{5}", trafilatura.extract(page(body), include_comments=False) or ""))

    assert_consistent(article)
    assert reference <= found.keys()
    assert set(found.values()) <= {1}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.text() | st.sampled_from(["<p>", "</div>", "<li>", "<!--", "<table>", "&#x202e;", "&#11;", "e\u0301"]))
)
def test_any_input_gives_a_consistent_article_or_a_permanent_error(parts: list[str]) -> None:
    for markup in ("".join(parts), page(paragraphs(P1, P2, P3) + "".join(parts))):
        try:
            article = extract_article(markup, URL)
        except PermanentError:
            continue
        assert_consistent(article)
        article.text.encode()


def test_articles_cross_process_borders() -> None:
    article = extract_article(page(WORDPRESS), URL)

    assert pickle.loads(pickle.dumps(article)) == article  # noqa: S301 - pickled here


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (page("<p>Subscribe to read this article about the tide.</p>"), "1?[0-9]"),
        ("", "0"),
        ("   \n", "0"),
        ("just words", "0"),
        ("https://example.org/page", "0"),
        ('{"json": true}', "0"),
    ],
)
def test_too_little_text_says_how_much_there_is_and_how_much_is_needed(markup: str, words: str) -> None:
    with pytest.raises(NotAnArticle, match=rf"found {words} words .* at least {MIN_WORDS}"):
        extract_article(markup, URL)


def test_chinese_text_is_measured_in_words_though_it_has_no_spaces() -> None:
    assert len((ZH * 5).split()) == 1

    assert extract_article(page(paragraphs(ZH, ZH * 4)), URL).language == "zh"


@pytest.mark.parametrize("tag", ["div", "span", "blockquote", "ul><li", "b", "table><tr><td", "q"])
def test_deep_nesting_is_survived(tag: str) -> None:
    depth = MAX_TAGS // 2 // (tag.count("<") + 1) - 500
    markup = page(f"<{tag}>" * depth + paragraphs(P1, P2, P3))
    try:
        assert_consistent(extract_article(markup, URL))
    except NotAnArticle:
        pass


def test_pages_of_too_many_tags_are_refused_before_parsing() -> None:
    with pytest.raises(PageTooLarge, match=str(MAX_TAGS)):
        extract_article("<div>" * 100_001, URL)


def test_entities_that_a_page_defines_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "' + "&a;" * 100 + '"><!ENTITY c "' + "&b;" * 100 + '">]>'
    article = extract_article("<!-- html -->" + bomb + page(paragraphs(P1, P2, P3, "&c;&c;")), URL)

    assert len(article.text) < 2_000


def test_control_and_invisible_characters_are_dropped_and_joiners_kept() -> None:
    text = (
        "Cafe\u0301 \x00bar\x0b \u202eevil\u202c zero\u200bwidth so\u00adft می\u200cشود \ud800&#11; &#xfffe;\U000e0041"
    )
    article = extract_article(page(paragraphs(text, P1, P2, P3)), URL)

    assert article.passages[0].text == "Caf\u00e9 bar evil zerowidth soft می\u200cشود"


def test_oversized_blocks_are_cut_at_sentences_and_lines_into_similar_pieces() -> None:
    sentence = "The water rises, says Mr. Hart, by 4.2 m on a good day and rather less on others. "
    rows = "".join(f"<tr><td>Day {n}</td><td>{n}.5 m above the chart datum</td></tr>" for n in range(100))
    long_chinese = "".join(f"第{n}天,海水上涨了很多,渔民们都很高兴。" for n in range(60))
    article = extract_article(
        page(f"<p>{sentence * 40}</p><p>{P1}</p><table>{rows}</table><p>{long_chinese}</p><p>{'z' * 3_000}</p>"), URL
    )
    prose = [p.text for p in article.passages if p.text.startswith("The water")]
    table = [p.text for p in article.passages if p.kind is PassageKind.TABLE]
    chinese = [p.text for p in article.passages if p.text.startswith("第")]

    assert_consistent(article)
    assert len(prose) == 3
    assert all(text.endswith("others.") for text in prose)
    assert " ".join(prose) == (sentence * 40).strip()
    assert len(table) > 1
    assert "\n".join(table).count("\n") == 99
    assert all(re.fullmatch(r"(Day \d+ \| \d+\.5 m above the chart datum\n?)+", text) for text in table)
    assert "".join(chinese) == long_chinese
    assert all(len(text) <= MAX_DENSE_PASSAGE_CHARS for text in chinese)
    for pieces in (prose, table, chinese):
        assert max(map(len, pieces)) < 2 * min(map(len, pieces))


def test_xhtml_with_an_encoding_declaration_is_read() -> None:
    markup = f'<?xml version="1.0" encoding="iso-8859-1"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{BODY}</body></html>'

    assert extract_article(markup, URL).text == f"{P1}\n\n{P2}\n\n{P3}"


def test_benchmark_counts_shingles_per_document_and_averages_over_documents() -> None:
    same = score("a b c d e", "a b c d e")
    half = score("a b c d e f", "a b c d x y z")

    assert same == (1.0, 0.0, 0.0)
    assert half == (1 / 6, 3 / 6, 2 / 6)
    assert score("two words", "two words") == (1.0, 0.0, 0.0)
    assert score("", "extra words") == (0.0, 1.0, 0.0)
    assert scores_of([same, half]) == pytest.approx((0.6451613, 0.625, 2 / 3))


def test_benchmark_reads_the_layout_of_the_public_data_set(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "abc.html.gz").write_bytes(gzip.compress(page(BODY).encode()))
    (tmp_path / "ground-truth.json").write_text(json.dumps({"abc": {"articleBody": P1, "url": URL}}))

    assert list(read_dataset(tmp_path)) == [(page(BODY), URL, P1)]


def test_headings_and_lists_are_found_though_no_name_says_where_the_article_is() -> None:
    body = (
        f"<h1>Tides</h1><p>{P1}</p><h2>What pulls</h2><p>{P2}</p><h2>In winter?</h2><p>{P3}</p>"
        "<ol><li>Look at the table first.</li><li>Then look at the sky.</li></ol>"
    )
    markup = (
        f"<html><body><div class=top><a href=/>Home</a></div><div class=row><div class=left>{body}</div>"
        "<div class=right><h3>Popular</h3><p><a href=/boats>Boats of the harbour</a></p></div></div></body></html>"
    )
    article = extract_article(markup, URL)
    assert summary(article) == [
        ("paragraph", "", P1),
        ("paragraph", "What pulls", P2),
        ("paragraph", "In winter?", P3),
        ("list", "In winter?", "Look at the table first.\nThen look at the sky."),
    ]
