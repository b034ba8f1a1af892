"""The web process: ``python server.py``, or ``python -m aiohttp.web server:create_app``."""

import sys
from collections.abc import Sequence

import asyncpg
from aiohttp import web

from pmd_service import app
from pmd_service.base.forced_exit import end_in_time
from pmd_service.base.migrations import SchemaError
from pmd_service.base.settings import Settings, SettingsError
from pmd_service.base.telemetry import configure_logging
from pmd_service.ops.process import prepare_process
from pmd_service.ops.shutdown import shutdown_delay_context

# How long running requests may take after SIGTERM.
DRAIN_SECONDS = 5.0


def create_app(_arguments: Sequence[str] = ()) -> web.Application:
    """The application, configured from the environment."""
    return _create_app(_settings())


def main() -> None:
    settings = _settings()
    application = _create_app(settings)
    application.cleanup_ctx.append(shutdown_delay_context)
    try:
        web.run_app(
            application,
            host=settings.host,
            port=settings.port,
            shutdown_timeout=DRAIN_SECONDS,
            print=lambda *_: None,
        )
    except (SettingsError, SchemaError, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"cannot start: {error}")


def _create_app(settings: Settings) -> web.Application:
    configure_logging(settings.log_format)
    prepare_process()
    application = app.create_app(settings)
    application.on_shutdown.insert(0, _end_in_time)
    return application


async def _end_in_time(_application: web.Application) -> None:
    end_in_time()


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
