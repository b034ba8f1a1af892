"""The worker processes: ``arq worker.WorkerSettings`` for downloads, ``arq worker.MediaSettings`` for looking at files,
tasks and packs. Upkeep (sweep, clean-up, messages) goes on beside either; ``arq worker.UpkeepSettings`` does it alone.
"""

from pmd_service.jobs import worker_settings
from pmd_service.ops.settings import Settings, SettingsError
from pmd_service.ops.telemetry import configure_logging
from pmd_service.work.queue import Queue
from pmd_service.work.steady import stand_in_for_arqs

try:
    settings = Settings.from_environment()
except SettingsError as error:
    raise SystemExit(str(error)) from None

configure_logging(settings.log_format)
stand_in_for_arqs()

WorkerSettings = worker_settings(settings, Queue.DOWNLOADS, Queue.UPKEEP)
MediaSettings = worker_settings(settings, Queue.MEDIA, Queue.UPKEEP)
UpkeepSettings = worker_settings(settings, Queue.UPKEEP)
AllSettings = worker_settings(settings, Queue.DOWNLOADS, Queue.MEDIA, Queue.UPKEEP)
