"""The worker processes: ``arq worker.WorkerSettings`` for downloads, ``arq worker.MediaSettings`` for uploads, tasks
and packs, ``arq worker.TasksSettings`` and the like for one of these. All also run the upkeep (sweep, clean-up,
messages); ``arq worker.UpkeepSettings`` runs nothing else.
"""

import logging
import signal
import sys
from types import TracebackType

import asyncpg
from redis.exceptions import RedisError

from pmd_service.base.migrations import SchemaError
from pmd_service.base.redis_client import sentence_of
from pmd_service.base.settings import Settings, SettingsError
from pmd_service.base.telemetry import configure_logging
from pmd_service.jobs import MEDIA, UPKEEP, worker_settings
from pmd_service.ops.process import prepare_process
from pmd_service.work.arq_worker import replace_arq_worker
from pmd_service.work.queue import Queue

EXPECTED = (SettingsError, SchemaError, OSError, asyncpg.PostgresError, RedisError)
# ``arq --check`` answers by then, whatever Redis does: arq itself limits connecting only.
CHECK_SECONDS = 3


def in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report an expected error as one line instead of a traceback."""
    if isinstance(error, EXPECTED):
        reason = sentence_of(error) if isinstance(error, RedisError) else error
        print(f"cannot start: {reason}", file=sys.stderr)  # noqa: T201 - for the terminal, besides the logs
    else:
        sys.__excepthook__(kind, error, trace)


def give_up(*_: object) -> None:
    sys.exit(f"Redis has not answered within {CHECK_SECONDS} s")


sys.excepthook = in_one_line
if "--check" in sys.argv:
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(CHECK_SECONDS)

try:
    settings = Settings.from_environment()
except SettingsError as error:
    raise SystemExit(str(error)) from None

configure_logging(settings.log_format)
# arq's command line adds a handler of its own, which would print each line a second time; a worker adopts its loggers.
logging.getLogger("arq").propagate = False
prepare_process()
replace_arq_worker()

WorkerSettings = worker_settings(settings, Queue.DOWNLOADS, *UPKEEP)
MediaSettings = worker_settings(settings, *MEDIA, *UPKEEP)
ProbesSettings, TasksSettings, PacksSettings, ImportsSettings, PublishingSettings = (
    worker_settings(settings, queue, *UPKEEP) for queue in MEDIA
)
UpkeepSettings = worker_settings(settings, *UPKEEP)
AllSettings = worker_settings(settings, Queue.DOWNLOADS, *MEDIA, *UPKEEP)
