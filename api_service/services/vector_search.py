"""What a vector search promises; where it runs is a setting."""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from api_service.core.settings import SearchName
from api_service.data.vector_repository import VectorKind, Vectors
from api_service.services.vector_table import Hit
from shared.models.base import Frozen


class SearchStatus(Frozen):
    """A vector search as ``/health`` shows it; what only a search in memory has is null otherwise."""

    mode: SearchName = Field(description="Where vectors are searched.")
    problem: str | None = Field(default=None, description="Why nothing can be searched, null if it can.")
    vectors: int | None = Field(default=None, description="Vectors in memory.")
    bytes: int | None = Field(default=None, description="Bytes that they take.")
    max_bytes: int | None = Field(default=None, description="Bytes that they may take.")
    publishers: int | None = Field(default=None, description="Publishers whose vectors are in memory.")
    loading: int | None = Field(
        default=None, description="Publishers whose vectors are being loaded for the first time."
    )


class VectorSearch(Protocol):
    """Finds a publisher's stored vectors that are nearest to a query."""

    async def prepare(self) -> None:
        """Gets ready ahead of the first search, where that takes anything.

        Raises:
            DatabaseUnsuitable: This deployment can never be searched this way.
            SearchNotReady: It is being made ready.
            DatabaseUnavailable: No answer.
        """

    async def nearest(
        self, publisher_id: str, kind: VectorKind, query: Vectors, *, limit: int, without: str | None = None
    ) -> list[Hit]:
        """A publisher's vectors that are nearest to a query, nearest first; equal ones in any order.

        Only published versions are found, and only vectors of the model that the search was made for.

        Args:
            publisher_id: Whose.
            kind: What to look for.
            query: Shape ``(dimensions,)``, L2-normalized, of the search's embedding model.
            limit: At most this many, at least 1.
            without: Id of a blog to leave out.

        Raises:
            SearchNotReady: The index is being loaded or built, or does not fit.
            DatabaseUnsuitable: This deployment can never be searched this way.
            DatabaseUnavailable: It takes the database, which does not answer.
        """

    def touch(self) -> None:
        """Says that something was published or removed."""

    def status(self) -> SearchStatus:
        """How it is doing, without asking anybody."""
