"""Content that tests publish."""

from __future__ import annotations

import numpy as np

from shared.data.database import Database
from shared.data.job_repository import JobRepository
from shared.models.content import Article, Passage, QuestionKind
from shared.models.job_queue import ClaimedJob, JobResult
from shared.models.published import blog_id
from shared.url import normalize_url
from worker_service.data.publishing_repository import (
    Publication,
    PublishedDraft,
    PublishingRepository,
    Validators,
)

RESULT = JobResult(questions=2, version=1, engine="extractive")


def publication(
    url: str = "https://example.com/tides", *, edition: int = 1, aliases: tuple[str, ...] = ()
) -> Publication:
    """Two questions about tides; every text names its edition, so that a mixture of two would show."""
    text = f"The moon pulls the sea, edition {edition}."
    passage = Passage(id="p1", section="Causes", start=0, end=len(text), text=text)
    questions = tuple(
        PublishedDraft(
            question=f"Why is there a tide {number}, edition {edition}?",
            answer=text,
            kind=QuestionKind.WHY,
            passages=(passage,),
            support=1.0,
        )
        for number in (1, 2)
    )
    vectors = np.eye(2, 8, dtype=np.float32)
    return Publication(
        article=Article(url=url, title=f"Tides {edition}", language="en", text=text, passages=(passage,)),
        content_hash=f"hash-{edition}",
        validators=Validators(etag='"v1"', last_modified=None),
        summary=f"Summary of edition {edition}.",
        key_points=("The moon pulls.",),
        questions=questions,
        passage_vectors=vectors[:1],
        sentence_vectors=(vectors[:1],),
        question_vectors=vectors,
        summary_vector=vectors[0],
        engine="extractive",
        engine_version="1",
        embedding_model="test/8",
        aliases=aliases,
    )


async def claim_for(database: Database, publisher_id: str, url: str) -> ClaimedJob:
    """A claimed job for the URL; the queue must hold no other due job."""
    jobs = JobRepository(database)
    identity = blog_id(publisher_id, normalize_url(url))
    await jobs.enqueue(publisher_id=publisher_id, blog_id=identity, url=url, normalized_url=normalize_url(url))
    claimed = await jobs.claim(worker="w")
    assert claimed is not None
    return claimed


async def publish(
    database: Database,
    publisher_id: str,
    url: str = "https://example.com/tides",
    *,
    edition: int = 1,
    aliases: tuple[str, ...] = (),
) -> None:
    """Publishes one edition."""
    claimed = await claim_for(database, publisher_id, url)
    repository = PublishingRepository(database, JobRepository(database))
    await repository.publish(claimed, publication(url, edition=edition, aliases=aliases), RESULT)
