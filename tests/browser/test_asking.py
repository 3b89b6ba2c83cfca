"""Asking: the answer as it comes, and what may go wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.blogs import PARAGRAPHS, answer, citation, event
from tests.browser.conftest import Console, Shown
from tests.browser.servers import ASK, Gate, StandInApi, says
from tests.browser.steps import cards, drawer, heading, open_card

TAKES_LONG: list[bytes | Gate] = [event("token", {"text": "It may take"}), Gate()]


def done(text: str = "About a day.", **fields: Any) -> bytes:
    return event("done", {"answer": answer(text, **fields)})


def ask(tab: Page, question: str = "How long does it take?") -> Locator:
    """Asks in the drawer, which it opens if need be."""
    opened = drawer(tab)
    if not opened.is_visible():
        tab.locator("[part=ask]").last.click()
    box = opened.get_by_role("textbox")
    expect(box).to_be_focused()
    box.fill(question)
    box.press("Enter")
    expect(heading(tab)).to_have_text(question)
    return opened


def test_what_is_not_supported_is_taken_back(shown: Shown, api: StandInApi) -> None:
    api.ask_events = [
        event("token", {"text": "A day. Two sheep."}),
        event("sentence", {"text": "A day.", "supported": True}),
        event("sentence", {"text": "Two sheep.", "supported": False}),
        Gate(),
    ]
    opened = ask(shown())
    expect(opened.locator(".answer")).to_have_text("A day.")


def test_an_answer_comes_with_its_sources_and_where_to_go_on(shown: Shown, api: StandInApi) -> None:
    related = [{"id": f"{3:032x}", "question": "What are through stones?"}]
    api.ask_events = [done(citations=[citation(6, api.blog["blog_url"])], related_questions=related)]
    tab = shown()
    opened = ask(tab)
    expect(opened.get_by_role("status")).to_have_text("The answer is there")
    expect(opened.locator("[part=source]")).to_contain_text(PARAGRAPHS[6][:40])
    expect(opened.get_by_text("AI answer. Errors are possible; check the source.")).to_be_visible()
    opened.locator("[part=related]").click()
    expect(heading(tab)).to_have_text("What are through stones?")
    opened.get_by_role("button", name="Back").click()
    expect(opened.locator(".answer")).to_have_text("About a day.")


def test_a_question_that_the_blog_does_not_hold_is_loaded(shown: Shown, api: StandInApi) -> None:
    other = {**api.blog["questions"][1], "id": "f" * 32, "question": "How high may it be?"}
    api.answers["/api/v1/questions/" + "f" * 32] = says(other)
    api.ask_events = [done(related_questions=[{"id": "f" * 32, "question": "How high may it be?"}])]
    tab = shown()
    ask(tab).locator("[part=related]").click()
    expect(heading(tab)).to_have_text("How high may it be?")


def test_a_question_that_cannot_be_loaded_is_told_and_leaves_the_answer(shown: Shown, api: StandInApi) -> None:
    api.ask_events = [done(related_questions=[{"id": "e" * 32, "question": "Gone?"}])]
    tab = shown()
    opened = ask(tab)
    opened.locator("[part=related]").click()
    expect(opened.get_by_role("status")).to_have_text("That did not work. Please try again.")
    expect(opened.locator(".answer")).to_have_text("About a day.")


def test_what_was_asked_before_goes_along(shown: Shown, api: StandInApi) -> None:
    api.ask_events = [done()]
    tab = shown()
    opened = ask(tab)
    expect(opened.locator(".answer")).to_have_text("About a day.")
    opened.get_by_role("textbox").focus()
    ask(tab, "And for two metres?")
    expect(opened.locator(".answer")).to_have_text("About a day.")
    assert json.loads(api.asked(ASK)[1][3]) == {
        "question": "And for two metres?",
        "blog_url": api.blog["blog_url"],
        "history": [{"question": "How long does it take?", "answer": "About a day."}],
    }


def test_stopping_says_so_and_asking_again_works(shown: Shown, api: StandInApi, console: Console) -> None:
    api.ask_events = TAKES_LONG
    opened = ask(shown())
    expect(opened.locator(".unchecked")).to_have_text("It may take")
    opened.get_by_role("button", name="Stop").click()
    expect(opened.locator(".problem")).to_have_text("Stopped")
    expect(opened.locator(".unchecked")).to_have_count(0)
    expect(opened.get_by_role("button", name="Stop")).to_be_hidden()
    api.ask_events = [done()]
    opened.get_by_role("button", name="Try again").click()
    expect(opened.locator(".answer")).to_have_text("About a day.")
    assert console.errors == []


BUSY = "Too many questions at the moment. Please try again soon."
FAILED = "That did not work. Please try again."
FAILURES: dict[str, tuple[Any, str]] = {
    "429": (says({"code": "rate_limited"}, 429), BUSY),
    "503": (says({"code": "busy"}, 503), BUSY),
    "500": (says({"code": "internal"}, 500), FAILED),
    "an answer that is none": (says({"answer": 3}), FAILED),
    "a stream that ends": ([event("token", {"text": "About"})], FAILED),
    "an error in the stream": ([event("error", {"code": "internal"})], FAILED),
    "a limit in the stream": ([event("error", {"code": "rate_limited"})], BUSY),
    "nonsense in the stream": ([b"event: token\ndata: {\n\n"], FAILED),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_told_and_can_be_tried_again(
    shown: Shown, api: StandInApi, console: Console, failure: str
) -> None:
    happens, text = FAILURES[failure]
    if isinstance(happens, list):
        api.ask_events = happens
    else:
        api.answers[ASK] = happens
    opened = ask(shown())
    expect(opened.locator(".problem")).to_have_text(text)
    expect(opened.get_by_role("status")).to_have_text(text)
    expect(opened.locator(".wait, .unchecked")).to_have_count(0)
    api.answers.pop(ASK, None)
    api.ask_events = [done()]
    opened.get_by_role("button", name="Try again").click()
    expect(opened.locator(".answer")).to_have_text("About a day.")
    expect(opened.locator(".problem")).to_have_count(0)
    assert console.errors == []


def test_going_back_skips_what_got_no_answer(shown: Shown, api: StandInApi) -> None:
    api.ask_events = [event("error", {"code": "internal"})]
    tab = shown()
    opened = open_card(tab)
    opened.get_by_role("textbox").focus()
    ask(tab, "How high?")
    expect(opened.locator(".problem")).to_be_visible()
    api.ask_events = [done()]
    opened.get_by_role("textbox").focus()
    ask(tab)
    expect(opened.locator(".answer")).to_have_text("About a day.")
    opened.get_by_role("button", name="Back").click()
    expect(heading(tab)).to_have_text("Why does a dry stone wall hold?")


def test_an_answer_in_one_piece_is_as_good(shown: Shown, api: StandInApi) -> None:
    api.answers[ASK] = says(answer("About a day."))
    expect(ask(shown()).locator(".answer")).to_have_text("About a day.")


def test_what_is_not_covered_is_said_and_the_nearest_offered(shown: Shown, api: StandInApi) -> None:
    related = [{"id": f"{6:032x}", "question": "When is a wall done?"}]
    api.ask_events = [done("", covered=False, related_questions=related)]
    tab = shown()
    opened = ask(tab, "What does a sheep cost?")
    expect(opened.locator(".uncovered")).to_have_text("Nothing here answers that. These come closest:")
    expect(opened.locator(".answer, [part=judging], [part=note]")).to_have_count(0)
    opened.locator("[part=related]").click()
    expect(heading(tab)).to_have_text("When is a wall done?")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"engine": "extractive"}, "Put together by a program, in the words of the article; check the source."),
        ({"notices": ["budget_reached"]}, "No model is available right now, so this is quoted."),
        ({"notices": ["model_unavailable"]}, "No model is available right now, so this is quoted."),
    ],
)
def test_it_is_said_who_answered(shown: Shown, api: StandInApi, fields: dict[str, Any], text: str) -> None:
    api.ask_events = [done(**fields)]
    expect(ask(shown()).get_by_text(text)).to_be_visible()


@pytest.mark.parametrize("question", ["", "   "])
def test_an_empty_question_is_not_asked(shown: Shown, api: StandInApi, question: str) -> None:
    tab = shown()
    tab.locator("[part=ask]").last.click()
    box = drawer(tab).get_by_role("textbox")
    box.fill(question)
    box.press("Enter")
    expect(heading(tab)).to_have_text("Dry stone walls")
    assert api.asked(ASK) == []


def test_a_question_is_no_longer_than_the_api_takes(shown: Shown, api: StandInApi) -> None:
    tab = shown()
    tab.locator("[part=ask]").last.click()
    expect(drawer(tab).get_by_role("textbox")).to_have_attribute("maxlength", "500")


@pytest.mark.parametrize("way", ["back", "related"])
def test_leaving_a_question_while_it_is_answered_stops_it_and_leaves_no_trace(
    shown: Shown, api: StandInApi, console: Console, way: str
) -> None:
    api.ask_events = TAKES_LONG
    tab = shown()
    opened = open_card(tab)
    opened.get_by_role("textbox").focus()
    ask(tab)
    expect(opened.locator(".unchecked")).to_have_text("It may take")
    if way == "back":
        opened.get_by_role("button", name="Back").click()
    else:
        tab.evaluate("AutoBlogQuestionInjector.instance.open(null)")
    text = "Why does a dry stone wall hold?" if way == "back" else "Dry stone walls"
    expect(heading(tab)).to_have_text(text)
    expect(opened.get_by_role("button", name="Stop")).to_be_hidden()
    expect(opened.locator(".problem")).to_have_count(0)
    expect(opened.get_by_role("button", name="Try again")).to_have_count(0)
    api.ask_events = [done()]
    opened.get_by_role("textbox").focus()
    ask(tab, "Once more?")
    expect(opened.locator(".answer")).to_have_text("About a day.")
    assert console.errors == []


def test_closing_while_it_is_answered_stops_it(shown: Shown, api: StandInApi, console: Console) -> None:
    api.ask_events = TAKES_LONG
    tab = shown()
    opened = ask(tab)
    expect(opened.locator(".unchecked")).to_have_text("It may take")
    with tab.expect_event("requestfailed", lambda request: ASK in request.url):
        tab.keyboard.press("Escape")
    cards(tab).first.click()
    expect(opened.locator(".problem")).to_have_count(0)
    assert console.errors == []


def test_a_page_that_spoils_json_spoils_no_question(shown: Shown, api: StandInApi, tab: Page) -> None:
    tab.add_init_script("Array.prototype.toJSON = String.prototype.toJSON = function () { return 'spoilt: ' + this; };")
    api.ask_events = [done()]
    question = 'Is "this" \\ a wall — 壁\U0001f9f1?'
    expect(ask(shown(), question).locator(".answer")).to_have_text("About a day.")
    sent = json.loads(api.asked(ASK)[0][3])
    assert sent == {"question": question, "blog_url": api.blog["blog_url"], "history": []}
