"""The worker processes: ``arq worker.WorkerSettings`` for downloads, ``arq worker.MediaSettings`` for looking at files,
tasks and packs. Upkeep (sweep, clean-up, messages) goes on beside either; ``arq worker.UpkeepSettings`` does it alone.
"""

import sys
from types import TracebackType

import asyncpg

from pmd_service.base.migrations import SchemaError
from pmd_service.base.settings import Settings, SettingsError
from pmd_service.base.telemetry import configure_logging
from pmd_service.jobs import MEDIA, UPKEEP, worker_settings
from pmd_service.ops.process import prepare_process
from pmd_service.work.arq_worker import replace_arq_worker
from pmd_service.work.queue import Queue

EXPECTED = (SettingsError, SchemaError, OSError, asyncpg.PostgresError)


def in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What keeps a worker from starting is a sentence and no traceback, by arq's command line as well."""
    if isinstance(error, EXPECTED):
        print(f"cannot start: {error}", file=sys.stderr)  # noqa: T201 - the last word, beside the logs
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = in_one_line

try:
    settings = Settings.from_environment()
except SettingsError as error:
    raise SystemExit(str(error)) from None

configure_logging(settings.log_format)
prepare_process()
replace_arq_worker()

WorkerSettings = worker_settings(settings, Queue.DOWNLOADS, *UPKEEP)
MediaSettings = worker_settings(settings, *MEDIA, *UPKEEP)
UpkeepSettings = worker_settings(settings, *UPKEEP)
AllSettings = worker_settings(settings, Queue.DOWNLOADS, *MEDIA, *UPKEEP)
