"""Passages as retrieval finds them, made up of what a test says about them."""

from __future__ import annotations

import numpy as np

from api_service.data.passage_repository import StoredPassage
from api_service.data.vector_repository import Vectors
from shared.ai.embeddings import unrelated_similarity
from shared.models.content import PassageKind
from shared.models.published import Citation
from shared.text.terms import terms

MODEL = "test/2"
_UNRELATED = unrelated_similarity(MODEL)


def toward(nearness: float) -> Vectors:
    """A vector that is so near to ``QUERY`` on the scale of retrieval."""
    cosine = _UNRELATED + nearness * (1 - _UNRELATED)
    return np.array([cosine, np.sqrt(1 - cosine**2)], dtype=np.float32)


QUERY: Vectors = np.array([1, 0], dtype=np.float32)


def stored(
    text: str,
    *,
    nearness: float | None = 0.5,
    sentences: tuple[float, ...] = (),
    language: str = "en",
    kind: PassageKind = PassageKind.PARAGRAPH,
) -> StoredPassage:
    """A passage; without a nearness one that has no vectors."""
    return StoredPassage(
        key=text[:40],
        blog_id="b",
        version=1,
        language=language,
        kind=kind,
        citation=Citation(passage_id="p1", text=text, section="", start=0, end=len(text), url="https://x.example/"),
        terms=frozenset(terms(text)),
        vector=None if nearness is None else toward(nearness),
        sentences=np.array([toward(each) for each in sentences], dtype=np.float32).reshape(-1, 2),
    )
