"""Does quoting know whether it can answer? Each question is put to its article with and without its paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api_service.data.passage_repository import StoredPassage
from api_service.services.asking import ANSWERABLE
from api_service.services.quoting import answerability
from api_service.services.retrieval import Query
from benchmarks.quality.retrieval import LANGUAGES, own_set, retrieved, stored_paragraphs
from shared.ai.embeddings import LocalEmbedder
from shared.text.question_form import language_asked_in


@dataclass(frozen=True)
class Sureness:
    """How sure the gate is of one question.

    Attributes:
        split: "dev" or "test": whole articles, in turn, so that no article is in both halves.
        whole: Asked of the article as it is.
        without: Asked of the article without the paragraph that answers.
    """

    split: str
    whole: float
    without: float


async def measure(embedder: LocalEmbedder, language: str) -> list[Sureness]:
    """Asks every question of a language's set of its own article, twice."""
    data = own_set(language)
    stored = await stored_paragraphs(embedder, data, language)
    articles = list(dict.fromkeys(passage.blog_id for passage in stored))
    vectors = await embedder.embed_queries([case.question for case in data.cases])
    found = []
    for case, vector in zip(data.cases, vectors, strict=True):
        answering = stored[case.paragraph]
        query = Query(case.question, language_asked_in(case.question, [language]), vector)

        def sure(passages: Sequence[StoredPassage], query: Query = query) -> float:
            return answerability(query, retrieved(query, passages, embedder.model))

        article = [passage for passage in stored if passage.blog_id == answering.blog_id]
        split = ("dev", "test")[articles.index(answering.blog_id) % 2]
        found.append(Sureness(split, sure(article), sure([each for each in article if each is not answering])))
    return found


async def main(split: str) -> None:
    """Prints the table."""
    embedder = LocalEmbedder()
    print("| set | questions | answered | declined without the paragraph |\n| --- | --: | --: | --: |")
    for language in LANGUAGES:
        asked = [each for each in await measure(embedder, language) if each.split == split]
        answered = sum(each.whole >= ANSWERABLE for each in asked) / len(asked)
        declined = sum(each.without < ANSWERABLE for each in asked) / len(asked)
        print(f"| {language} | {len(asked)} | {answered:.3f} | {declined:.3f} |")
