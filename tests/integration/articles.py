"""Articles of several passages that tests publish and ask about, embedded as the worker does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shared.ai.embeddings import Embedder, passage_texts, sentence_texts
from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.models.content import Article, Passage, PassageKind, QuestionKind
from shared.models.job_queue import JobResult
from tests.integration.stories import claim_for
from worker_service.data.publishing_repository import Publication, PublishedDraft, PublishingRepository, Validators


@dataclass(frozen=True)
class Story:
    """An article.

    Attributes:
        passages: Section and text of each.
        questions: Stored questions, each with the number of the passage that answers it, from 0.
    """

    url: str
    title: str
    language: str
    passages: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, int], ...]
    aliases: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The article's body."""
        return "\n".join(f"{section}\n{text}" for section, text in self.passages)


BREAD = Story(
    url="https://example.com/bread",
    title="Keeping bread fresh",
    language="en",
    passages=(
        ("Staling", "Bread goes stale because its starch crystallizes as the loaf cools."),
        ("Storing", "Keep a loaf in a linen bag, where it stays soft for three days."),
        ("Freezing", "Sliced bread keeps for two months in the freezer. Marta Kowalska freezes it in wax paper."),
    ),
    questions=(("Why does bread go stale?", 0), ("Where should I keep a loaf?", 1)),
)
CHAIN = Story(
    url="https://example.com/chain",
    title="Bicycle chains",
    language="en",
    passages=(
        ("Cleaning", "Clean a bicycle chain with a brush and a little paraffin every 300 kilometres."),
        ("Wear", "A worn chain is replaced when it has stretched by 0.75 per cent."),
    ),
    questions=(("How do I clean a bicycle chain?", 0),),
)
COFFEE = Story(
    url="https://example.com/kaffee",
    title="Kaffee aufbrühen",
    language="de",
    passages=(
        ("Temperatur", "Das Wasser für den Kaffee soll 92 Grad heiß sein, denn kochendes Wasser macht ihn bitter."),
        ("Mahlgrad", "Für die Stempelkanne mahlt man die Bohnen grob und lässt sie vier Minuten ziehen."),
    ),
    questions=(("Wie heiß soll das Wasser für den Kaffee sein?", 0),),
)
STORIES = (BREAD, CHAIN, COFFEE)

FREEZER = "How long does sliced bread keep in the freezer?"
TWO_MONTHS = "Sliced bread keeps for two months in the freezer"
"""What ``BREAD`` answers to ``FREEZER``."""
MAYOR = "Who is the mayor of Warsaw?"
"""What no story answers."""


def with_passage(story: Story, number: int, text: str) -> Story:
    """The story with another text in one of its passages."""
    passages = list(story.passages)
    passages[number] = (passages[number][0], text)
    return replace(story, passages=tuple(passages))


async def publish_story(database: Database, publisher_id: str, story: Story, embedder: Embedder) -> None:
    """Publishes the story as the next version of its blog."""
    claimed = await claim_for(database, publisher_id, story.url)
    publication = await _publication(story, embedder)
    result = JobResult(questions=len(story.questions), version=1, engine="extractive")
    await PublishingRepository(database, JobRepository(database)).publish(claimed, publication, result)


async def _publication(story: Story, embedder: Embedder) -> Publication:
    article = Article(
        url=story.url, title=story.title, language=story.language, text=story.text, passages=passages_of(story)
    )
    drafts = tuple(
        PublishedDraft(
            question=question,
            answer=article.passages[number].text,
            kind=QuestionKind.OTHER,
            passages=(article.passages[number],),
            support=1.0,
        )
        for question, number in story.questions
    )
    (summary,) = await embedder.embed_passages([f"{story.title}\n{story.text}"])
    return Publication(
        article=article,
        content_hash=story.text,
        validators=Validators(None, None),
        summary=article.passages[0].text,
        key_points=(),
        questions=drafts,
        passage_vectors=await embedder.embed_passages(passage_texts(article.passages)),
        sentence_vectors=tuple(
            [await embedder.embed_passages(texts) for texts in sentence_texts(story.title, article.passages)]
        ),
        question_vectors=await embedder.embed_queries([draft.question for draft in drafts]),
        summary_vector=np.asarray(summary, dtype=np.float32),
        engine="extractive",
        engine_version="1",
        embedding_model=embedder.model,
        aliases=story.aliases,
    )


def passages_of(story: Story) -> tuple[Passage, ...]:
    """The story's passages with their offsets in its text."""
    passages, offset = list[Passage](), 0
    for number, (section, text) in enumerate(story.passages, 1):
        start = offset + len(section) + 1
        end = start + len(text)
        passages.append(
            Passage(id=f"p{number}", kind=PassageKind.PARAGRAPH, section=section, start=start, end=end, text=text)
        )
        offset = end + 1
    return tuple(passages)
