"""The extension against the real services: a page is enqueued, processed, and its questions appear in it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright, expect

from local_stack.mongod import Mongod
from tests.browser.extension import STRICT, copy_extension, running
from tests.browser.real_services import real_services
from tests.browser.servers import Site

ARTICLE = Path(__file__).resolve().parents[1] / "integration/rain_barrel.html"
SLOW_MS = 60_000


def test_a_page_is_processed_and_its_questions_appear_in_it(
    playwright: Playwright, tmp_path: Path, mongod: Mongod, site: Site
) -> None:
    address = site.put("/barrel", ARTICLE.read_text(), Content_Security_Policy=STRICT)
    browser = running(playwright, copy_extension(tmp_path), tmp_path / "profile")
    with real_services(mongod, tmp_path, domain=site.url.removeprefix("http://")) as (url, key), browser as extension:
        page, tab = extension.visit(address)
        popup = extension.set_up(url, tab, key=key)
        popup.get_by_label("Placement").select_option("floating button")
        popup.get_by_role("button", name="Test the connection").click()
        expect(popup.locator("#status")).to_contain_text("It has no questions yet for this page.")
        panel = extension.panel(tab)
        panel.get_by_role("button", name="Enqueue this page").click()
        expect(panel.locator("#jobs li")).to_contain_text("completed", timeout=SLOW_MS)
        expect(panel.locator("#jobs li")).to_contain_text("questions by extractive")

        popup.get_by_label("Show the widget here").check()
        expect(panel.locator("#widget-state")).to_contain_text("running")
        page.bring_to_front()
        page.mouse.move(20, 20)
        page.locator("[data-blogqa] [part=float]").click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("textbox").fill("What do I do with the barrel in winter?")
        drawer.get_by_role("textbox").press("Enter")
        expect(panel.locator("#requests li").filter(has_text="qa/ask")).to_contain_text("200", timeout=SLOW_MS)
        expect(drawer.locator(".answer")).not_to_be_empty()
