"""The sets behind the figures of ``docs/quality.md``: whole, and true to the demo blog as it is extracted."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import benchmarks.quality
from local_stack.state_dir import ROOT
from worker_service.services.extraction import extract_article

SETS = Path(benchmarks.quality.__file__).parent
ARTICLES = ROOT / "api_service" / "demo" / "articles"


def load(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((SETS / f"{name}.json").read_text())
    return entries


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """What is extracted of every demo article, by its name."""
    return {
        path.stem: plain(extract_article(path.read_text(), f"http://demo.example/{path.name}").text)
        for path in ARTICLES.glob("*.html")
    }


def test_every_string_that_is_expected_is_in_its_article(texts: dict[str, str]) -> None:
    for case in load("ask"):
        sources = [texts[case["blog"]]] if case["blog"] else list(texts.values())
        for expected in case["expect"]:
            assert any(plain(expected) in source for source in sources), (case["id"], expected)
        for invented in case.get("absent", ()):
            assert not any(invented in source for source in sources), (case["id"], invented)


def test_questions_are_of_every_kind_in_both_halves() -> None:
    kinds = Counter((case["split"], case["kind"]) for case in load("ask"))
    assert set(kinds) == {
        (split, kind) for split in ("dev", "test") for kind in ("answerable", "partly", "unanswerable", "adversarial")
    }
    assert min(kinds.values()) >= 10
    assert all(bool(case["expect"]) == (case["kind"] in ("answerable", "partly")) for case in load("ask"))


def test_pairs_are_even_and_no_question_is_in_both_halves() -> None:
    pairs = load("same_question")
    counts = Counter((pair["split"], pair["same"]) for pair in pairs)
    assert min(counts.values()) >= 90
    halves = [
        {pair[side] for pair in pairs if pair["split"] == split for side in ("stored", "asked")}
        for split in ("dev", "test")
    ]
    assert halves[0].isdisjoint(halves[1])


@pytest.mark.parametrize("name", ["ask", "same_question"])
def test_ids_are_unique(name: str) -> None:
    ids = [entry["id"] for entry in load(name)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", ["en", "de", "zh", "ar"])
def test_every_paragraph_has_questions_that_no_other_has(language: str) -> None:
    paragraphs = [one for article in load(f"retrieval_{language}") for one in article["paragraphs"]]
    questions = [question for one in paragraphs for question in one["questions"]]
    assert (len(paragraphs), len(questions)) == (80, 160)
    assert len(set(questions)) == len(questions)
