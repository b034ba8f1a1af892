"""The worker processes: ``arq worker.WorkerSettings`` for downloads, ``arq worker.MediaSettings`` for looking at files,
tasks and packs. Upkeep (sweep, clean-up, messages) goes on beside either; ``arq worker.UpkeepSettings`` does it alone.
"""

from pmd_service.base.settings import Settings, SettingsError
from pmd_service.base.telemetry import configure_logging
from pmd_service.jobs import MEDIA, UPKEEP, worker_settings
from pmd_service.work.arq_worker import stand_in_for_arqs
from pmd_service.work.queue import Queue

try:
    settings = Settings.from_environment()
except SettingsError as error:
    raise SystemExit(str(error)) from None

configure_logging(settings.log_format)
stand_in_for_arqs()

WorkerSettings = worker_settings(settings, Queue.DOWNLOADS, *UPKEEP)
MediaSettings = worker_settings(settings, *MEDIA, *UPKEEP)
UpkeepSettings = worker_settings(settings, *UPKEEP)
AllSettings = worker_settings(settings, Queue.DOWNLOADS, *MEDIA, *UPKEEP)
