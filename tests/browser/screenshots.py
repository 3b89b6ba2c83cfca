"""``python -m tests.browser.screenshots``: takes the pictures of the documentation from the running demo blog."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, chromium_path

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DESKTOP, PHONE = (1280, 800), (390, 780)


@dataclass(frozen=True)
class Picture:
    """One picture: an article, how it is looked at, and whether an answer is open."""

    name: str
    article: str
    size: tuple[int, int] = DESKTOP
    scheme: Literal["light", "dark"] = "light"
    shows: Literal["cards", "answer", "source", "asked"] = "cards"
    asks: str = ""


PICTURES = (
    Picture("widget-desktop", "overnight-bread"),
    Picture("widget-answer", "why-knots-hold", shows="source"),
    Picture("widget-asked", "overnight-bread", shows="asked", asks="How long does the dough have to rest?"),
    Picture("widget-dark", "worm-bin-on-a-balcony", scheme="dark", shows="answer"),
    Picture("widget-rtl", "barid-al-fakhkhar", shows="answer"),
    Picture("widget-phone", "overnight-bread", size=PHONE),
    Picture("widget-phone-answer", "overnight-bread", size=PHONE, shows="answer"),
)


def take(browser: Browser, url: str, picture: Picture) -> None:
    """Takes one picture."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=picture.scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.goto(f"{url}/demo/articles/{picture.article}.html")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector?.instance")
    tab.mouse.wheel(0, 10)
    cards = tab.locator("[part=cards]").first
    cards.wait_for(state="attached")
    top = cards.evaluate("(element) => element.getBoundingClientRect().top + scrollY")
    tab.evaluate("(top) => scrollTo(0, top - innerHeight / 4)", top)
    if picture.shows != "cards":
        tab.locator("[part=card]").first.click()
        tab.locator("[part=article]").first.wait_for(state="attached")
    if picture.shows == "source":
        tab.locator("[part=source]").first.click()
    if picture.shows == "asked":
        tab.get_by_role("textbox").fill(picture.asks)
        tab.get_by_role("textbox").press("Enter")
        tab.locator("[part=judging]").wait_for()
    settle(tab)
    tab.screenshot(path=IMAGES / f"{picture.name}.png")
    context.close()


def settle(tab: Page) -> None:
    """Waits for what was started to be drawn."""
    tab.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    tab.wait_for_timeout(300)


def main() -> None:
    """Takes all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8005", help="where the demo blog is served")
    url = parser.parse_args().url
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        for picture in PICTURES:
            take(browser, url, picture)
        browser.close()


if __name__ == "__main__":
    main()
