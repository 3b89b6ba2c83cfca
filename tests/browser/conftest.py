"""A real Chromium on a real page of a publisher, with the API on another origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browser.blogs import blog, page
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.servers import KEY, Site, StandInApi, served


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """There can be only one of it in a thread."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with served(site.app()) as site.url:
        yield site


@pytest.fixture
def api(site: Site) -> Iterator[StandInApi]:
    api = StandInApi(blog(site.url + "/wall"))
    with served(api.app()) as api.url:
        site.put("/wall", page(api.url, key=KEY))
        yield api


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
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


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def console(tab: Page) -> Console:
    return Console(tab)


@pytest.fixture
def shown(tab: Page, site: Site, api: StandInApi, console: Console) -> Callable[..., Page]:
    """Opens a page of the site and scrolls a little, as a reader does; waits for the cards."""

    def show(path: str = "/wall") -> Page:
        tab.goto(site.url + path)
        tab.wait_for_function("() => window.AutoBlogQuestionInjector")
        tab.mouse.wheel(0, 5)
        tab.locator("[data-blogqa] [part=card], [data-blogqa] [part=float]").first.wait_for(state="attached")
        return tab

    return show
