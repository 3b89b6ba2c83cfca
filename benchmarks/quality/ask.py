"""Questions put to a running deployment with the demo blog: answered, declined, right, and true to what is cited."""

from __future__ import annotations

import json
import os
import re
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx2

from local_stack.dotenv_file import read_dotenv
from local_stack.state_dir import StateDir
from shared.text.evidence import Evidence
from shared.text.question_form import is_in_script, script
from shared.text.sentences import split_sentences

_CASES = Path(__file__).parent / "ask.json"


@dataclass(frozen=True)
class Outcome:
    """What became of one question.

    Attributes:
        right: Whether one of the expected strings is in the answer.
        cited: Whether one is in a cited passage.
        unfaithful: Numbers, names or quotations of the answer that its citations do not hold.
    """

    case: dict[str, Any]
    answer: dict[str, Any]
    ms: float
    right: bool
    cited: bool
    unfaithful: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The row of the table that it counts in."""
        return str(self.case["kind"]) + (", other language" if self.case.get("cross") else "")


async def ask_all(url: str, site: str, split: str) -> list[Outcome]:
    """Puts a split's questions one after the other."""
    key = (
        os.environ.get("BLOGQA_API_KEY")
        or read_dotenv(StateDir.from_environment(os.environ).path / "keys.env")["BLOGQA_API_KEY"]
    )
    cases = [case for case in json.loads(_CASES.read_text()) if case["split"] == split]
    outcomes = []
    async with httpx2.AsyncClient(base_url=url, headers={"X-API-Key": key}, timeout=300, trust_env=False) as client:
        for case in cases:
            body = {"question": case["question"], "history": case.get("history", [])}
            if case["blog"]:
                body["blog_url"] = f"{site}/demo/articles/{case['blog']}.html"
            began = perf_counter()
            response = await client.post("/api/v1/qa/ask", json=body)
            ms = (perf_counter() - began) * 1_000
            response.raise_for_status()
            outcomes.append(_judged(case, response.json(), ms))
    return outcomes


def _judged(case: dict[str, Any], answer: dict[str, Any], ms: float) -> Outcome:
    cited = _plain(" ".join(each["text"] for each in answer["citations"]))
    expected = [_plain(each) for each in case["expect"]]
    return Outcome(
        case=case,
        answer=answer,
        ms=ms,
        right=any(each in _plain(answer["answer"]) for each in expected),
        cited=any(each in cited for each in expected),
        unfaithful=tuple(_unfaithful(answer))
        + tuple(each for each in case.get("absent", ()) if each in answer["answer"]),
    )


def _unfaithful(answer: dict[str, Any]) -> list[str]:
    """Sentences with a number or a name that no cited passage holds; of quotations, those that are no quotations."""
    found = []
    for sentence in answer["sentences"]:
        citations = [answer["citations"][number] for number in sentence["citations"]]
        source = "\n".join(f"{each['title']}\n{each['section']}\n{each['text']}" for each in citations)
        evidence = Evidence(source, answer["language"])
        for part in split_sentences(sentence["text"]):
            if answer["engine"] == "extractive" and not answer["from_cache"] and _plain(part) not in _plain(source):
                found.append(part)
            named = is_in_script(part, script(source)) and evidence.lacks_name(part)
            if evidence.lacks_number(part) or named:
                found.append(part)
    return found


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


async def main(url: str, site: str, split: str, *, details: bool) -> None:
    """Prints the tables."""
    outcomes = await ask_all(url, site, split)
    print(f"\nask ({split}, {len(outcomes)} questions)\n")
    print("| kind | n | answered | right in the answer | right in what is cited | unfaithful | from cache |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        rows[outcome.kind].append(outcome)
    for kind, found in sorted(rows.items()):
        counts = [
            sum(each.answer["covered"] for each in found),
            sum(each.right for each in found),
            sum(each.cited for each in found),
            sum(bool(each.unfaithful) for each in found),
            sum(each.answer["from_cache"] for each in found),
        ]
        print(f"| {kind} | {len(found)} | {' | '.join(map(str, counts))} |")
    engines = sorted({outcome.answer["engine"] for outcome in outcomes})
    times = [outcome.ms for outcome in outcomes]
    print(f"\nengine {', '.join(engines)}; median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms")
    if details:
        for outcome in outcomes:
            _explain(outcome)


def _explain(outcome: Outcome) -> None:
    case, answer = outcome.case, outcome.answer
    wants_answer = case["kind"] in ("answerable", "partly")
    if wants_answer and outcome.right and not outcome.unfaithful:
        return
    if not wants_answer and not answer["covered"]:
        return
    verdict = "declined" if not answer["covered"] else "wrong" if wants_answer else "answered"
    shown = answer["answer"][:160].replace("\n", " ")
    print(f"  {verdict:8} {case['id']} {outcome.kind}: {case['question']}  ->  {shown} {outcome.unfaithful or ''}")
