"""How English questions are put together from clauses."""

from __future__ import annotations

import re

from shared.ai.extractive_rules.english import about_author, for_reader, kind_of
from shared.ai.extractive_rules.english_clauses import DETERMINERS, PREPOSITIONS, parse_clause
from shared.ai.extractive_rules.english_verbs import BASES, NOUNS_TOO
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wording

_COMMAND_OPENERS = frozenset("never always don't do just simply first then now".split())


def worded(question: str, trust: float, *, before: int = 0, after: int = 0) -> Wording:
    """A question from its words, with capital, question mark and kind."""
    text = " ".join(question.split()).rstrip(",.;:?! ") + "?"
    text = text[0].upper() + text[1:]
    return Wording(text, kind_of(text), trust, before=before, after=after)


def asked(asking: str, clause: str, outline: Outline) -> str | None:
    """``asking`` and the clause in question order, in the reader's person, if the clause can be parsed."""
    parsed = parse_clause(clause, outline.decapitalized)
    if parsed is None:
        return None
    question = f"{asking} {parsed.inverted}"
    if re.search(r"\bI\b|\bmy\b|\bme\b", question):
        return about_author(question)
    if re.search(r"\b(?:we|our|us)\b", question):
        return None
    return for_reader(question)


def is_command(text: str) -> bool:
    """Whether a clause tells the reader to do something: a verb and its object, perhaps after "never" or "do not"."""
    words = text.lower().replace("\u2019", "'").split()
    while len(words) > 2 and words[0] in _COMMAND_OPENERS:
        words = words[2:] if words[:2] == ["do", "not"] else words[1:]
    if len(words) < 2 or words[0] not in BASES:
        return False
    return words[0] not in NOUNS_TOO or words[1] in DETERMINERS | PREPOSITIONS | {
        "it",
        "them",
        "more",
        "less",
        "that",
        "this",
        "until",
    }
