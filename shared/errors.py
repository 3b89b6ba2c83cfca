"""The one tree of errors that BlogQA raises on purpose.

::

    BlogQAError
    ├── TransientError              may succeed later: the queue retries
    │   ├── DatabaseUnavailable
    │   ├── PageUnavailable         timeouts, 5xx, 429 from the publisher's site
    │   ├── ModelUnavailable        the LLM or embedding endpoint refuses, times out or is overloaded
    │   ├── ModelBusy               all model calls that may run at once are running
    │   ├── ModelOutputInvalid      the LLM answered, but nothing usable
    │   ├── NothingGrounded         no proposed question survived grounding
    │   ├── StillProcessing         the blog's first questions are still being made
    │   ├── SearchNotReady          vectors are still being loaded, or do not fit the memory
    │   ├── ExtractionTimedOut      reading the page took too long
    │   └── ExtractionCrashed       the process that read the page died
    ├── PermanentError              will never succeed as asked: the queue fails the job at once
    │   ├── InvalidUrl
    │   ├── HostForbidden           outside the publisher's domains, or not a public address
    │   ├── PageGone                404, 410 and other final refusals
    │   ├── LoginRequired
    │   ├── RobotsForbidden
    │   ├── NotHtml
    │   ├── PageTooLarge
    │   ├── NotAnArticle            too little text to ask anything about
    │   ├── PublisherGone           removed or disabled after the job was accepted
    │   ├── DatabaseUnsuitable      MongoDB answers, but BlogQA cannot work on it
    │   └── ModelMisconfigured      the model endpoint refuses the key, the model name or the request as such
    ├── Unauthorized                missing or unknown key
    ├── AccessDenied                a known key that may not do this
    │   └── OriginNotAllowed        a known key, used from a page that is not its publisher's
    ├── InvalidInput                a request that could be understood but not honoured
    ├── NotFound
    ├── Conflict
    ├── RateLimited                 a caller's own limit is reached
    └── LeaseLost                   another worker owns the job now: change nothing, stop

Libraries' errors are mapped onto these at the boundary, ``raise … from exc``. Whether to retry is decided by class,
never by message text. ``code`` is the stable, machine-readable name that the API and stored job errors carry.
"""

from __future__ import annotations

from typing import ClassVar


class BlogQAError(Exception):
    """Base of all deliberate errors; ``str(error)`` is a sentence that may be shown to the caller."""

    code: ClassVar[str] = "internal_error"


class TransientError(BlogQAError):
    """Something that may well succeed later.

    Attributes:
        retry_after_s: Earliest sensible retry in seconds, when the other side named one (``Retry-After``).
    """

    code = "temporarily_unavailable"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DatabaseUnavailable(TransientError):
    """MongoDB does not answer, or lost its primary."""

    code = "database_unavailable"


class PageUnavailable(TransientError):
    """The page could not be fetched this time."""

    code = "page_unavailable"


class ModelUnavailable(TransientError):
    """The model endpoint did not answer usefully this time."""

    code = "model_unavailable"


class ModelOutputInvalid(TransientError):
    """The model answered with something that cannot be used: not JSON, truncated, refused, empty."""

    code = "model_output_invalid"


class NothingGrounded(TransientError):
    """Questions were proposed, but the article's own text supports none of them; another draft may do better."""

    code = "nothing_grounded"


class ModelBusy(TransientError):
    """All model calls that may run at once are running."""

    code = "model_busy"


class StillProcessing(TransientError):
    """A blog whose first questions are still being made."""

    code = "still_processing"


class SearchNotReady(TransientError):
    """The vectors to search are still being loaded, or there is no room for them; reads are not affected."""

    code = "search_not_ready"


class ExtractionTimedOut(TransientError):
    """The page could not be read in time: it is hostile, or the machine is overloaded."""

    code = "extraction_timed_out"


class ExtractionCrashed(TransientError):
    """The process that reads pages died: the page killed it, or somebody did."""

    code = "extraction_crashed"


class PermanentError(BlogQAError):
    """Trying again cannot help."""

    code = "permanent_failure"


class InvalidUrl(PermanentError):
    """Not a URL that BlogQA can crawl."""

    code = "invalid_url"


class HostForbidden(PermanentError):
    """The host is outside the publisher's domains or resolves to an address that must not be contacted."""

    code = "host_forbidden"


class PageGone(PermanentError):
    """The site says that there is no such page, or refuses it for good."""

    code = "page_gone"


class LoginRequired(PermanentError):
    """The page is behind a login."""

    code = "login_required"


class RobotsForbidden(PermanentError):
    """The site's robots.txt does not allow this page."""

    code = "robots_forbidden"


class NotHtml(PermanentError):
    """The URL answers with something other than an HTML page."""

    code = "not_html"


class PageTooLarge(PermanentError):
    """The page exceeds the size that BlogQA reads."""

    code = "page_too_large"


class NotAnArticle(PermanentError):
    """The page has too little main text to ask anything about."""

    code = "not_an_article"


class ModelMisconfigured(PermanentError):
    """The model endpoint refuses the key, the model name or the request as such: the operator's settings are wrong."""

    code = "model_misconfigured"


class PublisherGone(PermanentError):
    """The publisher was removed or disabled after the job was accepted."""

    code = "publisher_gone"


class DatabaseUnsuitable(PermanentError):
    """The deployment answers, but BlogQA cannot work on it."""

    code = "database_unsuitable"


class Unauthorized(BlogQAError):
    """The key is missing or unknown."""

    code = "unauthorized"


class AccessDenied(BlogQAError):
    """The key is known but may not do this."""

    code = "access_denied"


class OriginNotAllowed(AccessDenied):
    """The key is known, but the page that uses it is not on its publisher's domains."""

    code = "origin_not_allowed"


class InvalidInput(BlogQAError):
    """The request is well-formed but asks for something that is not possible."""

    code = "invalid_input"


class NotFound(BlogQAError):
    """The thing asked for does not exist, or not for this caller."""

    code = "not_found"


class Conflict(BlogQAError):
    """The thing exists but is in a state that does not allow this."""

    code = "conflict"


class RateLimited(BlogQAError):
    """The caller's own limit is reached.

    Attributes:
        retry_after_s: Seconds until the limit allows another call.
    """

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class LeaseLost(BlogQAError):
    """The caller's lease token no longer matches the job."""

    code = "lease_lost"
