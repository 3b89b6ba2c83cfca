"""``/api/v1/search``: finding articles by meaning."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api_service.core.auth import PublisherDep
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.related import RelatedArticle
from shared.url import MAX_URL_LENGTH

router = APIRouter(prefix="/search", tags=["search"], responses=PROBLEM_RESPONSES)

MAX_TEXT = 500
_MAX_ARTICLES = 20


class SimilarRequest(BaseModel):
    """What to find articles for: exactly one of a question, a blog or a text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question_id: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="Id of one of the publisher's questions."
    )
    blog_url: Annotated[str, Field(min_length=1, max_length=MAX_URL_LENGTH)] | None = Field(
        default=None, description="Address of one of the publisher's processed pages."
    )
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\w")] | None = Field(
        default=None, description="Anything in words."
    )
    limit: int = Field(default=5, ge=1, le=_MAX_ARTICLES, description="At most this many articles.")

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if sum(given is not None for given in (self.question_id, self.blog_url, self.text)) != 1:
            raise ValueError("give exactly one of question_id, blog_url and text")
        return self


class Similar(BaseModel):
    """Related articles of the same publisher, best first; never the one that was asked about."""

    articles: list[RelatedArticle]


@router.post("/similar")
async def similar(
    services: ServicesDep, publisher: PublisherDep, request: SimilarRequest, response: Response
) -> Similar:
    """Related articles by meaning, across languages. 503 with Retry-After while the search index is being prepared."""
    response.headers["Cache-Control"] = "no-store"
    related = services.related
    if request.question_id is not None:
        articles = await related.to_question(publisher, request.question_id, limit=request.limit)
    elif request.blog_url is not None:
        articles = await related.to_blog(publisher, request.blog_url, limit=request.limit)
    else:
        articles = await related.to_text(publisher, request.text or "", limit=request.limit)
    return Similar(articles=articles)
