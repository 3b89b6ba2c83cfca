"""``blogqa publisher`` against a real API."""

from __future__ import annotations

import re

from shared.data.usage_repository import UsageRepository
from shared.models.usage import Prices, Purpose, Usage
from tests.conftest import Api
from tests.integration.command_line import CommandLine, another_machine, on_a_terminal

_KEY = re.compile(r"pub_[A-Za-z0-9_-]+")


async def works(api: Api, key: str) -> bool:
    response = await api.client.get("/api/v1/questions/x", headers={"X-API-Key": key})
    return response.status_code == 404


async def test_a_publisher_is_taken_on_with_a_key_and_a_script_tag(api: Api, blogqa: CommandLine) -> None:
    result = await blogqa("publisher", "add", "The Garden", "--domain", "garden.example", "--domain", "localhost:8080")
    assert (result.code, result.err) == (0, "")
    key, in_tag = _KEY.findall(result.out)
    assert key == in_tag
    assert await works(api, key)
    source = f"{api.client.base_url}/widget/auto-blog-question-injector.js"
    assert f'<script async src="{source}" data-api-key="{key}"></script>\n' in result.out
    shown = (await blogqa("publisher", "show", "The Garden", "--json")).document
    assert shown["domains"] == ["garden.example", "localhost:8080"]
    listed = await blogqa("publisher", "list")
    assert "The Garden  active  garden.example localhost:8080" in listed.out
    assert key not in listed.out + (await blogqa("publisher", "show", "The Garden")).out
    again = await blogqa("publisher", "add", "The Garden", "--domain", "garden.example")
    assert again.code == 1
    assert again.err.startswith("error: the name 'The Garden' is taken")


async def test_a_script_tag_that_only_this_machine_can_use_is_said_to_be_one(api: Api, blogqa: CommandLine) -> None:
    here, there = blogqa.environ["BLOGQA_URL"], another_machine(blogqa.environ["BLOGQA_URL"])
    advice = f"Only this machine finds {here}: for readers put the API's public address there.\n"
    rotate = ("publisher", "rotate", api.publisher.name, "--yes")
    assert (await blogqa("publisher", "add", "Garden", "--domain", "garden.example")).out.endswith(f"\n{advice}")
    assert (await blogqa(*rotate)).out.endswith(f"\n{advice}")
    elsewhere = await blogqa(*rotate, "--server", there, "--plain-http")
    assert elsewhere.out.endswith("></script>\n")


async def test_a_wrong_domain_is_refused_in_the_servers_words(blogqa: CommandLine) -> None:
    result = await blogqa("publisher", "add", "Garden", "--domain", "https://garden.example/")
    assert (result.code, result.out) == (1, "")
    assert "expected domains such as 'example.com'" in result.err


async def test_domains_and_the_name_are_changed(api: Api, blogqa: CommandLine) -> None:
    update = ("publisher", "update", api.publisher.name)
    assert (await blogqa(*update, "--add-domain", "b.example", "--remove-domain", "example.com")).code == 0
    assert (await blogqa(*update, "--rename", "New name")).code == 0
    shown = (await blogqa("publisher", "show", api.publisher.id, "--json")).document
    assert (shown["name"], shown["domains"]) == ("New name", ["b.example"])
    unknown = await blogqa("publisher", "update", "New name", "--remove-domain", "c.example")
    assert unknown.code == 2
    assert "c.example is not among its domains: b.example" in unknown.err


async def test_a_name_is_never_a_path(blogqa: CommandLine) -> None:
    for name in ("..", ".", "../jobs", "a/b", "?", "#", "%2e%2e"):
        result = await blogqa("publisher", "enable", name)
        assert (result.code, result.out) == (1, ""), name


async def test_a_key_is_rotated_with_an_overlap_or_without(api: Api, blogqa: CommandLine) -> None:
    rotate = ("publisher", "rotate", api.publisher.name, "--yes")
    first = await blogqa(*rotate)
    assert "Older keys work until 20" in first.out
    key = _KEY.findall(first.out)[0]
    assert await works(api, key)
    assert await works(api, api.key)
    second = await blogqa(*rotate, "--overlap", "0")
    assert "Older keys do not work any more." in second.out
    assert not await works(api, key)
    assert await works(api, _KEY.findall(second.out)[0])


async def test_what_stops_pages_is_confirmed(api: Api, blogqa: CommandLine) -> None:
    for action in ("rotate", "disable"):
        command = ("publisher", action, api.publisher.name)
        unasked = await blogqa(*command)
        assert (unasked.code, unasked.out) == (2, "")
        assert unasked.err.endswith("Nobody can be asked here: say --yes.\n")
        for press, code in ((b"n\n", 1), (b"\x03", 130)):
            refused = await on_a_terminal(blogqa, *command, until=lambda printed: "[y/N]" in printed, press=press)
            assert refused.code == code
    shown = (await blogqa("publisher", "show", api.publisher.name, "--json")).document
    assert (shown["disabled"], len(shown["keys"])) == (False, 1)
    command = ("publisher", "disable", api.publisher.name)
    confirmed = await on_a_terminal(blogqa, *command, until=lambda printed: "[y/N]" in printed, press=b"y\n")
    assert confirmed.code == 0
    assert "state    disabled" in confirmed.out
    assert "state    active" in (await blogqa("publisher", "enable", api.publisher.name)).out


async def test_usage_is_shown_by_day(api: Api, blogqa: CommandLine) -> None:
    empty = await blogqa("publisher", "usage", api.publisher.name)
    assert empty.out == "No model was used in the last 30 days.\n"
    usage = UsageRepository(api.database, prices=Prices(prompt=1_000_000))
    await usage.add(api.publisher.id, Purpose.ASK, Usage(prompt_tokens=3, completion_tokens=4))
    shown = await blogqa("publisher", "usage", api.publisher.name)
    assert shown.out.splitlines()[1].split()[1:] == ["ask", "1", "3", "4", "3.0000"]
