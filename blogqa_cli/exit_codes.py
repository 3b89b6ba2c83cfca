"""How the command ends, for scripts."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit statuses; ``meaning`` is what ``--help`` and ``docs/cli.md`` say."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        """A status with its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    FINE = 0, "fine"
    FAILED = 1, "what was asked for failed: a job, a check of `doctor`, something is not there"
    USAGE = 2, "the command line is wrong"
    UNREACHABLE = 3, "no BlogQA server answers at that address"
    KEY = 4, "a key is missing or refused"
    SERVER = 5, "the server failed, or cannot do it at the moment"
    BUG = 70, "a bug in this command (EX_SOFTWARE of sysexits.h)"
    INTERRUPTED = 130, "interrupted with Ctrl-C"
    PIPE_CLOSED = 141, "whoever read the output has gone, as with `| head`"
    TERMINATED = 143, "ended by SIGTERM"
