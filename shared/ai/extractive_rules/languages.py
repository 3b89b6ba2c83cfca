"""Which rules apply to which language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules import arabic, english, german
from shared.ai.extractive_rules.dutch import DUTCH
from shared.ai.extractive_rules.english_headings import from_heading as english_headings
from shared.ai.extractive_rules.english_sentences import from_sentence as english_sentences
from shared.ai.extractive_rules.french import FRENCH
from shared.ai.extractive_rules.german_headings import from_heading as german_headings
from shared.ai.extractive_rules.german_sentences import from_sentence as german_sentences
from shared.ai.extractive_rules.italian import ITALIAN
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.portuguese import PORTUGUESE
from shared.ai.extractive_rules.spanish import SPANISH
from shared.ai.extractive_rules.table_rules import grammar_from
from shared.ai.extractive_rules.wording import Grammar, Wording
from shared.models.content import QuestionKind

_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e", ";")


def _question_heading(heading: str, outline: Outline) -> Iterator[Wording]:
    greek_only = heading.endswith(";") and outline.language != "el"
    if heading.endswith(_QUESTION_MARKS) and not greek_only and _is_long_enough(heading):
        yield Wording(heading, QuestionKind.OTHER, 0.95)


def _is_long_enough(question: str) -> bool:
    unspaced = re.search("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]", question) is not None
    return len(question) <= 160 and (len(question) >= 7 if unspaced else len(question.split()) >= 3)


def _nothing(_sentence: str, _outline: Outline) -> Iterator[Wording]:
    return iter(())


_ENGLISH = Grammar(
    from_heading=english_headings,
    from_sentence=english_sentences,
    hangs=english.hangs,
    follows_question=english.follows_question,
    reasons=frozenset(("because", "since", "so that", "due to", "reason", "which is why", "therefore")),
)
_ANY = Grammar(
    from_heading=_question_heading,
    from_sentence=_nothing,
    hangs=lambda sentence: sentence[:1].islower(),
)
_GERMAN = Grammar(
    from_heading=german_headings,
    from_sentence=german_sentences,
    hangs=german.hangs,
    reasons=frozenset(("weil", "denn ", "da ", "deshalb", "darum", "grund")),
)
_ARABIC = Grammar(
    from_heading=arabic.from_heading,
    from_sentence=arabic.from_sentence,
    hangs=arabic.hangs,
    reasons=frozenset(("لأن", "بسبب", "لذلك", "نتيجة")),
)
_GRAMMARS = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "ar": _ARABIC,
    "es": grammar_from(SPANISH),
    "fr": grammar_from(FRENCH),
    "it": grammar_from(ITALIAN),
    "pt": grammar_from(PORTUGUESE),
    "nl": grammar_from(DUTCH),
}


def grammar_of(language: str) -> Grammar:
    """The grammar of an ISO 639-1 code; a language without its own gets question headings and FAQ markup only."""
    return _GRAMMARS.get(language, _ANY)
