"""Command line of ``start_split_services.sh``. Standard library only: it is read before anything is installed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from local_stack.failure import StackFailed

PROGRAM = "./start_split_services.sh"

_PORT = 8005
_PORT_VARIABLE = "BLOGQA_PORT"


class Action(Enum):
    """What the person asked for."""

    START = "start"
    STOP = "stop"
    RESET = "reset"


@dataclass(frozen=True)
class Options:
    """The command line, checked.

    Attributes:
        action: What to do.
        port: Loopback port of the API; None when the settings are to say, see ``api_port``.
        workers: How many worker processes.
        local_llm: Model for the local LLM server as it was given: a GGUF file or a repository name; None without one.
        yes: Do not ask before deleting.
    """

    action: Action = Action.START
    port: int | None = None
    workers: int = 1
    local_llm: str | None = None
    yes: bool = False


def parse_options(arguments: Sequence[str]) -> Options:
    """Reads the command line; prints help or what is wrong and leaves the process when there is nothing to run."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.local_llm == "":
        parser.error(
            "--local-llm needs a model: a GGUF file, or a Hugging Face repository such as "
            "`--local-llm Qwen/Qwen2.5-3B-Instruct-GGUF`"
        )
    return Options(
        action=given.action or Action.START,
        port=given.port,
        workers=given.workers,
        local_llm=given.local_llm,
        yes=given.yes,
    )


def api_port(options: Options, settings: Mapping[str, str]) -> int:
    """The API's loopback port: as given on the command line, else by the settings, else 8005.

    Raises:
        StackFailed: The setting is no port.
    """
    if options.port is not None:
        return options.port
    try:
        return _port(settings.get(_PORT_VARIABLE) or str(_PORT))
    except argparse.ArgumentTypeError as exc:
        raise StackFailed(f"{_PORT_VARIABLE}: {exc}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Starts BlogQA on this machine (database, API, worker) and has it process a demo blog.",
        epilog="Uses MONGODB_URL when it is set; reads .env. All state is kept in .blogqa/. Ctrl-C stops everything.",
        allow_abbrev=False,
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--stop", dest="action", action="store_const", const=Action.STOP, help="stop what is running, from anywhere"
    )
    action.add_argument(
        "--reset", dest="action", action="store_const", const=Action.RESET, help="stop, then delete data, logs and keys"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before --reset deletes")
    parser.add_argument(
        "--port", type=_port, metavar="P", help=f"port of the API (default: {_PORT_VARIABLE}, else {_PORT})"
    )
    parser.add_argument("--workers", type=_workers, default=1, metavar="N", help="worker processes (default 1)")
    parser.add_argument(
        "--local-llm",
        nargs="?",
        const="",
        metavar="PATH_OR_REPO",
        help="let a local llama.cpp server write the questions: a GGUF file or a Hugging Face repository",
    )
    return parser


def _port(text: str) -> int:
    return _between(text, 1, 65_535)


def _workers(text: str) -> int:
    return _between(text, 1, 64)


def _between(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"expected a number from {low} to {high}, got {text!r}")
    return int(text)
