"""Entry point of the API service: ``python -m api_service.run_server``."""

from __future__ import annotations

import os
import signal

if __name__ == "__main__":
    # PID 1 of a container has no default actions (signal(7)): until the server listens, SIGTERM would be lost.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

import sys

import uvicorn
from pydantic import ValidationError

from api_service.api.main import create_app
from api_service.core.settings import ApiSettings
from shared.config import explain_settings_error
from shared.log import configure_logging


def main() -> None:
    """Reads the settings, sets up logging and serves until SIGTERM or SIGINT."""
    try:
        settings = ApiSettings()
    except ValidationError as exc:
        sys.exit(explain_settings_error(exc))
    configure_logging(log_format=settings.log_format, level=settings.log_level, service="api")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    main()
