"""How often a link's password may be guessed: by minute, in each process."""

import time
from collections import Counter
from collections.abc import Callable

A_MINUTE = 10


class Tries:
    """Counts by link, forgotten each minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._minute = 0
        self._taken: Counter[str] = Counter()

    def take(self, code: str) -> bool:
        """Whether one more is left in this minute."""
        minute = int(self.clock() // 60)
        if minute != self._minute:
            self._minute, self._taken = minute, Counter()
        self._taken[code] += 1
        return self._taken[code] <= A_MINUTE


TRIES = Tries()
