"""How commands fail.

::

    CommandFailed            1
    ├── NotThere             1   what was asked for does not exist
    ├── UsageWrong           2   what only a look at several options or at a file shows
    ├── ServerUnreachable    3   nobody answers, or not as BlogQA does
    ├── KeyRefused           4   a key is missing or refused
    └── ServerFailed         5   5xx, 429: may go well later
"""

from __future__ import annotations

from typing import ClassVar

from blogqa_cli.exit_codes import ExitCode


class CommandFailed(Exception):
    """A command cannot do what was asked; ``str(error)`` is one sentence that says what to do next.

    Attributes:
        retry_after_s: Earliest sensible retry in seconds, 0 where the server named none.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Terminated(SystemExit):
    """SIGTERM has come; the command ends as with Ctrl-C, and says the same."""

    def __init__(self) -> None:
        super().__init__(ExitCode.TERMINATED)


class NotThere(CommandFailed):
    """What was asked for does not exist, or not for this key."""


class UsageWrong(CommandFailed):
    """The command line, the environment or a file of keys says something that cannot be."""

    exit_code = ExitCode.USAGE


class ServerUnreachable(CommandFailed):
    """No BlogQA server answers at the address."""

    exit_code = ExitCode.UNREACHABLE


class KeyRefused(CommandFailed):
    """A key is missing, unknown, or may not do this."""

    exit_code = ExitCode.KEY


class ServerFailed(CommandFailed):
    """The server is there but cannot do it now."""

    exit_code = ExitCode.SERVER
