"""New objects whose creating request may not have been answered yet.

A page may add the answer of its POST to its list, and the event of the same object as well, and so show it twice. On
streams for such pages, the first event of a new object waits until the page must have its answer. All servers are
notified of both.
"""

import asyncio
from collections.abc import Callable

from .listener import CHANNEL
from .topic import Key

# From writing the answer until a busy page has processed it.
GRACE_SECONDS = 0.5
# A server that dies in between never reports the answer.
TIMEOUT_SECONDS = 5.0
ASKED, ANSWERED = ":asked", ":answered"


def notify(kind: str, word: str, *, user: str, about: str) -> str:
    """The SQL that notifies of it, for the transaction that creates the object."""
    return f"pg_notify('{CHANNEL}', concat_ws(' ', {user}, '{kind}{word}', {about}))"


class Unanswered:
    """The objects whose first events wait.

    Args:
        release: called with each object when its wait is over.
    """

    def __init__(self, release: Callable[[Key], None]) -> None:
        self._release = release
        self._waiting: dict[Key, asyncio.TimerHandle] = {}
        self._asked: set[Key] = set()

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    def is_asked(self, key: Key) -> bool:
        """Whether its request has not been answered yet."""
        return key in self._asked

    def notified(self, key: Key, word: str) -> None:
        """Note that it was requested, or that the answer is being sent."""
        if word == ASKED:
            self._asked.add(key)
            self._wait(key, TIMEOUT_SECONDS)
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
