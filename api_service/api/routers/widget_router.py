"""``/widget``: the scripts that publishers put into their pages."""

from __future__ import annotations

import html
import re
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from api_service.core.conditional import etag_matches
from api_service.core.problems import PROBLEM_RESPONSES
from api_service.core.state import ServicesDep
from api_service.services.widget_files import WidgetFile
from shared.errors import NotFound

router = APIRouter(prefix="/widget", tags=["widget"], responses=PROBLEM_RESPONSES)

_INJECTOR: Final = "auto-blog-question-injector.js"
_FOR_A_WHILE: Final = "public, max-age=300"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)
"""Whether `Accept-Encoding` has it, with any weight but nought (RFC 9110, section 12.5.3)."""


class ManifestFile(BaseModel):
    """One script of the widget."""

    name: str
    path: str = Field(description="Under which it never changes.")
    integrity: str = Field(description="For the attribute `integrity` (Subresource Integrity).")
    bytes: int
    gzip_bytes: int


class Manifest(BaseModel):
    """The widget as it is served now."""

    version: str
    snippet: str = Field(description="A script tag that loads this version and no other; put your own key into it.")
    files: list[ManifestFile]


@router.get("/manifest.json")
async def manifest(services: ServicesDep, request: Request, response: Response) -> Manifest:
    """Versions, hashes and sizes of the widget's files, and the script tag that pins them."""
    widget = services.widget
    injector = widget.files.get(_INJECTOR)
    if injector is None:
        raise NotFound("this server has no widget: put the folder ui-js beside the services and start it again")
    response.headers["Cache-Control"] = _FOR_A_WHILE
    files = [
        ManifestFile(
            name=file.name,
            path=f"/widget/{widget.version}/{file.name}",
            integrity=file.integrity,
            bytes=len(file.body),
            gzip_bytes=len(file.gzipped),
        )
        for file in widget.files.values()
    ]
    # No scheme: the page's own is the one that works, and behind a proxy the API cannot know its own.
    source = html.escape(f"//{request.url.netloc}/widget/{widget.version}/{_INJECTOR}")
    snippet = (
        f'<script async src="{source}" integrity="{injector.integrity}" crossorigin="anonymous" data-api-key="pub_…">'
        "</script>"
    )
    return Manifest(version=widget.version, snippet=snippet, files=files)


@router.get("/{name}", response_class=Response)
async def current(
    services: ServicesDep,
    name: str,
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A script of the widget, kept by browsers for five minutes."""
    return _sent(_find(services, name), _FOR_A_WHILE, accept_encoding, if_none_match)


@router.get("/{version}/{name}", response_class=Response)
async def versioned(
    services: ServicesDep,
    version: str,
    name: str,
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A script of one version of the widget, kept for good; versions that are no more are not found."""
    if version != services.widget.version:
        raise NotFound(
            f"the widget's version {version[:40]!r} is not served here; /widget/manifest.json has the current one"
        )
    return _sent(_find(services, name), _FOR_EVER, accept_encoding, if_none_match)


def _find(services: ServicesDep, name: str) -> WidgetFile:
    if (file := services.widget.files.get(name)) is None:
        raise NotFound(f"the widget has no file {name[:80]!r}; /widget/manifest.json lists them")
    return file


def _sent(file: WidgetFile, cache_control: str, accept_encoding: str, if_none_match: str | None) -> Response:
    is_gzip = bool(_GZIP.search(accept_encoding))
    body, etag = (file.gzipped, file.gzip_etag) if is_gzip else (file.body, file.etag)
    headers = {
        "Cache-Control": cache_control,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        # Any page may load it, with or without `crossorigin`, also one that isolates itself from other origins.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if etag_matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    if is_gzip:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="text/javascript", headers=headers)
