"""The extension in a real Chromium: loaded unpacked, driven through its own pages.

Chromium asks for optional permissions in a window that no test can click in. The extension under test is therefore a
copy whose manifest asks for loopback from the start; everything else in it is what is shipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import BrowserContext, Page, async_playwright

from local_stack.ports import LOOPBACK

ROOT: Final = Path(__file__).parents[2]
SOURCE: Final = ROOT / "chrome-extension"
CHROMIUM: Final = os.environ.get("BLOGQA_CHROMIUM", "/usr/bin/chromium")
KEY: Final = "pub_key-of-the-browser-tests"
WAIT_S: Final = 20.0

_ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-features=DisableLoadExtensionCommandLineSwitch",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


def copy_extension(folder: Path, *, widget: str | None = None) -> Path:
    """Copies the extension for a test, with ``widget`` in the place of the built one if it is given."""
    copy = folder / "extension"
    shutil.copytree(SOURCE, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["host_permissions"] = [f"http://{LOOPBACK}/*"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    if widget is not None:
        (copy / "widget/auto-blog-question-injector.js").write_text(widget)
        (copy / "widget/auto-blog-question-drawer.js").write_text("")
    return copy


@dataclass
class Extension:
    """A running Chromium with the extension in it."""

    context: BrowserContext
    id: str

    async def visit(self, url: str) -> tuple[Page, int]:
        """Opens a page; returns it and the id of its tab."""
        page = await self.context.new_page()
        await page.goto(url)
        (worker,) = self.context.service_workers
        tabs = await worker.evaluate("chrome.tabs.query({})")
        return page, next(tab["id"] for tab in tabs if tab.get("url", "").startswith(url))

    async def open(self, path: str, tab_id: int) -> Page:
        """Opens one of the extension's pages in a tab of its own, for another tab."""
        page = await self.context.new_page()
        await page.goto(f"chrome-extension://{self.id}/{path}?tab={tab_id}")
        await page.locator("body[data-ready=true]").wait_for()
        return page

    async def popup(self, tab_id: int) -> Page:
        return await self.open("popup/popup.html", tab_id)

    async def panel(self, tab_id: int) -> Page:
        return await self.open("panel/panel.html", tab_id)

    async def set_up(self, server: str, tab_id: int, *, key: str = KEY) -> Page:
        """Enters a server and a key in the popup, and saves; returns the popup."""
        popup = await self.popup(tab_id)
        await popup.get_by_label("Server address").fill(server)
        await popup.get_by_label("Publisher’s key").fill(key)
        await popup.get_by_role("button", name="Save").click()
        await popup.get_by_text("Saved.").wait_for()
        return popup

    async def stop_service_worker(self) -> None:
        """Stops it as the browser may at any moment, and waits until it is gone."""
        browser = self.context.browser
        assert browser
        session = await browser.new_browser_cdp_session()

        async def workers() -> list[str]:
            found = (await session.send("Target.getTargets"))["targetInfos"]
            return [target["targetId"] for target in found if target["type"] == "service_worker"]

        for target in await workers():
            await session.send("Target.closeTarget", {"targetId": target})
        async with asyncio.timeout(WAIT_S):
            while await workers():  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.02)
        await session.detach()

    async def evaluate_in_content_script(self, page: Page, expression: str) -> Any:
        """Runs an expression where the extension's script in the page runs: what a hostile page could at most reach."""
        session = await self.context.new_cdp_session(page)
        contexts: list[dict[str, Any]] = []
        session.on("Runtime.executionContextCreated", lambda event: contexts.append(event["context"]))
        await session.send("Runtime.enable")
        (world,) = [found for found in contexts if found["origin"] == f"chrome-extension://{self.id}"]
        answer = await session.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": world["id"], "awaitPromise": True, "returnByValue": True},
        )
        await session.detach()
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")


@asynccontextmanager
async def running(extension: Path, profile: Path, **options: Any) -> AsyncIterator[Extension]:
    """Starts Chromium with an unpacked extension and a fresh profile."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=False,  # Playwright's own headless mode leaves extensions out; the argument for the other is below.
            args=[*_ARGUMENTS, f"--load-extension={extension}", f"--disable-extensions-except={extension}"],
            ignore_default_args=["--disable-extensions"],
            accept_downloads=True,
            **options,
        )
        context.set_default_timeout(WAIT_S * 1000)
        worker = context.service_workers[0] if context.service_workers else await context.wait_for_event("serviceworker")
        try:
            yield Extension(context, worker.url.split("/")[2])
        finally:
            await context.close()


async def until(condition: Callable[[], Any], *, timeout_s: float = WAIT_S) -> None:
    """Waits for a condition on what happens in another thread."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - another thread offers no event of this loop
            await asyncio.sleep(0.01)
