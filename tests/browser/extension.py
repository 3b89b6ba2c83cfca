"""The extension in a real Chromium: loaded unpacked, driven through its own pages.

Chromium asks for optional permissions in a window that no test can click in. The extension under test is therefore a
copy whose manifest asks for loopback from the start; everything else in it is what is shipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from local_stack.ports import LOOPBACK
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.integration.waiting import comes_true

SOURCE: Final = Path(__file__).resolve().parents[2] / "chrome-extension"
PROBE: Final = Path(__file__).with_name("probe_widget.js")
WAIT_S: Final = 20.0
STRICT: Final = (
    "default-src 'none'; script-src 'none'; style-src 'none'; connect-src 'none'; require-trusted-types-for 'script'"
)
CARD: Final = "[data-blogqa] [part=card]"
PROBED: Final = "#probe-card"

_ARGUMENTS: Final = ("--headless=new", "--disable-features=DisableLoadExtensionCommandLineSwitch")


def copy_extension(folder: Path, *, probe: bool = False) -> Path:
    """Copies the extension for a test, with the probe in the place of the real widget if it is asked for."""
    copy = folder / "extension"
    shutil.copytree(SOURCE, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["host_permissions"] = [f"http://{LOOPBACK}/*"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    if probe:
        for built in (copy / "widget").glob("*.js"):
            built.write_text(PROBE.read_text() if built.stem.endswith("injector") else "")
    return copy


@dataclass
class Extension:
    """A running Chromium with the extension in it."""

    context: BrowserContext
    id: str

    def visit(self, url: str) -> tuple[Page, int]:
        """Opens a page; returns it and the id of its tab."""
        page = self.context.new_page()
        page.goto(url)
        asker = self.context.new_page()
        asker.goto(f"chrome-extension://{self.id}/manifest.json")
        tabs = asker.evaluate("chrome.tabs.query({})")
        asker.close()
        return page, max(tab["id"] for tab in tabs if tab.get("url") == url)

    def open(self, path: str, tab_id: int) -> Page:
        """Opens one of the extension's pages in a tab of its own, for another tab."""
        page = self.context.new_page()
        page.goto(f"chrome-extension://{self.id}/{path}?tab={tab_id}")
        page.locator("body[data-ready=true]").wait_for()
        return page

    def popup(self, tab_id: int) -> Page:
        return self.open("popup/popup.html", tab_id)

    def panel(self, tab_id: int) -> Page:
        return self.open("panel/panel.html", tab_id)

    def set_up(self, server: str, tab_id: int, *, key: str) -> Page:
        """Enters a server and a key in the popup, and saves; returns the popup."""
        popup = self.popup(tab_id)
        popup.get_by_label("Server address").fill(server)
        popup.get_by_label("Publisher’s key").fill(key)
        popup.get_by_role("button", name="Save").click()
        popup.get_by_text("Saved.").wait_for()
        return popup

    def targets(self, path: str) -> list[dict[str, Any]]:
        """What the browser has open of one of the extension's pages, be it a tab or not."""
        assert self.context.browser
        session = self.context.browser.new_browser_cdp_session()
        found = session.send("Target.getTargets")["targetInfos"]
        session.detach()
        return [target for target in found if target["url"].startswith(f"chrome-extension://{self.id}/{path}")]

    def stop_service_worker(self, page: Page) -> None:
        """Stops it as the browser may at any moment; ``page`` is any of the extension's own pages."""
        session = self.context.new_cdp_session(page)
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        session.detach()

    def evaluate_in_content_script(self, page: Page, expression: str) -> Any:
        """Runs an expression where the extension's script in the page runs: the most that a hostile page can reach."""
        session = self.context.new_cdp_session(page)
        worlds: list[dict[str, Any]] = []
        session.on("Runtime.executionContextCreated", lambda event: worlds.append(event["context"]))
        session.send("Runtime.enable")
        (world,) = [found for found in worlds if found["origin"] == f"chrome-extension://{self.id}"]
        answer = session.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": world["id"], "awaitPromise": True, "returnByValue": True},
        )
        session.detach()
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")


@contextmanager
def running(playwright: Playwright, extension: Path, profile: Path, **options: Any) -> Iterator[Extension]:
    """Starts Chromium with an unpacked extension and a fresh profile."""
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium_path(),
        headless=False,  # Playwright's headless mode leaves extensions out; the browser's own does not.
        args=[
            *_ARGUMENTS,
            *ARGUMENTS,
            f"--load-extension={extension}",
            f"--disable-extensions-except={extension}",
        ],
        ignore_default_args=["--disable-extensions"],
        **options,
    )
    try:
        context.set_default_timeout(WAIT_S * 1000)
        worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
        yield Extension(context, worker.url.split("/")[2])
    finally:
        context.close()


def until(condition: Callable[[], object]) -> None:
    """Waits for a condition on what happens in another thread or process."""
    assert comes_true(lambda: bool(condition()), WAIT_S), "it did not happen in time"


def show(popup: Page) -> None:
    popup.get_by_label("Show the widget here").check()
    expect(popup.locator("#page-status")).to_have_text("The widget has been started on this page.")


def read(page: Page) -> None:
    """Moves the pointer until there are cards: they wait for a sign of a reader, and for the questions."""
    page.bring_to_front()
    places = count(10)

    def moved() -> int:
        page.mouse.move(next(places), 10)
        page.wait_for_timeout(50)
        return page.locator(CARD).count()

    until(moved)


def requests(panel: Page) -> Locator:
    return panel.locator("#requests li")
