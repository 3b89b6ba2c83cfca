"""What a reader does, and what can be seen of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect


def wake(tab: Page) -> None:
    """Gives the first signs of life, once there are questions: until then the widget loads nothing."""
    until(tab, "window.questionsAreThere")
    tab.evaluate("window.questionsAreThere = false, scrollBy(0, 5)")
    tab.keyboard.press("Shift")


def until(tab: Page, expression: str) -> None:
    """Waits until a page says so; Playwright's own way needs a page that allows `eval`."""
    waiting(tab, lambda: tab.evaluate(expression), expression)


def waiting(tab: Page, condition: Callable[[], object], what: str = "it did not happen in time") -> None:
    """Waits for a condition on what happens elsewhere, while the browser's events go on being heard."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        tab.wait_for_timeout(20)


def cards(tab: Page) -> Locator:
    """The cards, or the button that floats instead."""
    return tab.locator("[data-blogqa] [part=card], [data-blogqa] [part=float]")


def drawer(tab: Page) -> Locator:
    """The drawer."""
    return tab.get_by_role("dialog")


def open_card(tab: Page, index: int = 0) -> Locator:
    """Opens a card with a click, and waits until the drawer has stopped moving."""
    card = cards(tab).nth(index)
    card.scroll_into_view_if_needed()
    card.click()
    opened = drawer(tab)
    expect(opened).to_be_visible()
    settle(tab)
    return opened


def settle(tab: Page) -> None:
    """Waits until everything that moves has arrived and has been painted."""
    tab.evaluate(
        """async () => {
          const roots = [document, ...[...document.querySelectorAll('[data-blogqa]')].map((host) => host.shadowRoot)];
          await Promise.allSettled(roots.flatMap((root) => root.getAnimations()).map((one) => one.finished));
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }"""
    )


def heading(tab: Page) -> Locator:
    """What the drawer is about."""
    return drawer(tab).get_by_role("heading", level=2)


def focused(tab: Page) -> dict[str, Any]:
    """What has the focus, inside of the shadow trees: tag, class, text, and whether it is in the drawer or a card."""
    found: dict[str, Any] = tab.evaluate(
        """() => {
          let element = document.activeElement;
          while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
          const { tagName, className, textContent } = element;
          const inside = (selector) => !!element.closest?.(selector);
          return { tag: tagName, class: className, text: textContent, part: element.getAttribute('part') || '',
            drawer: inside('dialog'), cards: inside('[part=cards]') };
        }"""
    )
    return found


def spots(tab: Page) -> list[tuple[str, str, int]]:
    """Where cards stand: the text before, the text after, and how many there are."""
    found: list[list[Any]] = tab.evaluate(
        """() => [...document.querySelectorAll('[data-blogqa]')]
          .filter((host) => !host.shadowRoot.querySelector('dialog'))
          .map(({ previousElementSibling: before, nextElementSibling: after, shadowRoot }) =>
            [before?.textContent.trim() || '', after?.textContent.trim() || '',
              shadowRoot.querySelectorAll('[part=card]').length])"""
    )
    return [(before, after, number) for before, after, number in found]


COUNT_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      window.shifts.push([entry.value, entry.sources.map(({ node }) => `${node?.nodeName}.${node?.className}`)]);
  }).observe({ type: 'layout-shift', buffered: true });
"""
"""A script that notes everything that moves on the screen (Layout Instability API), with what it was."""


def shifts(tab: Page) -> list[Any]:
    """What has moved so far, if the page ran `COUNT_SHIFTS` from the start."""
    settle(tab)
    moved: list[Any] = tab.evaluate("window.shifts")
    return moved
