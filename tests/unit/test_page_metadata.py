from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from shared.models.content import FaqEntry
from shared.text.language import language_of
from tests.unit.pages import AR, BODY, DE, JA, P1, P2, RU, URL, ZH, page, paragraphs
from worker_service.services.extraction import extract_article
from worker_service.services.page_metadata import read_metadata


def json_ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        (json_ld({"@type": "BlogPosting", "headline": "High &amp; low"}) + "<title>x</title>", "h", "High & low"),
        (
            json_ld({"@graph": [{"@type": "WebSite", "name": "S"}, {"@type": ["NewsArticle"], "headline": "G"}]}),
            "h",
            "G",
        ),
        ('<meta property="og:title" content="From og"><title>x</title>', "h", "From og"),
        (
            '<meta property="og:title" content="Why? | Tide Log"><meta property="og:site_name" content="Tide Log">',
            "h",
            "Why?",
        ),
        ("<title>Low - and high - tides - Some Site Name</title>", "Low - and high - tides", "Low - and high - tides"),
        ("<title>Harbourblog: no. | Why? | harbourblog</title>", "Harbour slogan", "Harbourblog: no. | Why?"),
        ("<title>Why?</title>", "Harbourblog", "Why?"),
        ("", "Only a heading", "Only a heading"),
        (
            json_ld({"@type": "Article", "headline": {"bad": 1}}) + json_ld("x") + json_ld([[None]]),
            "Heading",
            "Heading",
        ),
        ('<script type="application/ld+json">{"headline": "broken"</script>', "Heading", "Heading"),
        (f'<script type="application/ld+json">{"[" * 200_000}</script>', "Heading", "Heading"),
    ],
)
def test_title_is_the_articles_without_the_sites_name(head: str, heading: str, title: str) -> None:
    article = extract_article(page(BODY, head=head, title=heading), URL)

    assert article.title == title
    assert article.text.startswith(P1)


def test_a_heading_that_leads_home_is_the_sites_name() -> None:
    head = "<title>The Ledger: Button museum reopens</title>"
    markup = page(f"<h3>Button museum reopens</h3>{BODY}", head=head, title='<a href="/">The Ledger</a>')
    assert extract_article(markup, URL).title == "Button museum reopens"


@pytest.mark.parametrize("href", ["/?p=12", "#", "https://elsewhere.example/", "http://[x", "/posts/tides"])
def test_a_heading_that_leads_anywhere_else_is_the_title(href: str) -> None:
    markup = page(BODY, head="<title>Growing tea - The Ledger</title>", title=f'<a href="{href}">Growing tea</a>')
    assert extract_article(markup, URL).title == "Growing tea"


@pytest.mark.parametrize(
    ("head", "description"),
    [
        (
            '<meta name="Description" content=" The sea\n &amp;amp; the &lt;b&gt;moon&lt;/b&gt;. ">',
            "The sea & the moon.",
        ),
        ('<meta name="description" content="Tides"><meta property="og:description" content="Why?">', "Why?"),
        (json_ld({"@type": "BlogPosting", "description": "From JSON"}), "From JSON"),
        (f'<meta name="description" content="{"sea " * 200}">', ("sea " * 125).strip()),
        ('<meta name="description" content="tides!">', None),
        ('<meta name="description" content=" ... ">', None),
        ("", None),
    ],
)
def test_description_is_one_short_line_that_is_not_the_title(head: str, description: str | None) -> None:
    markup = page(BODY, head=f"<title>Tides</title>{head}")

    assert read_metadata(markup, URL).description == description


@pytest.mark.parametrize(
    ("head", "author"),
    [
        (json_ld({"@type": "Article", "author": {"@type": "Person", "name": "Ada Lovelace"}}), "Ada Lovelace"),
        (json_ld({"@type": "Article", "author": ["Ada", {"name": "Grace"}, {"name": ["Ada"]}, 5]}), "Ada, Grace"),
        (
            json_ld({"@graph": [{"@type": "Article", "author": {"@id": "#a"}}, {"@id": "#a", "name": "Ada"}]}),
            "Ada",
        ),
        (
            '<meta property="article:author" content="https://social.example/ada"><meta name="author" content="Ada">',
            "Ada",
        ),
        ('<a rel="author" href="/ada">By Ada Lovelace</a>', "Ada Lovelace"),
        ("", None),
    ],
)
def test_author_is_read_from_markup(head: str, author: str | None) -> None:
    assert extract_article(page(BODY, head=head), URL).author == author


@pytest.mark.parametrize(
    ("claim", "moment"),
    [
        ("2024-05-01T10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2024-05-01T10:00:00.123Z", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("Wed, 01 May 2024 10:00:00 GMT", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
        ("9" * 5_000, None),
    ],
)
def test_dates_are_aware_utc_or_nothing(claim: str, moment: datetime | None) -> None:
    markup = page(BODY, head=f'<meta property="article:published_time" content="{claim}">')
    from_json = page(BODY, head=json_ld({"@type": "Article", "dateModified": claim}))

    assert extract_article(markup, URL).published_at == moment
    assert extract_article(from_json, URL).modified_at == moment


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("https://harbourblog.example/tides", "https://harbourblog.example/tides"),
        ("/tides?page=2", "https://www.harbourblog.example/tides?page=2"),
        ("//cdn.example/tides", "https://cdn.example/tides"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://harbourblog.example/tides", None),
        ("https://user:pass@harbourblog.example/", None),
        ("https://[broken/", None),
        ("https://x.example/" + "a" * 3_000, None),
    ],
)
def test_canonical_url_is_absolute_http_or_nothing(href: str, canonical: str | None) -> None:
    head = f'<link rel="Canonical" href="{href}">'

    assert extract_article(page(BODY, head=head), URL).canonical_url == canonical


@pytest.mark.parametrize(
    ("lang", "head", "text", "language"),
    [
        ("en-GB", "", P1, "en"),
        ("EN_us", "", P1, "en"),
        ("en", "", AR, "ar"),
        ("en", "", RU, "ru"),
        ("en", "", ZH, "zh"),
        ("en", "", JA, "ja"),
        ("ar", "", P1, "en"),
        ("en-US", "", DE, "de"),
        ("", "", DE, "de"),
        ("", "", P2, "en"),
        ("tlh", '<meta property="og:locale" content="de_AT">', DE, "de"),
        ("", '<meta http-equiv="content-language" content="gsw, de">', DE, "de"),
        ("", "", "Lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt labore", "und"),
    ],
)
def test_language_is_the_declared_one_unless_the_text_contradicts_it(
    lang: str, head: str, text: str, language: str
) -> None:
    body = paragraphs(text, f"{text} {text}", f"{text} {text} {text}")

    assert extract_article(page(body, head=head, lang=lang, title=""), URL).language == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "fr",
            "Deux fois par jour la mer monte le long du quai et les bateaux qui "
            "flottaient sont dans la vase pour midi.",
        ),
        (
            "es",
            "Dos veces al día el mar sube por el muro del puerto y los barcos que "
            "flotaban por la mañana están en el lodo.",
        ),
        (
            "pt",
            "Duas vezes por dia o mar sobe e os barcos que não são muito grandes ficam "
            "na lama, como os das outras baías.",
        ),
        (
            "it",
            "Due volte al giorno il mare sale e le barche che sono nel porto non "
            "galleggiano più, come si vede alla sera.",
        ),
        (
            "nl",
            "Twee keer per dag komt het water op en de boten die in de haven liggen zijn dan niet meer op het droge.",
        ),
        (
            "pl",
            "Dwa razy dziennie morze podnosi się w porcie i nie jest to dla rybaków nic "
            "nowego, bo oni znają te wody od lat.",
        ),
        (
            "tr",
            "Deniz günde iki kez yükselir ve bir süre sonra çekilir; bu liman için çok "
            "önemli, ama ne kadar olduğu değişir.",
        ),
        (
            "uk",
            "Двічі на день море піднімається до стіни гавані, та це не так просто, як "
            "здається, бо вода вже не та, що була.",
        ),
        (
            "fa",
            "دریا دو بار در روز بالا می آید و این برای مردم بندر تازه نیست که قایق ها "
            "از آب به گل می رسند و با آن شاد است.",
        ),
        ("hi", "समुद्र दिन में दो बार बंदरगाह की दीवार पर चढ़ता है और फिर लौट जाता है, यह सब के लिए एक बात है।"),
        ("ko", "바다는 하루에 두 번 항구의 벽을 타고 올라왔다가 다시 내려갑니다."),
        ("el", "Η θάλασσα ανεβαίνει δύο φορές την ημέρα στον τοίχο του λιμανιού."),
        ("th", "ทะเลขึ้นลงวันละสองครั้งที่กำแพงท่าเรือ"),
        ("und", "12345 67890 !!!"),
        ("und", ""),
    ],
)
def test_undeclared_languages_are_told_by_script_and_function_words(language: str, text: str) -> None:
    assert language_of(text, ()) == language


FAQ_PAGE = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebPage"},
        {
            "@type": "FAQPage",
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": "When is high tide?",
                    "acceptedAnswer": {"@type": "Answer", "text": "<p>At <b>noon</b>.</p><ul><li>Or later</li></ul>"},
                },
                {"@type": "Question", "name": "When is high tide?", "acceptedAnswer": {"text": "A repetition"}},
                {"@type": "Question", "name": "No answer?"},
                {"@type": "Question", "name": {"odd": 1}, "acceptedAnswer": "odd"},
                {
                    "@type": "Question",
                    "name": "Why &quot;neap&quot;?",
                    "suggestedAnswer": [{"text": "Tom &amp; Ann know."}],
                },
            ],
        },
    ],
}
MICRODATA = """<div itemscope itemtype="https://schema.org/FAQPage"><div itemprop="mainEntity" itemscope
itemtype="https://schema.org/Question"><h3 itemprop="name">When is  high tide?</h3>
<div itemprop="acceptedAnswer" itemscope itemtype="https://schema.org/Answer">
<div itemprop="text"><p>At <b>noon</b>.</p><p>Or later</p><script>x()</script></div></div></div></div>"""
NOON = FaqEntry(question="When is high tide?", answer="At noon.\nOr later")


@pytest.mark.parametrize(
    ("head", "body", "faq"),
    [
        (json_ld(FAQ_PAGE), BODY, (NOON, FaqEntry(question='Why "neap"?', answer="Tom & Ann know."))),
        ("", BODY + MICRODATA, (NOON,)),
        (
            json_ld({"@type": "QAPage", "mainEntity": FAQ_PAGE["@graph"][1]["mainEntity"][0]}),  # type: ignore[index]
            BODY,
            (NOON,),
        ),
        (json_ld({"@type": "Quiz", "hasPart": FAQ_PAGE["@graph"][1]["mainEntity"]}), BODY, ()),  # type: ignore[index]
        ("", BODY, ()),
    ],
)
def test_faq_markup_becomes_questions_and_plain_answers(head: str, body: str, faq: tuple[FaqEntry, ...]) -> None:
    assert extract_article(page(body, head=head), URL).faq == faq
