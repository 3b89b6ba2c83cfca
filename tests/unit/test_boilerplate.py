from __future__ import annotations

from itertools import starmap

import pytest

from shared.models.content import PassageKind
from worker_service.services.boilerplate_lines import without_boilerplate
from worker_service.services.extraction import extract_article
from worker_service.services.text_blocks import Block

URL = "https://www.harbourblog.example/posts/tides"

PROSE = (
    "Twice a day the sea climbs the harbour wall and twice a day it goes away again, and the boats that were floating "
    "at breakfast lie on the mud by lunch.",
    "The moon does most of the pulling, but the shape of the bay decides how high the water gets, which is why two "
    "villages a mile apart can have very different tides.",
    "Fishermen here still use a printed table, partly because telephones do not like salt water and partly because "
    "the table has never run out of battery.",
)


def article(*parts: str, attributes: str = "") -> str:
    """A page whose article has the parts after its second paragraph."""
    first, second, third = (f"<p>{text}</p>" for text in PROSE)
    body = f"<h1>Tides</h1>{first}{second}{''.join(parts)}{third}"
    return f"<html><body><article {attributes}>{body}</article></body></html>"


def texts(markup: str) -> list[str]:
    return [passage.text for passage in extract_article(markup, URL).passages]


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "[Anzeige]",
        "Story continues below video",
        "READ MORE: The ferry that nobody wanted comes back",
        "Lesen Sie auch: Die schönsten Deiche",
        "À lire aussi : La marée à Saint-Malo",
        "Te puede interesar: Mareas vivas y muertas",
        "Leggi anche: Le maree di Venezia",
        "Leia também: O mar de Aveiro",
        "Lees ook: Het tij van de Waddenzee",
        "اقرأ أيضا: المد والجزر في الخليج",
        "相关阅读：潮汐表怎么看",
        "Tags: tides, moon, harbour",
        "Mots-clés : marée, lune",
        "标签：潮汐 月亮",
        "Photo by Ann Reader / Unsplash",
        "Foto: Ann Reader/dpa",
        "图片来源：小满",
        "The quay at noon on Sunday. (Photo by Ann Reader/Getty Images)",
        "Last updated: 3 September 2024",
        "Stand: 21.11.2024, 14:12 Uhr",
        "最后更新：2024年4月6日",
        "7 min read",
        "Tempo di lettura: 5 minuti",
        "This post may contain affiliate links. If you buy something through one of them, I earn a small commission.",
        "Mit * gekennzeichnete Links sind Affiliate-Links. Dieser Beitrag enthält solche.",
        "Si compras a través de estos enlaces recibo una pequeña comisión.",
        "通过链接下单我会获得少量佣金，价格对你没有影响。",
        "Sign up for our free newsletter and never miss a tide.",
        "Mehr Tipps gibt es in unserem Newsletter. Jetzt anmelden.",
        "Suscríbete al boletín y llévate gratis la tabla de mareas.",
        "Iscriviti alla newsletter e ricevi le maree ogni lunedì.",
        "Schrijf je in voor de nieuwsbrief.",
        "اشترك في النشرة البريدية",
        "扫码关注公众号“潮汐”，领取全年潮汐表。",
        "Share this article: Facebook, WhatsApp, Email",
        "© 2019 Harbour Media. All rights reserved.",
    ],
)
def test_a_short_line_that_serves_the_site_is_dropped_in_the_middle_too(line: str) -> None:
    assert texts(article(f"<p>{line}</p>")) == list(PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "The harbour office also sends a newsletter about the works every week.",
        "Affiliate links pay whoever placed them, which is why so many reviews end with a shop.",
        "“We will buy gas together with our partners,” the European Commission said, and left the link to the members.",
        "Share of the harbour that floods in an average spring, in percent of its surface, was eleven last year.",
        "You may like it or not, but the tide comes in.",
        "If you like this kind of weather, go in May and take a coat.",
        "Published in 1953 by a vicar, the table has been reprinted every year.",
        "Updated figures for 2019 show that the mean high water has risen.",
        "We support our neighbours, and they follow us to the quay.",
        "By the shores of the bay,<br>by the shining water",
        "Read more about the counting in the appendix, which lists every click.",
        "Der Rest kommt aus dem Hafenfonds. Wer will, kann den Newsletter des Amtes abonnieren.",
        "很多读者在评论里说，潮水比往年高。",
        "Silence does not constitute consent, and no court has ever held that it does.",
        "Credit: what a bank lends you against nothing but a promise to pay it back.",
        "Share: a small part of a company that anybody may own and sell again.",
        "Tags: in HTML these are the words between angle brackets.",
        "In 1843 the line was opened, and the trial was free for 30 days to all who lived in the town.",
    ],
)
def test_a_sentence_that_mentions_such_things_stays(line: str) -> None:
    kept = texts(article(f"<p>{line}</p>"))

    assert kept == [*PROSE[:2], line.replace("<br>", "\n"), PROSE[2]]


@pytest.mark.parametrize(
    "box",
    [
        '<div class="newsletter-signup"><h3>Every Friday</h3><p>One tide a week, in your letter box.</p></div>',
        '<blockquote class="c-articleRelated"><p>The ferry comes back</p></blockquote>',
        '<h4 data-testid="share-bar">Pass it on</h4>',
        '<div id="authorBio"><p>Ann keeps bees and a boat.</p></div>',
        '<section role="complementary"><p>Three more villages with tides.</p></section>',
        "<div data-nosnippet><p>The best boats of the year, tested.</p></div>",
        '<div itemprop="author"><p>Ann Reader of the Harbour Blog</p></div>',
        '<p>In <a rel="tag" href="/t/tides">Tides</a>, <a rel="category tag" href="/t/harbour">Harbour</a></p>',
        "<newsletter-box><p>One tide a week, in your letter box.</p></newsletter-box>",
        '<p>[<a href="/bearings">The bearings were known to be old, documents show</a>]</p>',
        '<ul><li><a href="/1">Five bridges worth a detour</a></li><li><a href="/2">Why cylinders leak</a></li></ul>',
    ],
)
def test_what_the_markup_marks_as_a_box_is_dropped(box: str) -> None:
    assert texts(article(box)) == list(PROSE)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ('<h2 id="share">Share</h2><p>Two in a thousand.</p>', "Two in a thousand."),
        ('<section id="social-login"><h2>Social login</h2><p>It is off.</p></section>', "It is off."),
        ('<pre><code><span class="comment"># tide</span></code></pre>', "# tide"),
        ('<p class="no-ads">Nothing to see.</p>', "Nothing to see."),
        ('<p class="text text--after-ad">Nothing to sell.</p>', "Nothing to sell."),
        (f'<div class="promo"><p>{"Long. " * 400}</p></div>', f"{'Long. ' * 400}".strip()),
        ('<p><a href="https://elsewhere.example/report">The whole report of the council</a></p>', "The whole report"),
        ('<p><a href="#tables">The tables are at the end of this page</a></p>', "The tables are at the end"),
        ('<p><a href="/wall">The wall was raised by a metre last year.</a></p>', "The wall was raised"),
    ],
)
def test_names_that_belong_to_the_article_and_links_that_carry_it_stay(part: str, text: str) -> None:
    assert text in extract_article(article(part), URL).text


def test_names_of_the_whole_article_do_not_matter() -> None:
    assert texts(article(attributes='class="post tag-newsletter category-ads social"')) == list(PROSE)


P, H, L = PassageKind.PARAGRAPH, None, PassageKind.LIST
BODY = [(P, text) for text in PROSE]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([(P, "By Tom Berg, staff writer"), (P, "Nov 19, 2019 · Norrhamn")], []),
        ([(P, "Ann Reader | Harbour desk")], []),
        ([], [(P, "Ann Reader keeps a boat and eleven hens. Her first novel is about mud.")]),
        ([], [(P, "Liv Sand is a photographer who lives in Norrhamn with two cats.")]),
        ([], [(P, "Got a question about this? Email me at tides@harbour.example.")]),
        ([], [(P, "Hat dir der Beitrag gefallen? Schreib es mir in die Kommentare!")]),
        ([], [(P, "Qu'en pensez-vous ? Laissez un commentaire ci-dessous.")]),
        ([], [(P, "欢迎在评论区留言，我看到都会回复。")]),
        ([], [(H, "More tides you’ll love"), (L, "Spring tides\nNeap tides")]),
        ([], [(H, "2 Comments"), (P, "Annika: " + PROSE[0]), (P, "Greg: me too")]),
        ([], [(H, "Kommentare (2)"), (P, "Sjoerd: so ist es bei uns auch.")]),
        ([], [(H, "References")]),
    ],
)
def test_bylines_go_from_the_beginning_and_requests_biographies_and_comments_from_the_end(
    before: list[tuple[PassageKind | None, str]], after: list[tuple[PassageKind | None, str]]
) -> None:
    blocks = list(starmap(Block, [*before, *BODY, *after]))

    assert without_boilerplate(blocks, "Ann Reader, Bo") == list(starmap(Block, BODY))


@pytest.mark.parametrize(
    "blocks",
    [
        [(P, "NORRHAMN (HP) — Twice a day."), *BODY],
        [(P, "In 1953 the wall broke."), *BODY],
        [*BODY, (P, "Ms Foss, who lives in Wenlow, said that she would cross on the first day.")],
        [*BODY, (H, "Photos"), (P, "The light is best at low water.")],
        [(P, "Ann Reader is the harbour master. " + PROSE[0]), *BODY],
        [(H, "Comments"), (P, PROSE[0]), (H, "Verdict"), *BODY],
        [*BODY, (L, "Tags: none\nHeight: 4.2 m"), (PassageKind.CODE, "Share: yes")],
        [*BODY, (P, "Tell us about mud, said the teacher, and we did.")],
    ],
)
def test_the_same_words_in_the_body_stay(blocks: list[tuple[PassageKind | None, str]]) -> None:
    expected = list(starmap(Block, blocks))

    assert without_boilerplate(expected, "Ann Reader, Bo") == expected


def test_an_author_who_begins_every_paragraph_does_not_take_the_article_away() -> None:
    told = [f"Mozilla built part {number} of the browser with people from all over the world." for number in range(9)]
    blocks = [Block(PassageKind.PARAGRAPH, text) for text in told]
    assert len(without_boilerplate(blocks, "Mozilla")) >= len(blocks) - 4


def test_an_authors_name_inside_another_word_means_nothing() -> None:
    blocks = [Block(PassageKind.PARAGRAPH, text) for text in (*PROSE, "Also, the sea is salt.", "Although not here.")]
    assert without_boilerplate(blocks, "Al") == blocks


def test_a_section_on_comments_in_code_is_the_articles() -> None:
    blocks = [Block(PassageKind.PARAGRAPH, text) for text in PROSE]
    section = [Block(None, "Comments"), Block(PassageKind.CODE, "# why, not what"), *blocks[:1]]
    assert without_boilerplate([*blocks, *section], None) == [*blocks, *section]
