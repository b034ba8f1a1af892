"""The bodies of files that a process receives: how many at once, and how they are read."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from ..http.errors import unavailable
from ..http.limits import Pace

# Concurrent bodies of this process, in all and of one user; each buffers about two flushes. When all slots are taken,
# the user with the most of them yields one to a user with fewer.
MAX_BODIES = 48
MAX_BODIES_OF_USER = 16
# Bytes that are hashed and written by one call in a thread: a call costs as much as hashing 50 kB, and concurrent
# threads contend with each other and with the event loop.
FLUSH_BYTES = 1024 * 1024
FLUSH_CHUNKS = 256
# Raised by reading a body when its client disconnects or sends malformed HTTP.
CUT = (OSError, ClientError, web.RequestPayloadError, HttpProcessingError)


class BodySlots:
    """The slots of this process for bodies of files."""

    def __init__(self) -> None:
        self._slots: defaultdict[int, list[Pace]] = defaultdict(list)

    @contextmanager
    def slot(self, user_id: int) -> Iterator[Pace]:
        """Hold a slot, with the pace that its body has to keep; the pace ends when another user needs the slot.

        Raises:
            ProblemError: 503, all are taken. This is temporary, so no 4xx, which would make clients give up.
        """
        more = len(self._slots.get(user_id, ())) + 1
        if more > MAX_BODIES_OF_USER or not (self.count < MAX_BODIES or self._preempt(more)):
            detail = "Too many files are being received at the same time. Please send this one a little later."
            raise unavailable(detail, seconds=1)
        self._slots[user_id].append(pace := Pace())
        try:
            yield pace
        finally:
            self._release(user_id, pace)

    @property
    def count(self) -> int:
        return sum(map(len, self._slots.values()))

    def _release(self, user_id: int, pace: Pace) -> None:
        slots = self._slots[user_id]
        if pace in slots:  # else it has been preempted
            slots.remove(pace)
        if not slots:
            del self._slots[user_id]

    def _preempt(self, wanted: int) -> bool:
        """End the slowest body of the user with the most slots, for one who will have ``wanted``; False if not fewer.

        What it has sent is durable, and its client continues there a little later.
        """
        largest = max(self._slots.values(), key=len)
        if len(largest) <= wanted:
            return False
        slowest = min(largest, key=lambda pace: pace.left)
        largest.remove(slowest)
        slowest.end()
        return True


BODY_SLOTS = web.AppKey("body_slots", BodySlots)
