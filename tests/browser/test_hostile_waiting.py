"""An API that keeps one waiting, and files of the widget that do not come: nobody waits for ever, or hammers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate

import pytest
from playwright.sync_api import Page, Request, Route, expect
from starlette.requests import Request as Asked
from starlette.responses import Response, StreamingResponse

from tests.browser.blogs import answer, event
from tests.browser.conftest import Console
from tests.browser.failures import ASK, EVENTS, LOAD, problem, says, streams
from tests.browser.servers import Answer, Site, StandInApi
from tests.browser.steps import waiting

Shown = Callable[..., Page]
GOOD = streams(event("done", {"answer": answer("About a day.")}))


async def never_answers(_: Asked) -> Response:
    await asyncio.Event().wait()
    return Response()


async def goes_silent(_: Asked) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield event("token", {"text": "About a"})
        await asyncio.Event().wait()

    return StreamingResponse(body(), media_type="text/event-stream")


async def stops_in_json(_: Asked) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"answer": "Abou'
        await asyncio.Event().wait()

    return StreamingResponse(body(), media_type="application/json")


@pytest.mark.parametrize("silence", [never_answers, goes_silent, stops_in_json])
def test_who_asks_an_api_that_falls_silent_can_ask_again(
    silence: Answer, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    api.answers[ASK] = silence
    tab.clock.install(time=0)
    tab.goto(site.url + "/wall#bqa=")
    box = tab.get_by_role("dialog").get_by_role("textbox")
    box.fill("How long does it take?")
    tab.clock.pause_at(3_600)  # From here on only the test lets time pass.
    with tab.expect_request("**/qa/ask"):
        box.press("Enter")
    if silence is goes_silent:
        expect(tab.locator(".unchecked")).to_have_text("About a")
    else:
        expect(tab.locator(".wait")).to_be_visible()
    tab.clock.fast_forward(29_000)
    expect(tab.locator(".problem")).to_have_count(0)
    tab.clock.fast_forward(32_000)
    expect(tab.locator(".problem")).to_contain_text("That did not work")
    expect(tab.get_by_role("button", name="Stop")).to_be_hidden()
    api.answers[ASK] = GOOD
    tab.get_by_role("button", name="Try again").click()
    expect(tab.locator(".answer")).to_have_text("About a day.")
    assert console.errors == []


@pytest.mark.parametrize(
    "busy",
    [
        problem(503, "busy"),
        problem(429, "too_many"),
        problem(429, "too_many", Retry_After="5"),
        problem(503, "busy", Retry_After="0"),
        problem(503, "busy", Retry_After=formatdate(usegmt=True)),
        problem(429, "too_many", Retry_After="soon"),
        says(503, "<h1>maintenance</h1>", "text/html"),
        says(200, '{"status": "processing", "retry_after_s": "soon"}'),
        says(200, '{"status": "processing", "retry_after_s": {}}'),
    ],
    ids=["503", "429", "Retry-After", "no wait", "a date", "nonsense", "HTML", "processing, nonsense", "an object"],
)
def test_an_api_that_is_busy_is_asked_again_a_few_times_and_ever_more_rarely(
    busy: Answer, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    api.answers[LOAD] = busy
    sent, ended, counts = set[Request](), set[Request](), []
    tab.on("request", lambda request: sent.add(request) if LOAD in request.url else None)
    tab.on("response", lambda response: ended.add(response.request))
    tab.on("requestfailed", lambda request: ended.add(request))
    tab.clock.install()
    tab.goto(site.url + "/wall")
    for seconds in (2, 6, 12, 24, 48, 70, 130, 300):
        tab.clock.run_for(seconds * 1000)
        # What was asked is answered, or given up, before the time goes on.
        for _ in range(1_000):
            if sent <= ended:
                break
            tab.wait_for_timeout(10)
        assert sent <= ended
        tab.evaluate("() => fetch(location.href).then((page) => page.text())")
        tab.clock.run_for(100)
        counts.append(len(sent))
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[-1] <= 6
    assert counts[2] <= 3
    assert len(console.of("debug")) == 1
    assert console.errors == []
    expect(tab.locator("[data-blogqa]")).to_have_count(0)


def test_a_long_retry_after_is_capped_and_the_cards_come_when_the_api_is_back(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    api.answers[LOAD] = problem(503, "busy", Retry_After="86400")
    tab.clock.install()
    with tab.expect_response("**/check-and-load?*"):  # Time runs on by itself: it may come before the page has loaded.
        tab.goto(site.url + "/wall")
        tab.clock.run_for(2000)
    tab.evaluate("() => fetch(location.href).then((page) => page.text())")  # Meanwhile it decides how long to wait.
    del api.answers[LOAD]
    tab.clock.run_for(61_000)
    tab.mouse.wheel(0, 5)
    expect(tab.locator("[part=card]")).to_have_count(4)
    assert console.errors == []


@pytest.mark.parametrize("failure", ["404", "connectionreset", "connectionrefused", "a page instead"])
def test_a_click_loads_the_drawer_again_when_it_could_not_be_loaded_before(
    failure: str, shown: Shown, console: Console
) -> None:
    tab = shown()
    tried = []

    def fails(route: Route) -> None:
        tried.append(route.request.url)
        if failure == "404":
            route.fulfill(status=404, body="not found")
        elif failure == "a page instead":
            route.fulfill(body="<h1>Please log in</h1>", content_type="text/html")
        else:
            route.abort(failure)

    tab.route("**/auto-blog-question-drawer.js*", fails)
    first = tab.locator("[part=card]").first
    with tab.expect_console_message(lambda message: message.text.startswith("BlogQA")):
        first.click()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    assert len(console.of("debug")) == 1
    tab.unroute("**/auto-blog-question-drawer.js*")
    first.click()
    expect(tab.get_by_role("dialog").get_by_role("heading", level=2)).to_be_visible()
    assert tried
    assert console.errors == []


@pytest.mark.parametrize("failure", ["404", "connectionreset"])
def test_cards_that_cannot_be_loaded_leave_the_page_alone_with_one_quiet_line(
    failure: str, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    fail: Callable[[Route], None] = (
        (lambda route: route.fulfill(status=404, body="no"))
        if failure == "404"
        else (lambda route: route.abort(failure))
    )
    tab.route("**/auto-blog-question-cards.js*", fail)
    tab.goto(site.url + "/wall")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector?.instance")
    with tab.expect_console_message(lambda message: message.text.startswith("BlogQA")):
        tab.mouse.wheel(0, 5)
    tab.mouse.wheel(0, 50)
    tab.mouse.move(5, 5)
    tab.mouse.move(50, 50)
    assert len(console.of("debug")) == 1
    assert console.errors == []
    expect(tab.locator("[data-blogqa]")).to_have_count(0)


@pytest.mark.parametrize(
    "missing",
    [
        "delete AbortSignal.timeout",
        "delete window.requestIdleCallback",
        "Object.defineProperty(CSS, 'highlights', {value: undefined})",
        "delete navigator.constructor.prototype.clipboard",
        "window.self = null",
    ],
)
def test_a_browser_that_lacks_something_has_cards_drawer_and_passages(
    missing: str, tab: Page, shown: Shown, api: StandInApi, console: Console
) -> None:
    tab.add_init_script(missing)
    api.ask_events = [event("done", {"answer": answer("About a day.")})]
    shown()
    tab.locator("[part=card]").first.click()
    source = tab.locator("button[part=source]")
    expect(source).to_contain_text("without mortar")
    tab.locator(".copy").click()
    expect(tab.get_by_role("status")).to_have_text("Link copied")
    source.click()
    if "highlights" in missing:  # The passage is selected, which needs the drawer out of the way.
        tab.wait_for_function("() => getSelection().toString().includes('without mortar')")
        tab.locator("button[part=ask]").click()
    else:
        expect(tab.locator("dialog.cited")).to_be_visible()
    tab.get_by_role("textbox").fill("How long?")
    tab.get_by_role("textbox").press("Enter")
    expect(tab.locator(".answer")).to_have_text("About a day.")
    assert console.errors == []
    assert console.of("debug") == console.of("warning") == []
    waiting(tab, lambda: any('"type":"citation"' in body for (_, _, _, body) in api.asked(EVENTS)))
