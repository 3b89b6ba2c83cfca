"""Coming, going and coming again in pages that live long, and in pages that forbid much."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.blogs import PARAGRAPHS, answer, blog, event, page
from tests.browser.conftest import Console, Shown
from tests.browser.servers import CHECK, KEY, Site, StandInApi, says
from tests.browser.steps import cards, drawer, heading, open_card, spots, wake

COUNT_LISTENERS = """
  window.listeners = [];
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if ((this === window || this === document) && Error().stack.includes('auto-blog-question')) {
      const entry = [type, listener];
      window.listeners.push(entry);
      options?.signal?.addEventListener('abort', () => window.listeners.splice(window.listeners.indexOf(entry), 1));
    }
    return add.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    window.listeners = window.listeners.filter((one) => one[0] != type || one[1] != listener);
    return remove.call(this, type, listener, options);
  };
  window.timers = new Set();
  const { setInterval: start, clearInterval: stop } = window;
  window.setInterval = (...how) => { const timer = start(...how); window.timers.add(timer); return timer; };
  window.clearInterval = (timer) => { window.timers.delete(timer); stop(timer); };
"""
INSTANCE = "AutoBlogQuestionInjector.instance"


def test_destroy_leaves_no_trace(shown: Shown, tab: Page, console: Console) -> None:
    tab.add_init_script(COUNT_LISTENERS)
    shown()
    before = tab.evaluate("document.documentElement.outerHTML.replace(/<div [^>]*data-blogqa[^]*?<[/]div>/g, '')")
    opened = open_card(tab)
    opened.locator("[part=source]").click()
    tab.wait_for_function("CSS.highlights.size == 1")
    tab.evaluate(INSTANCE + ".destroy()")
    expect(tab.locator("[data-blogqa]")).to_have_count(0)
    tab.wait_for_function("!location.hash")
    assert tab.evaluate("document.documentElement.outerHTML") == before
    assert tab.evaluate("[CSS.highlights.size, document.adoptedStyleSheets.length, window.timers.size]") == [0, 0, 0]
    assert tab.evaluate("window.listeners.map(([type]) => type)") == []
    assert console.errors == []


def test_what_was_destroyed_does_not_come_when_its_questions_do(tab: Page, site: Site, api: StandInApi) -> None:
    api.answers[CHECK] = says({"status": "ready", "blog": api.blog}, after_s=0.4)
    with tab.expect_response(lambda response: CHECK in response.url):
        with tab.expect_request(lambda request: CHECK in request.url):
            tab.goto(site.url + "/wall")
        tab.evaluate(INSTANCE + ".destroy()")
    tab.keyboard.press("Shift")
    expect(tab.locator("[data-blogqa]")).to_have_count(0)


def test_it_can_be_shown_again_after_it_was_destroyed(shown: Shown) -> None:
    tab = shown()
    tab.evaluate(INSTANCE + ".destroy()")
    assert tab.evaluate(INSTANCE + ".init()") is True
    wake(tab)
    expect(cards(tab)).to_have_count(4)
    open_card(tab)


def test_a_page_that_changes_its_address_gets_the_new_pages_cards(
    shown: Shown, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    shown()
    api.blog = {**blog(site.url + "/hedge"), "questions": blog("x")["questions"][4:]}
    tab.evaluate(
        """(paragraphs) => {
          history.pushState({}, '', '/hedge');
          setTimeout(() => {
            const article = document.createElement('article');
            const made = () => document.createElement('p');
            article.append(...paragraphs.map((text) => Object.assign(made(), { textContent: text })));
            document.querySelector('article').replaceWith(article);
          }, 1500);
        }""",
        [f"Hedges, {text}" for text in PARAGRAPHS],
    )
    tab.wait_for_function("document.querySelector('article').textContent.includes('Hedges')")
    wake(tab)
    expect(cards(tab)).to_have_count(2)
    expect(cards(tab).first).to_contain_text("Where do cope stones stand?")
    [(before, _, _)] = spots(tab)
    assert before.startswith("Hedges, ")
    assert "%2Fhedge" in api.asked(CHECK)[-1][1]
    assert console.errors == []


def test_a_page_that_moves_on_below_an_open_drawer_stays_where_it_went(shown: Shown, tab: Page, site: Site) -> None:
    shown()
    open_card(tab)
    tab.evaluate("history.pushState({}, '', '/hedge#top')")
    expect(drawer(tab)).to_be_hidden()
    wake(tab)
    expect(cards(tab)).to_have_count(4)
    assert tab.url == site.url + "/hedge#top"


def test_going_back_and_forth_shows_each_pages_cards_once(shown: Shown, tab: Page) -> None:
    shown()
    for step in ("history.pushState({}, '', '/hedge')", "history.back()", "history.forward()"):
        tab.evaluate("document.querySelector('[data-blogqa]').dataset.old = ''")
        tab.evaluate(step)
        expect(tab.locator("[data-old]")).to_have_count(0)
        wake(tab)
        expect(cards(tab)).to_have_count(4)


def test_a_tag_that_is_there_twice_shows_cards_once(shown: Shown, api: StandInApi) -> None:
    # Whichever is run first is the one that counts.
    again = (
        f'<script async src="/widget/auto-blog-question-injector.js" data-api-key="{KEY}" data-api-base="{api.url}">'
        "</script>"
    )
    tab = shown(head=again + again)
    expect(cards(tab)).to_have_count(4)
    assert len(api.asked(CHECK)) == 1


def test_a_script_may_start_it_and_give_a_fetch_of_its_own(tab: Page, site: Site, api: StandInApi) -> None:
    site.put("/wall", page(api.url, key=KEY, script=False))
    tab.goto(site.url + "/wall")
    tab.add_script_tag(url="/widget/auto-blog-question-injector.js")
    tab.evaluate(
        """([apiKey, apiBaseUrl]) => {
          window.fetched = [];
          const own = (url, init) => { window.fetched.push(url); return fetch(url, init); };
          AutoBlogQuestionInjector.autoInit({ apiKey, apiBaseUrl, placement: 1, fetch: own });
        }""",
        [KEY, api.url + "/"],
    )
    wake(tab)
    expect(cards(tab)).to_have_count(4)
    loads = tab.evaluate("window.fetched.filter((url) => url.includes('check-and-load')).length")
    assert loads == len(api.asked(CHECK)) == 1
    assert tab.evaluate("AutoBlogQuestionInjector.autoInit() == AutoBlogQuestionInjector.instance") is True


def test_another_pages_questions_can_be_shown(tab: Page, site: Site, api: StandInApi) -> None:
    site.put("/wall", page(api.url, key=KEY, script=False))
    tab.goto(site.url + "/wall")
    tab.add_script_tag(url="/widget/auto-blog-question-injector.js")
    config = {"apiKey": KEY, "apiBaseUrl": api.url}
    assert tab.evaluate("config => new AutoBlogQuestionInjector(config).init('/hedge')", config) is True
    assert "%2Fhedge" in api.asked(CHECK)[0][1]


def test_options_that_are_wrong_are_told_in_one_line_and_ignored(shown: Shown, console: Console) -> None:
    tab = shown(attributes='data-count="99" data-theme="pink" data-animation-delay="soon"')
    expect(cards(tab)).to_have_count(4)
    assert console.of("warning") == [
        "BlogQA ignores these options: count (expected a whole number from 1 to 12), "
        "animationDelay (expected milliseconds, 0 to 2000), theme (expected auto, light or dark)"
    ]


def test_a_strict_policy_in_a_header_needs_no_more_than_site_and_api(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {api.url}; base-uri 'none'; "
        "form-action 'none'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    html = page(api.url, key=KEY).replace("<style>", '<link rel="stylesheet" href="/style.css"><style hidden>')
    html = html.replace("<article>", "<article>" + "<p></p>" * 40)
    site.put(
        "/strict",
        html[: html.index("<style hidden>")] + html[html.index("</style>") + 8 :],
        Content_Security_Policy=policy,
    )
    tab.add_init_script(
        "window.forbidden = []; addEventListener('securitypolicyviolation', (event) =>"
        " window.forbidden.push([event.effectiveDirective, event.blockedURI, event.sourceFile]))"
    )
    tab.set_viewport_size({"width": 1000, "height": 300})
    tab.goto(site.url + "/strict")
    wake(tab)
    api.ask_events = [event("done", {"answer": answer("A day.")})]
    opened = open_card(tab)
    opened.locator("[part=source]").click()
    opened.get_by_role("textbox").fill("How long?")
    opened.get_by_role("textbox").press("Enter")
    expect(opened.locator(".answer")).to_have_text("A day.")
    expect(heading(tab)).to_have_text("How long?")
    assert opened.evaluate("(dialog) => getComputedStyle(dialog).position") == "fixed"
    assert tab.evaluate("window.forbidden") == []
    assert console.errors == []
