"""A real Chromium on a real page of a publisher, with the API on another origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser.blogs import PARAGRAPHS, blog, page
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.extension import STRICT, Extension, copy_extension, running
from tests.browser.failures import problem
from tests.browser.servers import BY_URL, KEY, PROCESS, Site, StandInApi, says, served
from tests.browser.steps import cards, wake

WAIT_MS = 30_000
DEVICES: dict[str, Any] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """There can be only one of it in a thread, and while it is there no test of another kind can run an event loop."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def _servers() -> Iterator[tuple[Site, StandInApi]]:
    """Both servers; one test after the other has them to itself."""
    site, api = Site(), StandInApi({})
    with served(site.app()) as site.url, served(api.app()) as api.url:
        yield site, api


@pytest.fixture
def site(_servers: tuple[Site, StandInApi]) -> Site:
    site, api = _servers
    site.pages = {}
    site.api_url = api.url
    return site


@pytest.fixture
def api(_servers: tuple[Site, StandInApi], site: Site) -> StandInApi:
    _, api = _servers
    api.reader = str(int(api.reader) + 1)
    api.reset(blog(site.url + "/wall"))
    site.put("/wall", page(api.url, key=KEY))
    return api


@pytest.fixture
def device() -> str:
    """What the reader holds; a test that cares says `@both_devices`."""
    return "desktop"


both_devices = pytest.mark.parametrize("device", ["desktop", "phone"])


@pytest.fixture
def context(browser: Browser, device: str, api: StandInApi) -> Iterator[BrowserContext]:
    agent = f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{browser.version} Safari/537.36 Reader/{api.reader}"
    context = browser.new_context(user_agent=agent, **DEVICES[device])
    context.set_default_timeout(WAIT_MS)
    context.add_init_script("document.addEventListener('blogqa:ready', () => (window.questionsAreThere = true))")
    yield context
    context.close()


class Console:
    """What a page said, and what it let fall."""

    def __init__(self, page: Page) -> None:
        self.lines: list[tuple[str, str]] = []
        self.errors: list[str] = []
        page.on("console", self._line)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _line(self, message: ConsoleMessage) -> None:
        self.lines.append((message.type, message.text))

    def of(self, kind: str) -> list[str]:
        """The lines of one kind that are the widget's own."""
        return [text for type_, text in self.lines if type_ == kind and text.startswith("BlogQA")]


Shown = Callable[..., Page]


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def console(tab: Page) -> Console:
    return Console(tab)


@pytest.fixture
def shown(tab: Page, site: Site, api: StandInApi, console: Console) -> Callable[..., Page]:
    """Opens a page of the site and scrolls a little, as a reader does; waits for the cards.

    What is given besides the path is put there first: the page that `blogs.page` makes of it.
    """

    def show(path: str = "/wall", **made: Any) -> Page:
        if made:
            site.put(path, page(api.url, key=KEY, **made))
        tab.goto(site.url + path)
        wake(tab)
        cards(tab).first.wait_for(state="attached")
        return tab

    return show


@pytest.fixture
def strict_page(site: Site, api: StandInApi) -> str:
    """A page of the site that allows nothing: no script, no style, no request; the API has questions for it."""
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS * 8)  # More than a screen of them.
    html = f'<!doctype html><html lang="en"><title>Dry stone</title><article><h1>Dry stone</h1>{paragraphs}</article>'
    address = site.put("/strict", html, Content_Security_Policy=STRICT)
    api.reset(blog(address))
    api.answers = {BY_URL: says(api.blog), PROCESS: problem(422, "invalid_request")}
    return address


@pytest.fixture
def extension(playwright: Playwright, tmp_path: Path) -> Iterator[Extension]:
    """A browser with the extension."""
    with running(playwright, copy_extension(tmp_path), tmp_path / "profile") as started:
        yield started


@pytest.fixture
def probing(playwright: Playwright, tmp_path: Path) -> Iterator[Extension]:
    """A browser with the extension, in which the probe stands for the widget."""
    with running(playwright, copy_extension(tmp_path, probe=True), tmp_path / "profile") as started:
        yield started
