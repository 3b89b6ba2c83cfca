"""The demo blog, which carries the widget like any publisher's pages do."""

from __future__ import annotations

from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path

from pydantic import SecretStr
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).resolve().parent.parent / "demo"
_PLACEHOLDER = "pub_demo"


class DemoBlog(StaticFiles):
    """Serves the demo's files; in its pages, the script tag's key becomes the demo publisher's.

    Args:
        key: That key; without one the widget on the pages finds itself refused and stays away.
    """

    def __init__(self, key: SecretStr | None) -> None:
        super().__init__(directory=_FOLDER, html=True)
        self._key = key.get_secret_value() if key else _PLACEHOLDER
        self._page = lru_cache(self._read)

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A file as it lies there, a page with the key in its script tag."""
        path = Path(full_path)
        if path.suffix != ".html":
            return super().file_response(full_path, stat_result, scope, status_code)
        return HTMLResponse(self._page(path), status_code, headers={"Cache-Control": "no-cache"})

    def _read(self, path: Path) -> str:
        return path.read_text("utf-8").replace(_PLACEHOLDER, self._key)
