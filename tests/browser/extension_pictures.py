"""Draws the extension's icons from its mark, and takes the pictures of its README from the extension itself.

Run as ``python -m tests.browser.extension_pictures``; it writes into ``chrome-extension/icons`` and ``docs/images``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, expect, sync_playwright
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.browser.blogs import PARAGRAPHS, blog
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.extension import SOURCE, Extension, copy_extension, running
from tests.browser.servers import KEY, Site, StandInApi, served

IMAGES = SOURCE.parent / "docs/images"
SIZES = (16, 32, 48, 128)
JOB_ID = "66f2a9c4d1e7b3a5c8d90e1f"


def main() -> None:
    """Makes all of them anew."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        draw_icons(playwright)
        with tempfile.TemporaryDirectory() as folder:
            take_pictures(playwright, Path(folder))


def draw_icons(playwright: Playwright) -> None:
    """The mark in every size that a manifest asks for."""
    mark = (SOURCE / "icons/icon.svg").read_text()
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    for size in SIZES:
        page = browser.new_page(viewport={"width": size, "height": size})
        page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}</style>{mark}")
        page.screenshot(path=SOURCE / f"icons/icon-{size}.png", omit_background=True)
        page.close()
    browser.close()


def take_pictures(playwright: Playwright, folder: Path) -> None:
    """The popup and the panel, as they look with a widget on a page."""
    site = Site()
    with served(site.app()) as site.url:
        paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS * 6)
        title = "Building a dry stone wall"
        site.put("/dry-stone", f"<title>{title}</title><article><h1>{title}</h1>{paragraphs}</article>")
        api = StandInApi(blog(f"{site.url}/dry-stone"))
        api.answers["/api/v1/jobs/process"] = _says(202, {"created": True} | _job("queued"))
        progress = {"progress": {"step": "generate", "percent": 40}}
        api.answers[f"/api/v1/jobs/status/{JOB_ID}"] = _says(200, _job("processing", **progress))
        with (
            served(api.app()) as api.url,
            running(
                playwright,
                copy_extension(folder),
                folder / "profile",
                device_scale_factor=2,
            ) as extension,
        ):
            _take(extension, f"{site.url}/dry-stone", api)


def _take(extension: Extension, address: str, api: StandInApi) -> None:
    page, tab = extension.visit(address)
    popup = extension.set_up(api.url, tab, key=KEY)
    popup.get_by_label("Show the widget here").check()
    panel = extension.panel(tab)
    panel.set_viewport_size({"width": 400, "height": 1000})
    expect(panel.locator("#widget-state")).to_contain_text("running")
    _open_a_card(page)
    panel.get_by_role("button", name="Enqueue this page").click()
    expect(panel.locator("#jobs li")).to_contain_text("40 %")
    panel.screenshot(path=IMAGES / "extension-panel.png")
    popup.set_viewport_size({"width": 390, "height": 710})
    popup.screenshot(path=IMAGES / "extension-popup.png")


def _open_a_card(page: Page) -> None:
    card = page.locator("[data-blogqa] [part=card]").first
    page.bring_to_front()
    page.mouse.move(10, 10)
    page.mouse.wheel(0, 5)
    card.wait_for(state="attached")
    card.click()
    page.get_by_role("dialog").wait_for()


def _job(state: str, **more: Any) -> dict[str, Any]:
    url = "https://blog.example.com/building-a-dry-stone-wall"
    return {"job_id": JOB_ID, "blog_url": url, "state": state, "attempt": 1, "max_attempts": 3, **more}


def _says(status: int, body: dict[str, Any]) -> Any:
    async def answer(_: Request) -> Response:
        return JSONResponse(body, status, {"X-Request-ID": "4f0c1b7e9a5d4c2f8e6b3a1d0c9f8e7d"})

    return answer


if __name__ == "__main__":
    main()
