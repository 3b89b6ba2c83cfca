"""``blogqa ask``: a streamed answer on a terminal, and the answer alone everywhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local_stack.mongod import Mongod
from shared.ai.embeddings import Embedder
from shared.data.database import Database
from tests.integration.articles import BREAD, FREEZER, STORIES, TWO_MONTHS
from tests.integration.asking import reading
from tests.integration.command_line import CommandLine, on_a_terminal
from tests.integration.fake_model import FakeModel, error, streamed

_LIE = "Penguins bake it at 900 degrees"
_ERASE = "\x1b[2K"


@pytest.fixture
async def blogqa(
    mongod: Mongod, database: Database, embedder: Embedder, fake: FakeModel, tmp_path: Path
) -> AsyncIterator[CommandLine]:
    """The command in front of published stories and a model."""
    async with reading(mongod, database, embedder, *STORIES, openai_base_url=fake.base_url) as reader:
        key = reader.client.headers["X-API-Key"]
        yield CommandLine(str(reader.client.base_url), tmp_path, BLOGQA_API_KEY=key)


async def test_a_terminal_shows_the_draft_and_then_what_was_checked(blogqa: CommandLine, fake: FakeModel) -> None:
    fake.replies = [streamed(f"{TWO_MONTHS} [1].", f" {_LIE} [1].")]
    ended = await on_a_terminal(blogqa, "ask", FREEZER, "--url", BREAD.url)
    draft, settled = ended.out[: ended.out.rindex(_ERASE)], ended.out[ended.out.rindex(_ERASE) :]
    assert ended.code == 0
    assert _LIE in draft
    assert _LIE not in settled
    assert f"{TWO_MONTHS}. [1]" in settled
    assert f"[1] {BREAD.title} / Freezing  {BREAD.url}" in settled


async def test_without_a_terminal_only_what_was_checked_is_shown(blogqa: CommandLine, fake: FakeModel) -> None:
    fake.replies = [streamed(f"{TWO_MONTHS} [1].", f" {_LIE} [1].")]
    ended = await blogqa("ask", FREEZER, "--url", BREAD.url)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{TWO_MONTHS}. [1]\n")
    assert _LIE not in ended.out
    assert "\x1b" not in ended.out


async def test_a_draft_steers_no_terminal(blogqa: CommandLine, fake: FakeModel) -> None:
    fake.replies = [streamed(f"{TWO_MONTHS} \x1b]0;owned\x07\u202e[red]x[/red] [1].")]
    ended = await on_a_terminal(blogqa, "ask", FREEZER, "--url", BREAD.url)
    assert "]0;owned[red]x[/red]" in ended.out
    for code in ("\x1b]", "\x07", "\u202e"):
        assert code not in ended.out


async def test_what_is_not_covered_is_said_so(blogqa: CommandLine) -> None:
    ended = await blogqa("ask", "Who is the president of Peru?", "--url", BREAD.url)
    assert ended.code == 0
    assert ended.out.startswith("The published pages do not answer this.\n")


async def test_quoted_text_says_why_it_is_quoted(blogqa: CommandLine, fake: FakeModel) -> None:
    fake.replies = [error(500)] * 10
    ended = await blogqa("ask", FREEZER, "--url", BREAD.url)
    assert ended.out.startswith("The model does not answer: this is quoted from the pages.\n")
    assert "Sliced bread keeps" in ended.out


async def test_an_answer_that_breaks_off_is_a_failure(blogqa: CommandLine, fake: FakeModel) -> None:
    fake.replies = [streamed(f"{TWO_MONTHS} [1]. And", finish_reason=None)]
    ended = await blogqa("ask", FREEZER, "--url", BREAD.url)
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("error: the answer breaks off (model_")


async def test_a_page_that_is_not_there_is_said_so(blogqa: CommandLine) -> None:
    ended = await blogqa("ask", "What is it?", "--url", "https://example.com/none")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1
