"""Content of a blog page on its way from the crawl to the reader."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from shared.models.base import Frozen
from shared.models.usage import Usage


class PassageKind(StrEnum):
    """What a passage was in the page's markup."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    QUOTE = "quote"


class Passage(Frozen):
    """One citable piece of an article: a paragraph, a whole list, a table, a code block or a quotation.

    ``text == article.text[start:end]`` always holds; headings are no passages, but give later ones their ``section``.
    """

    id: str = Field(description="Stable within one article version: p1, p2, … in reading order.")
    kind: PassageKind = PassageKind.PARAGRAPH
    section: str = Field(default="", description="Text of the nearest heading above, empty before the first one.")
    start: int = Field(ge=0, description="Offset of the first character in the article's text (Unicode code points).")
    end: int = Field(ge=0, description="Offset after the last character.")
    text: str


class FaqEntry(Frozen):
    """A question with its answer that the page itself declares (schema.org FAQPage / QAPage markup)."""

    question: str
    answer: str


class Article(Frozen):
    """The main text of a page with what the page says about itself.

    ``text`` holds the title-less body: headings and passages in reading order, separated by newlines.
    """

    url: str = Field(description="Address that answered, after redirects.")
    canonical_url: str | None = Field(default=None, description="rel=canonical, absolute, if the page names one.")
    title: str
    description: str = Field(default="", description="What the page says of itself, in one or two sentences.")
    author: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    language: str = Field(description="ISO 639-1 code of the body text, 'und' when it cannot be told.")
    text: str
    passages: tuple[Passage, ...]
    faq: tuple[FaqEntry, ...] = ()


class QuestionKind(StrEnum):
    """What a question asks for; the widget picks its icon by this."""

    WHAT = "what"
    WHY = "why"
    HOW = "how"
    WHEN = "when"
    WHO = "who"
    WHERE = "where"
    HOW_MANY = "how_many"
    OTHER = "other"


class DraftQuestion(Frozen):
    """A question and answer as an engine proposes it, before grounding."""

    question: str
    answer: str
    passage_ids: tuple[str, ...] = Field(description="Passages that the engine says support the answer.")
    kind: QuestionKind = QuestionKind.OTHER


class Draft(Frozen):
    """All that an engine proposes for one article."""

    summary: str
    key_points: tuple[str, ...] = ()
    questions: tuple[DraftQuestion, ...]
    usage: Usage = Usage()
