"""``python -m blogqa_cli``, and the script that pip installs."""

from __future__ import annotations

import signal


def start() -> None:
    """Runs the command line of this process."""
    # Importing it takes most of a second, in which Ctrl-C is to end the process and not to show what was being read;
    # ``main`` takes it back. Whoever started it with SIGINT ignored means that.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from blogqa_cli.main import main

    main()


if __name__ == "__main__":
    start()
