"""``python -m local_stack``: first with any Python 3.11, to install what is needed; then with the one in ``.venv``."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from local_stack.environment import PYTHON, VENV, ensure_environment
from local_stack.failure import StackFailed
from local_stack.instance import only_instance, stop_instance
from local_stack.options import PROGRAM, Action, Options, parse_options
from local_stack.state_dir import ROOT, StateDir
from local_stack.terminal import Terminal


def main(arguments: Sequence[str]) -> int:
    """Does what the command line asks; returns 0 after a clean stop, 1 after a sentence about what failed."""
    terminal = Terminal(os.environ)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # nohup asks to survive the terminal.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        options = parse_options(arguments)
        state = StateDir.from_environment(os.environ)
        if options.action is Action.START:
            _start(options, arguments, state, terminal)
        elif options.action is Action.STOP:
            terminal.say("Stopped." if stop_instance(state) else "BlogQA is not running.")
        else:
            _reset(options, state, terminal)
    except (StackFailed, OSError) as exc:
        terminal.fail(str(exc))
        return 1
    except KeyboardInterrupt:
        terminal.say("Stopped.")
    return 0


def _start(options: Options, arguments: Sequence[str], state: StateDir, terminal: Terminal) -> None:
    ensure_environment("local-llm" if options.local_llm else "local", state, terminal)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), "-P", "-m", "local_stack", *arguments])  # noqa: S606 - the point is to become it

    # Not before: these need what has just been installed.
    import asyncio

    from local_stack.dotenv_file import read_dotenv
    from local_stack.services import Programs
    from local_stack.stack import LocalStack

    settings = {**read_dotenv(ROOT / ".env"), **os.environ}
    asyncio.run(LocalStack(options, state, terminal, settings, Programs()).run())


def _reset(options: Options, state: StateDir, terminal: Terminal) -> None:
    if not options.yes:
        answer = terminal.confirm(f"Stop BlogQA and delete its data, logs and keys in {state.path}?")
        if answer is None:
            raise StackFailed(f"there is no terminal to ask whether to delete {state.path}: add `--yes`.")
        if not answer:
            terminal.say("Nothing was deleted.")
            return
    stop_instance(state)
    with only_instance(state, "(being reset)"):
        # By name: the directory may be shared with things that are not ours.
        shutil.rmtree(state.database, ignore_errors=True)
        with suppress(OSError):  # Not empty: somebody keeps something else there.
            state.database.parent.rmdir()
        shutil.rmtree(state.logs, ignore_errors=True)
        state.keys.unlink(missing_ok=True)
    terminal.say(f"Deleted; `{PROGRAM}` starts afresh.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
