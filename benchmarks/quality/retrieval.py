"""Does the right paragraph come first? The hybrid retrieval beside the bare embedding, on the same questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api_service.data.passage_repository import StoredPassage
from api_service.services.retrieval import MAX_TERMS, Query, Retrieved, rank, rarity, share
from shared.ai.embeddings import LocalEmbedder, sentence_texts
from shared.models.content import Passage, PassageKind
from shared.models.published import Citation
from shared.text.language import UNKNOWN
from shared.text.terms import terms

_HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "zh", "ar")


@dataclass(frozen=True)
class Case:
    """A question and the number of the paragraph that answers it."""

    question: str
    paragraph: int


@dataclass(frozen=True)
class RetrievalSet:
    """Paragraphs with the titles above them, and questions."""

    name: str
    paragraphs: tuple[tuple[str, str], ...]
    cases: tuple[Case, ...]


def own_set(language: str) -> RetrievalSet:
    """One of the sets beside this module."""
    articles = json.loads((_HERE / f"retrieval_{language}.json").read_text())
    return _set(
        language,
        [(each["title"], one["text"], one["questions"]) for each in articles for one in each["paragraphs"]],
    )


def squad_set(path: Path) -> RetrievalSet:
    """A set in the format of SQuAD and XQuAD: ``data[].paragraphs[].{context, qas[].question}``."""
    articles = json.loads(path.read_text())["data"]
    return _set(
        path.stem,
        [
            (each.get("title", ""), one["context"], [qa["question"] for qa in one["qas"]])
            for each in articles
            for one in each["paragraphs"]
        ],
    )


def _set(name: str, entries: Sequence[tuple[str, str, Sequence[str]]]) -> RetrievalSet:
    cases = [Case(question, number) for number, (_, _, asked) in enumerate(entries) for question in asked]
    return RetrievalSet(name, tuple((title, text) for title, text, _ in entries), tuple(cases))


async def stored_paragraphs(
    embedder: LocalEmbedder, data: RetrievalSet, language: str = UNKNOWN
) -> list[StoredPassage]:
    """The paragraphs as the worker stores passages, keyed by their number; each article is a blog."""
    vectors = await embedder.embed_passages([text for _, text in data.paragraphs])
    stored = []
    for number, ((title, text), vector) in enumerate(zip(data.paragraphs, vectors, strict=True)):
        passage = Passage(id="p1", start=0, end=len(text), text=text)
        (sentences,) = sentence_texts(title, [passage])
        stored.append(
            StoredPassage(
                key=str(number),
                blog_id=title,
                version=1,
                language=language,
                kind=PassageKind.PARAGRAPH,
                citation=Citation(passage_id="p1", text=text, section="", start=0, end=len(text), url=""),
                terms=frozenset(terms(f"{title}\n{text}")),
                vector=vector,
                sentences=await embedder.embed_passages(sentences),
            )
        )
    return stored


def retrieved(query: Query, passages: Sequence[StoredPassage], model: str) -> Retrieved:
    """What ``PassageRetrieval`` finds among the passages of a blog."""
    counts = {term: sum(term in each.terms for each in passages) for term in terms(query.text)[:MAX_TERMS]}
    weights = rarity(counts, len(passages))
    known = share(weights, {term for term, count in counts.items() if count})
    return Retrieved(weights, known, rank(query, weights, passages, model=model))


async def measure(embedder: LocalEmbedder, data: RetrievalSet) -> tuple[float, float]:
    """Share of questions whose paragraph comes first: by the embedding alone, and by the hybrid."""
    stored = await stored_paragraphs(embedder, data)
    vectors = np.array([passage.vector for passage in stored])
    questions = await embedder.embed_queries([case.question for case in data.cases])
    bare = hybrid = 0
    for case, question in zip(data.cases, questions, strict=True):
        bare += int((vectors @ question).argmax() == case.paragraph)
        best = retrieved(Query(case.question, UNKNOWN, question), stored, embedder.model).passages[0]
        hybrid += int(best.passage.key == str(case.paragraph))
    return bare / len(data.cases), hybrid / len(data.cases)


async def main(squad: Sequence[Path]) -> None:
    """Prints the table."""
    embedder = LocalEmbedder()
    print("| set | paragraphs | questions | embedding alone | hybrid |\n| --- | --: | --: | --: | --: |")
    for data in [*(own_set(language) for language in LANGUAGES), *(squad_set(path) for path in squad)]:
        bare, hybrid = await measure(embedder, data)
        print(f"| {data.name} | {len(data.paragraphs)} | {len(data.cases)} | {bare:.3f} | {hybrid:.3f} |")
