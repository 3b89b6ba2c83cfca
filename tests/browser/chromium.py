"""Which browser the tests drive, and how it is started."""

from __future__ import annotations

import os
import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str:
    """The browser on this machine."""
    found = os.environ.get("BLOGQA_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        raise AssertionError("no Chromium: install it (apt-get install chromium), or set BLOGQA_CHROMIUM to its path")
    return found
