"""The choice among candidates: each question must find its own passage first, and the set must be varied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.ai.embeddings import Vectors
from shared.ai.extractive_rules.answers import Answer, Candidate
from shared.ai.extractive_rules.outline import Outline, words_of
from shared.ai.extractive_rules.wording import ARTICLE_TRUST, FACT_TRUST, SECTION_TRUST, Wanted, Wording

MAX_QUESTIONS = 10
ENOUGH_QUESTIONS = {-1: 5, -2: 1}
"""So many better questions need no filling up with those of a rank (see ``_rank``)."""

_LATE = 0.008
_MOST_FACTS = 3
"""Questions about numbers and people beyond this make a quiz of an article."""
AUTHORS_OWN = 0.95
"""Trust of questions in the writer's own words: FAQ markup and question headings."""
# Measured with multilingual-e5-small: paraphrases score 0.94 to 0.99, but "what do I need for" and "how do I make" a
# thing score 0.96 too; where the answers differ, only the closest are taken for one question.
_SAME_MEANING = 0.95
_SAME_MEANING_ELSEWHERE = 0.97
_SAME_WORDS = 0.7
_SECTION_FATIGUE = 0.05
_BLOCK_FATIGUE = 0.08


@dataclass(frozen=True, slots=True)
class Vectorized:
    """Embeddings of an article.

    Attributes:
        views: Two indexes of all blocks, one row each: with the heading in front of the first block below it, as a
            reader meets it, and with every block leaning towards its heading.
        sentences: One row per sentence that may become an answer.
        rows: A sentence's row, by its (block, place).
        title: The title, as a query.
    """

    views: tuple[Vectors, Vectors]
    sentences: Vectors
    rows: dict[tuple[int, int], int]
    title: Vectors


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate that found its own passage: its wording, best answer and how good the pair looks."""

    wording: Wording
    answer: Answer
    score: float
    vector: Vectors


def found_first(
    candidate: Candidate, question: Vectors, article: Vectorized, explains: Callable[[str], bool]
) -> Chosen | None:
    """The candidate's best answer among those that hold the passage nearest to the question; None if there is none.

    Args:
        candidate: Question and possible answers.
        question: The question's vector, shape ``(dimensions,)``.
        article: The article's vectors.
        explains: Whether a text gives a reason.
    """
    views = [view @ question for view in article.views]
    nearest = {int(np.argmax(similar)) for similar in views}
    holding = [answer for answer in candidate.answers if candidate.certain or nearest & set(answer.blocks)]
    if not holding:
        return None
    held = {block for one in holding for block in one.blocks}
    similar = next(similar for similar in views if candidate.certain or int(np.argmax(similar)) in held)
    answer = max(holding, key=_fitness(candidate, article.sentences @ question, article.rows, explains))
    others = np.delete(similar, list(answer.blocks))
    closeness = float(similar[list(answer.blocks)].max())
    margin = closeness - float(others.max()) if others.size else 0.0
    return Chosen(candidate.wording, answer, candidate.wording.trust + 2 * max(margin, 0.0) + closeness, question)


def _fitness(
    candidate: Candidate, close: Vectors, rows: dict[tuple[int, int], int], explains: Callable[[str], bool]
) -> Callable[[Answer], float]:
    """How well an answer fits, on the scale of cosine similarities, which lie within about 0.1 of each other here.

    Its first and its closest sentence count; answers further down, and very short ones, must be clearly closer.
    """
    wording = candidate.wording
    start = min(answer.blocks[0] for answer in candidate.answers)

    def fitness(answer: Answer) -> float:
        own = [float(close[rows[place]]) for place in answer.sentences if place in rows] or [0.0]
        listed = 0.04 if answer.is_list and wording.wanted is Wanted.STEPS else 0.0
        reason = 0.02 if wording.wanted is Wanted.REASON and explains(answer.text) else 0.0
        late = _LATE * (answer.sentences[0][1] + answer.blocks[0] - start)
        short = 0.02 if len(answer.text) < 100 else 0.0
        return 0.6 * max(own) + 0.4 * own[0] + listed + reason - late - short

    return fitness


def varied(chosen: list[Chosen], outline: Outline) -> list[Chosen]:
    """The best few without repetition, spread over sections and passages, in the article's order."""
    kept: list[Chosen] = []
    waiting = list(chosen)
    while waiting and len(kept) < MAX_QUESTIONS:
        best = max(waiting, key=lambda one: (_rank(one.wording), one.score - _fatigue(one, kept, outline)))
        waiting.remove(best)
        if len(kept) >= ENOUGH_QUESTIONS.get(_rank(best.wording), MAX_QUESTIONS):
            break
        facts = sum(other.wording.trust <= FACT_TRUST for other in kept if _rank(other.wording) == 0)
        if _rank(best.wording) == 0 and best.wording.trust <= FACT_TRUST and facts >= _MOST_FACTS:
            continue
        if not any(_repeats(best, other) for other in kept):
            kept.append(best)
    return sorted(kept, key=lambda one: one.answer.sentences[0])


def _rank(wording: Wording) -> int:
    """The writer's own questions first; those that only name a heading, or only the article, last and if needed."""
    if wording.trust >= AUTHORS_OWN:
        return 1
    return 0 if wording.trust > SECTION_TRUST else -1 if wording.trust > ARTICLE_TRUST else -2


def _fatigue(one: Chosen, kept: list[Chosen], outline: Outline) -> float:
    section = outline.blocks[one.answer.blocks[0]].section
    sections = sum(outline.blocks[other.answer.blocks[0]].section == section for other in kept)
    blocks = sum(bool(set(one.answer.blocks) & set(other.answer.blocks)) for other in kept)
    return _SECTION_FATIGUE * sections + _BLOCK_FATIGUE * blocks


def _repeats(one: Chosen, other: Chosen) -> bool:
    mine, theirs = _long_words(one.wording.question), _long_words(other.wording.question)
    shared_words = len(mine & theirs) / max(1, len(mine | theirs))
    spoken, heard = set(one.answer.sentences), set(other.answer.sentences)
    overview = one.answer.is_overview or other.answer.is_overview
    same_answer = not overview and len(spoken & heard) > 0.5 * min(len(spoken), len(heard))
    limit = _SAME_MEANING if set(one.answer.blocks) & set(other.answer.blocks) else _SAME_MEANING_ELSEWHERE
    return shared_words >= _SAME_WORDS or same_answer or float(one.vector @ other.vector) >= limit


def _long_words(question: str) -> set[str]:
    return {word for word in words_of(question) if len(word) > 3}
