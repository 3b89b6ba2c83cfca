"""Where cards stand, and where they never do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.blogs import BODY, PARAGRAPHS, page, paragraphs
from tests.browser.conftest import Console, Shown, both_devices
from tests.browser.servers import KEY, Site, StandInApi
from tests.browser.steps import cards, drawer, spots, wake

SCREEN = '<p style="min-height:900px">The first screen is filled by a paragraph that is as tall as the window is.</p>'
NEVER_AFTER = {
    "heading": "<h2>A heading that is long enough to be a paragraph of its own</h2>",
    "list": "<ul><li>A list with an item that is long enough to be a paragraph.</li><li>And another.</li></ul>",
    "list of paragraphs": "<ul><li><p>A list with one item that holds a paragraph long enough.</p></li></ul>",
    "code": "<pre><code>code = 'that is long enough to be a paragraph of its own'</code></pre>",
    "table": "<table><tbody><tr><td>A cell that is long enough to be a paragraph of its own</td></tr></tbody></table>",
    "figure": "<figure><p>A figure</p><figcaption>A caption as long as a paragraph is, or longer</figcaption></figure>",
    "figure of a paragraph": "<figure><p>A figure that holds a paragraph and nothing else at all in it.</p></figure>",
    "embed": '<div class="embed"><p>What another site wrote, embedded here for the readers of this one.</p></div>',
    "ad": '<div class="ad-slot"><p>Advertisement: the best mortar that money can buy, at half the price.</p></div>',
    "aside": "<aside><p>An aside that holds one paragraph, which is long enough for a card.</p></aside>",
    "quotation": "<blockquote><p>A quotation that holds one paragraph, which is long enough.</p></blockquote>",
    "introduction": "<p>This paragraph introduces something that comes right after it, namely this:</p>",
    "chinese introduction": "<p>这一段话介绍紧接着出现的内容，它足够长，可以算作独立的段落，因为"
    "这里写了许多字，请看：</p>",
}


@both_devices
@pytest.mark.parametrize("nth", [1, 3, 5])
def test_cards_stand_after_the_paragraph_of_that_number(shown: Shown, device: str, nth: int) -> None:
    filled = SCREEN.replace("<p ", "<figure ").replace("</p>", "</figure>")
    tab = shown(article=filled + BODY, attributes=f'data-placement="{nth}"')
    [(before, _, number)] = spots(tab)
    assert before == PARAGRAPHS[nth - 1]
    assert number == 4


@pytest.mark.parametrize("kind", NEVER_AFTER)
def test_cards_never_stand_after_a(shown: Shown, kind: str) -> None:
    tab = shown(article=SCREEN + NEVER_AFTER[kind] + BODY, attributes='data-placement="2" data-count="1"')
    [(before, _, _)] = spots(tab)
    assert before in PARAGRAPHS


@pytest.mark.parametrize("kind", [kind for kind in NEVER_AFTER if "introduction" not in kind and kind != "heading"])
def test_cards_never_part_a_paragraph_from_a_following(shown: Shown, kind: str) -> None:
    tab = shown(article=SCREEN + NEVER_AFTER[kind] + BODY, attributes='data-placement="1"')
    [(before, _, _)] = spots(tab)
    assert before == PARAGRAPHS[0]


def test_cards_stand_between_paragraphs_that_are_wrapped_one_by_one(shown: Shown) -> None:
    blocks = "".join(f'<div class="block"><p>{text}</p></div>' for text in PARAGRAPHS)
    tab = shown(article=SCREEN + blocks, attributes='data-placement="3"')
    assert spots(tab) == [(PARAGRAPHS[1], PARAGRAPHS[2], 4)]


def test_cards_stand_where_a_selector_says(shown: Shown) -> None:
    tab = shown(
        article=BODY + '<div id="own"><p>Before</p></div>' + paragraphs(*PARAGRAPHS), attributes='data-placement="#own"'
    )
    assert spots(tab) == [("Before", "", 4)]


def test_a_selector_that_matches_nothing_is_told_and_shows_nothing(
    tab: Page, site: Site, api: StandInApi, console: Console
) -> None:
    site.put("/wall", page(api.url, key=KEY, attributes='data-placement="#nowhere"'))
    with tab.expect_console_message(lambda message: "#nowhere" in message.text):
        tab.goto(site.url + "/wall")
        wake(tab)
    expect(cards(tab)).to_have_count(0)
    assert console.errors == []


def test_cards_stand_at_the_end_of_the_article(shown: Shown) -> None:
    tab = shown(attributes='data-placement="end"')
    assert spots(tab) == [(PARAGRAPHS[-1], "", 4)]
    assert tab.locator("article > [data-blogqa]").count() == 1


@both_devices
def test_a_button_floats_over_the_page_when_that_is_asked_for(shown: Shown, device: str) -> None:
    tab = shown(attributes='data-placement="float"')
    button = cards(tab)
    expect(button).to_have_count(1)
    expect(button).to_be_in_viewport()
    tab.evaluate("scrollTo(0, 700)")
    expect(button).to_be_in_viewport()
    button.click()
    expect(drawer(tab).get_by_role("listitem")).to_have_count(6)


@both_devices
def test_a_button_floats_over_a_page_too_short_for_cards(shown: Shown, device: str) -> None:
    tab = shown(article=f"<p style='min-height:0'>{PARAGRAPHS[0]}</p>")
    expect(cards(tab)).to_have_attribute("part", "float")


def test_nothing_is_shown_without_a_placement_but_the_drawer_can_be_opened(
    tab: Page, site: Site, api: StandInApi
) -> None:
    site.put("/wall", page(api.url, key=KEY, attributes='data-placement="none"'))
    tab.goto(site.url + "/wall")
    wake(tab)
    tab.wait_for_function("AutoBlogQuestionInjector.instance.open(), document.querySelector('[data-blogqa]')")
    expect(cards(tab)).to_have_count(0)
    expect(drawer(tab)).to_be_visible()


@pytest.mark.parametrize(("per_paragraph", "numbers"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (12, [4])])
def test_as_many_questions_stand_together_as_asked_for(shown: Shown, per_paragraph: int, numbers: list[int]) -> None:
    attributes = f'data-placement="1" data-questions-per-paragraph="{per_paragraph}"'
    tab = shown(article=SCREEN + BODY, attributes=attributes)
    assert [number for _, _, number in spots(tab)] == numbers
    expect(tab.locator("[part=ask]")).to_have_count(1)


def test_no_more_questions_are_shown_than_the_count(shown: Shown) -> None:
    tab = shown(attributes='data-count="2"')
    expect(cards(tab)).to_have_count(2)


@pytest.mark.parametrize("part", ["nav", "aside", "footer", "form"])
def test_text_outside_of_the_article_is_not_taken_for_it(shown: Shown, part: str) -> None:
    aside = f"<{part}>{paragraphs(*PARAGRAPHS, *PARAGRAPHS)}</{part}>"
    tab = shown(article=f"<div>{BODY}</div>{aside}")
    assert tab.locator("article > div > [data-blogqa]").count() == 1


def test_the_publisher_may_say_where_the_article_is(shown: Shown) -> None:
    tab = shown(article=f"<section>{BODY}</section><section id='it'>{BODY}</section>", attributes='data-article="#it"')
    assert tab.locator("#it > [data-blogqa]").count() == 1


def test_cards_come_back_when_the_page_throws_them_away(shown: Shown) -> None:
    tab = shown()
    tab.evaluate("document.querySelector('[data-blogqa]').remove()")
    expect(cards(tab)).to_have_count(4)
