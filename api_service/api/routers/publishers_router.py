"""``/api/v1/publishers``: the operator takes publishers on, changes them and renews their keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api_service.core.auth import no_store, require_admin
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.publisher_fields import MAX_DOMAINS, MAX_NAME_LENGTH, checked_domains, checked_name
from shared.data.database import ID_PATTERN
from shared.data.publisher_repository import new_key
from shared.errors import InvalidInput
from shared.models.publisher import Publisher
from shared.models.usage import DailyUsage

_WEEK_S = 7 * 86_400
_MAX_OVERLAP_S = 30 * 86_400
_MAX_DAYS = 400

Name = Annotated[
    str,
    Field(description=f"1 to {MAX_NAME_LENGTH} printable characters without `/`; not 24 hex digits, as ids are."),
]
Domains = Annotated[
    list[str],
    Field(
        description=f"1 to {MAX_DOMAINS} hosts, such as `example.com`, which includes its subdomains, or `host:port`."
    ),
]


async def _named(services: ServicesDep, id_or_name: str) -> Publisher:
    return await services.publishers.named(id_or_name)


NamedDep = Annotated[Publisher, Depends(_named)]
"""The publisher that the path names."""

router = APIRouter(
    prefix="/publishers",
    tags=["publishers"],
    responses=PROBLEM_RESPONSES,
    dependencies=[require_admin, no_store],
)


class OnboardRequest(BaseModel):
    """A new publisher."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    domains: Domains


class ChangeRequest(BaseModel):
    """What is to change; what is left out or null stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name | None = None
    domains: Domains | None = Field(default=None, description="All of them: they take the place of the old ones.")
    disabled: bool | None = Field(
        default=None, description="True refuses the publisher's keys and jobs, false serves them again."
    )


class RotateRequest(BaseModel):
    """How a new key takes the place of the old one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_s: int = Field(
        default=_WEEK_S,
        ge=0,
        le=_MAX_OVERLAP_S,
        description="How long older keys go on working, seconds; 0: not at all.",
    )


class KeyView(BaseModel):
    """A key that works; the key itself is not stored."""

    ends_at: AwareDatetime | None = Field(description="Null: it works until it is rotated.")


class PublisherView(BaseModel):
    """A publisher as the operator sees it."""

    id: str
    name: str
    domains: tuple[str, ...]
    disabled: bool
    created_at: AwareDatetime
    keys: list[KeyView] = Field(description="Keys that work now, the newest first.")

    @classmethod
    def of(cls, publisher: Publisher) -> PublisherView:
        """The publisher without what only the services need."""
        return cls(
            id=publisher.id,
            name=publisher.name,
            domains=publisher.domains,
            disabled=publisher.disabled,
            created_at=publisher.created_at,
            keys=[KeyView(ends_at=ends_at) for ends_at in publisher.key_ends],
        )


class PublisherWithKey(BaseModel):
    """A publisher and its new key."""

    publisher: PublisherView
    key: str = Field(description="`pub_…`: shown this once, for only its hash is stored.")


class PublishersPage(BaseModel):
    """One page of publishers, newest first."""

    publishers: list[PublisherView]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


class PublishersQuery(BaseModel):
    """Which publishers to list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="Publishers per page.")
    cursor: str | None = Field(default=None, pattern=ID_PATTERN, description="`next_cursor` of the page before.")


class UsageQuery(BaseModel):
    """Which days to show."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1, le=_MAX_DAYS, description="How many days back, today (UTC) included.")


class UsageView(BaseModel):
    """What models were used for, for one publisher."""

    publisher_id: str
    days: list[DailyUsage] = Field(description="Newest first; days on which no model was used are left out.")


@router.post("", status_code=201)
async def onboard(services: ServicesDep, request: OnboardRequest, response: Response) -> PublisherWithKey:
    """Takes a publisher on. The key is in this answer only. 409 if the name is taken."""
    key = new_key()
    publisher = await services.publishers.create(
        name=checked_name(request.name), domains=checked_domains(request.domains), key=key
    )
    response.headers["Location"] = f"/api/v1/publishers/{publisher.id}"
    return PublisherWithKey(publisher=PublisherView.of(publisher), key=key)


@router.get("")
async def publishers(services: ServicesDep, query: Annotated[PublishersQuery, Query()]) -> PublishersPage:
    """Publishers, newest first."""
    found = await services.publishers.page(before=query.cursor, limit=query.limit + 1)
    page = found[: query.limit]
    return PublishersPage(
        publishers=[PublisherView.of(publisher) for publisher in page],
        next_cursor=page[-1].id if len(found) > query.limit else None,
    )


@router.get("/{id_or_name}")
async def publisher(named: NamedDep) -> PublisherView:
    """One publisher, by id or name."""
    return PublisherView.of(named)


@router.patch("/{id_or_name}")
async def change(services: ServicesDep, named: NamedDep, request: ChangeRequest) -> PublisherView:
    """Renames, disables or enables a publisher, or gives it other domains. Other processes notice within 10 seconds."""
    changes = request.model_dump(exclude_none=True)
    if not changes:
        raise InvalidInput("expected something to change: name, domains or disabled")
    if request.name is not None:
        changes["name"] = checked_name(request.name)
    if request.domains is not None:
        changes["domains"] = checked_domains(request.domains)
    changed = await services.publishers.change(named.id, changes)
    services.directory.forget(named.id)
    return PublisherView.of(changed)


@router.post("/{id_or_name}/rotate-key")
async def rotate_key(services: ServicesDep, named: NamedDep, request: RotateRequest | None = None) -> PublisherWithKey:
    """Makes a new key, which is in this answer only; no key ends later than it already would. 409 with too many keys.

    Other processes notice within 10 seconds.
    """
    key, overlap_s = new_key(), (request or RotateRequest()).overlap_s
    rotated = await services.publishers.rotate(named.id, key=key, overlap_s=overlap_s)
    services.directory.forget(named.id)
    return PublisherWithKey(publisher=PublisherView.of(rotated), key=key)


@router.get("/{id_or_name}/usage")
async def usage(services: ServicesDep, named: NamedDep, query: Annotated[UsageQuery, Query()]) -> UsageView:
    """Tokens and cost by day, for drafting questions and for answering readers."""
    return UsageView(publisher_id=named.id, days=await services.usage.days(named.id, days=query.days))
