"""The built widget, read once at start and ready to be sent."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.log import get_logger

logger = get_logger(__name__)

_VERSION_LENGTH: Final = 12


@dataclass(frozen=True)
class WidgetFile:
    """One script.

    Attributes:
        body: As it lies there.
        gzipped: The same for whoever accepts gzip.
        integrity: For the attribute of that name (Subresource Integrity).
        etag: Its entity tag.
    """

    name: str
    body: bytes
    gzipped: bytes
    integrity: str
    etag: str


@dataclass(frozen=True)
class WidgetFiles:
    """All scripts of one build.

    Attributes:
        version: Changes whenever any of them does; 12 hex digits, empty if there are none.
        files: By name.
    """

    version: str
    files: dict[str, WidgetFile]


def load_widget(folder: Path) -> WidgetFiles:
    """Reads what the widget's build wrote; without it there is nothing to serve, which is logged."""
    paths = sorted(folder.glob("auto-blog-question-*.js"))
    if not paths:
        logger.warning("widget_missing", problem="the widget's files are not beside the services; /widget serves none")
    files = {path.name: _file(path) for path in paths}
    digest = hashlib.sha256(b"".join(file.body for file in files.values())).hexdigest()
    return WidgetFiles(digest[:_VERSION_LENGTH] if files else "", files)


def _file(path: Path) -> WidgetFile:
    body = path.read_bytes()
    digest = hashlib.sha384(body).digest()
    return WidgetFile(
        name=path.name,
        body=body,
        gzipped=gzip.compress(body, 9, mtime=0),
        integrity=f"sha384-{base64.b64encode(digest).decode()}",
        etag=f'"{digest.hex()[:32]}"',
    )
