"""One clock for all streams: their comments, and the ends of their tokens."""

import asyncio
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from ..base.telemetry import log

LOOK_SECONDS = 0.25
# So many beats, and then it is somebody else's turn: thousands of streams may have been opened in the same second.
AT_ONCE = 100


class Beating(Protocol):
    """What wants to be called from time to time."""

    def beat(self) -> float | None:
        """Do what is due; the seconds until the next time, None for never again."""


class Pulse:
    """Calls each when it is due. A timer for each of 15,000 streams would be a thousand wake-ups a second.

    What has ended is let go when it would have been due: that is soon, and nobody need be looked for.
    """

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Beating]] = []
        self._serial = count()  # of two that are due at the same moment, the older one is first

    def add(self, beating: Beating, *, seconds: float) -> None:
        """Call it in so many seconds, and from then on as it says."""
        due = asyncio.get_running_loop().time() + seconds
        heappush(self._due, (due, next(self._serial), beating))

    async def beat_for_ever(self) -> None:
        while True:
            pause = 0 if self._beat_some() else LOOK_SECONDS
            await asyncio.sleep(pause)

    def _beat_some(self) -> bool:
        """Let those beat that are due, ``AT_ONCE`` at most; whether more of them may be."""
        now = asyncio.get_running_loop().time()
        for _ in range(AT_ONCE):
            if not self._due or self._due[0][0] > now:
                return False
            _, _, beating = heappop(self._due)
            try:
                seconds = beating.beat()
            except Exception:
                # Nobody awaits this task: one that fails is left out, and the others go on.
                log.exception("beat_failed")
                continue
            if seconds is not None:
                self.add(beating, seconds=seconds)
        return True
