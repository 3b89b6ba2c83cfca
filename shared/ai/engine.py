"""The interface behind which questions are written."""

from __future__ import annotations

from typing import Protocol

from shared.models.content import Article, Draft


class Engine(Protocol):
    """Proposes a summary, key points and question/answer pairs for one article."""

    @property
    def name(self) -> str:
        """``"openai"`` or ``"extractive"``, as shown to readers and operators."""

    @property
    def version(self) -> str:
        """Changes whenever the same article might come out differently: model, prompt or rules."""

    @property
    def deterministic(self) -> bool:
        """Whether the same article always comes out the same, so that trying again is of no use."""

    async def draft(self, article: Article) -> Draft:
        """Writes the draft.

        Raises:
            ModelUnavailable: The model endpoint did not answer (transient).
            ModelOutputInvalid: It answered with nothing usable (transient).
        """
