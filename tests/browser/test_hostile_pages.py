"""Pages that style, patch, move and remove everything: the widget stays readable and usable, and breaks nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.blogs import PARAGRAPHS, answer, blog, event, page
from tests.browser.conftest import Console
from tests.browser.servers import KEY, Site, StandInApi

Shown = Callable[..., Page]


def reads(tab: Page, api: StandInApi, console: Console) -> None:
    """Does what a reader does: opens a card, follows its source, asks, closes."""
    api.ask_events = [
        event("token", {"text": "About a"}),
        event("sentence", {"text": "About a day.", "supported": True}),
        event("done", {"answer": answer("About a day.")}),
    ]
    expect(tab.locator("[part=card]")).to_have_count(4)
    tab.locator("[part=card]").first.click()
    drawer = tab.locator("dialog[part=drawer]")
    expect(drawer.get_by_role("heading", level=2)).to_have_text("Why does a dry stone wall hold?")
    expect(drawer.locator(".answer")).to_contain_text(PARAGRAPHS[0])
    drawer.locator("button[part=source]").click()
    expect(drawer).to_have_class("cited")
    drawer.get_by_role("textbox").fill("How long does it take?")
    drawer.get_by_role("textbox").press("Enter")
    expect(drawer.locator(".answer")).to_have_text("About a day.")
    drawer.get_by_role("button", name="Close").click()
    expect(drawer).to_be_hidden()
    assert console.errors == []
    assert console.of("debug") == console.of("warning") == []


PATCHES = {
    "Prototype.js's toJSON": """
        for (const one of [Array, String, Number]) one.prototype.toJSON = function () { return 'x"' + this; };
    """,
    "enumerable functions on all objects": """
        Object.prototype.each = Object.prototype.extend = function () { throw Error('called'); };
        Object.prototype.colour = 'red';
    """,
    "enumerable functions on all lists": """
        for (const name of ['first', 'last', 'each', 'contains', 'entries', 'remove', 'clone'])
            Array.prototype[name] = function () { throw Error('called'); };
    """,
    "Prototype.js's remove": """
        Element.prototype.remove = function () { this.parentNode.removeChild(this); return this; };
    """,
    "old polyfills of append, after and remove": """
        const fill = (add) => function (...nodes) {
            const all = document.createDocumentFragment();
            nodes.forEach((one) => all.appendChild(one instanceof Node ? one : document.createTextNode(String(one))));
            add(this, all);
        };
        Element.prototype.append = fill((to, all) => to.appendChild(all));
        Element.prototype.after = fill((to, all) => to.parentNode.insertBefore(all, to.nextSibling));
        Element.prototype.remove = function () { this.parentNode && this.parentNode.removeChild(this); };
    """,
    "a bind that binds nothing": "Function.prototype.bind = function () { return this; };",
    "a broken Array.from": "Array.from = () => { throw Error('called'); };",
    "a broken JSON.stringify": "JSON.stringify = () => { throw Error('called'); };",
    "an old $": "window.$ = window.jQuery = () => { throw Error('called'); }; Element.prototype.$ = 1;",
    "AMD and CommonJS": """
        window.define = () => { throw Error('called'); }; define.amd = {}; window.require = define;
        window.module = {exports: {}}; window.exports = module.exports;
    """,
    "a fetch that logs": """
        const real = fetch;
        window.logged = [];
        window.fetch = function () { logged.push(String(arguments[0])); return real.apply(this, arguments); };
    """,
    "a fetch that is strict about its arguments": """
        const real = fetch;
        window.fetch = async (url, init) => { new Headers(init.headers); return real(new Request(url, init)); };
    """,
    "frozen prototypes": """
        for (const one of [Object, Array, Function, String, Promise, Error, Element, Node, EventTarget])
            Object.freeze(one.prototype);
    """,
    "a root that others have changed": "addEventListener('error', () => {}); window.name = 'x'; window.event = null;",
    "names in the global scope": "window.status = {}; window.open = null; window.find = null; window.stop = null;",
    "no scrolling into view": "delete Element.prototype.scrollIntoView; delete Element.prototype.scrollTo;",
}


@pytest.mark.parametrize("patch", PATCHES)
def test_a_page_that_patches_the_language_has_a_widget_that_works(
    patch: str, tab: Page, shown: Shown, api: StandInApi, console: Console
) -> None:
    tab.add_init_script("{" + PATCHES[patch] + "}")
    reads(shown(), api, console)
    body = api.asked("/api/v1/qa/ask")[0][3]
    assert '"question":"How long does it take?"' in body


@pytest.mark.parametrize("patch", ["Prototype.js's remove", "frozen prototypes"])
def test_a_page_that_patches_the_language_can_take_the_widget_away(
    patch: str, tab: Page, shown: Shown, console: Console
) -> None:
    tab.add_init_script("{" + PATCHES[patch] + "}")
    shown()
    tab.locator("[part=card]").first.hover()
    tab.wait_for_function("() => AutoBlogQuestionInjector.parts.drawer")
    tab.evaluate("() => { for (const host of document.querySelectorAll('[data-blogqa]')) host.replaceWith(); }")
    tab.evaluate("() => AutoBlogQuestionInjector.instance.destroy()")
    expect(tab.locator("[data-blogqa]")).to_have_count(0)
    assert console.errors == []


CLOBBERS = {
    "the script": '<img name="currentScript" src="{evil}/widget/auto-blog-question-injector.js">',
    "the script, by a form": '<form name="currentScript"><input name="src" value="{evil}/x.js"></form>',
    "the script's data": '<form name="currentScript"><input name="dataset"></form>',
}


@pytest.mark.parametrize("clobber", CLOBBERS)
def test_markup_in_a_comment_cannot_choose_where_the_widget_is_loaded_from(
    clobber: str, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    evil = "http://localhost:1"
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    html = page(api.url, key=KEY).replace("<main>", CLOBBERS[clobber].format(evil=evil) + "<main>")
    # The script runs when the comment is there.
    tag = html[html.index("<script async") : html.index("</script>") + len("</script>")]
    site.put("/clobbered", html.replace(tag, "").replace("</body>", tag.replace("async ", "") + "</body>"))
    tab.goto(site.url + "/clobbered")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector")
    key, base = f"'{KEY}'", f"'{api.url}'"
    tab.evaluate(f"() => {{ AutoBlogQuestionInjector.autoInit({{apiKey: {key}, apiBaseUrl: {base}}}) }}")
    tab.mouse.wheel(0, 5)
    expect(tab.locator("[part=card]")).to_have_count(4)
    assert [url for url in asked if "auto-blog" in url and not url.startswith(site.url)] == [
        url for url in asked if url == f"{evil}/widget/auto-blog-question-injector.js"
    ]
    assert [url for url in asked if "cards.js" in url and url.startswith(evil)] == []
    assert console.errors == []


INCLUDED = {
    "twice": "{tag}{tag}",
    "three times, in the head and in the body": "{tag}{tag}{tag}",
    "before there is a body": "{sync}",
}


@pytest.mark.parametrize("way", INCLUDED)
def test_however_the_script_is_included_there_is_one_widget(
    way: str, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    html = page(api.url, key=KEY)
    tag = html[html.index("<script async") : html.index("</script>") + len("</script>")]
    tags = INCLUDED[way].format(tag=tag, sync=tag.replace("async ", ""))
    site.put("/wall", html.replace(tag, tags))
    tab.goto(site.url + "/wall")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector")
    tab.mouse.wheel(0, 5)
    reads(tab, api, console)
    assert len(api.asked("/api/v1/questions/check-and-load")) == 1


INSERTED = {
    "after the page was loaded": "const s = document.createElement('script'); Object.assign(s.dataset, data);"
    " s.src = src; document.body.append(s);",
    "as text, with options": "const text = await (await fetch(src)).text(); (0, eval)(text);"
    " AutoBlogQuestionInjector.autoInit({apiKey: data.apiKey, apiBaseUrl: data.apiBase});",
    "inline, with options": "const s = document.createElement('script'); s.text = await (await fetch(src)).text();"
    " document.body.append(s); AutoBlogQuestionInjector.autoInit({apiKey: data.apiKey, apiBaseUrl: data.apiBase});",
    "and begun three times": "const s = document.createElement('script'); Object.assign(s.dataset, data); s.src = src;"
    " document.body.append(s); await new Promise((resolve) => (s.onload = resolve));"
    " for (let i = 0; i < 3; i++) AutoBlogQuestionInjector.autoInit();",
}


@pytest.mark.parametrize("way", INSERTED)
def test_a_script_that_is_inserted_by_another_begins_once(
    way: str, tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    # Beside the widget's own files, where an address relative to the page finds them too.
    site.put("/widget/page", page(api.url, key=KEY, script=False))
    api.blog = blog(site.url + "/widget/page")
    tab.goto(site.url + "/widget/page")
    tab.evaluate(
        "async ([src, data]) => {" + INSERTED[way] + "}",
        ["/widget/auto-blog-question-injector.js", {"apiKey": KEY, "apiBase": api.url}],
    )
    tab.wait_for_function("() => window.AutoBlogQuestionInjector?.instance")
    tab.mouse.wheel(0, 5)
    reads(tab, api, console)
    assert len(api.asked("/api/v1/questions/check-and-load")) == 1


def test_a_page_with_a_base_elsewhere_keeps_its_address(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    site.put("/wall", page(api.url, key=KEY, head='<base href="/elsewhere/">'))
    tab.goto(site.url + "/wall")
    tab.wait_for_function("() => window.AutoBlogQuestionInjector")
    tab.mouse.wheel(0, 5)
    tab.locator("[part=card]").first.click()
    expect(tab.locator("dialog[part=drawer]")).to_be_visible()
    assert tab.url.partition("#")[0] == site.url + "/wall"
    tab.get_by_role("button", name="Close").click()
    tab.wait_for_url(site.url + "/wall")
    assert console.errors == []
    assert len(api.asked("/api/v1/questions/check-and-load")) == 1
