"""A process that has to end does so in time, whatever is unavailable and whatever hangs in it."""

import os
import threading
import time
from functools import cache

from .telemetry import log

# Supervisors wait for ten seconds; a forced exit takes a moment on a busy machine.
END_SECONDS = 9.0
_LOG_SECONDS = 0.2


@cache
def end_in_time() -> None:
    """Call it at SIGTERM, any number of times: the process exits after ``END_SECONDS``, whatever is unfinished."""
    timer = threading.Timer(END_SECONDS, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    # In a thread: nothing may be reading standard error any more.
    threading.Thread(target=lambda: log.error("ended_by_force", seconds=END_SECONDS), daemon=True).start()
    time.sleep(_LOG_SECONDS)
    os._exit(1)
