"""All questions that an article suggests by its markup, headings, title and sentences, before embeddings choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shared.ai.extractive_rules.answers import Answer, Candidate, around, declared, within
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Grammar, Wording
from shared.models.content import FaqEntry, PassageKind, QuestionKind

_DECLARED_TRUST = 1.0
_TITLE_DISCOUNT = 0.1


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
            for wording in grammar.from_heading(question, outline):
                yield Candidate(replace(wording, trust=_DECLARED_TRUST), (answer,))


def _from_headings(outline: Outline, grammar: Grammar) -> Iterator[Candidate]:
    for heading, blocks in outline.sections.items():
        if heading:
            for wording in grammar.from_heading(heading.replace("\n", " "), outline):
                yield Candidate(wording, tuple(within(outline, grammar, blocks, under_question=True)), tuple(blocks))


def _from_title(outline: Outline, grammar: Grammar) -> Iterator[Candidate]:
    everywhere = list(range(len(outline.blocks)))
    for wording in grammar.from_heading(outline.title, outline):
        found = within(outline, grammar, everywhere, under_question=False)
        answers = tuple(answer for answer in found if _answers_title(wording, answer, grammar))
        yield Candidate(replace(wording, trust=wording.trust - _TITLE_DISCOUNT), answers)


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
            for wording in grammar.from_sentence(sentence, outline):
                answer: Answer | None = around(outline, grammar, index, place, wording)
                if answer is not None:
                    yield Candidate(wording, (answer,))
