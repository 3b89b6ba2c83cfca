"""Asking over HTTP: what is known, what is quoted, and how soon a model's first word reaches the reader.

The stack is the one of ``benchmarks.services``. For the model a second API process runs beside it, with an endpoint in
this process that streams at once: what is measured is what BlogQA adds to the model's own first token.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter

import httpx2
import numpy as np

from api_service.api.main import build_services
from api_service.core.metrics import ApiMetrics
from api_service.core.settings import ApiSettings
from api_service.services.answers import Inquiry
from benchmarks.measuring import Timings, measure, table
from benchmarks.services import ARTICLE, Stack, running_stack
from local_stack.mongod import Mongod
from local_stack.ports import LOOPBACK, free_port
from shared.ai.embeddings import LocalEmbedder, Vectors
from shared.data.content_repository import PASSAGES
from shared.data.database import Database, open_database
from shared.data.job_repository import JobRepository
from shared.data.publisher_repository import PublisherRepository, new_key
from shared.data.schema import prepare
from shared.models.content import Article, Passage
from shared.models.job_queue import JobResult
from shared.models.published import blog_id
from shared.url import normalize_url
from worker_service.data.publishing_repository import Publication, PublishingRepository, Validators

_ASKS = 400
_STREAMS = 100
_BLOGS, _PASSAGES, _WORDS, _VOCABULARY = 400, 50, 60, 20_000
_QUESTIONS = (
    "Why did the pendulum lose against the meridian, asks reader {}?",
    "Who measured the northern part of the arc, reader {} wants to know?",
    "What was the bar of 1889 made of, says reader {}?",
    "How is the metre defined today, wonders reader {}?",
)


class _Model:
    """Streams the same sentence to everybody, and remembers when it sent its first token."""

    def __init__(self) -> None:
        self.first_token_at = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionError):  # Whoever measures leaves after the first token.
            for number, word in enumerate("The metre was defined in 1791 [1].".split(" ")):
                if number == 0:
                    self.first_token_at = perf_counter()
                choice = {"index": 0, "delta": {"content": f" {word}" if number else word}, "finish_reason": None}
                writer.write(_chunk([choice]))
                await writer.drain()
                await asyncio.sleep(0.005)
            writer.write(_chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + b"data: [DONE]\n\n")
            await writer.drain()
        writer.close()


def _chunk(choices: list[object]) -> bytes:
    data = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": choices}
    return f"data: {json.dumps(data)}\n\n".encode()


@asynccontextmanager
async def _api_with_model(stack: Stack, model_url: str) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "api_service.run_server",
        env={
            **os.environ,
            "MONGODB_URL": stack.mongodb_url,
            "BLOGQA_PORT": str(port),
            "BLOGQA_ASK_TOKENS_PER_DAY": str(10**9),
            "BLOGQA_LOG_LEVEL": "WARNING",
            "OPENAI_BASE_URL": model_url,
        },
    )
    url = f"http://{LOOPBACK}:{port}"
    async with httpx2.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            try:
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)
    try:
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _first_tokens(stack: Stack) -> tuple[Timings, Timings]:
    """Milliseconds from the model's first token to the reader's, and those that the bare endpoint takes."""
    model = _Model()
    server = await asyncio.start_server(model.serve, LOOPBACK, 0)
    model_url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/v1"
    added: list[float] = []
    bare: list[float] = []
    async with server, _api_with_model(stack, model_url) as url:
        for number in range(_STREAMS):
            body = {"question": _QUESTIONS[0].format(number), "blog_url": stack.url + ARTICLE}
            added.append(await _first(stack.client, f"{url}/api/v1/qa/ask", body, b"event: token", model))
            bare.append(await _first(stack.client, f"{model_url}/chat/completions", {}, b"data:", model))
    skip = _STREAMS // 10
    return (
        Timings("model's first token to the reader's", tuple(added[skip:])),
        Timings("the endpoint's alone", tuple(bare[skip:])),
    )


async def _first(client: httpx2.AsyncClient, url: str, body: object, mark: bytes, model: _Model) -> float:
    async with client.stream("POST", url, json=body, headers={"Accept": "text/event-stream"}) as response:
        received = b""
        async for piece in response.aiter_bytes():
            received += piece
            if mark in received:
                return (perf_counter() - model.first_token_at) * 1_000
    raise AssertionError(f"no token came: {received[:300]!r}")


async def _fill(database: Database, publisher_id: str) -> None:
    """Publishes blogs of made-up words, each passage and sentence with a made-up vector."""
    random = np.random.default_rng(1)
    letters = random.integers(ord("a"), ord("z") + 1, (_VOCABULARY, 7))
    vocabulary = ["".join(map(chr, word)) for word in letters]

    def vectors(rows: int) -> Vectors:
        made_up = random.standard_normal((rows, LocalEmbedder.dimensions), dtype=np.float32)
        return np.asarray(made_up / np.linalg.norm(made_up, axis=1, keepdims=True), dtype=np.float32)

    jobs = JobRepository(database)
    publishing = PublishingRepository(database, jobs)
    for number in range(_BLOGS):
        url = f"https://example.com/{number}"
        # Squared, so that some words are common and most are rare.
        words = (random.random((_PASSAGES, _WORDS)) ** 2 * _VOCABULARY).astype(int)
        texts = [" ".join(vocabulary[word] for word in row) for row in words]
        passages = tuple(Passage(id=f"p{at}", start=at, end=at + len(text), text=text) for at, text in enumerate(texts))
        await jobs.enqueue(
            publisher_id=publisher_id, blog_id=blog_id(publisher_id, url), url=url, normalized_url=normalize_url(url)
        )
        claimed = await jobs.claim(worker="benchmark")
        if claimed is None:
            raise AssertionError("what was enqueued is due")
        publication = Publication(
            article=Article(url=url, title=texts[0][:40], language="en", text="\n".join(texts), passages=passages),
            content_hash=str(number),
            validators=Validators(None, None),
            summary=texts[0],
            key_points=(),
            questions=(),
            passage_vectors=vectors(_PASSAGES),
            sentence_vectors=tuple(vectors(3) for _ in passages),
            question_vectors=vectors(0),
            summary_vector=vectors(1)[0],
            engine="extractive",
            engine_version="benchmark",
            embedding_model=LocalEmbedder.model,
            aliases=(),
        )
        await publishing.publish(claimed, publication, JobResult(questions=0, version=1, engine="extractive"))


async def _all_content() -> tuple[Timings, Timings]:
    """Asking a large publisher's whole content, in this process, beside embedding the question alone."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mongod = stack.enter_context(Mongod.start(folder / "data", log_path=folder / "mongod.log"))
        database = await stack.enter_async_context(open_database(mongod.url, "benchmark", app_name="benchmark"))
        await prepare(database)
        publisher = await PublisherRepository(database).ensure(name="Benchmark", domains=["example.com"], key=new_key())
        await _fill(database, publisher.id)
        document = await database[PASSAGES].find_one({"publisher_id": publisher.id})
        if document is None:
            raise AssertionError("nothing was published")
        words = document["text"].split()
        embedder = LocalEmbedder()
        stack.push_async_callback(embedder.aclose)
        asking = build_services(ApiSettings(), database, embedder, None, ApiMetrics()).asking
        stack.push_async_callback(asking.aclose)

        def question(number: int) -> str:
            return f"What do {words[number % 7]}, {words[number % 11 + 8]} and number {number} have in common?"

        async def embed(number: int) -> None:
            await embedder.embed_queries([question(number + _ASKS)])

        async def ask(number: int) -> None:
            await asking.answer(publisher, Inquiry(question=question(number)))

        embedded = await measure("embedding the question", embed, calls=_ASKS, concurrency=1)
        asked = await measure(f"ask of {_BLOGS * _PASSAGES:,} passages", ask, calls=_ASKS, concurrency=1)
        return asked, embedded


async def main() -> None:
    """Prints the table."""
    async with running_stack() as stack:
        response = await stack.client.get("/api/v1/questions/by-url", params={"blog_url": stack.url + ARTICLE})
        stored = response.json()["questions"][0]["question"]

        async def ask(question: str, *, cached: bool) -> None:
            body = {"question": question, "blog_url": stack.url + ARTICLE}
            answer = (await stack.client.post("/api/v1/qa/ask", json=body)).raise_for_status().json()
            if answer["from_cache"] is not cached:
                raise AssertionError(f"{question!r} was answered the other way")

        async def known(_: int) -> None:
            await ask(stored, cached=True)

        async def quoted(number: int) -> None:
            await ask(_QUESTIONS[number % len(_QUESTIONS)].format(number), cached=False)

        floor = await measure("GET /health/live", stack.nothing, calls=_ASKS, concurrency=1)
        rows = [
            (await measure("POST ask, known", known, calls=_ASKS, concurrency=1), floor),
            (await measure("POST ask, quoted", quoted, calls=_ASKS, concurrency=1), floor),
            await _first_tokens(stack),
        ]
    rows.append(await _all_content())
    print(table(rows))
