"""A reader's visit to a page of the demo blog, in a real Chromium."""

from __future__ import annotations

from playwright.async_api import async_playwright, expect

from tests.browser.chromium import ARGUMENTS, chromium_path


async def visit(page_url: str) -> str:
    """Scrolls, opens the first card, follows its source, asks, and goes back; gives what was asked by the card."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        tab = await browser.new_page(viewport={"width": 1280, "height": 800})
        failures: list[str] = []
        tab.on("pageerror", lambda error: failures.append(str(error)))
        tab.on("console", lambda line: failures.append(line.text) if line.type in ("error", "warning") else None)
        await tab.goto(page_url)
        await tab.wait_for_function("() => window.AutoBlogQuestionInjector?.instance")
        card = tab.locator("[part=card]").first
        await tab.mouse.wheel(0, 10)
        await card.click()
        drawer = tab.get_by_role("dialog")
        question = await drawer.get_by_role("heading", level=2).inner_text()
        await drawer.locator("[part=source]").first.click()
        await tab.wait_for_function("() => CSS.highlights.get('blogqa')?.size === 1")
        await drawer.get_by_role("textbox").fill(question)
        await drawer.get_by_role("textbox").press("Enter")
        await expect(drawer.locator("[part=judging]")).to_be_visible(timeout=60_000)
        await expect(drawer.locator(".answer")).not_to_be_empty()
        await drawer.press("Escape")
        await expect(drawer).to_be_hidden()
        await browser.close()
        assert failures == []
        return question
