"""``python -m local_stack.install NAME``: makes ``.venv`` hold what ``requirements/NAME.txt`` says."""

from __future__ import annotations

import os
import sys

from local_stack.environment import ensure_environment
from local_stack.failure import StackFailed
from local_stack.state_dir import StateDir
from local_stack.terminal import Terminal


def main(lock_name: str) -> int:
    """Returns 0 when it is installed, 1 after a sentence about why not, 130 when interrupted."""
    terminal = Terminal(os.environ)
    try:
        ensure_environment(lock_name, StateDir.from_environment(os.environ), terminal)
    except (StackFailed, OSError) as exc:
        terminal.fail(str(exc))
        return 1
    except KeyboardInterrupt:
        terminal.say("Stopped.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
