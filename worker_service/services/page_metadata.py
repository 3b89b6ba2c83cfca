"""What a page says about itself: title, description, author, dates, canonical address, languages and FAQ markup.

Everything here is a claim of the page, read leniently and checked for shape only; nothing in it is trusted to be short,
well-formed or true.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from shared.errors import InvalidUrl
from shared.models.content import FaqEntry
from shared.url import parse_url

JsonObject = Mapping[str, object]

_MAX_TITLE_CHARS = 300
_MAX_DESCRIPTION_CHARS = 500
_MAX_AUTHOR_CHARS = 100
_MAX_AUTHORS = 8
_MAX_FAQ_ENTRIES = 100
_MAX_QUESTION_CHARS = 500
_MAX_ANSWER_CHARS = 10_000
_MAX_JSON_OBJECTS = 10_000

# Format characters that show: the joiners of Persian, the Indic scripts and emoji, and the Arabic and Syriac signs that
# enclose the digits after them (Unicode Standard, "Prepended Concatenation Marks").
_MEANINGFUL_FORMAT = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")

_JSON_WRAPPER = re.compile(r"^\s*(?://)?\s*(?:<!--|<!\[CDATA\[)|(?:-->|\]\]>)\s*;?\s*$")
_TITLE_SEPARATOR = re.compile(r"\s+[|\-\u2013\u2014·•»«:]+\s+")
_BYLINE_PREFIX = re.compile(r"^(?:by|von|par|por|di|door|av|af)\s+(?=\S)", re.IGNORECASE)
_LANGUAGE_TAG = re.compile(r"\s*([a-z]{2})(?![a-z])", re.IGNORECASE)

# schema.org, the subtypes of Article that sites use.
_ARTICLE_TYPES = frozenset(
    """
    Article NewsArticle BlogPosting TechArticle ScholarlyArticle Report AnalysisNewsArticle AskPublicNewsArticle
    BackgroundNewsArticle OpinionNewsArticle ReportageNewsArticle ReviewNewsArticle AdvertiserContentArticle
    SatiricalArticle SocialMediaPosting LiveBlogPosting Recipe HowTo
    """.split()
)
_AUTHOR_METAS = (
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
    "sailthru.author",
)
_PUBLISHED_METAS = (
    "article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.created",
    "parsely-pub-date",
    "date",
)
_MODIFIED_METAS = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "last-modified")
_PUBLISHED_ELEMENTS = (
    '[itemprop~="datePublished"], time[pubdate], time.published, time.entry-date, article time[datetime]'
)
_MODIFIED_ELEMENTS = '[itemprop~="dateModified"], time.updated'
_AUTHOR_ELEMENTS = '[itemprop~="author"] [itemprop~="name"], [itemprop~="author"], a[rel~="author"]'
# Outermost ones: a question inside another one's answer is that answer's text.
_QUESTION_ELEMENTS = '[itemtype*="schema.org/Question"]:not([itemtype*="schema.org/Question"] *)'
_BLOCK_ELEMENTS = (
    "address",
    "blockquote",
    "br",
    "dd",
    "div",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "p",
    "pre",
    "tr",
)


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """A page's claims about itself.

    Attributes:
        title: One line, without the site's name; empty if the page names none.
        title_forms: ``text_key`` of every wording under which the page shows its title.
        description: One line of at most 500 characters; None if the page has none but its title.
        author: Names, joined with commas.
        published_at: Aware, UTC, whole seconds; a date without a time is midnight UTC.
        modified_at: As ``published_at``.
        canonical_url: ``rel=canonical`` as an absolute http or https URL.
        declared_languages: ISO 639-1 codes as the page declares them, the most specific declaration first.
        faq: The questions of schema.org FAQPage and QAPage markup, each with one answer.
    """

    title: str
    title_forms: frozenset[str]
    description: str | None
    author: str | None
    published_at: datetime | None
    modified_at: datetime | None
    canonical_url: str | None
    declared_languages: tuple[str, ...]
    faq: tuple[FaqEntry, ...]


def printable(text: str) -> str:
    """NFC text without what nobody can see: controls, bidi controls, zero-width, private and unassigned characters.

    Lone surrogates, which no database stores, go too. Newlines and tabs stay, other white space becomes a space, and
    joiners that shape the letters around them stay.
    """
    if not text.isprintable():
        text = "".join(map(_printable_char, text))
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """``printable`` text with every run of white space, newlines included, made one space."""
    return " ".join(printable(text).split())


def text_key(text: str) -> str:
    """Letters and digits only, case folded: equal for two renderings of the same words."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def read_metadata(markup: str, url: str) -> PageMetadata:
    """Reads the metadata of a page.

    Args:
        markup: The page, decoded.
        url: Address that answered; relative addresses are resolved against it.
    """
    soup = BeautifulSoup(markup, "lxml")
    meta = _meta(soup)
    objects = _json_ld(soup)
    article = next((item for item in objects if _types(item) & _ARTICLE_TYPES), {})
    title, title_forms = _title(soup, article, meta, url)
    return PageMetadata(
        title=title,
        title_forms=title_forms,
        description=_description(article, meta, title_forms),
        author=_author(soup, article, objects, meta),
        published_at=_date(soup, article.get("datePublished"), meta, _PUBLISHED_METAS, _PUBLISHED_ELEMENTS),
        modified_at=_date(soup, article.get("dateModified"), meta, _MODIFIED_METAS, _MODIFIED_ELEMENTS),
        canonical_url=_canonical_url(soup, url),
        declared_languages=_declared_languages(soup, article, meta),
        faq=tuple(_faq(soup, objects)),
    )


def _printable_char(char: str) -> str:
    if char.isprintable() or char in "\n\t" or char in _MEANINGFUL_FORMAT:
        return char
    return " " if char.isspace() else ""


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return value if isinstance(value, str) else " ".join(value or ())


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    """``meta`` contents by lower-case property, name, itemprop or http-equiv; the first one counts."""
    found: dict[str, str] = {}
    for tag in soup.find_all("meta", content=True):
        content = one_line(_attribute(tag, "content"))
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if content and (key := _attribute(tag, attribute).strip().lower()):
                found.setdefault(key, content)
    return found


def _json_ld(soup: BeautifulSoup) -> list[JsonObject]:
    """Every object in the page's JSON-LD, outer ones before those inside them."""
    queue: deque[object] = deque()
    for script in soup.find_all("script", type=re.compile(r"^\s*application/ld\+json", re.IGNORECASE)):
        try:
            queue.append(json.loads(_JSON_WRAPPER.sub("", script.get_text()), strict=False))
        except (ValueError, RecursionError):
            continue
    found: list[JsonObject] = []
    while queue and len(found) < _MAX_JSON_OBJECTS:
        item = queue.popleft()
        if isinstance(item, dict):
            found.append(item)
            queue.extend(item.values())
        elif isinstance(item, list):
            queue.extend(item)
    return found


def _types(item: JsonObject) -> set[str]:
    return {name.rpartition("/")[2] for name in _strings(item.get("@type"))}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _strings(value: object) -> Iterator[str]:
    return (item for item in _listed(value) if isinstance(item, str))


def _plain(value: object) -> str:
    """The first string in a JSON-LD value as one line: sites leave entities and tags in their headlines."""
    text = next(_strings(value), "")[:_MAX_ANSWER_CHARS]
    return one_line(_rendered_text(_fragment(text))) if "<" in text else one_line(html.unescape(text))


def _fragment(markup: str) -> BeautifulSoup:
    return BeautifulSoup(f"<div>{markup}</div>", "lxml")


def _rendered_text(tag: Tag) -> str:
    """The text of an element, a line for each block inside it. The element is changed."""
    for invisible in tag.find_all(["script", "style", "template"]):
        invisible.decompose()
    for block in tag.find_all(_BLOCK_ELEMENTS):
        block.insert_before("\n")
        block.insert_after("\n")
    return "\n".join(filter(None, map(one_line, tag.get_text().split("\n"))))


def _title(soup: BeautifulSoup, article: JsonObject, meta: Mapping[str, str], url: str) -> tuple[str, frozenset[str]]:
    """The title, and the keys of all its wordings."""
    home = _home_links(soup, url)
    sites = _site_keys(meta, article, url) | home
    headings = [one_line(tag.get_text()[:_MAX_QUESTION_CHARS]) for tag in soup.find_all("h1", limit=20)]
    document_title = one_line(soup.title.get_text()[:_MAX_QUESTION_CHARS]) if soup.title else ""
    name, colon, rest = document_title.partition(": ")
    shortened = rest if colon and text_key(name) in home else _without_site_name(document_title, sites)
    # A heading that the document title repeats is the article's; a lone other one may be the site's name or a slogan.
    named = [heading for heading in headings if (key := text_key(heading)) and key in text_key(document_title)]
    heading = next((heading for heading in named if text_key(heading) not in sites), "")
    headline = _plain(article.get("headline") or article.get("name"))
    shared_title = meta.get("og:title", "")
    candidates = [headline, _without_site_name(shared_title, sites), heading, shortened, *headings]
    wordings = [*candidates[:4], shared_title, document_title, *(headings if len(headings) == 1 else ())]
    title = next(filter(None, candidates), "")
    return title[:_MAX_TITLE_CHARS].rstrip(), frozenset(key for key in map(text_key, wordings) if key)


def _site_keys(meta: Mapping[str, str], article: JsonObject, url: str) -> frozenset[str]:
    """Keys of what the site may call itself in a title: declared names, its host, its host without the last label."""
    publisher = article.get("publisher")
    names = [meta.get("og:site_name", ""), meta.get("application-name", "")]
    names.append(_plain(publisher.get("name")) if isinstance(publisher, dict) else "")
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    names += [host, host.rpartition(".")[0]]
    return frozenset(key for key in map(text_key, names) if key)


def _home_links(soup: BeautifulSoup, url: str) -> frozenset[str]:
    """Keys of headings that are nothing but a link from this page to the site's first page: its name."""
    headings = [(tag, tag.find("a", href=True)) for tag in soup.find_all("h1", limit=20)]
    return frozenset(
        text_key(link.get_text())
        for heading, link in headings
        if isinstance(link, Tag)
        and heading.get_text().strip() == link.get_text().strip()
        and _leads_home(_attribute(link, "href"), url)
    )


def _leads_home(href: str, url: str) -> bool:
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, href))
    except ValueError:
        return False
    return (
        there.hostname == here.hostname
        and there.path in ("", "/")
        and not (there.query or there.fragment)
        and (here.path not in ("", "/") or bool(here.query))
    )


def _without_site_name(title: str, sites: frozenset[str]) -> str:
    separators = list(_TITLE_SEPARATOR.finditer(title))
    if separators and text_key(title[separators[-1].end() :]) in sites:
        return title[: separators[-1].start()]
    if separators and text_key(title[: separators[0].start()]) in sites:
        return title[separators[0].end() :]
    return title


def _description(article: JsonObject, meta: Mapping[str, str], title_forms: frozenset[str]) -> str | None:
    """The first description that says more than the title. Entities are often escaped twice, in attributes too."""
    claims = (meta.get("description"), meta.get("og:description"), article.get("description"))
    described = (text for text in map(_plain, claims) if (key := text_key(text)) and key not in title_forms)
    return next(described, "")[:_MAX_DESCRIPTION_CHARS].rstrip() or None


def _author(
    soup: BeautifulSoup, article: JsonObject, objects: Iterable[JsonObject], meta: Mapping[str, str]
) -> str | None:
    by_id = {
        identifier: item for item in objects if isinstance(identifier := item.get("@id"), str) and item.get("name")
    }
    names: list[str] = []
    for author in _listed(article.get("author") or article.get("creator")):
        if isinstance(author, dict):
            identifier = author.get("@id")
            names += _strings(
                author.get("name") or (isinstance(identifier, str) and by_id.get(identifier, {}).get("name"))
            )
        else:
            names += _strings(author)
    element = soup.select_one(_AUTHOR_ELEMENTS)
    fallbacks = [meta.get(name, "") for name in _AUTHOR_METAS] + ([element.get_text(" ")] if element else [])
    accepted = _person_names(names) or _person_names(fallbacks)[:1]
    return ", ".join(accepted[:_MAX_AUTHORS]) or None


def _person_names(claims: Iterable[str]) -> list[str]:
    """What can be a name: has letters, is short, and is not an address (``article:author`` is often a profile link)."""
    names = (_BYLINE_PREFIX.sub("", _plain(claim)) for claim in claims)
    kept = (name for name in names if text_key(name) and len(name) <= _MAX_AUTHOR_CHARS and "://" not in name)
    return list(dict.fromkeys(kept))


def _date(
    soup: BeautifulSoup, claim: object, meta: Mapping[str, str], names: Iterable[str], elements: str
) -> datetime | None:
    element = soup.select_one(elements)
    claims = [*_strings(claim), *(meta.get(name, "") for name in names)]
    if element is not None:
        claims += [_attribute(element, "datetime"), _attribute(element, "content"), element.get_text()]
    return next(filter(None, map(_parsed_date, claims)), None)


def _parsed_date(claim: str) -> datetime | None:
    """Reads ISO 8601 (as far as Python does) or RFC 5322; without an offset it is taken as UTC.

    Years before the Web and after 2100 are mistakes of the page, such as the Unix epoch.
    """
    claim = claim.strip()[:64]
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(claim)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        return moment.replace(microsecond=0) if 1990 <= moment.year <= 2100 else None
    return None


def _canonical_url(soup: BeautifulSoup, url: str) -> str | None:
    link = soup.select_one('link[rel~="canonical" i][href]')
    if link is None:
        return None
    try:
        absolute = urljoin(url, _attribute(link, "href").strip())
        # parse_url reads an address without a scheme as https, which is no reading of an href.
        return str(parse_url(absolute)) if urlsplit(absolute).scheme in ("http", "https") else None
    except (ValueError, InvalidUrl):
        return None


def _declared_languages(soup: BeautifulSoup, article: JsonObject, meta: Mapping[str, str]) -> tuple[str, ...]:
    root = soup.find("html")
    claims = [_attribute(root, "lang"), _attribute(root, "xml:lang")] if root else []
    claims += [meta.get("og:locale", ""), meta.get("content-language", ""), *_strings(article.get("inLanguage"))]
    matches = map(_LANGUAGE_TAG.match, claims)
    return tuple(dict.fromkeys(match[1].lower() for match in matches if match))


def _faq(soup: BeautifulSoup, objects: Iterable[JsonObject]) -> Iterator[FaqEntry]:
    """The page's own questions, each once."""
    seen: set[str] = set()
    for question, answer in (*_json_questions(objects), *_microdata_questions(soup)):
        key = text_key(question)
        if key and answer and key not in seen and len(seen) < _MAX_FAQ_ENTRIES and len(question) <= _MAX_QUESTION_CHARS:
            seen.add(key)
            yield FaqEntry(question=question, answer=answer[:_MAX_ANSWER_CHARS])


def _json_questions(objects: Iterable[JsonObject]) -> Iterator[tuple[str, str]]:
    items = list(objects)
    if not any(_types(item) & {"FAQPage", "QAPage"} for item in items):
        return
    for item in items:
        if "Question" not in _types(item):
            continue
        answers = [*_listed(item.get("acceptedAnswer")), *_listed(item.get("suggestedAnswer"))]
        texts = (next(_strings(answer.get("text")), "") for answer in answers if isinstance(answer, dict))
        answer = next(filter(None, texts), "")[: 2 * _MAX_ANSWER_CHARS]
        yield _plain(item.get("name") or item.get("text")), _rendered_text(_fragment(answer))


def _microdata_questions(soup: BeautifulSoup) -> Iterator[tuple[str, str]]:
    for item in soup.select(_QUESTION_ELEMENTS, limit=_MAX_FAQ_ENTRIES):
        name = item.select_one('[itemprop~="name"]')
        answer = item.select_one('[itemprop~="acceptedAnswer"]') or item.select_one('[itemprop~="suggestedAnswer"]')
        if name is not None and answer is not None:
            yield one_line(name.get_text()), _rendered_text(answer.select_one('[itemprop~="text"]') or answer)
