"""Children of a server, which has requests to answer beside them: one at a time."""

import asyncio
from weakref import WeakValueDictionary


class OneChild:
    """``room`` for one child at a time, and ``of`` a user for one request of theirs, so that nobody fills the queue."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(1)
        self._users: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def of(self, user_id: int) -> asyncio.Lock:
        return self._users.setdefault(user_id, asyncio.Lock())
