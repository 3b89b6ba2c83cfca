"""The app: global options, and every error as one sentence and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from blogqa_cli.commands import asking, doctor, ingest, jobs, process, publisher, questions, stats
from blogqa_cli.exit_codes import ExitCode
from blogqa_cli.failure import CommandFailed, Terminated, UsageWrong
from blogqa_cli.options import Command
from blogqa_cli.terminal import Terminal, discard
from shared.version import VERSION

_NAME: Final = "blogqa"
_EPILOG: Final = "\b\nExit status:\n" + "\n".join(f"  {code.value:>3}  {code.meaning}" for code in ExitCode)

app = typer.Typer(
    help="Run a BlogQA server: have pages processed, watch the queue, look after publishers, find what is wrong.",
    epilog=_EPILOG,
    # Plain help: it is fast, and the same on a terminal and in a pipe.
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=Command)(doctor.doctor)
app.command(cls=Command)(process.process)
app.command(cls=Command)(ingest.ingest)
app.command(cls=Command)(jobs.jobs)
app.command(cls=Command)(jobs.job)
app.command(cls=Command)(jobs.retry)
app.command(cls=Command)(jobs.cancel)
app.command(cls=Command)(questions.questions)
app.command(cls=Command)(asking.ask)
app.command(cls=Command)(stats.stats)
app.add_typer(publisher.app, name="publisher")


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"{_NAME} {VERSION}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    ctx: typer.Context,
    server: Annotated[
        str, typer.Option(metavar="URL", envvar="BLOGQA_URL", help="Where the server is.")
    ] = "http://127.0.0.1:8005",
    keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File that sets BLOGQA_API_KEY and BLOGQA_ADMIN_KEY; by default the environment does, or for a server "
            "on this machine the .blogqa/keys.env of the start script.",
        ),
    ] = None,
    plain_http: Annotated[
        bool,
        typer.Option(
            "--plain-http",
            envvar="BLOGQA_PLAIN_HTTP",
            help="Send the operator's key over http:// to another machine too: the network between is trusted.",
        ),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    # What is given is for the commands: see ``invocation``.
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main() -> None:
    """Runs the command line of this process."""
    # Whoever started it with signals ignored means that.
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    # Whoever closed them wants to see nothing.
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows a question mark.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # TextIO lacks it, what Python opens has it
    sys.exit(_run(sys.argv[1:]))


def _require_text(arguments: list[str]) -> None:
    """Python hands on bytes that are no text as lone surrogates, which no URL and no JSON can hold.

    Raises:
        UsageWrong: An argument has some.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as exc:
            raise UsageWrong(
                f"the argument {argument[:100]!a} is not text in UTF-8: write it in that encoding."
            ) from exc


def _terminate(*_: object) -> NoReturn:
    raise Terminated


def _run(arguments: list[str]) -> int:
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # So it was while this was imported.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        _require_text(arguments)
        return int(app(arguments, prog_name=_NAME, standalone_mode=False) or 0)
    except CommandFailed as exc:
        Terminal().fail(str(exc))
        return exc.exit_code
    except typer.TyperException as exc:
        at = getattr(exc, "ctx", None)
        message = exc.format_message().rstrip(".")
        Terminal().fail(f"{message}; `{at.command_path if at else _NAME} --help` says what there is.")
        return ExitCode.USAGE
    except (typer.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except OSError as exc:  # All others are mapped where they arise.
        discard(sys.stdout)
        Terminal().fail(f"the output cannot be written ({exc.strerror}): see where it goes.")
        return ExitCode.FAILED
    except Exception as exc:
        if os.environ.get("BLOGQA_DEBUG"):
            traceback.print_exc()
        Terminal().fail(f"this is a bug in {_NAME} ({type(exc).__name__}): report it with what BLOGQA_DEBUG=1 shows.")
        return ExitCode.BUG
