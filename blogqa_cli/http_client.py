"""Opening HTTP clients: what the environment says of proxies and certificates is read when one is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from blogqa_cli.failure import UsageWrong


@contextmanager
def opening_client() -> Iterator[None]:
    """A client is made within this context, and nothing else.

    Raises:
        UsageWrong: The environment names a proxy or certificates that cannot be used.
    """
    try:
        yield
    except OSError as exc:
        raise UsageWrong(f"SSL_CERT_FILE or SSL_CERT_DIR cannot be read ({exc}): correct or unset it.") from exc
    except (ImportError, ValueError, httpx2.InvalidURL) as exc:  # ImportError: of what SOCKS needs.
        # Not in the error's words, which may have the proxy's password.
        raise UsageWrong(
            "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that cannot be used: make it one such as "
            "http://proxy.example:3128, or unset it."
        ) from exc
