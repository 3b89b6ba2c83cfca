"""What a rule proposes: a question in words, and what its answer has to look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from shared.ai.extractive_rules.outline import Outline
from shared.models.content import QuestionKind

FACT_TRUST = 0.7
"""Trust of questions about a number or a person that a sentence names: true, but not what one reads the article for."""

SECTION_TRUST = 0.4
"""Trust of questions that only name a heading: they fill up what better rules leave empty."""

ARTICLE_TRUST = 0.3
"""Trust of the question what the article is about, for when there is no other."""


class Wanted(Enum):
    """What an answer taken from a whole section should be, where it can be chosen."""

    ANY = "any"
    STEPS = "steps"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as a rule words it.

    Attributes:
        question: The question, complete with its question mark.
        kind: What it asks for.
        trust: From 0 to 1, how often this rule is right; ranks questions before embeddings have their say.
        before: Sentences before the one that the rule matched without which the answer is not understood.
        after: Sentences after it that belong to the answer.
        wanted: For a heading, the sort of answer to look for in its section.
    """

    question: str
    kind: QuestionKind
    trust: float
    before: int = 0
    after: int = 0
    wanted: Wanted = Wanted.ANY


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that the engine knows of one language.

    Attributes:
        from_heading: Questions that a heading asks or implies; the section below it answers.
        from_sentence: Questions that one sentence answers.
        hangs: Whether a sentence cannot open an answer because it leans on the one before.
        reasons: Words that announce a reason.
        kind_of: What a question asks for.
        rhetorical: Whether a question is one that its writer does not answer ("Sound familiar?").
        instructs: Whether a sentence tells the reader to do something; without ``tells_steps``, every sentence does.
        tells_steps: Whether ``instructs`` can tell.
        names: Whether a heading is the name of something, as far as this grammar can tell.
        topic: What the article is about, where the title says so in a way that only this grammar understands, else "".
    """

    from_heading: Callable[[str, Outline], Iterator[Wording]]
    from_sentence: Callable[[str, Outline], Iterator[Wording]]
    hangs: Callable[[str], bool]
    reasons: frozenset[str] = frozenset()
    kind_of: Callable[[str], QuestionKind] = lambda _: QuestionKind.OTHER
    rhetorical: Callable[[str], bool] = lambda _: False
    instructs: Callable[[str], bool] = lambda _: True
    tells_steps: bool = False
    names: Callable[[str], bool] = lambda _: True
    topic: Callable[[Outline], str] = lambda _: ""
