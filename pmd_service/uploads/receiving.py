"""What a server process keeps of the files that it is receiving: its places, its holds and what it has hashed."""

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
# Requests that receive at the same time in this process, in all and of one user: each holds about two flushes. Where
# all are taken, whoever has the most of them makes room for whoever has fewer.
MAX_RECEIVING = 48
MAX_RECEIVING_OF_USER = 16


class Receiving:
    """What this process keeps of the files that it is receiving."""

    def __init__(self) -> None:
        self.receivers = Receivers()
        # A hasher's state cannot be stored: after a restart, or on another server, the worker hashes again at the end.
        self._digests: OrderedDict[UUID, Digest] = OrderedDict()
        self._places: defaultdict[int, list[Pace]] = defaultdict(list)

    @contextmanager
    def place(self, user_id: int) -> Iterator[Pace]:
        """Hold one of the places, with the pace that its body has to keep; it ends when somebody else needs the place.

        Raises:
            ProblemError: 503, all are taken. It may pass, so it is no 4xx, which would make clients give up.
        """
        more = len(self._places.get(user_id, ())) + 1
        if more > MAX_RECEIVING_OF_USER or not (self._count < MAX_RECEIVING or self._give_way(more)):
            detail = "Too many files are being received at once. Please send this one a little later."
            raise unavailable(detail, seconds=1)
        self._places[user_id].append(pace := Pace())
        try:
            yield pace
        finally:
            self._take_back(user_id, pace)

    @property
    def _count(self) -> int:
        return sum(map(len, self._places.values()))

    def _take_back(self, user_id: int, pace: Pace) -> None:
        places = self._places[user_id]
        if pace in places:  # or it has been given to somebody else
            places.remove(pace)
        if not places:
            del self._places[user_id]

    def _give_way(self, wanted: int) -> bool:
        """Let the slowest body of whoever has the most places end for one who will have ``wanted``; False where that
        would be as many.

        What it has sent is durable, and its sender goes on there a little later.
        """
        most = max(self._places.values(), key=len)
        if len(most) <= wanted:
            return False
        slowest = min(most, key=lambda pace: pace.left)
        most.remove(slowest)
        slowest.end()
        return True

    def digest_at(self, file_id: UUID, offset: int) -> Digest | None:
        """The digest that goes on at this offset; None where the beginning was not seen here."""
        known = self._digests.pop(file_id, None)
        if offset == 0:
            return Digest()
        return known if known is not None and known.size == offset else None

    def keep(self, file_id: UUID, digest: Digest) -> None:
        self._digests[file_id] = digest
        while len(self._digests) > MAX_DIGESTS:
            self._digests.popitem(last=False)


RECEIVING = web.AppKey("receiving", Receiving)
