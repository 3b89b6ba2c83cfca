"""Options as nobody should give them: one warning that names what is wrong, and the page goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.blogs import blog, page
from tests.browser.conftest import Console
from tests.browser.servers import KEY, Site, StandInApi, served

# What is given (JavaScript), and what the one warning must name.
WRONG = {
    "a count that is negative": ("{count: -1}", ["count"]),
    "a count that is huge": ("{count: 1e9}", ["count"]),
    "a count that is a fraction": ("{count: 2.5}", ["count"]),
    "a count that is no number": ("{count: NaN}", ["count"]),
    "a count that is a list": ("{count: [1, 2]}", ["count"]),
    "a count that is a word": ("{count: 'many'}", ["count"]),
    "no questions per paragraph": ("{questionsPerParagraph: 0}", ["questionsPerParagraph"]),
    "an endless delay": ("{animationDelay: Infinity}", ["animationDelay"]),
    "a placement that is unknown": ("{placement: '!!'}", ["placement"]),
    "a placement that is negative": ("{placement: -3}", ["placement"]),
    "a placement that is an element": ("{placement: document.body}", ["placement"]),
    "a placement that is a list": ("{placement: ['end']}", ["placement"]),
    "an article that is no selector": ("{article: 'p{'}", ["article"]),
    "an article that is an object": ("{article: {}}", ["article"]),
    "an article that is a number": ("{article: 7}", ["article"]),
    "an unknown theme": ("{theme: 'pink'}", ["theme"]),
    "a theme that is an object": ("{theme: {toString: () => 'dark'}}", ["theme"]),
    "a language that is markup": ("{language: '<b>'}", ["language"]),
    "a language that is a number": ("{language: 49}", ["language"]),
    "labels that are text": ("{labels: 'Hello'}", ["labels"]),
    "labels that are a number": ("{labels: 5}", ["labels"]),
    "labels that are true": ("{labels: true}", ["labels"]),
    "labels that are a list": ("{labels: ['Hello']}", ["labels"]),
    "labels that are a function": ("{labels: () => ({})}", ["labels"]),
    "labels with a number": ("{labels: {heading: 5}}", ["labels"]),
    "labels with markup of another kind": ("{labels: {heading: document.createElement('b')}}", ["labels"]),
    "a label that throws": ("{labels: {get heading() { throw Error('no') }}}", ["labels"]),
    "something sponsored without an address": ("{sponsored: {title: 'Buy'}}", ["sponsored"]),
    "something sponsored by a script": ("{sponsored: {title: 'Buy', url: 'javascript:alert(1)'}}", ["sponsored"]),
    "something sponsored at a list": ("{sponsored: {title: 'Buy', url: ['https://shop.example']}}", ["sponsored"]),
    "something sponsored with a text that is none": (
        "{sponsored: {title: 'Buy', url: 'https://shop.example', text: document.createElement('b')}}",
        ["sponsored"],
    ),
    "something sponsored that is text": ("{sponsored: 'Buy'}", ["sponsored"]),
    "something sponsored that throws": ("{sponsored: {get title() { throw Error('no') }}}", ["sponsored"]),
    "a debug mode that is a number": ("{debugMode: 1}", ["debugMode"]),
    "a fetch that is none": ("{fetch: {}}", ["fetch"]),
    "a symbol": ("{theme: Symbol('dark')}", ["theme"]),
    "a symbol for a key": ("{apiKey: Symbol('pub_x')}", ["apiKey"]),
    "an option that throws": ("{get theme() { throw Error('no') }}", ["theme"]),
    "a proxy that refuses": ("{labels: new Proxy({}, {ownKeys() { throw Error('no') }})}", ["labels"]),
    "a circle": ("(() => { const a = {}; a.a = a; return {labels: a}; })()", ["labels"]),
    "a name that is no option": ("{colour: 'red'}", ["colour"]),
    "a name that every object has": ("{constructor: 1, toString: 2}", ["constructor", "toString"]),
    "several at once": ("{count: 0, theme: 3, colour: 1}", ["count", "theme", "colour"]),
    "a list instead of options": ("['pub_x']", ["0"]),
    "text instead of options": ("'pub'", ["0", "1", "2"]),
    "a key that is none": ("{apiKey: '<script>'}", ["apiKey"]),
    "a key that is a list": ("{apiKey: ['pub_abc']}", ["apiKey"]),
    "a key that throws as text": ("{apiKey: {toString() { throw Error('no') }}}", ["apiKey"]),
    "an empty key": ("{apiKey: ''}", ["apiKey"]),
    "a relative base": ("{apiBaseUrl: '/api'}", ["apiBaseUrl"]),
    "a base that is a script": ("{apiBaseUrl: 'javascript:alert(1)//http://'}", ["apiBaseUrl"]),
    "a base with nothing behind it": ("{apiBaseUrl: 'https://'}", ["apiBaseUrl"]),
    "a base that is a list": ("{apiBaseUrl: ['https://api.example']}", ["apiBaseUrl"]),
    "a base that is data": ("{apiBaseUrl: 'data:text/html,http://x'}", ["apiBaseUrl"]),
}

# What is silently as if nothing were given: there is nothing in it that could be named.
EMPTY = [
    "undefined",
    "null",
    "{}",
    "[]",
    "''",
    "0",
    "() => 1",
    "{theme: null, count: undefined}",
    "Object.create(null)",
]


@pytest.fixture(scope="module")
def bench(browser: Browser) -> Iterator[tuple[Page, Console, str]]:
    """A page with the widget that has not begun, and the address of its API."""
    site = Site()
    with served(site.app()) as site.url:
        api = StandInApi(blog(site.url + "/wall"))
        with served(api.app()) as api.url:
            site.put("/wall", page(api.url, key=KEY).replace("data-api-key", "data-nothing"))
            context = browser.new_context()
            tab = context.new_page()
            console = Console(tab)
            tab.goto(site.url + "/wall")
            tab.wait_for_function("() => window.AutoBlogQuestionInjector")
            yield tab, console, api.url
            context.close()


def created(tab: Page, config: str, api_url: str) -> object:
    """Gives the options that come out, with a good key and base unless the configuration says otherwise."""
    return tab.evaluate(
        """async ([config, base, key]) => {
            const given = (0, eval)('(' + config + ')');
            const instance = new AutoBlogQuestionInjector(given, {apiKey: key, apiBaseUrl: base});
            const { options } = instance;
            window.told = [typeof await instance.init(), options.count, options.theme, Object.keys(options.labels)];
            instance.destroy();
            return window.told;
        }""",
        [config, api_url, KEY],
    )


@pytest.mark.parametrize("case", WRONG)
def test_one_warning_names_what_is_wrong_and_nothing_is_thrown(case: str, bench: tuple[Page, Console, str]) -> None:
    tab, console, api_url = bench
    config, names = WRONG[case]
    del console.lines[:], console.errors[:]
    told = created(tab, config, api_url)
    warnings = console.of("warning")
    assert len(warnings) == 1, console.lines
    assert [name for name in names if name not in warnings[0]] == []
    assert told == ["boolean", 4, "auto", []]
    assert console.errors == []


@pytest.mark.parametrize("config", EMPTY)
def test_nothing_given_is_nothing_wrong(config: str, bench: tuple[Page, Console, str]) -> None:
    tab, console, api_url = bench
    del console.lines[:], console.errors[:]
    assert created(tab, config, api_url) == ["boolean", 4, "auto", []]
    assert console.of("warning") == []
    assert console.errors == []


@pytest.mark.parametrize("call", ["autoInit()", "autoInit(null)", "autoInit([])", "autoInit({})"])
def test_a_missing_key_is_told_once_and_nothing_is_requested(
    call: str, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    site.put("/bare", page(api.url, key=KEY).replace("data-api-key", "data-nothing"))
    tab.goto(site.url + "/bare")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector")
    tab.evaluate(f"() => {{ AutoBlogQuestionInjector.{call} }}")
    tab.mouse.wheel(0, 50)
    warnings = console.of("warning")
    assert len(warnings) == 1
    assert "apiKey" in warnings[0]
    assert api.requests == []
    expect(tab.locator("[data-blogqa]")).to_have_count(0)
    assert console.errors == []


def test_attributes_that_are_wrong_are_told_in_one_warning_and_the_cards_come(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    wrong = (
        'data-count="-4" data-theme="&lt;b&gt;" data-placement="p{" data-labels="{" data-sponsored="[]"'
        ' data-animation-delay="1e9" data-debug-mode="perhaps" data-language="7" data-article="["'
    )
    site.put("/wrong", page(api.url, key=KEY, attributes=wrong))
    tab.goto(site.url + "/wrong")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector")
    tab.mouse.wheel(0, 5)
    expect(tab.locator("[part=card]")).to_have_count(4)
    warnings = console.of("warning")
    assert len(warnings) == 1
    for name in ("count", "theme", "placement", "labels", "sponsored", "animationDelay", "debugMode", "language"):
        assert name in warnings[0]
    assert console.errors == []


@pytest.mark.parametrize(
    "source",
    [
        "() => undefined",
        "() => null",
        "() => Promise.reject()",
        "() => Promise.reject('no')",
        "() => { throw Error('no') }",
        "() => { throw null }",
        "() => Promise.resolve({})",
        "() => Promise.resolve({status: 200, json: () => Promise.reject(undefined)})",
        "async () => ({status: 200, ok: true, headers: {}, json: async () => null})",
    ],
)
def test_a_fetch_that_gives_nonsense_ends_in_one_quiet_line(source: str, bench: tuple[Page, Console, str]) -> None:
    tab, console, api_url = bench
    del console.lines[:], console.errors[:]
    assert created(tab, f"{{fetch: {source}}}", api_url) == ["boolean", 4, "auto", []]
    tab.wait_for_function("() => new Promise((resolve) => setTimeout(() => resolve(true)))")
    assert console.errors == []
    assert len(console.of("debug")) == 1
    assert console.of("warning") == []
