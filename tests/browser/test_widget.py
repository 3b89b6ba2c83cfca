"""The widget in a reader's browser: cards, drawer, asking."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.blogs import PARAGRAPHS, answer, event
from tests.browser.conftest import Console, Shown
from tests.browser.servers import KEY, Gate, Site, StandInApi


def test_cards_stand_between_paragraphs_and_open_the_answer(shown: Shown, console: Console) -> None:
    tab = shown()
    cards = tab.locator("[part=card]")
    expect(cards).to_have_count(4)
    cards.first.click()
    drawer = tab.get_by_role("dialog")
    expect(drawer.get_by_role("heading", level=2)).to_have_text("Why does a dry stone wall hold?")
    expect(drawer.locator(".answer")).to_contain_text(PARAGRAPHS[0])
    assert console.errors == []


def test_nothing_is_loaded_but_the_injector_until_there_is_a_sign_of_a_reader(
    tab: Page, site: Site, api: StandInApi
) -> None:
    files: list[str] = []
    tab.on("request", lambda request: files.append(request.url.rpartition("/")[2].partition("?")[0]))
    tab.goto(site.url + "/wall")
    tab.wait_for_timeout(1500)
    assert [name for name in files if name.endswith(".js")] == ["auto-blog-question-injector.js"]
    tab.mouse.wheel(0, 5)
    tab.locator("[part=card]").first.wait_for(state="attached")
    assert "auto-blog-question-drawer.js" not in files


def test_asking_streams_checks_and_ends_with_the_whole_answer(shown: Shown, api: StandInApi) -> None:
    first, second = Gate(), Gate()
    api.ask_events = [
        event("sources", {"citations": []}),
        event("token", {"text": "About a day"}),
        first,
        event("sentence", {"text": "About a day.", "supported": True, "citations": [0]}),
        second,
        event("done", {"answer": answer("About a day for every two and a half metres.")}),
    ]
    tab = shown()
    tab.locator("[part=ask]").last.click()
    drawer = tab.get_by_role("dialog")
    drawer.get_by_role("textbox").fill("How long does it take?")
    drawer.get_by_role("textbox").press("Enter")
    expect(drawer.locator(".unchecked")).to_have_text("About a day")
    expect(drawer.get_by_role("button", name="Stop")).to_be_visible()
    first.set()
    expect(drawer.locator(".answer")).to_have_text("About a day.")
    second.set()
    expect(drawer.locator(".answer")).to_have_text("About a day for every two and a half metres.")
    expect(drawer.get_by_role("button", name="Stop")).to_be_hidden()
    (_, _, headers, body) = api.asked("/api/v1/qa/ask")[0]
    assert headers["x-api-key"] == KEY
    assert '"question":"How long does it take?"' in body
