"""An engine whose import leaves a thread behind, around which no wall would stand."""

import threading
import time

from .misbehave import run

__all__ = ["run"]

threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
