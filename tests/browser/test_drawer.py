"""The drawer with a prepared question: reading it, going on from it, and closing it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.blogs import PARAGRAPHS
from tests.browser.conftest import Console, Shown, both_devices
from tests.browser.servers import SIMILAR, Site, StandInApi, says
from tests.browser.steps import cards, drawer, heading, open_card

OTHERS = [
    {"title": "Hedges", "url": "https://blog.example/garden/hedges?a=1", "language": "en", "question": None},
    {"title": "A script", "url": "javascript:alert(1)", "language": "en", "question": None},
    {"title": "Heath", "url": "https://blog.example/l%C3%BCneburg", "language": "de", "question": None},
]


@both_devices
def test_a_long_answer_is_cut_and_can_be_read_on(shown: Shown, device: str) -> None:
    opened = open_card(shown())
    answer = opened.locator(".answer")
    cut = answer.bounding_box()
    more = opened.get_by_role("button", name="Read more")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    less = opened.get_by_role("button", name="Read less")
    expect(less).to_have_attribute("aria-expanded", "true")
    whole = answer.bounding_box()
    assert cut is not None
    assert whole is not None
    assert whole["height"] > cut["height"] * 1.5
    less.click()
    assert answer.bounding_box() == cut


def test_a_short_answer_needs_no_button(shown: Shown) -> None:
    opened = open_card(shown(), 1)
    expect(opened.locator(".answer")).to_have_text("About twenty centimetres.")
    expect(opened.get_by_role("button", name="Read more")).to_be_hidden()


def test_related_questions_open_in_place_and_lead_back(shown: Shown) -> None:
    tab = shown()
    opened = open_card(tab)
    expect(opened.get_by_role("button", name="Back")).to_be_hidden()
    related = opened.locator("[part=related]")
    expect(related).to_have_count(4)
    related.filter(has_text="cope stones").click()
    expect(heading(tab)).to_have_text("Where do cope stones stand?")
    expect(heading(tab)).to_be_focused()
    opened.locator("[part=related]").first.click()
    expect(heading(tab)).to_have_text("When is a wall done?")
    for text in ("Where do cope stones stand?", "Why does a dry stone wall hold?"):
        opened.get_by_role("button", name="Back").click()
        expect(heading(tab)).to_have_text(text)
    expect(opened.get_by_role("button", name="Back")).to_be_hidden()


def test_related_articles_are_links_and_nothing_but_web_addresses(shown: Shown, api: StandInApi) -> None:
    api.articles = OTHERS
    links = open_card(shown()).locator("a[part=article]")
    expect(links).to_have_count(2)
    expect(links.first).to_have_attribute("href", "https://blog.example/garden/hedges?a=1")
    expect(links.last).to_contain_text("blog.example/lüneburg")
    assert '"question_id":"00000000000000000000000000000001"' in api.asked(SIMILAR)[0][3]


def test_an_answer_does_not_depend_on_related_articles(shown: Shown, api: StandInApi, console: Console) -> None:
    api.answers[SIMILAR] = says({"code": "search_not_ready"}, 503)
    opened = open_card(shown())
    expect(opened.locator(".answer")).to_contain_text(PARAGRAPHS[0])
    expect(opened.locator("[part=article]")).to_have_count(0)
    assert console.errors == []


def test_a_reader_says_once_whether_an_answer_helped(shown: Shown, api: StandInApi) -> None:
    tab = shown()
    opened = open_card(tab)
    helpful, unhelpful = (opened.get_by_role("button", name=name, exact=True) for name in ("Helpful", "Not helpful"))
    with tab.expect_response(lambda response: '"helpful"' in (response.request.post_data or "")):
        helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(opened.get_by_role("status")).to_have_text("Thank you for telling us")
    helpful.click()
    unhelpful.click()
    expect(unhelpful).to_have_attribute("aria-pressed", "false")
    assert [kind for kind, _ in api.events() if "helpful" in kind] == ["helpful"]


@both_devices
def test_a_copied_link_opens_the_question_in_another_tab(
    shown: Shown, context: BrowserContext, site: Site, device: str
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    tab = shown()
    opened = open_card(tab, 2)
    opened.get_by_role("button", name="Copy link").click()
    expect(opened.get_by_role("button", name="Link copied")).to_be_visible()
    link = tab.evaluate("navigator.clipboard.readText()")
    assert link.startswith(site.url + "/wall#bqa=")
    other = context.new_page()
    other.goto(link)
    expect(heading(other)).to_have_text("What are through stones?")
    other.keyboard.press("Escape")
    expect(drawer(other)).to_be_hidden()
    other.wait_for_url(site.url + "/wall")


def test_a_link_can_be_copied_where_the_clipboard_is_not_to_be_had(shown: Shown, tab: Page) -> None:
    tab.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
        "const focused = () => document.activeElement.shadowRoot.activeElement;"
        "addEventListener('copy', () => { window.copied = focused().value; }, true)"
    )
    opened = open_card(shown())
    opened.get_by_role("button", name="Copy link").click()
    expect(opened.get_by_role("button", name="Link copied")).to_be_visible()
    assert "#bqa=" in str(tab.evaluate("window.copied"))


@pytest.mark.parametrize("fragment", ["#bqa=", "#bqa=unknown"])
def test_a_link_that_names_no_question_opens_the_list(tab: Page, site: Site, api: StandInApi, fragment: str) -> None:
    tab.goto(site.url + "/wall" + fragment)
    expect(heading(tab)).to_have_text("Dry stone walls")
    expect(drawer(tab).get_by_role("listitem")).to_have_count(6)


@both_devices
def test_the_back_button_closes_the_drawer_and_stays_on_the_page(shown: Shown, site: Site, device: str) -> None:
    tab = shown()
    before = tab.evaluate("history.length")
    open_card(tab)
    drawer(tab).locator("[part=related]").first.click()
    assert tab.evaluate("history.length") == before + 1
    tab.go_back()
    expect(drawer(tab)).to_be_hidden()
    assert tab.url == site.url + "/wall"
    expect(cards(tab)).to_have_count(4)


@pytest.mark.parametrize("way", ["escape", "cross", "backdrop"])
def test_closing_leaves_no_entry_to_go_back_to(shown: Shown, site: Site, way: str) -> None:
    tab = shown()
    for _ in range(3):
        opened = open_card(tab)
        if way == "escape":
            tab.keyboard.press("Escape")
        elif way == "cross":
            opened.get_by_role("button", name="Close").click()
        else:
            tab.mouse.click(100, 400)
        expect(drawer(tab)).to_be_hidden()
        tab.wait_for_url(site.url + "/wall")
    assert tab.evaluate("history.length") <= 3


def test_a_click_in_the_drawer_does_not_close_it(shown: Shown) -> None:
    tab = shown()
    opened = open_card(tab)
    opened.locator("[part=header]").click(position={"x": 5, "y": 5})
    opened.locator(".answer").click()
    expect(opened).to_be_visible()


def test_the_page_keeps_its_place_when_the_drawer_is_closed(shown: Shown) -> None:
    tab = shown()
    open_card(tab, 3)
    place = tab.evaluate("scrollY")
    assert place > 0
    tab.keyboard.press("Escape")
    expect(drawer(tab)).to_be_hidden()
    tab.wait_for_function("!location.hash")
    assert tab.evaluate("scrollY") == place


def test_the_drawer_opens_again_at_once(shown: Shown, site: Site) -> None:
    tab = shown()
    open_card(tab)
    tab.keyboard.press("Escape")
    tab.evaluate("AutoBlogQuestionInjector.instance.open(null)")
    expect(heading(tab)).to_have_text("Dry stone walls")
    tab.wait_for_url(site.url + "/wall#bqa=")
    tab.go_back()
    expect(drawer(tab)).to_be_hidden()


def test_what_is_hostile_is_shown_as_text(shown: Shown, api: StandInApi, console: Console) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    api.blog["questions"][0].update(question=hostile, answer=hostile)
    api.blog["questions"][0]["citations"][0].update(text=hostile, section=hostile, url="javascript:alert(3)")
    tab = shown()
    expect(cards(tab).first).to_contain_text(hostile)
    opened = open_card(tab)
    expect(opened.locator(".answer")).to_have_text(hostile)
    expect(opened.locator("[part=source]")).not_to_have_attribute("href", "javascript:alert(3)")
    expect(opened.locator("img, script")).to_have_count(0)
    assert console.errors == []


def test_a_sponsored_entry_is_shown_only_if_configured_and_is_labelled(shown: Shown) -> None:
    expect(open_card(shown()).locator("[part=sponsored]")).to_have_count(0)
    entry = """data-sponsored='{"title":"Lime mortar","url":"https://shop.example/","text":"For other walls"}'"""
    sponsored = open_card(shown("/paid", attributes=entry)).get_by_role("complementary", name="Sponsored")
    expect(sponsored.get_by_text("Sponsored", exact=True)).to_be_visible()
    link = sponsored.get_by_role("link")
    expect(link).to_have_attribute("href", "https://shop.example/")
    expect(link).to_have_attribute("rel", "sponsored noopener")


@pytest.mark.parametrize(
    "wrong", ['{"title":"X","url":"javascript:alert(1)"}', '{"url":"https://x.example"}', "nonsense"]
)
def test_a_sponsored_entry_that_is_wrong_is_not_shown(shown: Shown, console: Console, wrong: str) -> None:
    opened = open_card(shown(attributes=f"data-sponsored='{wrong}'"))
    expect(opened.locator("[part=sponsored]")).to_have_count(0)
    assert len(console.of("warning")) == 1
