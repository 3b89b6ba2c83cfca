"""Shared libraries that the embedded mongod needs and a bare machine lacks: libcurl, borrowed from pycurl's wheel."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LIBCURL = "libcurl.so.4"
_LENDER = "pycurl"


def mongod_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment to run mongod in: ours, with borrowed libraries on the loader's path where they are needed."""
    borrowed = _borrowed_directory()
    if borrowed is None:
        return dict(environ)
    paths = [str(borrowed), *filter(None, [environ.get("LD_LIBRARY_PATH")])]
    return {**environ, "LD_LIBRARY_PATH": os.pathsep.join(paths)}


def _borrowed_directory() -> Path | None:
    """A directory with ``libcurl.so.4`` and all that it needs; None when the system has its own, or none is lent.

    The wheel's copy carries a hash in its name, so it needs a link with the name that mongod asks for.
    """
    try:
        ctypes.CDLL(_LIBCURL)
    except OSError:
        pass
    else:
        return None
    try:
        files = importlib.metadata.files(_LENDER) or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name.startswith("libcurl-") and ".so.4" in file.name:
            library = Path(str(file.locate()))
            link = library.with_name(_LIBCURL)
            with suppress(FileExistsError):
                link.symlink_to(library.name)
            return link.parent
    return None
