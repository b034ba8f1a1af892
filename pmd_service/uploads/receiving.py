"""A process's state of the files that it is receiving: slots for bodies, holds, and running digests."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from aiohttp import web

from ..assets.hashing import Digest
from ..http.errors import unavailable
from ..http.limits import Pace
from .holds import Receivers

MAX_DIGESTS = 1024
# Concurrent bodies of this process, in all and of one user; each buffers about two flushes. When all slots are taken,
# the user with the most of them yields one to a user with fewer.
MAX_RECEIVING = 48
MAX_RECEIVING_OF_USER = 16


class Receiving:
    """The state of the files that this process is receiving."""

    def __init__(self) -> None:
        self.receivers = Receivers()
        # A hasher's state cannot be stored: after a restart, or on another server, the worker hashes the whole file.
        self._digests: OrderedDict[UUID, Digest] = OrderedDict()
        self._slots: defaultdict[int, list[Pace]] = defaultdict(list)

    @contextmanager
    def slot(self, user_id: int) -> Iterator[Pace]:
        """Hold a slot, with the pace that its body has to keep; the pace ends when another user needs the slot.

        Raises:
            ProblemError: 503, all are taken. This is temporary, so no 4xx, which would make clients give up.
        """
        more = len(self._slots.get(user_id, ())) + 1
        if more > MAX_RECEIVING_OF_USER or not (self._count < MAX_RECEIVING or self._preempt(more)):
            detail = "Too many files are being received at the same time. Please send this one a little later."
            raise unavailable(detail, seconds=1)
        self._slots[user_id].append(pace := Pace())
        try:
            yield pace
        finally:
            self._release(user_id, pace)

    @property
    def _count(self) -> int:
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

    def digest_at(self, file_id: UUID, offset: int) -> Digest | None:
        """The digest of the file up to this offset; None if this process has not received all of it."""
        known = self._digests.pop(file_id, None)
        if offset == 0:
            return Digest()
        return known if known is not None and known.size == offset else None

    def keep(self, file_id: UUID, digest: Digest) -> None:
        self._digests[file_id] = digest
        while len(self._digests) > MAX_DIGESTS:
            self._digests.popitem(last=False)


RECEIVING = web.AppKey("receiving", Receiving)
