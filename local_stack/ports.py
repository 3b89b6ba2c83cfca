"""Loopback ports."""

from __future__ import annotations

import socket
from contextlib import suppress

from local_stack.failure import StackFailed

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(port: int) -> None:
    """Checks that a server may listen on the port.

    Raises:
        StackFailed: Something listens there already, or this user may not; the message names a port to try.
    """
    if _is_free(port):
        return
    alternative = next((other for other in range(max(port, 1024) + 1, 65_536) if _is_free(other)), free_port())
    raise StackFailed(f"Port {port} on {LOOPBACK} cannot be used, something else has it: try `--port {alternative}`.")


def _is_free(port: int) -> bool:
    # On BSD and macOS binding succeeds beside a server that listens on all addresses: only connecting shows it.
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return False
    with socket.socket() as probe:
        # As servers do: a port whose old connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
