"""An API that is down, slow or wrong: the page does not notice, and who asked is told."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.blogs import answer, blog, event, page
from tests.browser.conftest import WAIT_MS, Console
from tests.browser.failures import ASK, BLOGS, EVENTS, FAILURES, LACKING, LOAD, SIMILAR, STREAMS, problem, says, streams
from tests.browser.servers import KEY, Answer, Site, StandInApi, served

GOOD = streams(event("done", {"answer": answer("About a day.", covered=True)}))
# Nothing but our own counts: the browser itself reports failed requests.
UNHANDLED = "window.unhandled = []; addEventListener('unhandledrejection', (e) => unhandled.push(String(e.reason)));"
# Only where nothing answers: elsewhere a busy machine may take its time.
IMPATIENT = """{
    const real = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => real(window.patience ?? ms);
}"""


@dataclass
class Bench:
    """A page with the widget that has not begun, and the API that it will call."""

    tab: Page
    console: Console
    site: Site
    api: StandInApi

    def load(self, base: str = "") -> bool:
        """Loads the questions once; gives whether there are any."""
        config = {"apiKey": KEY, "apiBaseUrl": base or self.api.url}
        begin = "async (config) => (window.widget = new AutoBlogQuestionInjector(config)).init()"
        return bool(self.tab.evaluate(begin, config))

    def drawer(self, asking: bool = False) -> None:
        """Opens the drawer."""
        self.tab.evaluate("(asking) => widget.open(asking ? null : widget.first, asking)", asking)

    def ask(self, text: str) -> None:
        """Asks in the drawer that is open."""
        box = self.tab.get_by_role("textbox")
        box.fill(text)
        box.press("Enter")

    def quiet(self) -> None:
        """Checks that nothing fell on the floor."""
        assert self.console.errors == []
        assert self.tab.evaluate("unhandled") == []
        assert self.console.of("warning") == self.console.of("error") == self.console.of("log") == []


@pytest.fixture(scope="module")
def shared(browser: Browser) -> Iterator[Bench]:
    site = Site()
    with served(site.app()) as site.url:
        api = StandInApi(blog(site.url + "/wall"))
        with served(api.app()) as api.url:
            site.put("/wall", page(api.url, key=KEY).replace("data-api-key", "data-nothing"))
            context = browser.new_context()
            context.set_default_timeout(WAIT_MS)
            tab = context.new_page()
            tab.add_init_script(UNHANDLED + IMPATIENT)
            console = Console(tab)
            tab.goto(site.url + "/wall")
            tab.wait_for_function("() => window.AutoBlogQuestionInjector")
            yield Bench(tab, console, site, api)
            context.close()


@pytest.fixture
def bench(shared: Bench) -> Iterator[Bench]:
    del shared.console.lines[:], shared.console.errors[:]
    shared.api.answers.clear()
    shared.api.requests.clear()
    yield shared
    shared.tab.evaluate("() => { window.widget?.destroy(); window.unhandled = []; window.patience = null; }")


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fails_quietly(bench: Bench, base: str = "") -> None:
    before = bench.tab.evaluate("document.documentElement.outerHTML")
    assert bench.load(base) is False
    bench.tab.mouse.wheel(0, 5)
    assert bench.tab.evaluate("document.documentElement.outerHTML") == before
    assert len(bench.console.of("debug")) == 1
    assert bench.console.of("debug")[0].removeprefix("BlogQA:").strip()
    bench.quiet()


@pytest.mark.parametrize("failure", FAILURES)
def test_questions_that_cannot_be_loaded_leave_the_page_alone_with_one_quiet_line(failure: str, bench: Bench) -> None:
    bench.api.answers[LOAD] = FAILURES[failure]
    fails_quietly(bench)


@pytest.mark.parametrize("shape", BLOGS)
def test_a_blog_of_the_wrong_shape_leaves_the_page_alone(shape: str, bench: Bench) -> None:
    bench.api.answers[LOAD] = says(200, json.dumps(BLOGS[shape]))
    before = bench.tab.evaluate("document.documentElement.outerHTML")
    assert bench.load() is False
    assert bench.tab.evaluate("document.documentElement.outerHTML") == before
    assert len(bench.console.of("debug")) <= 1
    bench.quiet()


def test_an_api_that_refuses_connections_leaves_the_page_alone(bench: Bench) -> None:
    fails_quietly(bench, f"http://127.0.0.1:{unused_port()}")


def test_an_api_that_does_not_allow_the_page_s_origin_leaves_the_page_alone(bench: Bench) -> None:
    fails_quietly(bench, bench.site.url.replace("127.0.0.1", "localhost"))


def test_an_api_that_never_answers_is_given_up(bench: Bench) -> None:
    bench.tab.evaluate("() => { window.widget = null; window.patience = 1500; }")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fails_quietly(bench, f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_questions_that_are_whole_are_shown_without_those_that_are_not(bench: Bench) -> None:
    whole = bench.api.blog["questions"]
    mixed = [
        None,
        whole[0],
        5,
        {},
        {"question": "Why?", "answer": None, "citations": []},
        whole[1],
        {**whole[2], "answer": 3},
    ]
    bench.api.answers[LOAD] = says(200, json.dumps({"status": "ready", "blog": {**bench.api.blog, "questions": mixed}}))
    assert bench.load() is True
    bench.drawer(asking=True)
    expect(bench.tab.locator(".list .row")).to_have_text([whole[0]["question"], whole[1]["question"]])
    bench.quiet()


@pytest.mark.parametrize(
    "failure", [*FAILURES, "articles an object", "articles null", "articles text", "articles of nonsense"]
)
def test_an_answer_does_not_depend_on_related_articles_or_on_counting(failure: str, bench: Bench) -> None:
    shapes = {
        "an object": {"flatMap": 1},
        "null": None,
        "text": "x",
        "of nonsense": LACKING["lists of nonsense"]["related_articles"],
    }
    body = json.dumps({"articles": shapes.get(failure.removeprefix("articles "))})
    bench.api.answers[SIMILAR] = bench.api.answers[EVENTS] = FAILURES.get(failure) or says(200, body)
    assert bench.load()
    bench.drawer(asking=True)
    with bench.tab.expect_request(lambda request: SIMILAR in request.url):
        bench.tab.locator(".list .row").first.click()
    expect(bench.tab.locator(".answer")).to_contain_text("A dry stone wall holds")
    bench.tab.evaluate("() => new Promise((resolve) => setTimeout(resolve, 20))")
    expect(bench.tab.locator("[part=article]")).to_have_count(0)
    bench.quiet()


def asks_again(bench: Bench, message: str = "That did not work") -> None:
    expect(bench.tab.locator(".problem")).to_contain_text(message)
    expect(bench.tab.get_by_role("status")).to_contain_text(message)
    bench.api.answers[ASK] = GOOD
    bench.tab.get_by_role("button", name="Try again").click()
    expect(bench.tab.locator(".answer")).to_have_text("About a day.")
    expect(bench.tab.locator(".problem")).to_have_count(0)
    bench.quiet()


@pytest.mark.parametrize("failure", [*FAILURES, *STREAMS])
def test_a_question_that_gets_no_answer_can_be_asked_again(failure: str, bench: Bench) -> None:
    bench.api.answers[ASK] = {**FAILURES, **STREAMS}[failure]
    assert bench.load()
    bench.drawer(asking=True)
    bench.ask("How long does it take?")
    asks_again(bench)


@pytest.mark.parametrize(
    "failure",
    [
        problem(429, "too_many"),
        problem(429, "too_many", Retry_After="30"),
        problem(429, "too_many", Retry_After="soon"),
        problem(503, "busy"),
        says(429, "<h1>slow down</h1>", "text/html"),
        streams(event("error", {"code": "rate_limited"})),
    ],
    ids=["429", "429 with Retry-After", "429 with nonsense", "503", "429 in HTML", "in the stream"],
)
def test_who_asks_too_much_is_told_to_wait(failure: Answer, bench: Bench) -> None:
    bench.api.answers[ASK] = failure
    assert bench.load()
    bench.drawer(asking=True)
    bench.ask("How long does it take?")
    asks_again(bench, "Too many questions")


@pytest.mark.parametrize("lacking", LACKING)
def test_an_answer_that_lacks_something_is_shown_all_the_same(lacking: str, bench: Bench) -> None:
    bench.api.answers[ASK] = streams(event("done", {"answer": LACKING[lacking]}))
    assert bench.load()
    bench.drawer(asking=True)
    bench.ask("How long does it take?")
    expect(bench.tab.locator(".answer")).to_have_text("About a day.")
    expect(bench.tab.get_by_role("status")).to_have_text("The answer is there")
    for source in bench.tab.locator("button[part=source]").all():
        source.click()
    bench.quiet()


@pytest.mark.parametrize("failure", FAILURES)
def test_a_question_that_cannot_be_opened_says_so_where_it_is_seen(failure: str, bench: Bench) -> None:
    other = {"id": "ff", "question": "What else?"}
    bench.api.answers[ASK] = streams(event("done", {"answer": answer("About a day.", related_questions=[other])}))
    bench.api.answers["/api/v1/questions/ff"] = FAILURES[failure]
    assert bench.load()
    bench.drawer(asking=True)
    bench.ask("How long does it take?")
    related = bench.tab.locator("[part=related]")
    related.click()
    expect(bench.tab.locator(".problem")).to_contain_text("That did not work")
    expect(bench.tab.locator(".problem")).to_be_in_viewport()
    whole = {**bench.api.blog["questions"][0], "id": "ff", "question": "What else?"}
    bench.api.answers["/api/v1/questions/ff"] = says(200, json.dumps(whole))
    related.click()
    expect(bench.tab.get_by_role("dialog").get_by_role("heading", level=2)).to_have_text("What else?")
    bench.quiet()


def test_a_passage_elsewhere_is_linked_whatever_characters_it_has(bench: Bench) -> None:
    start = 'One, two-three & 100 % of "it" 🐑 <b> #4'
    first = bench.api.blog["questions"][0]
    there = {**first["citations"][0], "url": "https://other.example/page?a=1#old", "text": start + " and more"}
    other = {**bench.api.blog, "questions": [{**first, "citations": [there, {**there, "text": "half \ud800"}]}]}
    bench.api.answers[LOAD] = says(200, json.dumps({"status": "ready", "blog": other}))
    assert bench.load()
    bench.drawer(asking=True)
    bench.tab.locator(".list .row").first.click()
    whole, half = (link.get_attribute("href") or "" for link in bench.tab.locator("a[part=source]").all())
    address, _, text = whole.partition("#:~:text=")
    assert address == "https://other.example/page?a=1"
    assert not set(text) & set(',&-"<> ')
    assert unquote(text) == " ".join(start.split()[:8])
    assert half.startswith("https://other.example/page?a=1#:~:text=half")
    bench.quiet()


@pytest.mark.parametrize("query", ["?q=\\", '?q=\\"', "?q=%22\\n", '?q="}'])
def test_what_is_counted_is_json_whatever_the_page_s_address(query: str, bench: Bench) -> None:
    url = bench.site.url + "/wall" + query
    config = {"apiKey": KEY, "apiBaseUrl": bench.api.url}
    begin = "([config, url]) => (window.widget = new AutoBlogQuestionInjector(config)).init(url)"
    assert bench.tab.evaluate(begin, [config, url])
    bench.drawer(asking=True)
    with bench.tab.expect_response("**/events"):
        bench.tab.locator(".list .row").first.click()
    counted = json.loads(bench.api.asked(EVENTS)[-1][3])
    assert counted["blog_url"].startswith(bench.site.url + "/wall?q=")
    assert counted["events"][0]["type"] == "open"
    bench.quiet()
