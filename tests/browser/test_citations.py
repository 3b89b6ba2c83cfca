"""Citations lead to the passage, on this page or another, though the page's markup differs from what was crawled."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.blogs import PARAGRAPHS, citation, paragraphs
from tests.browser.conftest import Console, Shown, both_devices
from tests.browser.servers import StandInApi
from tests.browser.steps import drawer, open_card

MARKED = "[...(CSS.highlights.get('blogqa') ?? [])].map((range) => range.toString()).join()"
CITED = PARAGRAPHS[7]
WITHOUT_STOP = CITED.removesuffix(".")

MARKUP = {
    "inline tags": CITED.replace("sound stone", "<em>sound <a href='#x'>st</a>one</em>"),
    "soft hyphens": CITED.replace("Repairs", "Re&shy;pairs").replace("stone", "st&shy;one"),
    "no-break spaces": CITED.replace(" ", "&nbsp;"),
    "typographic quotes and dashes": CITED.replace("gap", "“gap”").replace(", and", " – and"),
    "line breaks": CITED.replace(" ", "\n   "),
    "other case": CITED.upper(),
    "a script inside": CITED.replace("gap", "<script>let gap;</script>gap<style>a{}</style>"),
    "a footnote mark": CITED.replace("sound stone", "sound<sup></sup> stone"),
}


def cite(tab: Page) -> None:
    """Follows the only source of the question that is open."""
    drawer(tab).locator("[part=source]").click()


def in_view(tab: Page, text: str) -> None:
    """Waits until a passage of the page has been scrolled to."""
    expect(tab.locator("article > p, article li").filter(has_text=text)).to_be_in_viewport(ratio=0.9)


@both_devices
def test_a_citation_scrolls_to_its_passage_and_marks_it(shown: Shown, device: str, console: Console) -> None:
    tab = shown()
    opened = open_card(tab, 3)
    cite(tab)
    in_view(tab, CITED)
    assert tab.evaluate(MARKED) == WITHOUT_STOP
    if device == "phone":
        expect(opened).to_be_hidden()
    else:
        expect(opened).to_be_visible()
    assert console.errors == []


def test_the_mark_changes_with_the_citation_and_goes_with_the_next_question(shown: Shown) -> None:
    tab = shown()
    open_card(tab, 3)
    cite(tab)
    in_view(tab, CITED)
    tab.keyboard.press("Escape")
    expect(drawer(tab)).to_be_hidden()
    assert tab.evaluate(MARKED) == WITHOUT_STOP
    open_card(tab, 1)
    assert tab.evaluate(MARKED) == ""
    cite(tab)
    in_view(tab, PARAGRAPHS[1])
    assert tab.evaluate(MARKED) == PARAGRAPHS[1].removesuffix(".")
    assert tab.evaluate("document.adoptedStyleSheets.length") == 1


def test_the_page_stays_at_the_passage_when_the_drawer_is_closed(shown: Shown, tab: Page) -> None:
    tab.emulate_media(reduced_motion="reduce")
    shown()
    open_card(tab, 3)
    cite(tab)
    in_view(tab, CITED)
    place = tab.evaluate("scrollY")
    tab.keyboard.press("Escape")
    tab.wait_for_function("!location.hash")
    assert tab.evaluate("scrollY") == place


def test_a_browser_without_highlights_selects_the_passage(shown: Shown, tab: Page) -> None:
    tab.add_init_script("Object.defineProperty(CSS, 'highlights', { value: undefined })")
    shown()
    open_card(tab, 3)
    cite(tab)
    in_view(tab, CITED)
    expect(drawer(tab)).to_be_hidden()
    assert tab.evaluate("getSelection().toString()") == WITHOUT_STOP


@pytest.mark.parametrize("difference", MARKUP)
def test_a_passage_is_found_in_markup_with(shown: Shown, difference: str) -> None:
    tab = shown(article=paragraphs(*PARAGRAPHS[:7]) + f"<p id='it'>{MARKUP[difference]}</p>")
    open_card(tab, 3)
    cite(tab)
    expect(tab.locator("#it")).to_be_in_viewport()
    tab.wait_for_function(MARKED)
    marked = tab.evaluate(MARKED).replace("\xad", "").casefold()
    assert marked.startswith("repairs")
    assert marked.endswith("grass")


def test_a_passage_of_a_list_is_found_though_the_crawl_had_marks(shown: Shown, api: StandInApi) -> None:
    items = ["Take the gap down to sound stone", "Lay the stones out by size", "Build it up again course by course"]
    passage = "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    api.blog["questions"][3]["citations"][0]["text"] = passage
    tab = shown(article=paragraphs(*PARAGRAPHS) + "<ol>" + "".join(f"<li>{item}</li>" for item in items) + "</ol>")
    open_card(tab, 3)
    cite(tab)
    in_view(tab, items[1])
    marked = tab.evaluate(MARKED)
    assert all(item in marked for item in items)


def test_what_is_still_there_of_a_passage_that_was_edited_is_found(shown: Shown, api: StandInApi) -> None:
    text = f"A sentence that is no longer there. {PARAGRAPHS[7]} Another one that has gone since."
    api.blog["questions"][3]["citations"][0]["text"] = text
    tab = shown()
    open_card(tab, 3)
    cite(tab)
    in_view(tab, CITED)
    assert tab.evaluate(MARKED) == WITHOUT_STOP


def test_a_passage_in_the_cards_themselves_is_not_taken_for_the_pages(shown: Shown, api: StandInApi) -> None:
    api.blog["questions"][0]["citations"][0]["text"] = "Why does a dry stone wall hold?"
    tab = shown()
    opened = open_card(tab)
    cite(tab)
    expect(opened.locator(".missing")).to_have_text("That passage was not found on this page")


def test_a_passage_that_is_not_there_is_told_once(shown: Shown, api: StandInApi) -> None:
    api.blog["questions"][0]["citations"][0]["text"] = "Something altogether different stood here once upon a time."
    tab = shown()
    opened = open_card(tab)
    cite(tab)
    expect(opened.get_by_role("status")).to_have_text("That passage was not found on this page")
    cite(tab)
    expect(opened.locator(".missing")).to_have_count(1)


def test_a_citation_of_another_page_is_a_link_to_the_text(shown: Shown, api: StandInApi) -> None:
    api.blog["questions"][0]["citations"] = [citation(4, "https://blog.example/batter?a=1#old")]
    source = open_card(shown()).locator("a[part=source]")
    expect(source).to_have_attribute(
        "href", "https://blog.example/batter?a=1#:~:text=The%20wall%20leans%20inwards%20by%20one%20centimetre%20for"
    )


def test_pages_told_apart_by_their_query_are_two_pages(shown: Shown, api: StandInApi) -> None:
    url = api.blog["blog_url"]
    api.blog["blog_url"] = url + "?p=1"
    api.blog["questions"][0]["citations"] = [citation(0, url + "?p=1"), citation(4, url + "?p=2")]
    opened = open_card(shown("/wall?p=1&utm_source=letter"))
    expect(opened.locator("button[part=source]")).to_have_count(1)
    expect(opened.locator("a[part=source]")).to_have_count(1)
