"""Turns: a limit on how many requests of one user run concurrently, so that one user's flood is not everyone's wait.

A request acquires a turn of its user before it queries the database and releases it with its answer; other requests of
that user wait in a queue. While others use the service too, a user who floods it runs one request at a time and pauses
after each for as long as it took, which leaves half of the event loop and of the database to the others.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from types import coroutine
from typing import Any, TypeAlias, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import too_many

# A listing uses two of the pool's ten connections: whatever one user does, some are left.
RUNNING_PER_USER = 3
# A page of thumbnails sends some hundreds of requests at a time over HTTP/2.
WAITING_PER_USER = 512
# A user floods the service with this many requests waiting, …
FLOOD_WAITING = 16
# … with fewer waiting but more turns than this in a second: short requests hardly queue, yet use up the event loop; …
FLOOD_TURNS = 128
# … or with handlers that block the event loop for this many seconds in one, even if none waits. Pausing cuts that by
# more than half, so the flood is over only below a much lower limit: otherwise it would restart every other second.
FLOOD_BUSY_SECONDS, CALM_BUSY_SECONDS = 0.2, 0.05
# Another user whose last request is younger than this is a neighbour to be protected.
NEIGHBOUR_SECONDS = 1.0
PAUSE_SECONDS = (0.002, 0.25)

# Acquires a turn for one step of a long-lived request.
Turn: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
T = TypeVar("T")
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
    """The queues of all users with requests under way or in the last second."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._second = 0
        self._latest_user = ""
        # When the latest user's last request came, and that of the latest other user.
        self._latest_at = self._other_at = -math.inf

    def acquire(self, user: str, *, is_limited: bool = True) -> AbstractAsyncContextManager[None]:
        """Wait for a turn of this user's, first come, first served, and hold it.

        Args:
            is_limited: whether it is refused where too many wait; a step of a request that already runs is not.

        Raises:
            ProblemError: 429, too many of the user's requests wait already.
        """
        return _HeldTurn(self, user, is_limited=is_limited)

    @coroutine
    def metered(self, user: str, work: Awaitable[T]) -> Generator[Any, Any, T]:
        """Await this user's work and add up for how long its steps block the event loop."""
        steps = work.__await__()
        step: Callable[[Any], Any] = steps.send
        given: Any = None
        while True:
            began = time.monotonic()
            try:
                awaited = step(given)
            except StopIteration as end:
                value: T = end.value
                return value
            finally:
                self._note_busy(user, began)
            try:
                step, given = steps.send, (yield awaited)
            except BaseException as error:  # a cancellation, or the failure of what it awaited: for the work to handle
                step, given = steps.throw, error

    def _queue_of(self, user: str, now: float) -> "_Queue":
        if int(now) != self._second:
            self._second = int(now)
            self._queues = {name: queue for name, queue in self._queues.items() if queue.is_kept(now)}
        queue = self._queues.get(user)
        if queue is None:
            queue = self._queues[user] = _Queue()
        return queue

    def _note_busy(self, user: str, began: float) -> None:
        now = time.monotonic()
        self._queue_of(user, now).usage(now).busy += now - began

    def _note_seen(self, user: str, now: float) -> None:
        if is_prober(user):  # health probes are no user's neighbours
            return
        if user != self._latest_user:
            self._latest_user, self._other_at = user, self._latest_at
        self._latest_at = now

    def _pause_after(self, user: str, queue: "_Queue", now: float, held: float) -> float:
        """For how many seconds the user pauses after a turn that was held for so long; 0 unless they are a flood."""
        usage, before = queue.usage(now), queue.usage_before
        usage.turns += 1
        limit = CALM_BUSY_SECONDS if usage.has_paused or before.has_paused else FLOOD_BUSY_SECONDS
        is_costly = max(usage.busy, before.busy) > limit
        is_frequent = max(usage.turns, before.turns) > FLOOD_TURNS
        is_flood = is_costly or len(queue.waiting) >= (RUNNING_PER_USER if is_frequent else FLOOD_WAITING)
        neighbour_at = self._other_at if user == self._latest_user else self._latest_at
        if not is_flood or now - neighbour_at >= NEIGHBOUR_SECONDS:
            return 0
        usage.has_paused |= is_costly
        shortest, longest = PAUSE_SECONDS
        # A load balancer's probes may share an address with a flood of them, and must not wait for long.
        return shortest if is_prober(user) else min(max(shortest, held), longest)


def prober(path: str, address: str | None) -> str:
    """The user of health probes: one for each path and client address."""
    return f"{path} {address}"


def is_prober(user: str) -> bool:
    return user.startswith("/")


class _HeldTurn(AbstractAsyncContextManager[None]):
    """A turn as a context manager; a generator in its place would double what it costs, and every request needs one."""

    __slots__ = ("_is_limited", "_queue", "_since", "_turns", "_user")

    def __init__(self, turns: Turns, user: str, *, is_limited: bool) -> None:
        self._turns, self._user, self._is_limited = turns, user, is_limited

    async def __aenter__(self) -> None:
        self._since = time.monotonic()
        queue = self._queue = self._turns._queue_of(self._user, self._since)
        if self._is_limited and queue.length >= RUNNING_PER_USER + WAITING_PER_USER:
            detail = "Too many requests of yours are under way. Please wait a moment."
            raise too_many(detail, seconds=1, kind="too-many-at-once")
        self._turns._note_seen(self._user, self._since)
        if not queue.start():
            await queue.wait()
            self._since = time.monotonic()

    async def __aexit__(self, *_: object) -> None:
        now = time.monotonic()
        self._queue.release(pause=self._turns._pause_after(self._user, self._queue, now, now - self._since))


class _Usage:
    """What a user has used in one second of the clock, and whether they had to pause for it."""

    __slots__ = ("busy", "has_paused", "second", "turns")

    def __init__(self, second: int) -> None:
        self.second, self.turns, self.busy, self.has_paused = second, 0, 0.0, False


class _Queue:
    """One user's requests, and what they used in this second and in the one before."""

    __slots__ = ("_is_pausing", "_limit", "_usage", "length", "running", "usage_before", "waiting")

    def __init__(self) -> None:
        self.length = self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self._limit = RUNNING_PER_USER
        self._is_pausing = False
        self._usage = self.usage_before = _Usage(0)

    def usage(self, now: float) -> _Usage:
        second = int(now)
        if self._usage.second != second:
            self.usage_before = self._usage if self._usage.second == second - 1 else _Usage(second - 1)
            self._usage = _Usage(second)
        return self._usage

    def is_kept(self, now: float) -> bool:
        return bool(self.length or self.running or self._is_pausing) or self._usage.second >= int(now) - 1

    def start(self) -> bool:
        """Start a request, unless it has to wait."""
        if self.waiting or not self._has_room:
            return False
        self.running += 1
        self.length += 1
        return True

    async def wait(self) -> None:
        """Wait until a request is started."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.length += 1
        self.waiting.append(turn)
        self._start_waiting()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self.length -= 1
            else:
                self.release()
            raise

    def release(self, *, pause: float = 0) -> None:
        """End a request in the next iteration of the event loop; after a pause, requests start one at a time.

        Requests that finish without awaiting anything would otherwise never be seen waiting, however many they are.
        """
        self.length -= 1
        asyncio.get_running_loop().call_soon(self._end, pause)

    def _end(self, pause: float) -> None:
        self.running -= 1
        self._limit = 1 if pause else RUNNING_PER_USER
        if pause and not self._is_pausing:
            self._is_pausing = True
            asyncio.get_running_loop().call_later(pause, self._resume)
        self._start_waiting()

    def _resume(self) -> None:
        self._is_pausing = False
        self._start_waiting()

    @property
    def _has_room(self) -> bool:
        return self.running < self._limit and not self._is_pausing

    def _start_waiting(self) -> None:
        while self.waiting and self._has_room:
            turn = self.waiting.popleft()
            if not turn.cancelled():
                self.running += 1
                turn.set_result(None)


def turn_of(request: web.Request) -> AbstractAsyncContextManager[None]:
    """A turn of the caller's for one step of a long-lived request."""
    return request.app[TURNS].acquire(request[CALLER], is_limited=False)


TURNS = web.AppKey("turns", Turns)
# The user whose turns the request takes; and the one who reads its answer: of anonymous clients, their address.
CALLER, READER = web.RequestKey("caller", str), web.RequestKey("reader", str)
