"""Turns: how many requests of one user run at once, so that one user's flood is nobody else's wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import too_many

# Fewer than the pool has connections, so that some are left for everybody else whatever one user does.
RUNNING_PER_USER = 4
# A page of thumbnails asks for some hundreds at once over HTTP/2.
WAITING_PER_USER = 512

_LongLived = TypeVar("_LongLived", bound=Handler)
_long_lived: set[Handler] = set()


def long_lived(handler: _LongLived) -> _LongLived:
    """Mark a handler that runs as long as its client does, a stream or an upload: it holds no turn while it waits.

    Who is calling is looked up in a turn, and so is whatever else such a handler asks the database (``turn_of``).
    """
    _long_lived.add(handler)
    return handler


def takes_turns(request: web.Request) -> bool:
    return request.match_info.handler not in _long_lived


class Turns:
    """Who runs, and who waits, by user.

    Args:
        running: how many of a user's run at once.
    """

    def __init__(self, running: int = RUNNING_PER_USER) -> None:
        self._running = running
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def taken(self, user: str, *, is_refused: bool = True) -> AsyncIterator[None]:
        """Wait for this user's turn, first come, first served, and hold it.

        Args:
            is_refused: whether one too many is; a step of what has begun already waits, however many there are.

        Raises:
            ProblemError: 429, so many of the user's requests wait already.
        """
        queue = self._queues.setdefault(user, _Queue(self._running))
        if is_refused and queue.length >= self._running + WAITING_PER_USER:
            told = "Too many requests of yours are under way. Please wait a moment."
            raise too_many(told, seconds=1, kind="too-many-at-once")
        queue.length += 1
        try:
            async with queue.running:
                yield
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[user]


class _Queue:
    def __init__(self, running: int) -> None:
        self.length = 0
        self.running = asyncio.Semaphore(running)


def turn_of(request: web.Request) -> AbstractAsyncContextManager[None]:
    """A turn of the caller's for one step of a long-lived request."""
    return request.app[TURNS].taken(request[CALLER], is_refused=False)


TURNS = web.AppKey("turns", Turns)
# Whose turns the request takes.
CALLER = web.RequestKey("caller", str)
