"""The extension: the widget on a page that forbids everything, its requests on show, and a worker that may stop."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from local_stack.ports import LOOPBACK, free_port
from tests.browser.blogs import PARAGRAPHS
from tests.browser.extension import CARD, PROBED, Extension, read, requests, show, until
from tests.browser.failures import LOAD, problem
from tests.browser.servers import BY_URL, KEY, PROCESS, Site, StandInApi, opened, says

JOB_ID = "0123456789abcdef01234567"
STATUS = f"/api/v1/jobs/status/{JOB_ID}"


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
        await opened(self.let_go)
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
    api.answers[LOAD] = problem(status, code, X_Request_ID="request-7")
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


def test_a_page_is_enqueued_and_followed_to_the_end_though_the_service_worker_stops(
    extension: Extension, strict_page: str, api: StandInApi
) -> None:
    api.answers[PROCESS] = says({"status": "accepted", "created": True} | job("queued"), 202)
    api.answers[STATUS] = says(job("processing", progress={"step": "generate", "percent": 40}))
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
    api.answers[STATUS] = says(job("completed", attempt=2, errors=[failure], result=result))
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
    tells_the_key = {"type": "urn:blogqa:problem:x", "code": "x", "detail": f"what is {KEY}?"}
    api.answers[LOAD] = says(tells_the_key, 401, Content_Type="application/problem+json")
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
