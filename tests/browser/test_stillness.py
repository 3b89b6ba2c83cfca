"""Nothing that a reader sees moves, whenever the questions come; and while they do not come, nothing is shown."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request
from starlette.responses import Response

from tests.browser.blogs import BODY, PARAGRAPHS, blog, page
from tests.browser.conftest import Console, Shown, both_devices
from tests.browser.servers import CHECK, KEY, Site, StandInApi, says
from tests.browser.steps import COUNT_SHIFTS, cards, drawer, open_card, shifts, wake

PLACEMENTS = ("1", "3", "end", "float", "#own")
LAID_OUT = {
    "in a column": "display:flex;flex-direction:column;min-height:100vh;justify-content:space-between",
    "in a row": "display:flex;justify-content:space-between;max-width:none;gap:40px",
    "in a grid": "display:grid;grid-template-rows:1fr auto;min-height:100vh;gap:40px",
}


@pytest.fixture
def still(tab: Page) -> Page:
    """A tab that notes what moves."""
    tab.add_init_script(COUNT_SHIFTS)
    return tab


def ready(api: StandInApi, after_s: float = 0) -> None:
    api.answers[CHECK] = says({"status": "ready", "blog": api.blog}, after_s=after_s)


@both_devices
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_nothing_moves_when_cards_are_placed(still: Page, shown: Shown, device: str, placement: str) -> None:
    tab = shown(article=BODY + '<div id="own"></div>', attributes=f'data-placement="{placement}"')
    assert shifts(tab) == []


@both_devices
@pytest.mark.parametrize("placement", ["1", "3", "end"])
def test_nothing_moves_when_the_questions_come_late_and_the_reader_is_half_way_down(
    still: Page, site: Site, api: StandInApi, device: str, placement: str
) -> None:
    ready(api, after_s=0.5)
    site.put("/wall", page(api.url, key=KEY, article=BODY + BODY, attributes=f'data-placement="{placement}"'))
    still.goto(site.url + "/wall")
    still.evaluate("scrollTo(0, 900)")
    place = "document.querySelectorAll('p')[6].getBoundingClientRect().top + scrollY"
    seen = still.evaluate(place)
    wake(still)
    cards(still).first.wait_for(state="attached")
    assert shifts(still) == []
    assert still.evaluate(place) == seen
    expect(cards(still).first).not_to_be_in_viewport()


def test_a_button_floats_when_all_has_been_read_before_the_questions_come(
    still: Page, site: Site, api: StandInApi
) -> None:
    ready(api, after_s=0.5)
    still.goto(site.url + "/wall")
    still.evaluate("scrollTo(0, 99999)")
    wake(still)
    expect(cards(still)).to_have_attribute("part", "float")
    assert shifts(still) == []


@both_devices
@pytest.mark.parametrize("layout", LAID_OUT)
def test_neither_button_nor_drawer_moves_a_page_laid_out(still: Page, shown: Shown, device: str, layout: str) -> None:
    tab = shown(
        article="<p>Short.</p>",
        head=f"<style>body{{margin:0 auto;{LAID_OUT[layout]}}}article p{{min-height:0}}</style>",
    )
    height = tab.evaluate("document.documentElement.scrollHeight")
    open_card(tab)
    assert shifts(tab) == []
    assert tab.evaluate("document.documentElement.scrollHeight") == height


@both_devices
def test_nothing_moves_when_the_drawer_opens_and_closes(still: Page, shown: Shown, device: str) -> None:
    tab = shown()
    open_card(tab)
    drawer(tab).get_by_role("button", name="Close").click()
    expect(drawer(tab)).to_be_hidden()
    assert shifts(tab) == []


def test_nothing_is_shown_while_the_blog_is_processed_and_then_its_cards(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    api.answers[CHECK] = says({"status": "processing", "job_id": "1", "retry_after_s": 0.2})
    with tab.expect_response(lambda response: CHECK in response.url):
        tab.goto(site.url + "/wall")
    tab.keyboard.press("Shift")
    expect(tab.locator("[data-blogqa]")).to_have_count(0)
    ready(api)
    wake(tab)
    expect(cards(tab)).to_have_count(4)
    assert console.lines == []


PATIENCE = {
    "processing": says({"status": "processing", "retry_after_s": 0.05}),
    "not started": says({"status": "not_started", "retry_after_s": 0.05}),
    "busy": says({"code": "rate_limited"}, 429, Retry_After="0.05"),
    "starting": says({"code": "search_not_ready"}, 503, Retry_After="0.05"),
}


@pytest.mark.parametrize("state", PATIENCE)
def test_waiting_grows_longer_and_ends(tab: Page, site: Site, api: StandInApi, console: Console, state: str) -> None:
    times: list[float] = []

    async def answer(request: Request) -> Response:
        times.append(time.monotonic())
        return await PATIENCE[state](request)

    api.answers[CHECK] = answer
    tab.add_init_script("addEventListener('blogqa:error', ({ detail }) => (window.failed = detail.message), true)")
    tab.goto(site.url + "/wall")
    assert tab.wait_for_function("window.failed").json_value() == "the questions were not ready in time"
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(waits) == 5
    assert all(wait >= 0.05 * 2**tries for tries, wait in enumerate(waits))
    tab.wait_for_timeout(500)
    assert len(times) == 6
    assert console.errors == []
    assert console.of("debug") == ["BlogQA: the questions were not ready in time"]


WRONG = {
    "failed": says({"status": "failed", "code": "too_little_text"}),
    "unknown": says({"code": "unauthorized"}, 401),
    "broken": says({"code": "internal"}, 500),
    "a list": says([]),
    "nonsense": says({"status": "ready", "blog": {"questions": "none"}}),
    "empty": says({"status": "ready", "blog": {**blog("x"), "questions": []}}),
    "blank": says(
        {"status": "ready", "blog": {**blog("x"), "questions": [{"id": "1", "question": " ", "answer": PARAGRAPHS[0]}]}}
    ),
}


@pytest.mark.parametrize("answer", WRONG)
def test_no_cards_no_error_and_one_try_when_the_api_answers(
    tab: Page, site: Site, api: StandInApi, console: Console, answer: str
) -> None:
    api.answers[CHECK] = WRONG[answer]
    site.put("/wall", page(api.url, key=KEY, script=False))
    tab.goto(site.url + "/wall")
    tab.add_script_tag(url="/widget/auto-blog-question-injector.js")
    config = {"apiKey": KEY, "apiBaseUrl": api.url}
    assert tab.evaluate("config => new AutoBlogQuestionInjector(config).init()", config) is False
    tab.keyboard.press("Shift")
    expect(tab.locator("[data-blogqa]")).to_have_count(0)
    assert len(api.asked(CHECK)) == 1
    assert console.errors == []


def test_no_cards_and_no_error_when_the_api_cannot_be_reached(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    site.put("/wall", page("http://127.0.0.1:9", key=KEY))
    with tab.expect_console_message(lambda message: message.type == "debug"):
        tab.goto(site.url + "/wall")
    assert console.errors == []
    assert len(console.of("debug")) == 1
