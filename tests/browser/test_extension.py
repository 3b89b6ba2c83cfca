"""The extension: the widget on a page that forbids everything, its requests on show, and a worker that may stop."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from local_stack.ports import LOOPBACK, free_port
from tests.browser.blogs import PARAGRAPHS, blog
from tests.browser.extension import Extension, copy_extension, running, until
from tests.browser.servers import KEY, Answer, Site, StandInApi, served

STRICT = (
    "default-src 'none'; script-src 'none'; style-src 'none'; connect-src 'none'; require-trusted-types-for 'script'"
)
JOB_ID = "0123456789abcdef01234567"
CARD = "[data-blogqa] [part=card]"
PROBED = "#probe-card"
LOAD = "/api/v1/questions/check-and-load"
BY_URL = "/api/v1/questions/by-url"
PROCESS = "/api/v1/jobs/process"
STATUS = f"/api/v1/jobs/status/{JOB_ID}"


def says(status: int, body: Any, **headers: str) -> Answer:
    """An answer that is the same every time."""

    async def answer(_: Request) -> Response:
        kind = "application/problem+json" if status >= 400 else "application/json"
        return JSONResponse(body, status, {"X-Request-ID": "request-7", **headers}, kind)

    return answer


def problem(status: int, code: str) -> Answer:
    """A problem as the API describes it."""
    return says(
        status,
        {"type": f"urn:blogqa:problem:{code}", "title": "t", "status": status, "detail": f"about {code}", "code": code},
    )


def job(state: str, **more: Any) -> dict[str, Any]:
    """A job as the API describes it."""
    standard: dict[str, Any] = {"progress": None, "attempt": 1, "max_attempts": 3, "errors": [], "result": None}
    return {"job_id": JOB_ID, "blog_url": "https://example.com/post", "state": state, **standard, **more}


class Hanging:
    """An answer that does not come until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()

    async def __call__(self, _: Request) -> Response:
        self.begun.set()
        while not self.let_go.is_set():  # noqa: ASYNC110 - another thread's event
            await asyncio.sleep(0.01)
        return JSONResponse({"code": "too_late"}, 503)


class Endless:
    """A stream that says something and then goes on until its reader leaves."""

    def __init__(self) -> None:
        self.left = threading.Event()

    async def __call__(self, _: Request) -> Response:
        return StreamingResponse(self._chunks(), media_type="text/event-stream")

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            yield "event: token\ndata: Fußweg\n\n".encode()
            while True:
                await asyncio.sleep(0.05)
                yield b": still here\n\n"
        finally:
            self.left.set()


@pytest.fixture
def strict_page(site: Site) -> str:
    """A page of the site that allows nothing: no script, no style, no request."""
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS * 8)  # More than a screen of them.
    html = f'<!doctype html><html lang="en"><title>Dry stone</title><article><h1>Dry stone</h1>{paragraphs}</article>'
    return site.put("/strict", html, Content_Security_Policy=STRICT)


@pytest.fixture
def api(strict_page: str) -> Iterator[StandInApi]:
    stand_in = StandInApi(blog(strict_page))
    stand_in.answers |= {BY_URL: says(200, stand_in.blog), PROCESS: problem(422, "invalid_request")}
    with served(stand_in.app()) as stand_in.url:
        yield stand_in


Start = Callable[..., Extension]


@pytest.fixture
def start(playwright: Playwright, tmp_path: Path) -> Iterator[Start]:
    """Starts a browser with the extension, with the real widget or with the probe."""
    opened = []

    def begin(*, probe: bool = False) -> Extension:
        copy = copy_extension(tmp_path, probe=probe)
        browser = running(playwright, copy, tmp_path / "profile")
        opened.append(browser)
        return browser.__enter__()

    yield begin
    for browser in opened:
        browser.__exit__(None, None, None)


@pytest.fixture
def extension(start: Start) -> Extension:
    return start()


@pytest.fixture
def probing(start: Start) -> Extension:
    return start(probe=True)


def show(popup: Page) -> None:
    popup.get_by_label("Show the widget here").check()
    expect(popup.locator("#page-status")).to_have_text("The widget has been started on this page.")


def read(page: Page) -> None:
    """Moves the pointer until there are cards: they wait for a sign of a reader, and for the questions."""
    page.bring_to_front()
    for place in range(100):
        page.mouse.move(10 + place, 10)
        page.wait_for_timeout(50)
        if page.locator(CARD).count():
            return
    raise AssertionError("there are no cards")


def requests(panel: Page) -> Any:
    return panel.locator("#requests li")


def test_the_widget_works_on_a_page_that_forbids_everything(
    extension: Extension, strict_page: str, api: StandInApi
) -> None:
    page, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    show(popup)
    panel = extension.panel(tab)
    expect(panel.locator("#widget-state")).to_contain_text("running")
    read(page)
    page.locator(CARD).first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.locator(".answer")).to_contain_text(PARAGRAPHS[0])

    load = requests(panel).filter(has_text=LOAD)
    expect(load).to_contain_text("GET")
    expect(load.get_by_text("200")).to_be_visible()
    expect(load).to_contain_text(" ms")
    expect(panel.locator("#events").get_by_text("blogqa:ready")).to_be_visible()
    expect(panel.locator("#events").get_by_text("blogqa:opened")).to_be_visible()

    popup.get_by_label("Show the widget here").uncheck()
    expect(page.locator("[data-blogqa]")).to_have_count(0)
    expect(panel.locator("#widget-state")).to_have_text("not in this page")


def test_the_key_reaches_the_server_but_never_the_page_or_an_address(
    probing: Extension, strict_page: str, api: StandInApi
) -> None:
    page, tab = probing.visit(strict_page)
    show(probing.set_up(api.url, tab, key=KEY))
    page.locator(PROBED).wait_for()
    _, target, headers, _ = api.asked(LOAD)[0]
    assert headers["x-api-key"] == KEY
    assert KEY not in target
    assert probing.evaluate_in_content_script(page, "JSON.stringify(probe)").find(KEY) == -1
    read = "chrome.storage.local.get(null).then(JSON.stringify, () => 'refused')"
    assert probing.evaluate_in_content_script(page, read) == "refused"


def test_a_streamed_answer_arrives_in_pieces_and_stops_when_it_is_aborted(
    probing: Extension, strict_page: str, api: StandInApi
) -> None:
    endless = Endless()
    api.answers["/api/v1/qa/ask"] = endless
    page, tab = probing.visit(strict_page)
    show(probing.set_up(api.url, tab, key=KEY))
    page.locator(PROBED).wait_for()
    streamed = """(async () => {
        const stop = new AbortController();
        const init = { method: 'POST', body: '{}', headers: { accept: 'text/event-stream' }, signal: stop.signal };
        const response = await probe.fetch(probe.apiBaseUrl + '/api/v1/qa/ask', init);
        const reader = response.body.getReader();
        const { value } = await reader.read();
        stop.abort();
        const end = await reader.read().then(() => 'went on', (error) => error.name);
        return [response.ok, response.headers.get('content-type'), new TextDecoder().decode(value), end];
    })()"""
    ok, kind, first, end = probing.evaluate_in_content_script(page, streamed)
    assert (ok, end) == (True, "AbortError")
    assert kind.startswith("text/event-stream")
    assert first.startswith("event: token\ndata: Fußweg")
    assert endless.left.wait(10)
    expect(requests(probing.panel(tab)).filter(has_text="qa/ask")).to_contain_text("aborted")


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("http://{host}/api/v1/questions/by-url", "not below the API"),
        ("{api}/metrics", "not below the API"),
        ("{api}/api/v1/../../metrics", "not below the API"),
        ("{api}/api/v1/%2e%2e/%2e%2e/metrics", "not below the API"),
        ("{api}@{host}/api/v1/x", "not below the API"),
        ("file:///etc/passwd", "not below the API"),
    ],
)
def test_a_page_cannot_have_anything_else_fetched(
    probing: Extension, strict_page: str, api: StandInApi, site: Site, address: str, refusal: str
) -> None:
    page, tab = probing.visit(strict_page)
    show(probing.set_up(api.url, tab, key=KEY))
    page.locator(PROBED).wait_for()
    before = len(api.requests)
    url = address.format(host=site.url.removeprefix("http://"), api=api.url)
    asked = f"probe.fetch({json.dumps(url)}).then(() => 'fetched', (error) => error.message)"
    assert refusal in probing.evaluate_in_content_script(page, asked)
    assert len(api.requests) == before
    expect(probing.panel(tab).locator("#events").get_by_text("Refused:")).to_be_visible()


def test_a_page_can_neither_choose_headers_and_methods_nor_give_commands(
    probing: Extension, strict_page: str, api: StandInApi
) -> None:
    page, tab = probing.visit(strict_page)
    show(probing.set_up(api.url, tab, key=KEY))
    page.locator(PROBED).wait_for()
    forged = "{headers: {'X-Admin-Key': 'a', 'X-API-Key': 'pub_other', Accept: 'text/plain'}}"
    probing.evaluate_in_content_script(page, f"probe.fetch(probe.apiBaseUrl + '{BY_URL}', {forged}).then(() => 0)")
    _, _, headers, _ = api.asked(BY_URL)[-1]
    assert (headers.get("x-admin-key"), headers["x-api-key"], headers["accept"]) == (None, KEY, "text/plain")
    deletes = f"probe.fetch(probe.apiBaseUrl + '{BY_URL}', {{method: 'DELETE'}}).catch((error) => error.message)"
    assert "method DELETE" in probing.evaluate_in_content_script(page, deletes)
    command = {"type": "enqueue", "tabId": tab, "url": strict_page}
    sent = f"chrome.runtime.sendMessage({json.dumps(command)})"
    assert probing.evaluate_in_content_script(page, sent) is None
    assert api.asked(PROCESS) == []


@pytest.mark.parametrize(("status", "code"), [(401, "unauthorized"), (500, "internal_error")])
def test_errors_of_the_server_are_shown_with_their_code_and_request_id(
    extension: Extension, strict_page: str, api: StandInApi, status: int, code: str
) -> None:
    api.answers[LOAD] = problem(status, code)
    _, tab = extension.visit(strict_page)
    show(extension.set_up(api.url, tab, key=KEY))
    panel = extension.panel(tab)
    failed = requests(panel).filter(has_text=LOAD).first
    for shown in (str(status), f"{code}: about {code}", "request request-7"):
        expect(failed).to_contain_text(shown)
    expect(panel.locator("#events")).to_contain_text("blogqa:error")


def test_a_server_that_is_away_is_shown(extension: Extension, strict_page: str) -> None:
    _, tab = extension.visit(strict_page)
    show(extension.set_up(f"http://{LOOPBACK}:{free_port()}", tab, key=KEY))
    panel = extension.panel(tab)
    expect(requests(panel).first).to_contain_text("failed")
    expect(requests(panel).first).to_contain_text("cannot be reached")


def test_a_server_that_chrome_was_not_allowed_to_contact_is_not_contacted(
    probing: Extension, strict_page: str, api: StandInApi
) -> None:
    _, tab = probing.visit(strict_page)
    asking = probing.popup(tab)
    asking.get_by_label("Server address").fill(api.url.replace(LOOPBACK, "localhost"))  # Not in the test's manifest.
    asking.get_by_label("Publisher’s key").fill(KEY)
    asking.get_by_role("button", name="Save").click()
    until(lambda: asking.evaluate("chrome.storage.local.get(null)"))  # Chrome asks now, and nobody answers.
    show(probing.popup(tab))
    expect(requests(probing.panel(tab)).first).to_contain_text("Chrome does not let the extension talk to")
    assert api.requests == []


def test_the_popup_opens_the_panel_at_the_side(extension: Extension, strict_page: str, api: StandInApi) -> None:
    _, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    popup.get_by_role("button", name="Open the panel").click()
    until(lambda: extension.targets("panel/panel.html"))


def test_a_page_is_enqueued_and_followed_to_the_end_though_the_service_worker_stops(
    extension: Extension, strict_page: str, api: StandInApi
) -> None:
    api.answers[PROCESS] = says(202, {"status": "accepted", "created": True} | job("queued"))
    api.answers[STATUS] = says(200, job("processing", progress={"step": "generate", "percent": 40}))
    _, tab = extension.visit(strict_page)
    extension.set_up(api.url, tab, key=KEY)
    panel = extension.panel(tab)
    expect(panel.get_by_label("Page", exact=True)).to_have_value(strict_page)
    panel.get_by_role("button", name="Enqueue this page").click()
    row = panel.locator("#jobs li")
    for shown in ("processing", "generate", "40 %", "attempt 1 of 3"):
        expect(row).to_contain_text(shown)
    assert json.loads(api.asked(PROCESS)[0][3]) == {"blog_url": strict_page}

    extension.stop_service_worker(panel)
    failure = {"attempt": 1, "code": "page_unavailable", "message": "it was down"}
    result = {"questions": 6, "engine": "extractive"}
    api.answers[STATUS] = says(200, job("completed", attempt=2, errors=[failure], result=result))
    for shown in ("completed", "100 %", "attempt 2 of 3", "page_unavailable: it was down", "6 questions by extractive"):
        expect(row).to_contain_text(shown)
    asked = len(api.asked(STATUS))
    panel.wait_for_timeout(2500)
    assert len(api.asked(STATUS)) == asked


def test_a_request_that_dies_with_the_service_worker_ends_in_an_error_and_the_next_works(
    probing: Extension, strict_page: str, api: StandInApi
) -> None:
    hanging = Hanging()
    api.answers["/api/v1/qa/ask"] = hanging
    page, tab = probing.visit(strict_page)
    show(probing.set_up(api.url, tab, key=KEY))
    page.locator(PROBED).wait_for()
    panel = probing.panel(tab)
    asking = "globalThis.asked = probe.fetch(probe.apiBaseUrl + '/api/v1/qa/ask', {method: 'POST'})"
    probing.evaluate_in_content_script(page, f"{asking}.catch((error) => error.message), 0")
    assert hanging.begun.wait(10)
    expect(requests(panel).first).to_contain_text("pending")
    probing.stop_service_worker(panel)
    assert "was stopped" in probing.evaluate_in_content_script(page, "asked")
    expect(requests(panel).first).to_contain_text("failed")
    expect(requests(panel).first).to_contain_text("stopped the extension’s service worker")
    hanging.let_go.set()
    again = f"probe.fetch(probe.apiBaseUrl + '{BY_URL}').then((response) => response.status)"
    assert probing.evaluate_in_content_script(page, again) == 200
    expect(requests(panel).filter(has_text=BY_URL)).to_contain_text("200")


def test_what_happened_can_be_exported_without_the_key_and_cleared(
    extension: Extension, strict_page: str, api: StandInApi
) -> None:
    api.answers[LOAD] = says(401, {"type": "urn:blogqa:problem:x", "code": "x", "detail": f"what is {KEY}?"})
    _, tab = extension.visit(strict_page)
    show(extension.set_up(api.url, tab, key=KEY))
    panel = extension.panel(tab)
    expect(requests(panel).first).to_contain_text("401")
    with panel.expect_download() as download:
        panel.get_by_role("button", name="Export as JSON").click()
    text = Path(download.value.path()).read_text()
    exported = json.loads(text)
    assert KEY not in text
    assert exported["settings"]["server"] == api.url
    assert exported["page"] == strict_page
    assert exported["requests"][0]["status"] == 401
    assert exported["requests"][0]["message"] == "what is [key]?"
    assert "blogqa:error" in [event["name"] for event in exported["events"]]
    panel.get_by_role("button", name="Clear").click()
    expect(requests(panel)).to_have_count(0)


def test_only_the_last_200_entries_of_a_tab_are_kept(probing: Extension, strict_page: str, api: StandInApi) -> None:
    page, tab = probing.visit(strict_page)
    show(probing.set_up(api.url, tab, key=KEY))
    page.locator(PROBED).wait_for()
    panel = probing.panel(tab)
    page.evaluate(
        "for (let n = 1; n <= 230; n++) document.dispatchEvent(new CustomEvent('blogqa:shown', {detail: {n}}))"
    )
    expect(panel.locator("#events")).to_contain_text('{"n":230}')
    expect(panel.locator(".list li")).to_have_count(200)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("Server address", "", "Enter the server’s address"),
        ("Server address", "ftp://example.com", "must begin with http:// or https://"),
        ("Server address", "https://user:word@example.com", "Leave the user name and password out"),
        ("Server address", "https://example.com/?a=1", "Leave out what follows ?"),
        ("Server address", "https://example.com/api/v1/", "Leave /api/v1 out"),
        ("Publisher’s key", "adm_secret", "begins with pub_"),
        ("Publisher’s key", "pub_with a blank", "stray character"),
        ("Paragraph’s number", "0", "between 1 and 999"),
        ("Paragraph’s number", "main", "Enter the paragraph’s number"),
        ("Questions", "99", "between 1 and 12"),
        ("Language", "english!", "language tag"),
    ],
)
def test_settings_that_cannot_work_are_not_saved(browser_popup: Page, field: str, value: str, said: str) -> None:
    popup = browser_popup
    popup.get_by_label("Server address").fill("https://example.com")
    popup.get_by_label("Publisher’s key").fill(KEY)
    popup.get_by_label(field).fill(value)
    popup.get_by_role("button", name="Save").click()
    invalid = popup.get_by_label(field)
    expect(invalid).to_have_attribute("aria-invalid", "true")
    expect(invalid).to_be_focused()
    expect(popup.locator(f"#{invalid.get_attribute('aria-describedby')}")).to_contain_text(said)
    assert popup.evaluate("chrome.storage.local.get(null)") == {}


@pytest.fixture(scope="module")
def _settings_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Extension]:
    folder = tmp_path_factory.mktemp("settings")
    copy = copy_extension(folder)
    with running(playwright, copy, folder / "profile") as extension:
        yield extension


@pytest.fixture
def browser_popup(_settings_browser: Extension) -> Iterator[Page]:
    popup = _settings_browser.popup(0)
    yield popup
    popup.close()


def test_the_first_use_says_how_to_begin(browser_popup: Page) -> None:
    expect(browser_popup.locator("#welcome")).to_contain_text("enter the address of your BlogQA server")
    expect(browser_popup.get_by_label("Show the widget here")).to_be_disabled()


async def _redirect(_: Request) -> Response:
    return RedirectResponse("https://example.com/")


async def _a_page(_: Request) -> Response:
    return Response("<h1>It works!</h1>", media_type="text/html")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "The server answers and knows the key. It has questions for this page."),
        ({BY_URL: problem(404, "not_found")}, "It has no questions yet for this page."),
        ({BY_URL: problem(401, "unauthorized")}, "The server does not know this key."),
        ({PROCESS: problem(403, "origin_not_allowed")}, "403 (origin_not_allowed): about origin_not_allowed"),
        ({BY_URL: problem(403, "access_denied")}, "403 (access_denied): about access_denied"),
        ({BY_URL: _a_page}, "it is not a BlogQA server (status 200)"),
        ({BY_URL: _redirect}, "The server answers with a redirect."),
    ],
)
def test_testing_the_connection_says_what_is_wrong(
    extension: Extension, strict_page: str, api: StandInApi, answers: dict[str, Answer], said: str
) -> None:
    api.answers |= answers
    _, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    popup.get_by_role("button", name="Test the connection").click()
    expect(popup.locator("#status")).to_contain_text(said)


def test_testing_the_connection_says_that_nothing_answers(extension: Extension, strict_page: str) -> None:
    _, tab = extension.visit(strict_page)
    popup = extension.set_up(f"http://{LOOPBACK}:{free_port()}", tab, key=KEY)
    popup.get_by_role("button", name="Test the connection").click()
    expect(popup.locator("#status")).to_contain_text("cannot be reached")


def test_a_site_can_be_chosen_for_good_and_given_up(extension: Extension, strict_page: str, api: StandInApi) -> None:
    page, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    always = popup.get_by_label(f"Always on {strict_page.split('/')[2]}")
    always.check()
    expect(popup.locator("#page-status")).to_have_text("The widget has been started on this page.")
    for _ in range(2):
        page.reload()
        read(page)
    always.uncheck()
    expect(popup.locator("#page-status")).to_contain_text("no longer shown by itself")
    assert popup.evaluate("chrome.scripting.getRegisteredContentScripts()") == []
    asked = len(api.asked(LOAD))
    page.reload()
    page.wait_for_timeout(1500)
    assert len(api.asked(LOAD)) == asked


def test_a_widget_that_is_shown_follows_new_settings(probing: Extension, strict_page: str, api: StandInApi) -> None:
    page, tab = probing.visit(strict_page)
    popup = probing.set_up(api.url, tab, key=KEY)
    show(popup)
    expect(page.locator(PROBED)).to_have_attribute("data-placement", "3")
    popup.get_by_label("Placement").select_option("end of the article")
    popup.get_by_role("button", name="Save").click()
    expect(page.locator(PROBED)).to_have_attribute("data-placement", "end")
    until(lambda: len(api.asked(LOAD)) == 2)
