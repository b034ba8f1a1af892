"""Turns: a limit on how many requests of one user run concurrently, so that one user's flood is not everyone's wait.

A request acquires a turn of its user before it queries the database and releases it with its answer; other requests of
that user wait in a queue. A queue with many requests, or with long ones, pauses after each.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import too_many

# A listing uses two of the pool's ten connections: whatever one user does, some are left.
RUNNING_PER_USER = 3
# A page of thumbnails sends some hundreds of requests at a time over HTTP/2.
WAITING_PER_USER = 512
# A user's queue pauses after a turn for twice as long as it was held, which leaves half of the time to others, if the
# turn was a long one and more of the user's requests are under way, or if so many are. Without the former, three
# connections that request the largest pages make everybody's requests take four times as long; without the latter, a
# hundred connections with short requests six times (benchmarks/neighbours.py).
LONG_SECONDS, FLOOD_LENGTH = 0.02, 16
PAUSE_SECONDS = (0.002, 0.5)

# Acquires a turn for one step of a long-lived request.
Turn: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
_LongLived = TypeVar("_LongLived", bound=Handler)
_long_lived: set[Handler] = set()


def long_lived(handler: _LongLived) -> _LongLived:
    """Mark a handler that lasts as long as its client, a stream or an upload: it holds no turn while it waits.

    Its caller is looked up in a turn; the handler acquires another for each query (``turn_of``).
    """
    _long_lived.add(handler)
    return handler


def holds_turn(request: web.Request) -> bool:
    """Whether the request holds its turn until it is answered."""
    return request.match_info.handler not in _long_lived


class Turns:
    """The queues of all users with requests under way."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def acquire(self, user: str, *, is_limited: bool = True) -> AbstractAsyncContextManager[None]:
        """Wait for a turn of this user's, first come, first served, and hold it.

        Args:
            is_limited: whether it is refused where too many wait; a step of a request that already runs is not.

        Raises:
            ProblemError: 429, too many of the user's requests wait already.
        """
        return _HeldTurn(self._queues, user, is_limited=is_limited)


class _Queue(asyncio.Semaphore):
    """One user's requests: so many run or wait (``length``), and none starts before ``resumes_at``."""

    def __init__(self) -> None:
        super().__init__(RUNNING_PER_USER)
        self.length = 0
        self.resumes_at = 0.0


class _HeldTurn(AbstractAsyncContextManager[None]):
    """A turn as a context manager; a generator in its place would double what it costs, and every request needs one."""

    __slots__ = ("_is_limited", "_queue", "_queues", "_since", "_user")

    def __init__(self, queues: dict[str, _Queue], user: str, *, is_limited: bool) -> None:
        self._queues, self._user, self._is_limited = queues, user, is_limited

    async def __aenter__(self) -> None:
        queue = self._queue = self._queues.get(self._user) or self._queues.setdefault(self._user, _Queue())
        if self._is_limited and queue.length >= RUNNING_PER_USER + WAITING_PER_USER:
            detail = "Too many requests of yours are under way. Please wait a moment."
            raise too_many(detail, seconds=1, kind="too-many-at-once")
        queue.length += 1
        try:
            await queue.acquire()
        except asyncio.CancelledError:
            self._leave()
            raise
        self._since = asyncio.get_running_loop().time()

    async def __aexit__(self, *_: object) -> None:
        loop, queue = asyncio.get_running_loop(), self._queue
        now = loop.time()
        held = now - self._since
        if queue.length > (1 if held > LONG_SECONDS else FLOOD_LENGTH):
            shortest, longest = PAUSE_SECONDS
            queue.resumes_at = max(now, queue.resumes_at) + min(max(shortest, 2 * held), longest)
        if queue.resumes_at > now:
            loop.call_at(queue.resumes_at, self._end)
        else:
            # Not now: requests that finish without awaiting anything would run in one long step, however many.
            loop.call_soon(self._end)

    def _end(self) -> None:
        self._queue.release()
        self._leave()

    def _leave(self) -> None:
        self._queue.length -= 1
        if not self._queue.length:
            del self._queues[self._user]


def prober(path: str, address: str | None) -> str:
    """The user of health probes: one for each path and client address."""
    return f"{path} {address}"


def turn_of(request: web.Request) -> AbstractAsyncContextManager[None]:
    """A turn of the caller's for one step of a long-lived request."""
    return request.app[TURNS].acquire(request[CALLER], is_limited=False)


TURNS = web.AppKey("turns", Turns)
# The user whose turns the request takes; and the one who reads its answer: of anonymous clients, their address.
CALLER, READER = web.RequestKey("caller", str), web.RequestKey("reader", str)
