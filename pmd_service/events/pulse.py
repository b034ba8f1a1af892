"""One timer for all streams: their keep-alive comments, and the expiry of their tokens."""

import asyncio
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from ..base.telemetry import log

LOOK_SECONDS = 0.25
# Beats before the event loop gets to run others: thousands of streams may have been opened in the same second.
BATCH_SIZE = 100


class Periodic(Protocol):
    """Something that is called repeatedly."""

    def beat(self) -> float | None:
        """Do what is due; returns the seconds until the next call, or None for no more."""


class Pulse:
    """Calls each when it is due. A timer for each of 15,000 streams would be a thousand wake-ups a second.

    An ended stream is dropped when it is next due, which is soon, and needs no search.
    """

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Periodic]] = []
        self._serial = count()  # breaks ties: the older one is first

    def add(self, periodic: Periodic, *, seconds: float) -> None:
        """Call it after so many seconds, and then as its result says."""
        due = asyncio.get_running_loop().time() + seconds
        heappush(self._due, (due, next(self._serial), periodic))

    async def run_forever(self) -> None:
        while True:
            pause = 0 if self._beat_batch() else LOOK_SECONDS
            await asyncio.sleep(pause)

    def _beat_batch(self) -> bool:
        """Call those that are due, up to ``BATCH_SIZE``; returns whether more may be due."""
        now = asyncio.get_running_loop().time()
        for _ in range(BATCH_SIZE):
            if not self._due or self._due[0][0] > now:
                return False
            _, _, periodic = heappop(self._due)
            try:
                seconds = periodic.beat()
            except Exception:
                # One that fails is dropped, and the others continue.
                log.exception("beat_failed")
                continue
            if seconds is not None:
                self.add(periodic, seconds=seconds)
        return True
