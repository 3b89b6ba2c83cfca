"""All questions that an article suggests by its markup, headings, title and sentences, before embeddings choose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shared.ai.extractive_rules.answers import Answer, Candidate, anywhere, around, below, declared, following, outlined
from shared.ai.extractive_rules.any_language import (
    OUTLINE_TRUST,
    article_question,
    counted_list,
    headline,
    is_asking,
    numbered_headings,
    own_question,
    section_question,
    unnumbered,
)
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Grammar, Wanted, Wording
from shared.models.content import FaqEntry, PassageKind, QuestionKind
from shared.text.question_form import QUESTION_MARKS, opens_as_question

_DECLARED_TRUST = 1.0
_ANNOUNCED = 0.85
"""Trust from which a rule only puts a heading's own words in order."""
_IN_TEXT_DISCOUNT = 0.1
_TITLE_DISCOUNT = 0.1
_CLOSING_BLOCKS = 2
_FEWEST_STEPS = 3
_FEWEST_BLOCKS = 3
"""Blocks from which there is an article to be about something."""
_ADDRESSES = re.compile(
    r"\b(?:you|your|du|dein\w*|dir|ihr|euch|vous|votre|vos|tu|tus|te|usted|você|vocês|jij|je|jouw|jullie)\b|你|您",
    re.IGNORECASE,
)


def candidates(outline: Outline, faq: tuple[FaqEntry, ...], grammar: Grammar) -> list[Candidate]:
    """Candidates of all rules, in no particular order; one question may come up more than once."""
    found = [
        *_from_faq(outline, faq, grammar),
        *_from_headings(outline, grammar),
        *_from_title(outline, grammar),
        *_from_sentences(outline, grammar),
    ]
    return [candidate for candidate in found if candidate.answers]


def _from_faq(outline: Outline, faq: tuple[FaqEntry, ...], grammar: Grammar) -> Iterator[Candidate]:
    for entry in faq:
        answer = declared(outline, entry.answer)
        if answer is not None:
            question = " ".join(entry.question.split())
            completed = own_question(question, outline, grammar)
            for wording in list(grammar.from_heading(question, outline)) or filter(None, [completed]):
                yield Candidate(replace(wording, trust=_DECLARED_TRUST), (answer,))


def _completed(heading: str, blocks: list[int], outline: Outline, grammar: Grammar) -> Wording | None:
    """A heading made a question with the article's topic, or by asking about what it names."""
    if is_asking(heading, outline.language):
        return own_question(heading, outline, grammar)
    answer = below(outline, blocks, wants_steps=False)
    return section_question(heading, answer.text, outline, grammar) if answer else None


def _from_headings(outline: Outline, grammar: Grammar) -> Iterator[Candidate]:
    items = _items(outline, grammar)
    for heading, blocks in outline.sections.items():
        plain = items.get(heading) or unnumbered(heading)
        if not plain:
            continue
        asks = is_asking(plain, outline.language)
        # What a list counts is no question by itself: "3. Feeding every day" may be a mistake.
        wordings = list(grammar.from_heading(plain, outline)) if asks or heading not in items else []
        if not wordings and (completed := _completed(plain, blocks, outline, grammar)):
            wordings = [completed]
        for wording in wordings:
            answer = below(outline, blocks, wants_steps=wording.wanted is Wanted.STEPS)
            if answer is not None:
                # What the writer asks or announces, the writer answers below; no search has to find it.
                certain = asks or wording.trust >= _ANNOUNCED
                yield Candidate(wording, (answer,), query=plain if asks else "", certain=certain)


def _items(outline: Outline, grammar: Grammar) -> dict[str, str]:
    """The headings that count up what the title announces: items of a list, or steps of how to do something."""
    announced = counted_list(outline) or list(_how_to(outline, grammar))
    return numbered_headings(outline) if announced else {}


def _how_to(outline: Outline, grammar: Grammar) -> Iterator[Wording]:
    for wording in grammar.from_heading(headline(outline), outline):
        if wording.kind is QuestionKind.HOW:
            yield wording


def _from_title(outline: Outline, grammar: Grammar) -> Iterator[Candidate]:
    items = _items(outline, grammar)
    if items:
        counted = counted_list(outline)
        listed = outlined(outline, items, with_text=counted is None)
        wordings = [Wording(counted, QuestionKind.WHAT, OUTLINE_TRUST)] if counted else _how_to(outline, grammar)
        for wording in wordings:
            yield Candidate(replace(wording, trust=OUTLINE_TRUST), (listed,), certain=True)
    else:
        found = list(anywhere(outline, grammar))
        for wording in grammar.from_heading(headline(outline), outline):
            steps = (
                [answer for answer in found if _are_steps(answer, grammar)] if wording.kind is QuestionKind.HOW else []
            )
            if steps:
                longest = max(steps, key=lambda answer: len(answer.sentences))
                yield Candidate(replace(wording, trust=OUTLINE_TRUST), (longest,), certain=True)
                continue
            answers = tuple(answer for answer in found if _answers_title(wording, answer, grammar))
            yield Candidate(replace(wording, trust=wording.trust - _TITLE_DISCOUNT), answers)
    brief = article_question(outline)
    opening = below(outline, next(iter(outline.sections.values()), []), wants_steps=False) if outline.blocks else None
    if brief and opening and len(outline.blocks) >= _FEWEST_BLOCKS:
        yield Candidate(brief, (opening,), certain=True)


def _are_steps(answer: Answer, grammar: Grammar) -> bool:
    """Whether most lines of a list tell the reader to do something."""
    lines = [line.removeprefix("- ") for line in answer.text.split("\n") if line.startswith("- ")]
    return len(lines) >= _FEWEST_STEPS and 2 * sum(map(grammar.instructs, lines)) > len(lines) and grammar.tells_steps


def _answers_title(wording: Wording, answer: Answer, grammar: Grammar) -> bool:
    # The whole article answers its title; only steps, a stated reason or an explanation do so in a few lines.
    if wording.kind is QuestionKind.WHY:
        return any(reason in answer.text.lower() for reason in grammar.reasons)
    return answer.is_list if wording.kind is QuestionKind.HOW else wording.kind is QuestionKind.WHAT


def _from_sentences(outline: Outline, grammar: Grammar) -> Iterator[Candidate]:
    for index, block in enumerate(outline.blocks):
        if block.kind in (PassageKind.CODE, PassageKind.TABLE):
            continue
        for place, sentence in enumerate(block.sentences):
            if sentence.endswith(QUESTION_MARKS):
                yield from _in_text(outline, grammar, index, place)
                continue
            for wording in grammar.from_sentence(sentence, outline):
                answer = around(outline, grammar, index, place, wording)
                if answer is not None:
                    yield Candidate(wording, (answer,))


def _in_text(outline: Outline, grammar: Grammar, block: int, place: int) -> Iterator[Candidate]:
    answer = following(outline, block, place)
    # What is asked at the end of an article, or of "you", invites comments.
    near_end = block >= len(outline.blocks) - _CLOSING_BLOCKS
    if answer is None or near_end:
        return
    question = outline.blocks[block].sentences[place].rpartition(": ")[2]
    wordings = [] if _ADDRESSES.search(question) else list(grammar.from_heading(question, outline))
    # A paragraph that opens with a question answers it, if only behind the title: "Can you freeze it?"
    asks = opens_as_question(question, outline.language)
    completed = own_question(question, outline, grammar) if place == 0 and asks and not wordings else None
    for wording in wordings or filter(None, [completed]):
        yield Candidate(replace(wording, trust=wording.trust - _IN_TEXT_DISCOUNT), (answer,), query=question)
