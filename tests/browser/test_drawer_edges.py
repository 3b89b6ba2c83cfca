"""What happens to the drawer between two acts of a reader, and what it leaves of the page's own."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.blogs import answer, event, page
from tests.browser.conftest import Shown
from tests.browser.servers import KEY, Gate, Site, StandInApi
from tests.browser.steps import cards, drawer, heading, open_card, until, wake


def ask(tab: Page) -> None:
    """Asks in the drawer that is open."""
    drawer(tab).get_by_role("textbox").fill("How long?")
    drawer(tab).get_by_role("textbox").press("Enter")


def test_a_selection_that_ends_on_the_backdrop_does_not_close_the_drawer(shown: Shown) -> None:
    tab = shown()
    opened = open_card(tab)
    box = opened.locator(".answer").bounding_box()
    assert box
    tab.mouse.move(box["x"] + 40, box["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(200, box["y"] + 30, steps=4)
    tab.mouse.up()
    expect(opened).to_be_visible()
    tab.mouse.click(100, 300)
    expect(opened).to_be_hidden()


def test_a_passage_is_reached_in_a_page_that_scrolls_within(tab: Page, site: Site, api: StandInApi) -> None:
    head = "<style>html,body{height:100%;overflow:hidden;margin:0}main{height:100%;overflow:auto}</style>"
    site.put("/wall", page(api.url, key=KEY, head=head))
    tab.goto(site.url + "/wall")
    until(tab, "!!window.AutoBlogQuestionInjector")
    wake(tab)
    expect(cards(tab).first).to_be_attached()
    opened = open_card(tab, 3)
    opened.locator("[part=source]").click()
    expect(tab.locator("article p", has_text="Repairs begin with")).to_be_in_viewport()


def test_the_page_gets_its_own_fragment_back_after_a_citation(shown: Shown) -> None:
    tab = shown()
    tab.evaluate("history.replaceState(null, '', '#part-3')")
    opened = open_card(tab)
    opened.locator("[part=source]").click()
    until(tab, "CSS.highlights.has('blogqa')")
    opened.press("Escape")
    expect(opened).to_be_hidden()
    until(tab, "location.hash == '#part-3'")


def test_a_related_question_that_comes_late_opens_nothing(shown: Shown, api: StandInApi) -> None:
    elsewhere = {"id": "f" * 32, "question": "What is a batter?"}
    api.ask_events = [event("done", {"answer": answer("A day.", related_questions=[elsewhere])})]
    tab = shown()
    opened = open_card(tab)
    ask(tab)
    related = opened.get_by_role("button", name="What is a batter?")
    tab.evaluate(
        """() => {
          const real = fetch;
          window.fetch = (...all) => new Promise((go) => { window.go = () => void go(real(...all)); });
        }"""
    )
    related.click()
    until(tab, "!!window.go")
    opened.press("Escape")
    expect(opened).to_be_hidden()
    until(tab, "!location.hash")
    with tab.expect_request(lambda request: elsewhere["id"] in request.url):
        tab.evaluate("go()")
    tab.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert tab.evaluate("location.hash") == ""
    expect(opened).to_be_hidden()


def test_stopping_with_the_keyboard_leaves_the_focus_in_the_box(shown: Shown, api: StandInApi) -> None:
    api.ask_events = [event("token", {"text": "A day"}), Gate()]
    tab = shown()
    opened = open_card(tab)
    ask(tab)
    expect(opened.locator(".unchecked")).to_have_text("A day")
    opened.get_by_role("button", name="Stop").press("Enter")
    expect(opened.locator(".problem")).to_have_text("Stopped")
    expect(opened.get_by_role("textbox")).to_be_focused()


def test_the_end_of_an_answer_leaves_a_reader_where_they_were(shown: Shown, api: StandInApi) -> None:
    text, gate = "A sentence about walls. " * 200, Gate()
    api.ask_events = [event("token", {"text": text}), gate, event("done", {"answer": answer(text)})]
    tab = shown()
    opened = open_card(tab)
    ask(tab)
    expect(opened.locator(".unchecked")).to_contain_text("walls")
    opened.locator(".body").evaluate("(body) => { body.scrollTop = 500; }")
    gate.set()
    expect(opened.locator("[part=judging]")).to_be_attached()
    expect(heading(tab)).to_have_text("How long?")
    assert opened.locator(".body").evaluate("(body) => body.scrollTop") == 500
