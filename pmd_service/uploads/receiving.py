"""What a server process keeps of the files that it is receiving: its places, its holds and what it has hashed."""

import asyncio
from collections import OrderedDict
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from ..http.errors import ProblemError
from .digest import Digest
from .holds import Receivers

MAX_DIGESTS = 1024
# Requests that receive at the same time in this process, in all and of one user: each holds about two flushes.
MAX_RECEIVING = 48
MAX_RECEIVING_OF_USER = 16
MAX_ANNOUNCING = 2


class Receiving:
    """What this process keeps of the files that it is receiving."""

    def __init__(self) -> None:
        self.receivers = Receivers()
        # A hasher's state cannot be stored: after a restart, or on another server, the worker hashes again at the end.
        self._digests: OrderedDict[UUID, Digest] = OrderedDict()
        self._users: dict[int, int] = {}
        # All announcements wait for one lock of the database: those who wait for it must not take every connection.
        self.announcing = asyncio.Semaphore(MAX_ANNOUNCING)

    def enter(self, user_id: int) -> None:
        """Take one of the places; ``leave`` gives it back.

        Raises:
            ProblemError: 503, all are taken. It may pass, so it is no 4xx, which would make clients give up.
        """
        of_user = self._users.get(user_id, 0)
        if of_user >= MAX_RECEIVING_OF_USER or sum(self._users.values()) >= MAX_RECEIVING:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many files are being received at once. Please send this one a little later.",
                headers={"Retry-After": "1"},
            )
        self._users[user_id] = of_user + 1

    def leave(self, user_id: int) -> None:
        self._users[user_id] -= 1
        if not self._users[user_id]:
            del self._users[user_id]

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
