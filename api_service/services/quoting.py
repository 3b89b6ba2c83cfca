"""Answering from passages without a model: whether they answer at all, and which of their sentences do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from api_service.services.retrieval import LEXICAL_WEIGHT, Found, Query, Retrieved, share
from shared.models.content import PassageKind
from shared.text.language import are_different
from shared.text.question_kind import Wanted, kind_of, tells
from shared.text.sentences import split_sentences
from shared.text.terms import terms

_PASSAGES: Final = 2
_SENTENCES: Final = 3
_NEARLY_AS_GOOD: Final = 0.12
_WHOLE_CHARS: Final = 400
"""A passage this short is quoted whole: taking it apart loses more than it saves."""
_TELLING: Final = 0.1
"""What a sentence gains for having the kind of thing in it that is asked for, a number for one."""

_NEAREST_WEIGHT, _KNOWN_WEIGHT, _UNTOLD_WEIGHT, _BIAS = 11.0, 4.0, -1.05, -5.7
_FOREIGN_BIAS: Final = -4.0
"""Of the logistic function that says whether passages answer: fitted to the development half of ``ask.json``."""

_CHINESE_BIAS: Final = -1.0
"""What the bias is lower by in Chinese, where multilingual-e5-small puts everything nearer to everything.

Chosen on half of the Chinese articles (``docs/quality.md``, "Does it know when to decline?"). Not for all
languages without spaces: Japanese and Thai come out about as near as English, and would be declined too often.
"""


@dataclass(frozen=True)
class Quote:
    """Sentences of one passage, in its order."""

    passage: Found
    sentences: tuple[str, ...]


def answerability(query: Query, retrieved: Retrieved) -> float:
    """How sure it is that the best passages answer a question, 0 to 1.

    Near in meaning is not enough: an article speaks of much that it does not answer. So the words of the question have
    to be known to the content too, and a question for a price, a date or an amount finds one.
    """
    if not retrieved.passages:
        return 0.0
    best = retrieved.passages[0]
    if are_different(query.language, best.passage.language):  # Words of one say nothing about those of the other.
        return _logistic(_NEAREST_WEIGHT * best.nearness + _FOREIGN_BIAS)
    kind = kind_of(query.text, query.language)
    texts = " ".join(each.passage.citation.text for each in retrieved.passages[:_PASSAGES])
    untold = kind is not None and not tells(texts, kind, best.passage.language)
    bias = _BIAS + (_CHINESE_BIAS if best.passage.language == "zh" else 0.0)
    return _logistic(_NEAREST_WEIGHT * best.nearness + _KNOWN_WEIGHT * retrieved.known + _UNTOLD_WEIGHT * untold + bias)


def quote(query: Query, retrieved: Retrieved) -> list[Quote]:
    """The sentences that answer, of the best passage and of others about as good."""
    if not retrieved.passages:
        return []
    kind = kind_of(query.text, query.language)
    best = retrieved.passages[0]
    near = [each for each in retrieved.passages[:_PASSAGES] if each.score >= best.score - _NEARLY_AS_GOOD]
    return [Quote(found, _answering(found, retrieved.weights, kind)) for found in near]


def _answering(found: Found, weights: Mapping[str, float], kind: Wanted | None) -> tuple[str, ...]:
    text = found.passage.citation.text
    sentences = split_sentences(text)
    if found.passage.kind is PassageKind.CODE or len(text) <= _WHOLE_CHARS or not len(found.sentences):
        return tuple(sentences[: 4 * _SENTENCES])
    scores = np.array(
        [
            _score(sentence, nearness, weights, kind, found.passage.language)
            for sentence, nearness in zip(sentences, found.sentences, strict=False)
        ]
    )
    chosen = [place for place in np.argsort(-scores)[:_SENTENCES] if scores[place] >= scores.max() - _NEARLY_AS_GOOD]
    return tuple(sentences[place] for place in sorted(chosen))


def _score(sentence: str, nearness: float, weights: Mapping[str, float], kind: Wanted | None, language: str) -> float:
    told = kind is not None and tells(sentence, kind, language)
    return nearness + LEXICAL_WEIGHT * share(weights, terms(sentence)) + _TELLING * told


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
