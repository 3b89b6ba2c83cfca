"""Which rules apply to which language."""

from __future__ import annotations

from collections.abc import Iterator

from shared.ai.extractive_rules import arabic, english, german
from shared.ai.extractive_rules.dutch import DUTCH
from shared.ai.extractive_rules.english_asking import is_command
from shared.ai.extractive_rules.english_headings import from_heading as english_headings
from shared.ai.extractive_rules.english_sentences import from_sentence as english_sentences
from shared.ai.extractive_rules.english_topic import topic_of as english_topic
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
from shared.text.question_form import QUESTION_MARKS, as_question

_MAX_QUESTION = 160


def _question_heading(heading: str, outline: Outline) -> Iterator[Wording]:
    marked = heading.endswith(QUESTION_MARKS) or (heading.endswith(";") and outline.language == "el")
    question = as_question(heading, outline.language) if marked and len(heading) <= _MAX_QUESTION else None
    if question:
        yield Wording(question, QuestionKind.OTHER, 0.95)


def _nothing(_sentence: str, _outline: Outline) -> Iterator[Wording]:
    return iter(())


_ENGLISH = Grammar(
    from_heading=english_headings,
    from_sentence=english_sentences,
    hangs=english.hangs,
    instructs=is_command,
    tells_steps=True,
    kind_of=english.kind_of,
    rhetorical=english.is_rhetorical,
    names=english.is_name,
    topic=lambda outline: english_topic(outline).doing,
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
    kind_of=german.kind_of,
    reasons=frozenset(("weil", "denn ", "da ", "deshalb", "darum", "grund")),
)
_ARABIC = Grammar(
    from_heading=arabic.from_heading,
    from_sentence=arabic.from_sentence,
    hangs=arabic.hangs,
    kind_of=arabic.kind_of,
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
