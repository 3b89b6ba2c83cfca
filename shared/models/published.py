"""What readers are served, and what is stored about a blog."""

from __future__ import annotations

import hashlib

from pydantic import AwareDatetime, Field

from shared.models.base import Frozen
from shared.models.content import QuestionKind


def blog_id(publisher_id: str, normalized_url: str) -> str:
    """Identity of a blog: 32 hex digits, so that every index entry is short whatever the URL's length."""
    return hashlib.sha256(f"{publisher_id}\n{normalized_url}".encode()).hexdigest()[:32]


class Citation(Frozen):
    """Where an answer comes from, precise enough to be found on the page."""

    passage_id: str
    text: str
    title: str = Field(default="", description="Of the article.")
    section: str
    start: int
    end: int
    url: str


class PublishedQuestion(Frozen):
    """One question with its answer, as served."""

    id: str
    question: str
    answer: str
    kind: QuestionKind
    citations: tuple[Citation, ...]
    order: int
    language: str
    engine: str


class PublishedBlog(Frozen):
    """A blog's questions as readers get them."""

    blog_url: str
    title: str
    language: str
    summary: str
    key_points: tuple[str, ...]
    engine: str
    version: int
    published_at: AwareDatetime
    questions: tuple[PublishedQuestion, ...]


class Removal(Frozen):
    """What deleting a blog removed."""

    questions: int
    summaries: int
    pages: int
    jobs: int
