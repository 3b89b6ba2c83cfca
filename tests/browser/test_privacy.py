"""What leaves the reader's browser, what stays in it, and what the page itself is told."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.blogs import answer, event
from tests.browser.conftest import Shown
from tests.browser.servers import EVENTS, KEY, Site, StandInApi
from tests.browser.steps import cards, drawer, open_card, waiting

OBJECTIONS = {
    "GPC": "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })",
    "DNT": "Object.defineProperty(Navigator.prototype, 'doNotTrack', { value: '1' })",
}
LISTEN = """
  window.told = [];
  for (const name of ['ready', 'shown', 'opened', 'asked', 'cited', 'error'])
    document.addEventListener('blogqa:' + name, ({ detail }) => window.told.push([name, detail]));
"""
FIRST = f"{1:032x}"


def everything(tab: Page, api: StandInApi) -> None:
    """Does all that is counted, but for looking at cards: opens, follows a source, judges, asks."""
    api.ask_events = [event("done", {"answer": answer("A day.")})]
    opened = open_card(tab)
    opened.locator("[part=source]").click()
    opened.get_by_role("button", name="Not helpful").click()
    opened.get_by_role("textbox").fill("How long?")
    opened.get_by_role("textbox").press("Enter")
    expect(opened.locator(".answer")).to_have_text("A day.")


def counted(tab: Page, api: StandInApi, number: int) -> list[tuple[str, str | None]]:
    """What was counted, once that many have come in; impressions left out."""

    def found() -> list[tuple[str, str | None]]:
        return [one for one in api.events() if one[0] != "impression"]

    waiting(tab, lambda: len(found()) >= number)
    return found()


def test_what_a_reader_does_is_counted_without_anything_about_the_reader(shown: Shown, api: StandInApi) -> None:
    tab = shown()
    everything(tab, api)
    assert counted(tab, api, 4) == [("open", FIRST), ("citation", FIRST), ("not_helpful", FIRST), ("ask", None)]
    method, _, headers, body = api.asked(EVENTS)[0]
    assert method == "POST"
    assert headers["x-api-key"] == KEY
    assert "cookie" not in headers
    assert json.loads(body).keys() == {"blog_url", "events"}
    assert "How long" not in "".join(body for _, _, _, body in api.asked(EVENTS))


@pytest.mark.parametrize("objection", OBJECTIONS)
def test_nothing_is_counted_of_a_reader_who_objects(shown: Shown, tab: Page, api: StandInApi, objection: str) -> None:
    tab.add_init_script(OBJECTIONS[objection] + LISTEN)
    shown()
    cards(tab).first.scroll_into_view_if_needed()
    tab.wait_for_function("window.told.some(([name]) => name == 'shown')")
    everything(tab, api)
    tab.wait_for_timeout(300)
    assert api.asked(EVENTS) == []


def test_the_page_is_told_of_everything(shown: Shown, tab: Page, api: StandInApi) -> None:
    tab.add_init_script(LISTEN)
    shown()
    everything(tab, api)
    api.ask_events = [event("error", {"code": "internal"})]
    drawer(tab).get_by_role("textbox").fill("And then?")
    drawer(tab).get_by_role("textbox").press("Enter")
    expect(drawer(tab).locator(".problem")).to_be_visible()
    told: list[Any] = [one for one in tab.evaluate("window.told") if one[0] != "shown"]
    assert told == [
        ["ready", {"questions": 6}],
        ["opened", {"id": FIRST}],
        ["cited", {"id": FIRST, "found": True}],
        ["asked", {}],
        ["asked", {}],
        ["error", {"message": "Error: no answer"}],
    ]


def test_a_card_counts_as_seen_after_a_second_at_half_and_once(shown: Shown, tab: Page, api: StandInApi) -> None:
    tab.clock.install(time=0)
    shown(attributes='data-count="1"')
    tab.clock.pause_at(3_600)
    card = cards(tab).first
    edge = "(card) => card.getBoundingClientRect().top + scrollY + card.offsetHeight * {} - innerHeight"

    def show(share: float) -> None:
        tab.evaluate("(top) => scrollTo(0, top)", card.evaluate(edge.format(share)))
        # The widget's observer is told before one that was made later.
        tab.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body)).then(() => {})")

    show(0.4)
    tab.clock.run_for(3000)
    show(0.6)
    tab.clock.run_for(900)
    show(0.3)
    tab.clock.run_for(3000)
    assert api.events() == []
    show(0.6)
    with tab.expect_response(lambda response: EVENTS in response.url):
        tab.clock.run_for(1700)  # Half a second for others that are seen with it.
    show(0.2)
    show(1)
    tab.clock.run_for(3000)
    assert api.events() == [("impression", FIRST)]


def test_nothing_is_stored_and_nobody_else_is_asked(
    shown: Shown, tab: Page, context: BrowserContext, site: Site, api: StandInApi
) -> None:
    origins: set[str] = set()
    tab.on("request", lambda request: origins.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url))))
    shown()
    everything(tab, api)
    tab.keyboard.press("Escape")
    stored = tab.evaluate(
        """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
          (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length, document.cookie]"""
    )
    assert stored == [0, 0, 0, 0, 0, ""]
    assert context.cookies() == []
    assert {origin for origin in origins if origin.startswith("http")} == {site.url, api.url}


def test_a_cookie_of_the_api_is_neither_kept_nor_sent(shown: Shown, context: BrowserContext, api: StandInApi) -> None:
    context.add_cookies([{"name": "who", "value": "me", "url": api.url, "sameSite": "Lax"}])
    open_card(shown())
    assert all("cookie" not in headers for _, _, headers, _ in api.requests)
