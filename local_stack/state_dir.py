"""Where the local stack keeps everything that outlives it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local_stack.failure import StackFailed

ROOT = Path(__file__).resolve().parent.parent
"""The project's root."""


@dataclass(frozen=True)
class StateDir:
    """``.blogqa/``: readable by its owner only."""

    path: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """``BLOGQA_STATE_DIR``, by default ``.blogqa`` in the project; created if missing.

        Raises:
            StackFailed: It cannot be created or written to.
        """
        state = cls(Path(environ.get("BLOGQA_STATE_DIR") or ROOT / ".blogqa").resolve())
        try:
            for directory in (state.path, state.logs, state.run):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            (state.run / "lock").touch()
        except OSError as exc:
            raise StackFailed(
                f"{state.path} cannot hold BlogQA's data ({exc.strerror}): set BLOGQA_STATE_DIR to one that you "
                "may write to."
            ) from None
        return state

    @property
    def database(self) -> Path:
        """Data files of the private mongod."""
        return self.path / "data" / "mongodb"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Lock and process ids of what is running."""
        return self.path / "run"

    @property
    def models(self) -> Path:
        """Downloaded models; a reset leaves them."""
        return self.path / "models"

    @property
    def keys(self) -> Path:
        """The keys of the demo publisher and of the operator, as shell assignments."""
        return self.path / "keys.env"

    def log(self, name: str) -> Path:
        """The log of the process with this name."""
        return self.logs / f"{name}.log"


def shown(path: Path) -> str:
    """A path as a person wants to read it: relative to the current directory when it is below."""
    current = Path.cwd()
    return f"./{path.relative_to(current)}" if path.is_relative_to(current) else os.fspath(path)
