"""Languages whose rules fit in a table: Spanish, French, Italian, Portuguese and Dutch.

In the Romance languages a question word before an infinitive, or before a statement in its usual order, is already a
question; French takes "est-ce que" and Dutch moves its finite verb as German does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Grammar, Wanted, Wording
from shared.models.content import QuestionKind

MAX_CHARS = 400
NOUN = r"[\w'\u2019-]+(?: [\w'\u2019-]+){0,3}?"
"""Up to four words, for the subject of a definition."""
_MIN_SENTENCE = 25
_MIN_HEADING, _MAX_HEADING = 6, 140


@dataclass(frozen=True, slots=True)
class Rule:
    r"""A pattern for a heading or the start of a sentence, and its question; ``\1`` is what the pattern caught."""

    pattern: str
    question: str
    trust: float = 0.84
    wanted: Wanted = Wanted.ANY


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One language's rules.

    Attributes:
        headings: Tried in order on a heading without a question mark; the first that fits is used.
        sentences: All tried on a sentence.
        kinds: Openings of questions, lower case, with what they ask for; a question must open with one of them.
        pointing: Words that a clear question does not contain.
        vague: Words that may not be the subject of a definition.
        hanging: Openings of sentences that lean on the one before.
        reasons: Words that announce a reason.
        opening_mark: What a question starts with.
        closing_mark: What it ends with.
    """

    headings: tuple[Rule, ...]
    sentences: tuple[Rule, ...]
    kinds: tuple[tuple[str, QuestionKind], ...]
    pointing: str
    vague: str
    hanging: str
    reasons: frozenset[str]
    opening_mark: str = ""
    closing_mark: str = "?"


def grammar_from(table: RuleTable) -> Grammar:
    """Makes a grammar of a table, with every pattern compiled once."""
    rules = _Compiled(table)
    return Grammar(
        from_heading=rules.from_heading,
        from_sentence=rules.from_sentence,
        hangs=rules.hangs,
        kind_of=rules.kind_of,
        reasons=table.reasons,
    )


class _Compiled:
    def __init__(self, table: RuleTable) -> None:
        self._table = table
        self._headings = [(re.compile(rule.pattern, re.IGNORECASE), rule) for rule in table.headings]
        self._sentences = [(re.compile(rule.pattern), rule) for rule in table.sentences]
        self._hanging = re.compile(rf"(?:{table.hanging})(?![\w'\u2019])", re.IGNORECASE)
        self._pointing = re.compile(rf"(?<![\w-])(?:{table.pointing})\b", re.IGNORECASE)
        self._openings = tuple(opening for opening, _ in table.kinds)
        self._vague = frozenset(table.vague.split())

    def from_heading(self, heading: str, outline: Outline) -> Iterator[Wording]:
        """The question that a heading asks or that the first fitting rule makes of it, if it is clear."""
        plain = re.sub(r"^\d{1,2}\s*[.:)]\s*", "", heading).strip()
        if not _MIN_HEADING <= len(plain) <= _MAX_HEADING:
            return
        if plain.endswith("?"):
            yield from self._worded(plain, 0.95, Wanted.ANY)
            return
        for pattern, rule in self._headings:
            match = pattern.fullmatch(plain.rstrip(".:"))
            if match:
                yield from self._worded(_filled(match, rule, outline), rule.trust, rule.wanted)
                return

    def from_sentence(self, sentence: str, outline: Outline) -> Iterator[Wording]:
        """Every clear question that a rule makes of the sentence."""
        if not _MIN_SENTENCE <= len(sentence) <= MAX_CHARS or sentence[-1] in "?:":
            return
        text = sentence.rstrip(".! ").replace("\u2019", "'")
        for pattern, rule in self._sentences:
            match = pattern.match(text)
            if match and not self._vague & set(match[1].lower().replace("'", " ").split()):
                yield from self._worded(_filled(match, rule, outline), rule.trust, rule.wanted)

    def hangs(self, sentence: str) -> bool:
        """Whether a sentence leans on the one before it and so cannot open an answer."""
        return self._hanging.match(sentence.lstrip('\u00ab\u201c"\u00bf(')) is not None

    def _worded(self, text: str, trust: float, wanted: Wanted) -> Iterator[Wording]:
        body = " ".join(text.split()).strip("\u00bf?!. ,;:")
        lowered = body.lower().replace("\u2019", "'")
        if self._is_clear(lowered):
            question = f"{self._table.opening_mark}{body[0].upper()}{body[1:]}{self._table.closing_mark}"
            yield Wording(question, self.kind_of(lowered), trust, wanted=wanted)

    def kind_of(self, question: str) -> QuestionKind:
        """What a question asks for, by its first words."""
        lowered = question.lower().lstrip("\u00bf")
        return next((kind for opening, kind in self._table.kinds if lowered.startswith(opening)), QuestionKind.OTHER)

    def _is_clear(self, lowered: str) -> bool:
        words = re.findall(r"[\w-]+", lowered)
        if not 3 <= len(words) <= 22 or len(lowered) > 160 or self._pointing.search(lowered):
            return False
        return lowered.startswith(self._openings) and any(len(word) >= 4 for word in words[2:])


def _filled(match: re.Match[str], rule: Rule, outline: Outline) -> str:
    groups = [group or "" for group in match.groups()]
    if groups[0]:
        first, blank, rest = groups[0].partition(" ")
        groups[0] = outline.decapitalized(first) + blank + rest
    return re.sub(r"\\(\d)", lambda number: groups[int(number[1]) - 1], rule.question)
