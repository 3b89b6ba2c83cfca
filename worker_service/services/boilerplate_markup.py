"""What a page's markup says is not the article: share bars, newsletter boxes, related links, credits, tag lists.

Language plays no part here; what only the words tell is left to ``boilerplate_lines``. Trafilatura discards much of
this by itself, but looks at fewer attributes, at fewer elements and at parts of words ("bar", "yin").
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from worker_service.services.page_metadata import text_key

_MAX_CHARS = 1_500
"""Most characters outside links of an element that is dropped for its names: a box, not the article."""

_HEADLINE_WIDTHS = range(20, 201)
"""Widths of a linked headline: shorter links are labels, longer ones paragraphs that happen to be a link."""

_MAX_HEADLINES = 3

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = frozenset(
    "address article aside blockquote center details div dl figure footer form header li ol p section table ul".split()
)
_CODE = frozenset(("pre", "code", "samp"))
_NO_TEXT = frozenset(("head", "script", "style", "template", "noscript"))

_NAMES = re.compile(
    r"""(?:^|-)(?:
    share|shares|sharing|sharebar|sharedaddy|shariff|addtoany|heateor|social|socials|follow-us
    |newsletters?|subscribe|sign-?up|opt-?in|mc4wp|mailchimp|mailing-list
    |(?:authors?|auteur|autor|autore)-?(?:bio|box|info|card|note|profile|desc|description)|bio|byline|about-(?:the-)?author
    |related|relatedposts|recommended|recommendations?|recirc|recirculation|read-?more|read-?also|read-?next|also-?read
    |more-?(?:from|stories|posts|articles)|interstitial-link|yarpp|outbrain|taboola|bookmark-card|prev-?next|paginav
    |ads?|adslot|adsense|advert|adverts|advertisement|advertising|dfp|mpu|sponsor|sponsored|promo|promos|promotion|cta
    |affiliate|(?:ftc|ads?|advertiser|post)-?disclosure|disclosure-?(?:box|text|notice|statement)|disclaimer|donate|donation
    |(?:post|article|entry|page|item)-?(?:tags|categories|meta|footer)|(?:tags?|cat)-?(?:links?|list)|tags|keywords
    |comments?|comments?(?:area|list|box|section|form)|kommentare|commentaires|comentarios|commenti|reacties|respond|disqus
    |(?:photo|image|picture|media|img)-?credits?|credits?$|captions?|copyrights?
    |timestamp|read(?:ing)?-?time|last-?(?:updated|modified)|lastmod|breadcrumbs?|feedback
    |cookies?|consent|gdpr|screen-reader-text|sr-only|visually-?hidden
    )(?:-|$)""",
    re.VERBOSE | re.MULTILINE,
)
# What WordPress names an article's own category and tags, and states and surroundings ("has-comments", "after-ad").
_OTHER_NAMES = re.compile(
    r"(?:tag|category|categories|post-tag|format|section|is|js)-|(?:.*-)?(?:has|no|non|with|without|after|before)-"
)
_COMMENTS = re.compile(
    r"(?:^|-)(?:comments?|kommentare|commentaires|comentarios|commenti|reacties|disqus)(?:-|$)", re.MULTILINE
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMING_ATTRIBUTES = ("class", "data-testid", "data-component", "data-module", "data-qa")

# schema.org properties and ARIA roles of what surrounds an article.
_PROPERTIES = frozenset(("author", "publisher", "comment", "keywords", "copyrightHolder"))
_ROLES = frozenset(("complementary", "navigation", "contentinfo", "search", "dialog", "alertdialog"))


class _Size(NamedTuple):
    """Characters of an element's text, and those of them inside links (to places other than the page itself)."""

    chars: int
    linked: int


def prune(tree: _Element, url: str) -> None:
    """Drops the elements of a parsed page that its markup marks as something else than the article.

    Whatever holds a first-level heading, half of the page's text or much text outside links is kept, whatever its
    names: they are often those of a layout or of the article's subject.
    """
    host = urlsplit(url).hostname
    _forget_slugs(tree)
    sizes = _sizes(tree)
    for element in list(tree.iter("*")):
        parent = element.getparent()
        if parent is None or element.tag in _CODE or parent.tag in _CODE:
            continue
        if _is_box(element, sizes, sizes[tree].chars) or _is_headline_link(element, sizes[element], url, host):
            # Emptied in place: joining the text around thousands of removed elements takes quadratic time.
            tail = element.tail
            element.clear()
            element.tag, element.tail = "span", tail


def _forget_slugs(tree: _Element) -> None:
    """Takes away identifiers made of a section's heading: a section about cookies is no cookie banner."""
    judged: set[_Element] = set()
    for heading in tree.iter(*_HEADINGS):
        parent = heading.getparent()
        if parent is None or parent in judged or not (slug := parent.get("id", "")):
            continue
        if text_key(slug) == text_key(_text(heading)) and not _COMMENTS.search(slug.lower()):
            judged.add(parent)
            if parent.find(".//input") is None:
                del parent.attrib["id"]


def _sizes(tree: _Element) -> dict[_Element, _Size]:
    """The sizes of all elements, children before their parents."""
    sizes: dict[_Element, _Size] = {}
    for element in reversed(list(tree.iter())):
        if not isinstance(element.tag, str) or element.tag in _NO_TEXT:
            sizes[element] = _Size(0, 0)
            continue
        chars, linked = len((element.text or "").strip()), 0
        for child in element:
            chars += sizes[child].chars + len((child.tail or "").strip())
            linked += sizes[child].linked
        leads_away = element.tag == "a" and not re.match(r"#\w", element.get("href", "#x"))
        sizes[element] = _Size(chars, chars if leads_away else linked)
    return sizes


def _is_box(element: _Element, sizes: dict[_Element, _Size], total: int) -> bool:
    """Whether an element's names, role or property are those of a box, and its size too."""
    if element.tag not in _BLOCKS | _HEADINGS and "-" not in element.tag:
        return False
    names = _names(element)
    if not (
        _NAMES.search(names)
        or element.get("role") in _ROLES
        or element.get("data-nosnippet") is not None
        or _PROPERTIES.intersection((element.get("itemprop") or "").split())
        or _is_tag_list(element, sizes)
    ):
        return False
    size = sizes[element]
    fits = size.chars - size.linked <= _MAX_CHARS or _COMMENTS.search(names) is not None
    return fits and 2 * size.chars <= total and element.find(".//h1") is None and element.tag != "h1"


def _names(element: _Element) -> str:
    """The names of an element, each a line of lower-case words joined with hyphens."""
    values = [element.get(name, "") for name in _NAMING_ATTRIBUTES]
    # A heading's identifier is made of its text.
    values += [element.tag, "" if element.tag in _HEADINGS else element.get("id", "")]
    names = (re.sub(r"[\W_]+", "-", _CAMEL.sub("-", name)).lower() for value in values for name in value.split())
    return "\n".join(name for name in names if not _OTHER_NAMES.match(name))


def _is_tag_list(element: _Element, sizes: dict[_Element, _Size]) -> bool:
    tagged = sum(sizes[link].chars for link in element.iterchildren("a") if "tag" in (link.get("rel") or "").split())
    return 2 * tagged > sizes[element].chars


def _is_headline_link(element: _Element, size: _Size, url: str, host: str | None) -> bool:
    """Whether a paragraph or a list is nothing but links to other pages of the site, each as long as a headline.

    A paragraph that ends with a full stop is a sentence.
    """
    parent = element.getparent()
    if element.tag not in ("p", "ul", "ol") or parent is None or parent.tag in ("li", "td", "th"):
        return False
    if not size.linked or size.chars - size.linked > size.chars // 10:
        return False
    links = [link for link in element.iter("a") if _text(link)]
    if element.tag == "p" and (len(links) > _MAX_HEADLINES or _text(element).endswith(".")):
        return False
    width = sum(map(_width, links)) // max(1, len(links))
    return width in _HEADLINE_WIDTHS and all(_is_internal(link.get("href", ""), url, host) for link in links)


def _width(element: _Element) -> int:
    """Characters on one line, those from Chinese to Korean scripts counted twice."""
    return sum(1 if char < "\u2e80" else 2 for char in _text(element))


def _text(element: _Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _is_internal(href: str, url: str, host: str | None) -> bool:
    try:
        return urlsplit(urljoin(url, href)).hostname == host
    except ValueError:
        return False
