"""The Python environment in ``.venv``, installed from a lock file. Standard library only: it runs before all else."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from local_stack.failure import StackFailed
from local_stack.log_tail import last_lines, open_fresh_log
from local_stack.state_dir import ROOT, StateDir, shown
from local_stack.terminal import Terminal

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def ensure_environment(lock_name: str, state: StateDir, terminal: Terminal) -> None:
    """Creates ``.venv`` and installs ``requirements/<lock_name>.txt`` unless exactly that is installed already.

    Raises:
        StackFailed: No venv module, or pip failed.
    """
    lock = ROOT / "requirements" / f"{lock_name}.txt"
    installed = VENV / "installed" / lock.name
    if _is_installed(lock, installed):
        return
    with _alone(state, terminal):
        if _is_installed(lock, installed):
            return
        log = state.log("install")
        _ensure_venv(log, terminal)
        terminal.say(f"Installing {shown(lock)} into {shown(VENV)} (once) ...")
        if _run([*_pip("install", "--progress-bar=off"), "--require-hashes", "-r", str(lock)], log, terminal):
            raise _failed("pip could not install what BlogQA needs", log)
        installed.parent.mkdir(exist_ok=True)
        installed.write_bytes(lock.read_bytes())


def _is_installed(lock: Path, installed: Path) -> bool:
    return os.access(PYTHON, os.X_OK) and installed.is_file() and installed.read_bytes() == lock.read_bytes()


@contextlib.contextmanager
def _alone(state: StateDir, terminal: Terminal) -> Iterator[None]:
    """Two first starts at once must not install into the same place."""
    with (state.run / "install.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            terminal.say("Another start is installing; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ensure_venv(log: Path, terminal: Terminal) -> None:
    # One whose making was interrupted has a Python but no pip.
    if os.access(PYTHON, os.X_OK) and _run(_pip("--version"), log, terminal) == 0:
        return
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise StackFailed(
            f"{sys.executable} cannot make virtual environments: `apt-get install python{version}-venv` (Debian, "
            "Ubuntu), or install a complete Python 3.11 or newer."
        )
    if _run([sys.executable, "-m", "venv", "--clear", str(VENV)], log, terminal):
        raise _failed("The Python environment could not be made", log)


def _pip(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def _run(command: Sequence[str], log: Path, terminal: Terminal) -> int:
    """Runs a command with its output in the log and its latest line on the terminal; returns its exit code."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (
        open_fresh_log(log) as log_file,
        subprocess.Popen(  # noqa: S603 - the commands are ours
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ
        ) as process,
    ):
        if process.stdout is None:
            raise AssertionError("stdout is a pipe")
        try:
            for line in process.stdout:
                log_file.write(line)
                terminal.status(line.decode("utf-8", "replace").strip())
        except KeyboardInterrupt:
            process.terminate()
            raise
    return process.returncode


def _failed(what: str, log: Path) -> StackFailed:
    said = "".join(f"\n  {line}" for line in last_lines(log, 5))
    return StackFailed(f"{what}; {log} ends with:{said}")
