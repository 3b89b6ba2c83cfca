"""What a newcomer looks at: the demo blog and the widget's example pages, with the demo publisher's key in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_DEMO: Final = Path(__file__).resolve().parent.parent / "demo"
_MEDIA_TYPES: Final = {".html": "text/html", ".js": "text/javascript"}


class FilledIn(StaticFiles):
    """Serves a folder; in its pages and scripts, placeholders have become what holds here.

    Args:
        folder: Where the files are.
        values: By placeholder.
    """

    def __init__(self, folder: Path, values: Mapping[str, str]) -> None:
        super().__init__(directory=folder, html=True)
        self._values = values
        self._text = lru_cache(self._read)

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A file as it lies there, or filled in."""
        path = Path(full_path)
        media_type = _MEDIA_TYPES.get(path.suffix)
        if media_type is None:
            return super().file_response(full_path, stat_result, scope, status_code)
        return Response(self._text(path), status_code, {"Cache-Control": "no-cache"}, media_type)

    def _read(self, path: Path) -> str:
        text = path.read_text("utf-8")
        for placeholder, value in self._values.items():
            text = text.replace(placeholder, value)
        return text


def demo_blog(key: SecretStr | None) -> FilledIn:
    """The demo blog; without a key the widget in it finds itself refused and stays away."""
    return FilledIn(_DEMO, {"pub_demo": key.get_secret_value()} if key else {})


def example_pages(folder: Path, key: SecretStr) -> FilledIn:
    """The widget's examples, set up for this server."""
    values = {"pub_put-your-key-here": key.get_secret_value(), "'http://127.0.0.1:8005'": "location.origin"}
    return FilledIn(folder, values)
