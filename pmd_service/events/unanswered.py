"""What has been asked for, by somebody who may not have had the answer yet.

A page may add what its POST was answered to its list, and add what a stream tells of as well: a new thing's first event
on such a stream waits until the page must have its answer. Every server hears of both, whichever was asked.
"""

import asyncio
from collections.abc import Callable

from .listener import CHANNEL
from .topic import Key

# From the answer's being written to its being read, by a page that has other things to do as well.
GRACE_SECONDS = 0.5
# A server that dies in between answers nobody.
PATIENCE_SECONDS = 5.0
ASKED, ANSWERED = ":asked", ":answered"


def notify(kind: str, word: str, *, user: str, about: str) -> str:
    """The SQL that tells of it; whoever asks tells in the transaction that makes the thing."""
    return f"pg_notify('{CHANNEL}', concat_ws(' ', {user}, '{kind}{word}', {about}))"


class Unanswered:
    """The things whose first events wait.

    Args:
        release: called with each when it waits no longer.
    """

    def __init__(self, release: Callable[[Key], None]) -> None:
        self._release = release
        self._waiting: dict[Key, asyncio.TimerHandle] = {}
        self._asked: set[Key] = set()

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    def is_asked(self, key: Key) -> bool:
        """Whether its answer is not even on its way."""
        return key in self._asked

    def notified(self, key: Key, word: str) -> None:
        """Take note that it was asked for, or that the answer is on its way."""
        if word == ASKED:
            self._asked.add(key)
            self._wait(key, PATIENCE_SECONDS)
        elif word == ANSWERED and key in self._waiting:
            self._asked.discard(key)
            self._wait(key, GRACE_SECONDS)

    def _wait(self, key: Key, seconds: float) -> None:
        if earlier := self._waiting.get(key):
            earlier.cancel()
        self._waiting[key] = asyncio.get_running_loop().call_later(seconds, self._end, key)

    def _end(self, key: Key) -> None:
        del self._waiting[key]
        self._asked.discard(key)
        self._release(key)

    def close(self) -> None:
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        self._asked.clear()
