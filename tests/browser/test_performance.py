"""The widget keeps a slow phone free: no long task when it starts and when its drawer opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.blogs import PARAGRAPHS, page
from tests.browser.servers import KEY, Site, StandInApi
from tests.browser.steps import cards, drawer, settle, wake

WORDS = 5_000
RUNS = 5
SLOWER = 4
REFERENCE_MS = 25.0
"""What ``SPIN`` is taken to need on a reader's laptop: a quarter of its speed is a slow phone's."""

SPIN = """() => {
  const began = performance.now();
  let sum = 0;
  for (let n = 0; n < 4e6; n++) sum += Math.sqrt(n) % 7;
  return sum && performance.now() - began;
}"""
LONG = """
  window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true });
"""


def longest(tab: Page) -> float:
    """The longest task of over 50 ms since the last call, in ms; 0 if there was none."""
    settle(tab)
    tab.wait_for_timeout(50)
    return float(tab.evaluate("Math.max(0, ...window.long.splice(0))"))


def measure(tab: Page, act: Callable[[], Any]) -> float:
    """The longest task of what is done, in ms, with a processor of a quarter of the reference's speed."""
    session = tab.context.new_cdp_session(tab)
    # What this machine is at this moment: it may be slower, or busy with something else.
    speed = REFERENCE_MS / min(tab.evaluate(SPIN) for _ in range(5))
    longest(tab)
    session.send("Emulation.setCPUThrottlingRate", {"rate": max(1.0, SLOWER * speed)})
    act()
    found = longest(tab)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()
    return found


def test_starting_and_opening_hold_up_nothing(tab: Page, site: Site, api: StandInApi) -> None:
    words = sum(len(text.split()) for text in PARAGRAPHS)
    article = "".join(f"<p>{text}</p>" for text in PARAGRAPHS) * (WORDS // words + 1)
    site.put("/long", page(api.url, key=KEY, article=article, script=False))
    tab.add_init_script(LONG)
    start: list[float] = []
    opening: list[float] = []

    def boot() -> None:
        tab.add_script_tag(url="/widget/auto-blog-question-injector.js")
        tab.evaluate("config => void AutoBlogQuestionInjector.autoInit(config)", {"apiKey": KEY, "apiBaseUrl": api.url})
        wake(tab)
        cards(tab).first.wait_for(state="attached")

    def open_drawer() -> None:
        tab.evaluate("AutoBlogQuestionInjector.instance.open(null)")
        expect(drawer(tab)).to_be_visible()

    for _ in range(RUNS):
        tab.goto(site.url + "/long")
        start.append(measure(tab, boot))
        opening.append(measure(tab, open_drawer))
        if min(start) == 0 == min(opening):
            break
    # The machine may be busy with something else: what the widget itself does would be there each time.
    assert (min(start), min(opening)) == (0, 0), (start, opening)
