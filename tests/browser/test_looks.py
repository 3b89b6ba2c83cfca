"""Languages, writing directions and themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console, Shown, both_devices
from tests.browser.steps import cards, drawer, open_card

LANGUAGES = {
    "en-GB": ("Some questions in mind?", "Ask your own question", "Close"),
    "de": ("Noch Fragen dazu?", "Eigene Frage stellen", "Schließen"),
    "fr-CA": ("Des questions en tête ?", "Poser votre question", "Fermer"),
    "es": ("¿Te quedan preguntas?", "Haz tu propia pregunta", "Cerrar"),
    "it": ("Qualche domanda?", "Fai la tua domanda", "Chiudi"),
    "pt-BR": ("Ficou com perguntas?", "Faça a sua pergunta", "Fechar"),
    "nl": ("Nog vragen hierover?", "Stel zelf een vraag", "Sluiten"),
    "ar": ("هل تدور في ذهنك أسئلة؟", "اطرح سؤالك", "إغلاق"),
    "zh-Hant": ("还有疑问吗？", "自己提问", "关闭"),
    "JA": ("気になることはありますか？", "自分で質問する", "閉じる"),
    "fi": ("Some questions in mind?", "Ask your own question", "Close"),
    "": ("Some questions in mind?", "Ask your own question", "Close"),
}
DARK = "() => [...document.querySelectorAll('[data-blogqa]')].some((h) => h.shadowRoot.querySelector('dialog.dark'))"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_the_pages(shown: Shown, console: Console, language: str) -> None:
    heading, ask, close = LANGUAGES[language]
    tab = shown(lang=language)
    expect(tab.locator("[part=heading]")).to_contain_text(heading)
    expect(tab.locator("[part=ask]")).to_have_text(ask)
    opened = open_card(tab)
    expect(opened.get_by_role("button", name=close, exact=True)).to_be_visible()
    assert "undefined" not in opened.inner_text()
    assert console.lines == []


def test_the_publisher_may_choose_language_and_words(shown: Shown) -> None:
    tab = shown(lang="fr", attributes="""data-language="de" data-labels='{"heading":"Wissen Sie das?"}'""")
    expect(tab.locator("[part=heading]")).to_contain_text("Wissen Sie das?")
    expect(tab.locator("[part=ask]")).to_have_text("Eigene Frage stellen")


@both_devices
def test_what_is_read_from_right_to_left_is_laid_out_so(shown: Shown, device: str) -> None:
    tab = shown(lang="ar", html='dir="rtl"')
    card = cards(tab).first
    card.scroll_into_view_if_needed()
    icon, text = card.locator("svg").bounding_box(), card.locator("[part=explore]").bounding_box()
    assert icon is not None
    assert text is not None
    assert icon["x"] > text["x"]
    box = open_card(tab).bounding_box()
    assert box is not None
    assert box["x"] == 0


def test_the_floating_button_stands_where_reading_ends(shown: Shown) -> None:
    for direction, left in (("ltr", False), ("rtl", True)):
        tab = shown(
            f"/{direction}",
            html=f'dir="{direction}"',
            attributes='data-placement="float"',
            lang={"rtl": "ar"}.get(direction, "en"),
        )
        box = cards(tab).bounding_box()
        assert box is not None
        assert (box["x"] < 640) is left


PAGES = {
    "a dark background": ("<style>body{background:#111;color:#eee}</style>", True),
    "a light background": ("<style>body{background:#fafafa}</style>", False),
    "a dark article on a light page": ("<style>body{background:#fff}main{background:#222;color:#eee}</style>", True),
    "a veil that is hardly there": ("<style>body{background:#fff}main{background:#0001}</style>", False),
    "a dark oklch": ("<style>body{background:oklch(0.21 0.034 264.665);color:#eee}</style>", True),
    "a light oklch": ("<style>body{background:oklch(0.985 0.002 247.839)}</style>", False),
    "a light lab": ("<style>body{background:lab(98 0 0)}</style>", False),
    "a dark lab": ("<style>body{background:lab(12 0 0);color:#eee}</style>", True),
    "a light mixture": ("<style>body{background:color-mix(in srgb, white 90%, blue)}</style>", False),
    "a dark mixture": ("<style>body{background:color-mix(in srgb, black 90%, blue);color:#eee}</style>", True),
    "no background": ("", False),
    "a dark colour scheme": ("<style>:root{color-scheme:dark}</style>", True),
    "a light colour scheme": ("<style>:root{color-scheme:light}</style>", False),
}


@pytest.mark.parametrize("kind", PAGES)
def test_the_drawer_follows_the_page_and_not_the_system(shown: Shown, tab: Page, kind: str) -> None:
    head, dark = PAGES[kind]
    shown(head=head)
    for system in ("light", "dark"):
        tab.emulate_media(color_scheme="dark" if system == "dark" else "light")
        tab.evaluate("AutoBlogQuestionInjector.instance.open()")
        expect(drawer(tab)).to_be_visible()
        assert tab.evaluate(DARK) is dark, system


def test_the_drawer_follows_the_system_where_the_page_does(shown: Shown, tab: Page) -> None:
    tab.emulate_media(color_scheme="dark")
    shown(head="<style>:root{color-scheme:light dark}</style>")
    open_card(tab)
    assert tab.evaluate(DARK) is True
    tab.keyboard.press("Escape")
    tab.emulate_media(color_scheme="light")
    open_card(tab)
    assert tab.evaluate(DARK) is False


@pytest.mark.parametrize(("theme", "dark"), [("light", False), ("dark", True)])
def test_the_publisher_may_choose_the_theme(shown: Shown, theme: str, dark: bool) -> None:
    tab = shown(
        head=f"<style>body{{background:{'#fff' if dark else '#000'}}}</style>", attributes=f"data-theme={theme}"
    )
    open_card(tab)
    assert tab.evaluate(DARK) is dark


def test_the_publishers_custom_properties_and_parts_restyle_it(shown: Shown) -> None:
    tab = shown(
        head="<style>:root{--bqa-accent:rgb(1,2,3);--bqa-radius:3px}[data-blogqa]::part(card){padding:31px}</style>"
    )
    style = cards(tab).first.evaluate("(card) => [getComputedStyle(card).borderRadius, getComputedStyle(card).padding]")
    assert style == ["3px", "31px"]
    open_card(tab)
    assert drawer(tab).locator(".send").evaluate("(b) => getComputedStyle(b).backgroundColor") == "rgb(1, 2, 3)"


def test_the_pages_own_styles_do_not_reach_in(shown: Shown) -> None:
    plain = cards(shown()).first.evaluate("(card) => card.getBoundingClientRect().height")
    hostile = "<style>*,button,div{all:revert;padding:99px!important;font-size:90px!important;display:none}"
    tab = shown("/hostile", head=hostile + "html,body,main,article,p{display:block;padding:0!important}</style>")
    assert cards(tab).first.evaluate("(card) => getComputedStyle(card).padding") == "14px 16px"
    assert cards(tab).first.is_visible()
    assert plain > 40
