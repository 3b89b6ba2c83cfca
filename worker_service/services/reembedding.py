"""What of a blog is embedded, and moving published blogs to another embedding model while they are served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from shared.ai.embeddings import Embedder, Vectors, passage_texts, sentence_texts
from shared.errors import TransientError
from shared.log import get_logger
from shared.models.content import Passage
from worker_service.data.embedding_repository import BlogVectors, EmbeddingRepository

R = TypeVar("R")

logger = get_logger(__name__)

_BATCH: Final = 100
_ATTEMPTS: Final = 5
_LONGEST_PAUSE_S: Final = 60.0


async def embed_blog(
    embedder: Embedder, *, title: str, summary: str, questions: Sequence[str], passages: Sequence[Passage]
) -> BlogVectors:
    """Embeds all that is searched of a blog.

    Args:
        embedder: Who embeds.
        title: The article's.
        summary: Embedded behind the title.
        questions: Embedded as readers' questions are.
        passages: All of the article's, in reading order.

    Raises:
        ModelUnavailable: The embedding endpoint did not answer.
        ModelOutputInvalid: It answered with something else than vectors.
        ModelMisconfigured: It refuses the key or the model.
    """
    (summary_vector,) = await embedder.embed_passages([f"{title}\n{summary}"])
    return BlogVectors(
        summary=np.asarray(summary_vector, dtype=np.float32),
        questions=await embedder.embed_queries(questions),
        passages=await embedder.embed_passages(passage_texts(passages)),
        sentences=await _sentence_vectors(embedder, title, passages),
    )


async def _sentence_vectors(embedder: Embedder, title: str, passages: Sequence[Passage]) -> tuple[Vectors, ...]:
    texts = sentence_texts(title, passages)
    vectors = await embedder.embed_passages([text for each in texts for text in each])
    ends = np.cumsum([len(each) for each in texts])
    return tuple(vectors[end - len(each) : end] for each, end in zip(texts, ends, strict=True))


@dataclass
class Reembedded:
    """What one run has done.

    Attributes:
        blogs: Blogs that got vectors.
        vectors: Vectors that were written.
        dropped: Blogs that lost other models' vectors.
        lacking: Blogs that have no vectors of the model after all: they were published while the run went on.
    """

    blogs: int = 0
    vectors: int = 0
    dropped: int = 0
    lacking: int = 0


class Reembedding:
    """Gives published blogs vectors of the embedder's model; what they have stays and is served.

    Args:
        store: Where texts are read and vectors written, for the embedder's model.
        embedder: Who embeds.
        retry_base_s: Longest pause before what failed for the moment is tried again; doubles each time.
    """

    def __init__(self, store: EmbeddingRepository, embedder: Embedder, *, retry_base_s: float) -> None:
        self._store = store
        self._embedder = embedder
        self._retry_base_s = retry_base_s

    async def blog(self, blog_id: str) -> int:
        """Embeds one blog, again if it is published meanwhile.

        Returns:
            Vectors written; 0 if the blog is gone or had them.

        Raises:
            ModelUnavailable: As the others, see ``embed_blog``.
            DatabaseUnavailable: No answer.
        """
        while (texts := await self._store.texts(blog_id)) is not None:
            vectors = await embed_blog(
                self._embedder,
                title=texts.title,
                summary=texts.summary,
                questions=texts.questions,
                passages=texts.passages,
            )
            if await self._store.add_vectors(texts, vectors):
                return len(vectors)
            logger.info("blog_moved_while_embedded", blog_id=blog_id)
        return 0

    async def all(self, publisher_id: str | None, *, report: Callable[[int, int], None]) -> Reembedded:
        """Embeds every published blog that lacks the model. May be stopped, run again, and run twice at once.

        Args:
            publisher_id: Whose blogs; everybody's for None.
            report: Told after each blog how many have been looked at, and of how many.

        Raises:
            TransientError: Something failed for the moment, several times in a row.
            PermanentError: It cannot work like this.
        """
        result = Reembedded()
        total = await self._store.count_lacking(publisher_id)
        seen, last = 0, ""
        while batch := await self._store.lacking(publisher_id, after=last, limit=_BATCH):
            for last in batch:
                vectors = await self._patiently(self.blog, last)
                result.blogs += vectors > 0
                result.vectors += vectors
                seen += 1
                report(seen, max(seen, total))
        result.lacking = await self._store.count_lacking(publisher_id)
        return result

    async def drop_others(self, publisher_id: str | None) -> int:
        """Removes other models' vectors from every blog that has this model's.

        Returns:
            Blogs that had any.

        Raises:
            TransientError: Something failed for the moment, several times in a row.
        """
        dropped, last = 0, ""
        while batch := await self._store.mixed(publisher_id, after=last, limit=_BATCH):
            for last in batch:
                dropped += await self._patiently(self._store.drop_others, last)
        return dropped

    async def _patiently(self, call: Callable[[str], Awaitable[R]], blog_id: str) -> R:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS),
            retry=retry_if_exception_type(TransientError),
            wait=wait_random_exponential(multiplier=self._retry_base_s, max=_LONGEST_PAUSE_S),
            reraise=True,
        )
        return await retrying(call, blog_id)
