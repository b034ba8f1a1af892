"""The worker process: ``arq worker.WorkerSettings``."""

from pmd_service.jobs import worker_settings
from pmd_service.ops.settings import Settings, SettingsError
from pmd_service.ops.telemetry import configure_logging

try:
    settings = Settings.from_environment()
except SettingsError as error:
    raise SystemExit(str(error)) from None

configure_logging(settings.log_format)
WorkerSettings = worker_settings(settings)
