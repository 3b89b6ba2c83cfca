"""The widget without a mouse, and as a screen reader is told of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.blogs import answer, citation, event
from tests.browser.conftest import Shown, both_devices
from tests.browser.servers import Gate, StandInApi
from tests.browser.steps import cards, drawer, focused, heading, open_card

MANY = 60


def tab_to(tab: Page, *, part: str = "", css_class: str = "", key: str = "Tab") -> None:
    """Presses a key until what has the focus is of that part or class."""
    for _ in range(MANY):
        tab.keyboard.press(key)
        now = focused(tab)
        if (part and now["part"] == part) or (css_class and css_class in str(now["class"]).split()):
            return
    raise AssertionError(f"{part or css_class!r} was not reached with {key}")


@both_devices
def test_focus_goes_into_the_drawer_and_returns_to_the_card(shown: Shown, device: str) -> None:
    tab = shown()
    open_card(tab, 2)
    expect(heading(tab)).to_be_focused()
    tab.keyboard.press("Escape")
    expect(drawer(tab)).to_be_hidden()
    expect(cards(tab).nth(2)).to_be_focused()


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_focus_stays_in_the_drawer(shown: Shown, key: str) -> None:
    tab = shown(head="<style>a{color:red}</style>", article="<p><a href='#a'>A link</a></p>" * 9)
    open_card(tab)
    for _ in range(30):
        tab.keyboard.press(key)
        now = focused(tab)
        # After the last one comes the browser itself, which is the body as far as a page can see.
        assert now["drawer"] or now["tag"] == "BODY", now


def test_everything_can_be_done_with_the_keyboard_alone(shown: Shown, api: StandInApi) -> None:
    api.ask_events = [event("done", {"answer": answer("A day.", citations=[citation(6, api.blog["blog_url"])])})]
    tab = shown()
    tab_to(tab, part="card")
    tab.keyboard.press("Enter")
    expect(heading(tab)).to_have_text("Why does a dry stone wall hold?")
    tab_to(tab, css_class="text")
    tab.keyboard.press("Space")
    expect(drawer(tab).get_by_role("button", name="Read less")).to_be_focused()
    tab_to(tab, part="related")
    tab.keyboard.press("Enter")
    expect(heading(tab)).to_have_text("How deep is the foundation?")
    tab_to(tab, css_class="back", key="Shift+Tab")
    tab.keyboard.press("Enter")
    expect(heading(tab)).to_have_text("Why does a dry stone wall hold?")
    tab_to(tab, css_class="round")
    tab.keyboard.press("Space")
    expect(drawer(tab).get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    for _ in range(MANY):
        tab.keyboard.press("Tab")
        if focused(tab)["tag"] == "INPUT":
            break
    tab.keyboard.type("How long?")
    tab.keyboard.press("Enter")
    expect(drawer(tab).locator(".answer")).to_have_text("A day.")
    expect(drawer(tab).get_by_role("textbox")).to_be_focused()
    tab_to(tab, part="source", key="Shift+Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_function("CSS.highlights.has('blogqa')")
    tab.keyboard.press("Escape")
    expect(drawer(tab)).to_be_hidden()
    expect(cards(tab).first).to_be_focused()


def test_what_has_the_focus_can_be_seen(shown: Shown) -> None:
    tab = shown()
    tab_to(tab, part="card")
    tab.keyboard.press("Enter")
    expect(drawer(tab)).to_be_visible()
    outline = """() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth;
    }"""
    for _ in range(12):
        tab.keyboard.press("Tab")
        if focused(tab)["tag"] not in {"BODY", "H2"}:
            assert tab.evaluate(outline) != "none0px", focused(tab)


def test_a_screen_reader_hears_that_an_answer_is_looked_for_and_there(shown: Shown, api: StandInApi) -> None:
    gate = Gate()
    api.ask_events = [event("token", {"text": "A"}), gate, event("done", {"answer": answer("A day.")})]
    tab = shown()
    tab.locator("[part=ask]").last.click()
    opened = drawer(tab)
    status = opened.get_by_role("status")
    expect(opened.get_by_role("textbox", name="Ask your own question")).to_be_focused()
    opened.get_by_role("textbox").fill("How long?")
    tab.keyboard.press("Enter")
    expect(status).to_have_text("Looking for an answer …")
    gate.set()
    expect(status).to_have_text("The answer is there")


def test_cards_and_drawer_say_what_they_are(shown: Shown) -> None:
    tab = shown()
    region = tab.get_by_role("region", name="Some questions in mind?")
    expect(region.get_by_role("listitem")).to_have_count(4)
    expect(region.get_by_text("AI", exact=True)).to_be_visible()
    expect(cards(tab).first).to_have_attribute("aria-haspopup", "dialog")
    open_card(tab)
    expect(tab.get_by_role("dialog", name="Questions and answers")).to_be_visible()
    mark = tab.locator("[data-blogqa]").first.get_attribute("data-digital-source-type") or ""
    assert mark.endswith("/digitalsourcetype/trainedAlgorithmicMedia")


def test_nothing_moves_by_itself_for_those_who_asked_for_that(shown: Shown, tab: Page) -> None:
    tab.emulate_media(reduced_motion="reduce")
    shown()
    cards(tab).first.scroll_into_view_if_needed()
    cards(tab).first.click()
    expect(drawer(tab)).to_be_visible()
    running = """() => [...document.querySelectorAll('[data-blogqa]')]
      .flatMap((host) => host.shadowRoot.getAnimations()).filter((one) => !(one instanceof CSSTransition)).length"""
    assert tab.evaluate(running) == 0


@both_devices
def test_every_target_can_be_hit_with_a_finger(shown: Shown, device: str) -> None:
    tab = shown()
    open_card(tab)
    # WCAG 2.2, 2.5.8: 24 by 24 pixels.
    small = """() => [...document.querySelectorAll('[data-blogqa]')].flatMap((host) =>
      [...host.shadowRoot.querySelectorAll('button,a,input')]).map((one) => [one, one.getBoundingClientRect()])
      .filter(([, { width, height }]) => width && (width < 24 || height < 24)).map(([{ className }]) => className)"""
    assert tab.evaluate(small) == []


def test_nothing_is_cut_off_on_a_screen_of_320_pixels(shown: Shown, tab: Page) -> None:
    tab.set_viewport_size({"width": 320, "height": 600})
    shown()
    open_card(tab)
    wide = """() => [document.documentElement, ...[...document.querySelectorAll('[data-blogqa]')]
      .flatMap((host) => [...host.shadowRoot.querySelectorAll('section,dialog,.body,header,form')])]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map((one) => one.tagName)"""
    assert tab.evaluate(wide) == []
