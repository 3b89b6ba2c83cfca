"""What readers ask, what they are answered with, and the events in which a streamed answer arrives."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from api_service.services.related import RelatedArticle
from shared.ai.answering import Turn
from shared.errors import BlogQAError, TransientError
from shared.models.base import Frozen
from shared.models.published import Citation


class Inquiry(Frozen):
    """What a reader wants to know.

    Attributes:
        blog_url: The page that it is asked of, or None for all of the publisher's content.
        history: What was asked and answered before, oldest first.
    """

    question: str
    blog_url: str | None = None
    history: tuple[Turn, ...] = ()


class Notice(StrEnum):
    """What the reader should be told about an answer."""

    NOT_COVERED = "not_covered"
    BUDGET_SPENT = "budget_spent"
    MODEL_BUSY = "model_busy"
    MODEL_UNAVAILABLE = "model_unavailable"


class AnswerSentence(Frozen):
    """One sentence of an answer."""

    text: str
    citations: tuple[int, ...] = Field(description="What supports it: places in the answer's `citations`, from 0.")


class RelatedQuestion(Frozen):
    """A stored question that is near to what was asked."""

    id: str
    question: str


class Answer(Frozen):
    """An answer with its sources, or the statement that the content has none."""

    covered: bool = Field(description="Whether the content answers the question; if not, `answer` is empty.")
    answer: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    language: str = Field(description="Of the answer; quoted text stays in its article's language. ISO 639-1.")
    engine: str = Field(description="`openai`: a model wrote it from the cited passages. `extractive`: it is quoted.")
    from_cache: bool = Field(description="Whether it was known already: no model was called.")
    question_id: str | None = Field(default=None, description="The stored question that means the same, if one does.")
    notices: tuple[Notice, ...] = ()
    related_questions: tuple[RelatedQuestion, ...] = ()
    related_articles: tuple[RelatedArticle, ...] = ()


class Sources(Frozen):
    """The passages that an answer is about to be written from."""

    event: ClassVar[str] = "sources"
    citations: tuple[Citation, ...]


class Token(Frozen):
    """A piece of the answer as the model writes it, not yet checked."""

    event: ClassVar[str] = "token"
    text: str


class Checked(Frozen):
    """A finished sentence; one without support is not part of the answer."""

    event: ClassVar[str] = "sentence"
    text: str
    supported: bool
    citations: tuple[int, ...] = Field(description="Places in the citations of the event `sources`, from 0.")


class Done(Frozen):
    """The whole answer; it replaces whatever was shown before."""

    event: ClassVar[str] = "done"
    answer: Answer


class Failed(Frozen):
    """Why the answer breaks off; what was shown of it is to be taken back."""

    event: ClassVar[str] = "error"
    code: str
    detail: str
    retry_after_s: float | None = None


def failed(error: BlogQAError) -> Failed:
    """The event for an error."""
    after = error.retry_after_s if isinstance(error, TransientError) else None
    return Failed(code=error.code, detail=str(error), retry_after_s=after)


Event = Sources | Token | Checked | Done | Failed
