"""What the engine ``extractive`` makes of pages on disk, for reading and judging by eye.

Usage::

    python -m benchmarks.questions PAGE.html ...

Prints each page's summary, questions with their answers, what grounding refused, and a line of counts.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from shared.ai.embeddings import LocalEmbedder, RememberingEmbedder
from shared.ai.extractive import ExtractiveEngine
from shared.errors import PermanentError
from worker_service.services.extraction import extract_article
from worker_service.services.grounding import ground_draft


async def show(name: str, html: str, embedder: RememberingEmbedder) -> int:
    """Prints one page's outcome and returns its number of questions."""
    try:
        article = extract_article(html, f"https://blog.example/{name}")
        grounded = await ground_draft(await ExtractiveEngine(embedder).draft(article), article, embedder)
    except PermanentError as exc:
        print(f"\n## {name}\n\n{type(exc).__name__}: {exc}")
        return 0
    print(f"\n## {name} · {article.language} · {article.title}\n\n{grounded.summary}\n")
    print("\n".join(f"* {point}" for point in grounded.key_points))
    for question in grounded.questions:
        print(f"\n**{question.question}** ({question.kind}, {', '.join(question.passage_ids)})\n{question.answer}")
    print("\n" + "\n".join(f"- refused, {dropped.reason}: {dropped.question}" for dropped in grounded.dropped))
    return len(grounded.questions)


async def show_all(pages: dict[str, str]) -> None:
    """Shows every page, name and markup, and ends with the number of questions of each."""
    inner = LocalEmbedder()
    embedder = RememberingEmbedder(inner)
    counts = {name: await show(name, html, embedder) for name, html in pages.items()}
    await inner.aclose()
    print("\n" + "\n".join(f"{count:3d}  {name}" for name, count in counts.items()))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m benchmarks.questions PAGE.html ...")
    asyncio.run(show_all({Path(name).name: Path(name).read_text("utf-8") for name in sys.argv[1:]}))
