"""axe finds nothing to complain of in any state of the widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.blogs import answer, citation, event
from tests.browser.conftest import Shown, both_devices
from tests.browser.servers import UI_JS, Gate, StandInApi
from tests.browser.steps import cards, drawer, open_card, settle

AXE = UI_JS / "node_modules/axe-core/axe.min.js"
DARK = "<style>body{background:#16181d;color:#eee}</style>"
ARTICLE = {"title": "Hedges", "url": "https://blog.example/hedges", "language": "en", "question": None}
SPONSORED = """data-sponsored='{"title":"Lime","url":"https://shop.example/","text":"For other walls"}'"""


def faults(tab: Page) -> list[Any]:
    """What axe finds, in short: rule, and the elements."""
    assert AXE.exists(), f"axe-core is missing: run `npm ci` in {UI_JS.name}"
    tab.emulate_media(reduced_motion="reduce")  # Cards that are about to appear would be half there.
    settle(tab)
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = tab.evaluate(
        """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target.flat(), failureSummary])])"""
    )
    return found


def ask(tab: Page) -> None:
    """Asks in the drawer, from the way to it below the cards."""
    tab.locator("[part=ask]").last.click()
    drawer(tab).get_by_role("textbox").fill("How long?")
    drawer(tab).get_by_role("textbox").press("Enter")


def expanded(tab: Page) -> None:
    open_card(tab).get_by_role("button", name="Read more").click()


def listed(tab: Page) -> None:
    tab.evaluate("AutoBlogQuestionInjector.instance.open(null)")
    expect(drawer(tab).get_by_role("listitem")).to_have_count(6)


def asking(tab: Page) -> None:
    ask(tab)
    expect(drawer(tab).locator(".unchecked")).to_have_text("A day")


def answered(tab: Page) -> None:
    ask(tab)
    expect(drawer(tab).locator("[part=judging]")).to_be_visible()


def uncovered(tab: Page) -> None:
    ask(tab)
    expect(drawer(tab).locator(".uncovered")).to_be_visible()


def failed(tab: Page) -> None:
    ask(tab)
    expect(drawer(tab).locator(".problem")).to_be_visible()


def missing(tab: Page) -> None:
    open_card(tab).locator("[part=source]").click()
    expect(drawer(tab).locator(".missing")).to_be_visible()


RELATED = [{"id": f"{3:032x}", "question": "What are through stones?"}]
STATES: dict[str, tuple[Callable[[Page], Any], list[bytes | Gate]]] = {
    "cards": (lambda tab: cards(tab).first.scroll_into_view_if_needed(), []),
    "a question": (open_card, []),
    "a question expanded": (expanded, []),
    "the list": (listed, []),
    "asking": (asking, [event("token", {"text": "A day"}), Gate()]),
    "answered": (answered, [event("done", {"answer": answer("A day.", citations=[citation(6)])})]),
    "not covered": (uncovered, [event("done", {"answer": answer("", covered=False, related_questions=RELATED)})]),
    "failed": (failed, [event("error", {"code": "internal"})]),
}


def clean(shown: Shown, api: StandInApi, state: str, **made: Any) -> None:
    """Brings the widget into a state and asks axe."""
    reach, api.ask_events = STATES[state]
    api.articles = [ARTICLE]
    tab = shown(attributes=SPONSORED, **made)
    reach(tab)
    assert faults(tab) == []


@both_devices
@pytest.mark.parametrize("state", STATES)
def test_axe_is_content_with(shown: Shown, api: StandInApi, device: str, state: str) -> None:
    clean(shown, api, state)


@pytest.mark.parametrize("state", ["cards", "a question", "not covered", "failed"])
def test_axe_is_content_on_a_dark_page_with(shown: Shown, api: StandInApi, state: str) -> None:
    clean(shown, api, state, head=DARK)


@pytest.mark.parametrize("state", ["cards", "a question"])
def test_axe_is_content_from_right_to_left_with(shown: Shown, api: StandInApi, state: str) -> None:
    clean(shown, api, state, lang="ar", html='dir="rtl"')


@pytest.mark.parametrize("head", ["", DARK])
def test_axe_is_content_with_the_floating_button(shown: Shown, head: str) -> None:
    assert faults(shown(head=head, attributes='data-placement="float"')) == []


def test_axe_is_content_with_a_passage_that_is_missing(shown: Shown, api: StandInApi) -> None:
    api.blog["questions"][0]["citations"][0]["text"] = "Something altogether different stood here once upon a time."
    tab = shown()
    missing(tab)
    assert faults(tab) == []
