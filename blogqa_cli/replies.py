"""What the server answers, as far as it is read here; whatever else is in it is kept for ``--json``."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Reply(BaseModel):
    """Anything that a server answers."""

    model_config = ConfigDict(extra="allow", frozen=True)


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the job by itself."""
        return self not in (JobState.QUEUED, JobState.PROCESSING)


class Progress(Reply):
    """How far an attempt is."""

    step: str
    percent: int


class AttemptError(Reply):
    """What ended an attempt."""

    attempt: int
    code: str
    message: str
    step: str | None = None
    at: AwareDatetime


class JobResult(Reply):
    """What a completed job did."""

    questions: int
    version: int
    engine: str
    unchanged: bool = False
    step_seconds: dict[str, float] = {}


class Job(Reply):
    """One page's processing."""

    job_id: str
    blog_url: str
    state: JobState
    attempt: int
    max_attempts: int
    progress: Progress | None
    cancel_requested: bool
    run_at: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    finished_at: AwareDatetime | None
    errors: tuple[AttemptError, ...]
    result: JobResult | None


class Page(Reply):
    """A part of a list."""

    next_cursor: str | None = Field(max_length=200)


class JobsPage(Page):
    """Jobs, newest first."""

    jobs: tuple[Job, ...]


class Accepted(Reply):
    """The job that stands for a page."""

    status: Literal["accepted"] = "accepted"
    blog_url: str
    job_id: str
    state: JobState
    created: bool


class Refused(Reply):
    """A page that is not processed, and why."""

    status: Literal["refused"] = "refused"
    blog_url: str
    code: str
    detail: str


class HandedIn(Reply):
    """What became of each page, in the order given."""

    jobs: tuple[Annotated[Accepted | Refused, Field(discriminator="status")], ...]


class QueueStats(Reply):
    """The queue at one moment."""

    by_state: dict[JobState, int]
    due: int
    oldest_due_age_s: float | None
    completed_last_hour: int
    failed_last_hour: int
    failure_rate_last_hour: float | None


class PublisherKey(Reply):
    """A key that works."""

    ends_at: AwareDatetime | None


class Publisher(Reply):
    """Somebody whose pages are served."""

    id: str
    name: str
    domains: tuple[str, ...]
    disabled: bool
    created_at: AwareDatetime
    keys: tuple[PublisherKey, ...]


class PublisherWithKey(Reply):
    """A publisher and a key that is shown this once."""

    publisher: Publisher
    key: str = Field(pattern=r"^pub_[A-Za-z0-9_-]{1,100}$", description="Goes into a page's source as it is.")


class PublishersPage(Page):
    """Publishers, newest first."""

    publishers: tuple[Publisher, ...]


class PurposeUsage(Reply):
    """What models were used for, for one purpose."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


class DailyUsage(Reply):
    """What models were used for on one day."""

    day: date
    draft: PurposeUsage
    ask: PurposeUsage


class Usage(Reply):
    """Days on which models were used, newest first."""

    days: tuple[DailyUsage, ...]


class Citation(Reply):
    """The passage that an answer rests on."""

    text: str
    title: str = ""
    section: str
    url: str


class Question(Reply):
    """A question with its answer."""

    question: str
    answer: str
    citations: tuple[Citation, ...]


class Blog(Reply):
    """A page's questions."""

    blog_url: str
    title: str
    language: str
    summary: str
    engine: str
    version: int
    published_at: AwareDatetime
    questions: tuple[Question, ...]


class AnswerSentence(Reply):
    """A sentence of an answer, with the places of what supports it."""

    text: str
    citations: tuple[int, ...]


class RelatedQuestion(Reply):
    """A stored question."""

    question: str


class RelatedArticle(Reply):
    """An article of the same publisher."""

    title: str
    url: str


class Answer(Reply):
    """An answer with its sources, or the statement that there is none."""

    covered: bool
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    engine: str
    notices: tuple[str, ...] = ()
    related_questions: tuple[RelatedQuestion, ...] = ()
    related_articles: tuple[RelatedArticle, ...] = ()


class Token(Reply):
    """A piece of an answer as a model writes it, not yet checked."""

    text: str


class Done(Reply):
    """The whole answer, checked."""

    answer: Answer


class Broken(Reply):
    """Why an answer breaks off."""

    code: str
    detail: str


class Worker(Reply):
    """A worker that is alive."""

    name: str
    engine: str
    slots: int
    running: int
    heartbeat_age_s: float
    version: str | None = Field(
        default=None, description="Null: it is older than this field, or for the operator only."
    )


class DatabaseHealth(Reply):
    """The server's database; what nobody but the operator may see is not in everybody's answer."""

    ok: bool
    detail: str | None = None
    ping_ms: float | None = None
    version: str | None = None
    disk_used_bytes: int | None = None
    disk_total_bytes: int | None = None


class QueuePulse(Reply):
    """Whether accepted work is being done."""

    due: int
    processing: int
    oldest_due_age_s: float | None


class SearchStatus(Reply):
    """What searches by meaning."""

    mode: str
    problem: str | None = None


class Health(Reply):
    """The service as everybody may see it."""

    database: DatabaseHealth
    workers: tuple[Worker, ...]
    worker_heartbeat_age_s: float | None
    queue: QueuePulse | None
    engine: str
    search: SearchStatus


class EngineReport(Reply):
    """Who writes answers."""

    name: str
    model: str | None = None
    endpoint_ok: bool | None = None
    detail: str | None = None


class PublisherCounts(Reply):
    """How many publishers there are."""

    active: int


class Diagnostics(Reply):
    """The service as its operator sees it; null is what the database alone could have said."""

    version: str
    database: DatabaseHealth
    workers: tuple[Worker, ...] | None
    queue: QueueStats | None
    engine: EngineReport
    publishers: PublisherCounts | None


class Problem(Reply):
    """Problem details (RFC 9457)."""

    detail: str
    code: str
    request_id: str | None = None
