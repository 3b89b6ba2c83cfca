"""Every example page loads without a complaint and shows what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.servers import CHECK, UI_JS, Site, StandInApi
from tests.browser.steps import cards, drawer, open_card, spots, wake

EXAMPLES = sorted(path.name for path in (UI_JS / "examples").glob("*.html") if path.name != "index.html")
Example = Callable[[str], Page]


@pytest.fixture
def example(tab: Page, site: Site, api: StandInApi, console: Console) -> Example:
    """Opens an example page and waits for its cards."""

    def open_example(name: str) -> Page:
        tab.goto(f"{site.url}/examples/{name}")
        wake(tab)
        cards(tab).first.wait_for(state="attached")
        return tab

    return open_example


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_shows_cards_and_an_answer_and_complains_of_nothing(example: Example, console: Console, name: str) -> None:
    failed: list[str] = []
    tab = example(name)
    tab.on("requestfailed", lambda request: failed.append(request.url))
    expect(cards(tab)).to_have_count(4)
    said = tab.locator(".top p").inner_text()
    assert said.startswith(("This page shows", "تعرض هذه الصفحة"))
    expect(open_card(tab).locator(".answer")).to_be_visible()
    assert console.lines == []
    assert console.errors == []
    assert failed == []


def test_the_index_leads_to_every_example(tab: Page, site: Site) -> None:
    tab.goto(site.url + "/examples/")
    links = tab.get_by_role("link")
    hrefs = [links.nth(number).get_attribute("href") for number in range(links.count())]
    assert sorted(filter(None, hrefs)) == EXAMPLES


def test_wordpress_keeps_blocks_and_their_text_together(example: Example) -> None:
    tab = example("wordpress.html")
    groups = spots(tab)
    assert [number for _, _, number in groups] == [2, 2]
    blocks = "figure, ul, pre, table, .ad-slot, h1, h2"
    assert tab.evaluate(f"document.querySelectorAll(':is({blocks}) + [data-blogqa]').length") == 0
    assert not any(before.endswith(":") for before, _, _ in groups)


def test_ghost_keeps_clear_of_its_cards(example: Example) -> None:
    tab = example("ghost.html")
    assert tab.evaluate("document.querySelectorAll('.kg-card + [data-blogqa]').length") == 0
    assert tab.locator(".gh-content > [data-blogqa]").count() == 1


def test_the_application_shows_each_articles_cards(example: Example, api: StandInApi) -> None:
    tab = example("spa.html")
    tab.locator("[data-blogqa]").evaluate("(host) => { host.dataset.old = ''; }")
    tab.get_by_role("link", name="Ink that lasts").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Ink that lasts")
    expect(tab.locator("[data-old]")).to_have_count(0)
    wake(tab)
    expect(cards(tab)).to_have_count(4)
    assert "spa.html%3Farticle%3Dink" in api.asked(CHECK)[-1][1]
    tab.go_back()
    expect(tab.get_by_role("heading", level=1)).to_have_text("The fountain pen")


def test_the_strict_page_forbids_what_it_says(example: Example, console: Console) -> None:
    tab = example("strict-csp.html")
    policy = tab.locator("meta[http-equiv]").get_attribute("content") or ""
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    refused = (
        """() => { try { document.createElement('div').innerHTML = '<p>'; return false; } catch { return true; } }"""
    )
    assert tab.evaluate(refused) is True


def test_arabic_is_laid_out_from_right_to_left(example: Example) -> None:
    tab = example("rtl.html")
    expect(tab.locator("[part=heading]")).to_contain_text("هل تدور في ذهنك أسئلة؟")
    box = open_card(tab).bounding_box()
    assert box is not None
    assert box["x"] == 0


def test_the_dark_page_gets_a_dark_drawer_whatever_the_system_prefers(example: Example, tab: Page) -> None:
    tab.emulate_media(color_scheme="light")
    expect(open_card(example("dark.html"))).to_have_class(re.compile(r"\bdark\b"))


def test_the_sponsored_entry_is_labelled(example: Example) -> None:
    entry = open_card(example("sponsored.html")).get_by_role("complementary", name="Sponsored")
    expect(entry.get_by_text("Sponsored", exact=True)).to_be_visible()
    expect(entry.get_by_role("link")).to_contain_text("rucksack")


@pytest.mark.parametrize(
    ("link", "selector"),
    [
        ("after the first", "article > p + [data-blogqa]"),
        ("at the end", "article > [data-blogqa]:last-child"),
        ("in a place of the page's own", "#own-place > [data-blogqa]"),
        ("floating", "body > [data-blogqa]"),
    ],
)
def test_placements_change_without_loading_the_page(example: Example, link: str, selector: str) -> None:
    tab = example("placements.html")
    tab.locator("[data-blogqa]").evaluate("(host) => { host.dataset.old = ''; }")
    tab.get_by_role("link", name=link, exact=True).click()
    expect(tab.locator("[data-old]")).to_have_count(0)
    wake(tab)
    expect(tab.locator(selector)).to_have_count(1)
    expect(tab.locator("[data-blogqa]")).to_have_count(1)


def test_themes_change_card_and_drawer(example: Example) -> None:
    tab = example("themes.html")
    looks = []
    for name in ("Paper", "Ink", "Candy"):
        with tab.expect_response(lambda response: "/themes/" in response.url) if name != "Paper" else nullcontext():
            tab.get_by_role("button", name=name).click()
        tab.wait_for_function("document.querySelector('#theme').sheet")
        open_card(tab)
        look = "(one) => getComputedStyle(one).backgroundColor + getComputedStyle(one).fontFamily"
        looks.append((cards(tab).first.evaluate(look), drawer(tab).evaluate(look)))
        tab.keyboard.press("Escape")
        expect(drawer(tab)).to_be_hidden()
    assert len({card for card, _ in looks}) == 3
    assert len({opened for _, opened in looks}) == 3
