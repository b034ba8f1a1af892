"""The web process: ``python server.py``, or ``python -m aiohttp.web server:create_app``."""

import sys
from collections.abc import Sequence

import asyncpg
from aiohttp import web

from pmd_service import app
from pmd_service.ops.migrations import SchemaError
from pmd_service.ops.process import prepare_process
from pmd_service.ops.settings import Settings, SettingsError
from pmd_service.ops.telemetry import configure_logging


def create_app(_arguments: Sequence[str] = ()) -> web.Application:
    """The application that the environment describes."""
    settings = _settings()
    configure_logging(settings.log_format)
    prepare_process()
    return app.create_app(settings)


def main() -> None:
    settings = _settings()
    configure_logging(settings.log_format)
    prepare_process()
    try:
        web.run_app(
            app.create_app(settings),
            host=settings.host,
            port=settings.port,
            shutdown_timeout=10,
            print=lambda *_: None,
        )
    except (SettingsError, SchemaError, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"cannot start: {error}")


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
