"""Making a reader's question ready: about which content it is, in which language, and what it means."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, Final

from api_service.data.blog_repository import BlogRepository, BlogState
from api_service.services.answers import Inquiry
from api_service.services.retrieval import Query
from shared.ai.answering import Turn
from shared.ai.embeddings import Embedder
from shared.data.job_repository import JobRepository
from shared.errors import NotFound, StillProcessing
from shared.models.published import blog_id
from shared.models.publisher import Publisher
from shared.text.privacy import masked
from shared.text.question_form import QUESTION_MARKS, language_asked_in, parts_of
from shared.text.sentences import clean
from shared.url import normalize_url

_SOON_S: Final = 3.0
_MAX_PARTS: Final = 3


@dataclass(frozen=True)
class Asked:
    """A question made ready.

    Attributes:
        blog: What it is asked of; None for all of the publisher's content.
        question: What is asked, on one line.
        history: Earlier turns, oldest first.
        query: What is searched for: the question, behind the one before it if there is one.
        key: The same for all who ask the same, word for word.
        stored: What is stored of the question: without what identifies a person.
        stored_key: Identity of that, so that it says nothing of what was masked either.
    """

    publisher: Publisher
    blog: BlogState | None
    question: str
    history: tuple[Turn, ...]
    query: Query
    key: str
    stored: str
    stored_key: str


class Inquiries:
    """Makes inquiries ready.

    Args:
        blogs: Knows which blogs are published.
        jobs: Knows which are being processed.
        embedder: Embeds questions.
    """

    def __init__(self, blogs: BlogRepository, jobs: JobRepository, embedder: Embedder) -> None:
        self._blogs = blogs
        self._jobs = jobs
        self._embedder = embedder

    async def ready(self, publisher: Publisher, inquiry: Inquiry) -> Asked:
        """Finds the blog and embeds the question.

        Raises:
            InvalidUrl: Not a URL.
            NotFound: The blog was never processed, or is another publisher's.
            StillProcessing: Its first questions are being made.
            ModelUnavailable: The embedding endpoint did not answer (never with local embeddings).
        """
        blog = await self._blog(publisher, inquiry.blog_url) if inquiry.blog_url is not None else None
        question = " ".join(clean(inquiry.question).split())
        before = [" ".join(clean(turn.question).split()) for turn in inquiry.history[-1:]]
        text = " ".join([*before, question])
        (vector,) = await self._embedder.embed_queries([text])
        language = language_asked_in(question, [blog.language] if blog else [])
        scope = [publisher.id, blog.blog_id if blog else None]
        history = [[turn.question, turn.answer] for turn in inquiry.history]
        stored = masked(question)
        return Asked(
            publisher=publisher,
            blog=blog,
            question=question,
            history=inquiry.history,
            query=Query(text, language, vector),
            key=_key([*scope, history, _normalized(question)]),
            stored=stored,
            stored_key=_key([*scope, _normalized(stored)]),
        )

    async def parts(self, asked: Asked) -> list[Asked]:
        """The questions that a question consists of, each made ready; none if it is but one."""
        texts = parts_of(asked.question)[:_MAX_PARTS]
        if len(texts) < 2:
            return []
        vectors = await self._embedder.embed_queries(texts)
        return [
            replace(asked, query=replace(asked.query, text=text, vector=vector))
            for text, vector in zip(texts, vectors, strict=True)
        ]

    async def _blog(self, publisher: Publisher, url: str) -> BlogState:
        normalized = normalize_url(url)
        identity = blog_id(publisher.id, normalized)
        if (blog := await self._blogs.find(identity)) is not None:
            return blog
        job = await self._jobs.latest_for_blog(identity)
        if job is not None and not job.state.is_terminal:
            raise StillProcessing(f"{normalized!r} is still being processed; ask again soon", retry_after_s=_SOON_S)
        raise NotFound(f"nothing is published for {normalized!r}; POST the URL to /api/v1/jobs/process first")


def _normalized(question: str) -> str:
    """The question as it is compared: without case and without the mark at its end."""
    return question.casefold().rstrip(f"{''.join(QUESTION_MARKS)}.! ")


def _key(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
