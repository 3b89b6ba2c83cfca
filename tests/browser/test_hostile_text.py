"""Hostile text in everything that the API can say and a publisher can set: it is shown, and does nothing."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.blogs import answer, blog, event, page
from tests.browser.conftest import Console
from tests.browser.failures import ASK, LOAD, SIMILAR, problem, says, streams
from tests.browser.payloads import ADDRESSES, TEXTS
from tests.browser.servers import KEY, Site, StandInApi

ALARM = """
    window.alarms = [];
    window.pwned = () => alarms.push('pwned');
    addEventListener('securitypolicyviolation', (e) => alarms.push(e.violatedDirective + ' ' + e.sample), true);
    addEventListener('unhandledrejection', (e) => alarms.push('rejection ' + e.reason));
"""
# What stands in the shadow trees: how many of each element, and all names of attributes and addresses.
INVENTORY = """() => {
    const elements = {}, attributes = new Set(), addresses = new Set();
    for (const host of document.querySelectorAll('[data-blogqa]'))
        for (const element of host.shadowRoot.querySelectorAll('*')) {
            elements[element.localName] = (elements[element.localName] || 0) + 1;
            for (const { name } of element.attributes) if (name != 'hidden') attributes.add(name);
            for (const name of ['href', 'src', 'action', 'formAction', 'data'])
                if (element.hasAttribute(name)) addresses.add(element[name]);
        }
    return [elements, [...attributes].sort(), [...addresses]];
}"""
OPEN = """(number) => AutoBlogQuestionInjector.instance.open(null).then(() => {
    const drawer = [...document.querySelectorAll('[data-blogqa]')].at(-1).shadowRoot;
    drawer.querySelectorAll('.list button')[number].click();
})"""
Inventory = tuple[dict[str, int], list[str], list[str]]
BATCH = 25
HARMLESS = "A stone"
PLAIN = "https://site.example/other"


def policy(site: Site, api: StandInApi) -> str:
    """A policy without unsafe-inline, with Trusted Types: a tripwire for every sink."""
    return (
        f"default-src 'none'; img-src data:; "
        f"script-src {site.url}; connect-src {api.url}; style-src 'nonce-x'; base-uri 'none';"
        " form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


class Trap:
    """A page that notices whatever runs in it."""

    def __init__(self, tab: Page, site: Site, api: StandInApi, console: Console) -> None:
        self.tab, self.site, self.api, self.console = tab, site, api, console
        self.dialogs: list[str] = []
        tab.add_init_script(ALARM)
        tab.on("dialog", self._dialog)

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def go(self, fragment: str = "", **options: str) -> None:
        """Loads the page anew, under the policy, and waits for the widget."""
        quoted = {name: value.replace("&", "&amp;").replace('"', "&quot;") for name, value in options.items()}
        attributes = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in quoted.items())
        html = page(self.api.url, key=KEY, attributes=attributes).replace("<style>", "<style nonce=x>")
        self.site.put("/wall", html, Content_Security_Policy=policy(self.site, self.api))
        self.tab.goto("about:blank")
        self.tab.goto(self.site.url + "/wall" + fragment)

    def cards(self) -> None:
        """Lets the cards come."""
        self.tab.wait_for_function("() => window.AutoBlogQuestionInjector")
        self.tab.mouse.wheel(0, 5)
        self.tab.locator("[part=card]").first.wait_for(state="attached")

    def inventory(self) -> Inventory:
        """What stands in the shadow trees now, once related articles have come and answers have been folded."""
        self.tab.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        return cast("Inventory", tuple(self.tab.evaluate(INVENTORY)))

    def silent(self) -> None:
        """Checks that nothing ran."""
        assert self.tab.evaluate("alarms") == []
        assert self.tab.evaluate("({}).polluted ?? Object.prototype.answer ?? null") is None
        assert self.dialogs == self.console.errors == []
        assert [text for kind, text in self.console.lines if kind in ("error", "warning")] == []


@pytest.fixture
def trap(tab: Page, site: Site, api: StandInApi, console: Console) -> Trap:
    return Trap(tab, site, api, console)


def said(text: str, number: int, url: str, address: str) -> dict[str, Any]:
    """A question with the same text in every field."""
    cited = {"passage_id": text, "text": text, "title": text, "section": text, "url": address, "start": 0, "end": 1}
    extra = {"__proto__": {"polluted": text}, "constructor": {"prototype": {"polluted": text}}}
    return {
        "id": f"{text}{number}",
        "question": f"{text}?",
        "answer": f"{text}!",
        "kind": text,
        "language": text,
        "engine": text,
        "citations": [cited, {**cited, "url": url}, {**cited, "section": ""}],
        **extra,
    }


def articles(text: str, url: str) -> list[dict[str, Any]]:
    return [{"title": text, "url": url, "language": text, "summary": text, "score": text, "question": {"id": text}}] * 3


def blog_of(texts: tuple[str, ...], url: str, address: str) -> dict[str, Any]:
    questions = [said(text, number, url, address) for number, text in enumerate(texts)]
    first = texts[0]
    return {**blog(url), "title": first, "summary": first, "language": first, "engine": first, "questions": questions}


def walk(trap: Trap, texts: tuple[str, ...], opened: int, address: str = PLAIN) -> list[Inventory]:
    """Opens the first questions of a blog; gives what stood there before and each time."""
    url = trap.site.url + "/wall"
    trap.api.answers[LOAD] = says(200, json.dumps({"status": "ready", "blog": blog_of(texts, url, address)}))
    trap.api.answers[SIMILAR] = says(200, json.dumps({"articles": articles(texts[0], address)}))
    trap.go(count="12", questions_per_paragraph="12")
    trap.cards()
    seen = [trap.inventory()]
    for number in range(opened):
        with trap.tab.expect_response("**/search/similar"):
            trap.tab.evaluate(OPEN, number)
        expect(trap.tab.locator("[part=article]")).to_have_count(3)
        seen.append(trap.inventory())
    trap.silent()
    return seen


@pytest.mark.parametrize("start", range(0, len(TEXTS), BATCH))
def test_text_from_the_api_is_shown_as_text_and_adds_no_element(start: int, trap: Trap) -> None:
    texts = TEXTS[start : start + BATCH]
    harmless = walk(trap, (HARMLESS,) * len(texts), 1)
    hostile = walk(trap, texts, len(texts))
    for number, (text, (elements, attributes, addresses)) in enumerate(zip(("", *texts), hostile, strict=True)):
        expected, names, _ = harmless[min(number, 1)]
        assert (text, elements, attributes) == (text, expected, names)
        assert [one for one in addresses if not one.startswith(("http://", "https://"))] == []
    shown = trap.tab.locator(".answer").text_content() or ""
    assert shown == texts[-1] + "!"


def test_no_address_is_followed_that_is_not_the_web_s(trap: Trap) -> None:
    questions = [said(HARMLESS, 1, PLAIN, PLAIN)]
    questions[0]["citations"] = [{**questions[0]["citations"][0], "url": address} for address in ADDRESSES]
    related = [one for address in ADDRESSES for one in articles(address, address)[:1]]
    trap.api.answers[LOAD] = says(
        200, json.dumps({"status": "ready", "blog": {**trap.api.blog, "questions": questions}})
    )
    trap.api.answers[SIMILAR] = says(200, json.dumps({"articles": related}))
    trap.go()
    trap.cards()
    with trap.tab.expect_response("**/search/similar"):
        trap.tab.evaluate(OPEN, 0)
    expect(trap.tab.locator("[part=article]").first).to_be_attached()
    asked = {**hostile_answer(HARMLESS, PLAIN), "citations": questions[0]["citations"], "related_articles": related}
    for inventory in (trap.inventory(), ask(trap, HARMLESS, event("done", {"answer": asked}))):
        elements, _, addresses = inventory
        assert elements["a"] >= 20
        assert [one for one in addresses if not one.startswith(("http://", "https://"))] == []
    trap.silent()


def test_nothing_sponsored_is_followed_that_is_not_the_web_s(trap: Trap) -> None:
    trap.go()
    trap.cards()
    for address in ADDRESSES:
        sponsored = {"title": "<img src=x onerror=pwned()>", "url": address, "text": "<svg onload=pwned()>"}
        link = trap.tab.evaluate(SPONSORED, sponsored)
        assert link is None or link.startswith(("http://", "https://")), address
    assert link is None
    assert trap.tab.evaluate(SPONSORED, {"title": "Buy", "url": PLAIN}) == PLAIN
    assert trap.tab.evaluate("alarms") == trap.console.errors == trap.dialogs == []


# Begins anew with something sponsored; gives its address, if it is shown.
SPONSORED = """async (sponsored) => {
    const blog = {questions: [{id: '1', question: 'Why?', answer: 'So.', citations: []}]};
    const fetch = async () => new Response(JSON.stringify({status: 'ready', blog, articles: []}));
    const {apiKey, apiBaseUrl} = AutoBlogQuestionInjector.instance.options;
    const widget = new AutoBlogQuestionInjector({apiKey, apiBaseUrl, placement: 'none', sponsored, fetch});
    await widget.init();
    await widget.open(blog.questions[0]);
    const drawer = [...document.querySelectorAll('[data-blogqa]')].at(-1).shadowRoot;
    const link = drawer.querySelector('.sponsored a')?.href ?? null;
    widget.destroy();
    return link;
}"""


def hostile_answer(text: str, address: str) -> dict[str, Any]:
    """An answer with the same text in every field."""
    question = said(text, 1, address, address)
    fields = {name: question[name] for name in ("citations", "language", "engine")}
    related = [{"id": text, "question": text, "kind": text, "language": text}] * 5
    more = {"notices": [text], "related_questions": related, "related_articles": articles(text, address)}
    return {**answer(text), **fields, **more, "question_id": text, "from_cache": text, "sentences": [text]}


def ask(trap: Trap, text: str, last: bytes) -> Inventory:
    """Asks, with the same text in all events of the stream; gives what stands there at the end."""
    heard = [
        event("sources", {"citations": [text], "__proto__": {"polluted": 1}}),
        event("token", {"text": text}),
        event("sentence", {"text": text, "supported": True, "citations": [text]}),
        event("sentence", {"text": text, "supported": False}),
        event("token", {"text": text, "__proto__": {"polluted": 1}}),
    ]
    trap.api.answers[ASK] = streams(*heard, last)
    trap.tab.evaluate(SUBMIT, text)
    return trap.inventory()


# Asks, and waits for the end.
SUBMIT = """async (text) => {
    const drawer = [...document.querySelectorAll('[data-blogqa]')].at(-1).shadowRoot;
    const form = drawer.querySelector('form');
    drawer.querySelector('input').value = text.trim() || 'x';
    form.requestSubmit();
    while (form.matches('.asking')) await new Promise((resolve) => setTimeout(resolve));
}"""


@pytest.mark.parametrize("start", range(0, len(TEXTS), BATCH))
def test_what_is_streamed_is_shown_as_text_and_adds_no_element(start: int, trap: Trap) -> None:
    trap.go("#bqa=")
    trap.cards()
    trap.tab.get_by_role("dialog").wait_for()
    wanted = ask(trap, HARMLESS, event("done", {"answer": hostile_answer(HARMLESS, PLAIN)}))
    again = ask(trap, HARMLESS, event("done", {"answer": hostile_answer(HARMLESS, PLAIN)}))
    assert again == wanted
    for text in TEXTS[start : start + BATCH]:
        found = ask(trap, text, event("done", {"answer": hostile_answer(text, PLAIN)}))
        assert (text, found[0], found[1]) == (text, wanted[0], wanted[1])
        assert trap.tab.locator(".answer").text_content() == text
    trap.silent()


def test_what_failed_is_told_in_our_words_and_not_in_the_api_s(trap: Trap) -> None:
    trap.go("#bqa=")
    trap.cards()
    trap.tab.get_by_role("dialog").wait_for()
    for text in TEXTS[::2]:
        ask(trap, text, event("error", {"code": text, "detail": text, "title": text}))
        problems = trap.tab.locator(".problem")
        assert problems.text_content() == "That did not work. Please try again."
    trap.silent()


def test_problems_with_hostile_codes_are_one_quiet_line_each(trap: Trap) -> None:
    trap.go()
    trap.tab.wait_for_function("() => window.AutoBlogQuestionInjector?.instance")
    for text in (*TEXTS, *ADDRESSES):
        trap.api.answers[LOAD] = problem(400, text)
        before = len(trap.console.of("debug"))
        assert trap.tab.evaluate("AutoBlogQuestionInjector.instance.init()") is False
        assert len(trap.console.of("debug")) == before + 1
    assert trap.tab.locator("[data-blogqa]").count() == 0
    assert trap.tab.evaluate("alarms") == trap.console.errors == trap.dialogs == []


# Begins anew with the same text in all options and in what the page itself says; gives what stands there then.
OPTIONS = (
    """async (text) => {
    const questions = [1, 2].map((id) => ({id, question: 'Why?', answer: 'So.', citations: []}));
    const fetch = async () => new Response(JSON.stringify({status: 'ready', blog: {questions}, articles: []}));
    const names = ('heading|explore|ask|ai|title|close|back|more|less|sources|written|quoted|helpful|unhelpful|copy|' +
        'questions|articles|sponsored|send|stop|answering|how|howText|__proto__|constructor').split('|');
    const labels = JSON.parse('{' + names.map((name) => JSON.stringify(name) + ':' + JSON.stringify(text)) + '}');
    const sponsored = {title: text, url: 'https://shop.example/', text};
    document.documentElement.lang = document.title = text;
    history.replaceState(null, '', '#bqa=' + encodeURI(text.toWellFormed().slice(0, 500)));
    AutoBlogQuestionInjector.instance.destroy();
    const {apiKey, apiBaseUrl} = AutoBlogQuestionInjector.instance.options;
    const config = {apiKey, apiBaseUrl, labels, sponsored, fetch, language: text, theme: text};
    const begin = async (more) => {
        const widget = new AutoBlogQuestionInjector({...config, ...more});
        await widget.init();
        return widget;
    };
    const others = {article: text, count: text, debugMode: text};
    for (const more of [{placement: text}, {apiBaseUrl: text}, {apiKey: text}, others])
        (await begin(more)).destroy();
    // The address would open the list besides.
    history.replaceState(null, '', '#' + encodeURI(text.toWellFormed().slice(0, 500)));
    const widget = await begin({placement: 'end'});
    await widget.open(questions[0]);
    while (document.querySelectorAll('[data-blogqa]').length < 2)
        await new Promise((resolve) => setTimeout(resolve));
    await new Promise((resolve) => setTimeout(resolve));
    const found = ("""
    + INVENTORY
    + """)();
    widget.destroy();
    return found;
}"""
)


@pytest.mark.parametrize("start", range(0, len(TEXTS), BATCH))
def test_text_in_options_and_in_the_page_is_shown_as_text_and_adds_no_element(start: int, trap: Trap) -> None:
    trap.go()
    trap.cards()
    wanted = trap.tab.evaluate(OPTIONS, HARMLESS)
    assert wanted[0]["aside"] == 1
    for text in TEXTS[start : start + BATCH]:
        elements, names, addresses = trap.tab.evaluate(OPTIONS, text)
        assert (text, elements, names) == (text, wanted[0], wanted[1])
        assert addresses == ["https://shop.example/"]
    assert trap.tab.evaluate("alarms") == trap.console.errors == trap.dialogs == []
