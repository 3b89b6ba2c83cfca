"""One blog page from URL to published questions: ``crawl → extract → generate → ground → embed → publish``."""

from __future__ import annotations

import asyncio
import hashlib
import signal

from anyio import BrokenWorkerProcess, to_process

from shared.ai.embeddings import Embedder
from shared.ai.engine import Engine
from shared.data.publisher_repository import PublisherRepository
from shared.data.usage_repository import UsageRepository
from shared.errors import ExtractionCrashed, ExtractionTimedOut, NothingGrounded, PageUnavailable, PublisherGone
from shared.log import get_logger
from shared.models.content import Article
from shared.models.job_queue import JobResult, JobStatus, ProcessingJob, Step
from shared.models.published import blog_id
from shared.models.publisher import Publisher
from shared.models.usage import Purpose
from shared.url import host_allowed, normalize_url
from worker_service.core.metrics import WorkerMetrics
from worker_service.data.publishing_repository import (
    Publication,
    PublishedDraft,
    PublishingRepository,
    StoredPage,
    Validators,
)
from worker_service.services.crawler import CrawledPage, Crawler, NotModified
from worker_service.services.extraction import extract_article
from worker_service.services.grounding import Grounded, ground_draft
from worker_service.services.reembedding import Reembedding, embed_blog
from worker_service.worker import Attempt

logger = get_logger(__name__)


class Pipeline:
    """Processes one job; what the worker calls for every attempt.

    Args:
        publishers: Whose domains may be crawled.
        publishing: Where results become visible.
        crawler: Fetches pages.
        engine: Writes questions and answers.
        embedder: Turns text into vectors.
        usage: Where what the engine's model used is counted.
        reembedding: Gives a published blog the embedder's vectors.
        extract_timeout_s: Longest extraction of one page, seconds; a page that takes longer is given up.
        metrics: Records what becomes of pages.
    """

    def __init__(
        self,
        *,
        publishers: PublisherRepository,
        publishing: PublishingRepository,
        crawler: Crawler,
        engine: Engine,
        embedder: Embedder,
        usage: UsageRepository,
        reembedding: Reembedding,
        extract_timeout_s: float,
        metrics: WorkerMetrics,
    ) -> None:
        self._metrics = metrics
        self._usage = usage
        self._publishers = publishers
        self._publishing = publishing
        self._crawler = crawler
        self._engine = engine
        self._embedder = embedder
        self._reembedding = reembedding
        self._extract_timeout_s = extract_timeout_s

    async def __call__(self, attempt: Attempt) -> None:
        """Runs all steps and completes the job.

        Raises:
            PermanentError: The page can never be processed.
            TransientError: It may work later.
            LeaseLost: The job belongs to somebody else now; nothing was published.
        """
        publisher = await self._publisher(attempt.job)
        stored = await self._reusable(attempt.job)
        await attempt.enter(Step.CRAWL)
        page = await self._crawl(attempt.job.url, publisher, stored)
        if isinstance(page, NotModified):
            if stored is None:
                raise PageUnavailable("the site answered 304 to an unconditional request")
            await self._confirm(attempt, stored, Validators(stored.etag, stored.last_modified))
            return
        await attempt.enter(Step.EXTRACT)
        article = await self._extract(page)
        validators = Validators(page.etag, page.last_modified)
        if stored is not None and content_hash(article) == stored.content_hash:
            await self._confirm(attempt, stored, validators)
            return
        await self._publish(attempt, publisher, article, validators)

    async def _crawl(self, url: str, publisher: Publisher, stored: StoredPage | None) -> CrawledPage | NotModified:
        with self._metrics.crawling() as end:
            page = await self._crawler.fetch(
                url,
                domains=publisher.domains,
                etag=stored.etag if stored else None,
                last_modified=stored.last_modified if stored else None,
            )
            end.outcome = "not_modified" if isinstance(page, NotModified) else "fetched"
            return page

    async def _publisher(self, job: ProcessingJob) -> Publisher:
        publisher = await self._publishers.get(job.publisher_id)
        if publisher is None or publisher.disabled:
            raise PublisherGone("the publisher of this page was removed or disabled")
        return publisher

    async def _reusable(self, job: ProcessingJob) -> StoredPage | None:
        """What is stored, if the same page would come out the same today, but for its vectors."""
        stored = None if job.force else await self._publishing.stored_page(job.blog_id)
        return stored if stored is not None and stored.engine_version == self._engine.version else None

    async def _confirm(self, attempt: Attempt, stored: StoredPage, validators: Validators) -> None:
        if self._embedder.model not in stored.embedding_models:
            await attempt.enter(Step.EMBED)
            await self._reembedding.blog(attempt.job.blog_id)
        await attempt.enter(Step.PUBLISH)
        result = JobResult(
            questions=stored.questions,
            version=stored.version,
            engine=stored.engine,
            unchanged=True,
            step_seconds=attempt.step_seconds,
        )
        ended = await attempt.complete(self._publishing.confirm_unchanged(attempt.claimed, validators, result))
        if ended.state is JobStatus.COMPLETED:
            self._metrics.unchanged.inc()

    async def _extract(self, page: CrawledPage) -> Article:
        # A process of its own: parsing holds the GIL, and a page that hangs or kills the parser takes only that down.
        try:
            async with asyncio.timeout(self._extract_timeout_s):
                return await to_process.run_sync(_extract_article, page.html, page.url, cancellable=True)
        except BrokenWorkerProcess as exc:
            raise ExtractionCrashed("the process that read the page died") from exc
        except TimeoutError as exc:
            raise ExtractionTimedOut(f"the page could not be read within {self._extract_timeout_s:g} s") from exc

    async def _publish(self, attempt: Attempt, publisher: Publisher, article: Article, validators: Validators) -> None:
        await attempt.enter(Step.GENERATE)
        draft = await self._engine.draft(article)
        if draft.usage.tokens:
            await self._usage.add(publisher.id, Purpose.DRAFT, draft.usage)
        await attempt.enter(Step.GROUND)
        grounded = await ground_draft(draft, article, self._embedder)
        self._metrics.grounded(kept=len(grounded.questions), dropped=len(grounded.dropped))
        for dropped in grounded.dropped:
            logger.info("question_dropped", question=dropped.question, reason=dropped.reason)
        if draft.questions and not grounded.questions and not self._engine.deterministic:
            raise NothingGrounded(f"none of {len(draft.questions)} proposed questions is supported by the article")
        await attempt.enter(Step.EMBED)
        publication = await self._publication(attempt.job, publisher, article, validators, grounded)
        await attempt.enter(Step.PUBLISH)
        result = JobResult(
            questions=len(grounded.questions),
            version=1,
            engine=self._engine.name,
            dropped=len(grounded.dropped),
            step_seconds=attempt.step_seconds,
        )
        await attempt.complete(self._publishing.publish(attempt.claimed, publication, result))
        self._metrics.published.inc()

    async def _publication(
        self,
        job: ProcessingJob,
        publisher: Publisher,
        article: Article,
        validators: Validators,
        grounded: Grounded,
    ) -> Publication:
        passages = {passage.id: passage for passage in article.passages}
        questions = tuple(
            PublishedDraft(
                question=question.question,
                answer=question.answer,
                kind=question.kind,
                passages=tuple(passages[passage_id] for passage_id in question.passage_ids),
                support=question.support,
            )
            for question in grounded.questions
        )
        vectors = await embed_blog(
            self._embedder,
            title=article.title,
            summary=grounded.summary,
            questions=[question.question for question in questions],
            passages=article.passages,
        )
        return Publication(
            article=article,
            content_hash=content_hash(article),
            validators=validators,
            summary=grounded.summary,
            key_points=grounded.key_points,
            questions=questions,
            passage_vectors=vectors.passages,
            sentence_vectors=vectors.sentences,
            question_vectors=vectors.questions,
            summary_vector=vectors.summary,
            engine=self._engine.name,
            engine_version=self._engine.version,
            embedding_model=self._embedder.model,
            aliases=_aliases(job, publisher, article),
        )


def _extract_article(html: str, url: str) -> Article:
    # Ctrl-C in a terminal reaches every process there; when to stop is for the worker to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return extract_article(html, url)


def content_hash(article: Article) -> str:
    """SHA-256 of what questions are made from: the same hash needs no new questions."""
    parts = [article.title, article.description, article.language, article.text]
    parts += [f"{entry.question}\n{entry.answer}" for entry in article.faq]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _aliases(job: ProcessingJob, publisher: Publisher, article: Article) -> tuple[str, ...]:
    """Other addresses of the page: its canonical URL and where redirects led, if they are the publisher's."""
    urls = [url for url in (article.canonical_url, article.url) if url and host_allowed(url, publisher.domains)]
    ids = dict.fromkeys(blog_id(publisher.id, normalize_url(url)) for url in urls)
    return tuple(each for each in ids if each != job.blog_id)
