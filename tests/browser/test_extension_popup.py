"""The extension's popup: its settings, the test of the connection, and where the widget is shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from local_stack.ports import LOOPBACK, free_port
from tests.browser.extension import PROBED, Extension, copy_extension, read, running, show, until
from tests.browser.failures import LOAD, problem
from tests.browser.servers import BY_URL, KEY, PROCESS, Answer, StandInApi, says


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


def test_testing_the_connection_asks_the_server_each_time(
    extension: Extension, strict_page: str, api: StandInApi
) -> None:
    api.answers[BY_URL] = says(api.blog, cache_control="public, max-age=60")
    _, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    popup.get_by_role("button", name="Test the connection").click()
    expect(popup.locator("#status")).to_contain_text("has questions")
    api.answers[BY_URL] = problem(401, "unauthorized")
    popup.get_by_role("button", name="Test the connection").click()
    expect(popup.locator("#status")).to_contain_text("does not know this key")


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


def test_a_switch_can_be_used_once_it_shows_what_is_so(extension: Extension, strict_page: str, api: StandInApi) -> None:
    _, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    always = popup.get_by_label(f"Always on {strict_page.split('/')[2]}")
    expect(always).to_be_enabled()
    popup.evaluate(
        """() => {
          const read = chrome.storage.local.get.bind(chrome.storage.local);
          const gate = new Promise((open) => (window.goOn = open));
          chrome.storage.local.get = (...what) => gate.then(() => read(...what));
        }"""
    )
    popup.get_by_role("button", name="Save").click()
    expect(always).to_be_disabled()
    popup.evaluate("window.goOn()")
    expect(always).to_be_enabled()


def test_a_widget_that_is_shown_follows_new_settings(probing: Extension, strict_page: str, api: StandInApi) -> None:
    page, tab = probing.visit(strict_page)
    popup = probing.set_up(api.url, tab, key=KEY)
    show(popup)
    expect(page.locator(PROBED)).to_have_attribute("data-placement", "3")
    popup.get_by_label("Placement").select_option("end of the article")
    popup.get_by_role("button", name="Save").click()
    expect(page.locator(PROBED)).to_have_attribute("data-placement", "end")
    until(lambda: len(api.asked(LOAD)) == 2)


def test_the_popup_opens_the_panel_at_the_side(extension: Extension, strict_page: str, api: StandInApi) -> None:
    _, tab = extension.visit(strict_page)
    popup = extension.set_up(api.url, tab, key=KEY)
    popup.get_by_role("button", name="Open the panel").click()
    until(lambda: extension.targets("panel/panel.html"))
