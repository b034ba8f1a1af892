"""A process that was told to end does so in time, whatever is away and whatever hangs in it."""

import os
import threading
import time
from functools import cache

from .telemetry import log

# Less than the ten seconds that whoever told it waits, by what an end by force takes on a busy machine.
END_SECONDS = 9.0
_LOG_SECONDS = 0.2


@cache
def end_in_time() -> None:
    """Call it when the process is told to end, any number of times; what it has not finished after that is cut off."""
    timer = threading.Timer(END_SECONDS, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    # Nobody may be reading what we write.
    threading.Thread(target=lambda: log.error("ended_by_force", seconds=END_SECONDS), daemon=True).start()
    time.sleep(_LOG_SECONDS)
    os._exit(1)
