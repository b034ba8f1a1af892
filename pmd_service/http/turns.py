"""Turns: how many requests of one user run at once, so that one user's flood is nobody else's wait."""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from types import coroutine
from typing import Any, NamedTuple, TypeAlias, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import too_many

# Of the pool's ten connections some are left for everybody else, whatever one user does: a listing takes two.
RUNNING_PER_USER = 3
# A page of thumbnails asks for some hundreds at once over HTTP/2.
WAITING_PER_USER = 512
# With so many waiting they are a flood; or with some waiting and so many in a second: short ones hardly stand in line,
# and take the loop all the same. While others are near it runs one at a time, and rests as long as each has taken, so
# that half of the loop and of the database is theirs; reading and answering takes some time beside the turn.
FLOOD_WAITING = 16
OFTEN_A_SECOND = 128
# Or, however few they are and though none waits, where they have held the loop so long in a second: three that ask for
# large pages again and again keep it busy by themselves. Resting they hold it for less than half as long, and would be
# let run at once again, every other second: who rests goes on doing so until they hold it for much less.
COSTLY_SECONDS, STILL_COSTLY_SECONDS = 0.2, 0.05
NEAR_SECONDS = 1.0
REST_SECONDS = (0.002, 0.25)

# A step's turn, whoever takes it.
Turn: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
T = TypeVar("T")
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
    """Who runs, and who waits, by user."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._seen = _Seen("", -math.inf)
        self._seen_before = _Seen("", -math.inf)
        self._taken = self._taken_before = _Taken.none(-1)

    def taken(self, user: str, *, is_refused: bool = True) -> AbstractAsyncContextManager[None]:
        """Wait for this user's turn, first come, first served, and hold it.

        Args:
            is_refused: whether one too many is; a step of what has begun already waits, however many there are.

        Raises:
            ProblemError: 429, so many of the user's requests wait already.
        """
        return _Held(self, user, is_refused=is_refused)

    async def _take(self, user: str, *, is_refused: bool) -> "_Queue":
        queue = self._queues.setdefault(user, _Queue(lambda: self._forget(user)))
        if is_refused and queue.length >= RUNNING_PER_USER + WAITING_PER_USER:
            told = "Too many requests of yours are under way. Please wait a moment."
            raise too_many(told, seconds=1, kind="too-many-at-once")
        self._note(user)
        queue.length += 1
        try:
            await queue.wait()
        except BaseException:
            queue.length -= 1
            raise
        return queue

    def _leave(self, user: str, queue: "_Queue", held: float) -> None:
        queue.length -= 1
        queue.leave(rest=self._rest_of(user, queue, held))

    @coroutine
    def counted(self, user: str, work: Awaitable[T]) -> Generator[Any, Any, T]:
        """Do this user's work, and note how long each of its steps holds the loop."""
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
                self._note_busy(user, time.monotonic() - began)
            try:
                step, given = steps.send, (yield awaited)
            except BaseException as error:  # the work's own affair: it is cancelled, or what it waited for has failed
                step, given = steps.throw, error

    def _forget(self, user: str) -> None:
        if (queue := self._queues.get(user)) is not None and queue.is_idle:
            del self._queues[user]

    def _rest_of(self, user: str, queue: "_Queue", held: float) -> float:
        now, before = self._now(), self._taken_before
        now.turns[user] += 1
        is_often = max(now.turns[user], before.turns[user]) > OFTEN_A_SECOND
        has_rested = user in now.resting or user in before.resting
        busy = max(now.busy.get(user, 0), before.busy.get(user, 0))
        is_costly = busy > (STILL_COSTLY_SECONDS if has_rested else COSTLY_SECONDS)
        is_flood = is_costly or len(queue.waiting) >= (RUNNING_PER_USER if is_often else FLOOD_WAITING)
        if not is_flood or not self._is_anybody_near(user):
            return 0
        if is_costly:
            now.resting.add(user)
        least, most = REST_SECONDS
        # Who asks how the service is may stand behind a proxy with others who do, and does not wait for long.
        return least if _is_of_operators(user) else min(max(least, held), most)

    def _note_busy(self, user: str, seconds: float) -> None:
        busy = self._now().busy
        busy[user] = busy.get(user, 0) + seconds

    def _now(self) -> "_Taken":
        """What is counted in this second; what was in the last one is kept as well."""
        second = int(time.monotonic())
        if self._taken.second != second:
            none = _Taken.none(second - 1)
            self._taken_before = self._taken if self._taken.second == second - 1 else none
            self._taken = _Taken.none(second)
        return self._taken

    def _note(self, user: str) -> None:
        if _is_of_operators(user):  # a balancer's questions are nobody's neighbour
            return
        if self._seen.user != user:
            self._seen_before = self._seen
        self._seen = _Seen(user, time.monotonic())

    def _is_anybody_near(self, user: str) -> bool:
        other = self._seen if self._seen.user != user else self._seen_before
        return time.monotonic() - other.at < NEAR_SECONDS


def operators(path: str, address: str | None) -> str:
    """Whose turns they take who ask from this address how the service is."""
    return f"{path} {address}"


def _is_of_operators(user: str) -> bool:
    return user.startswith("/")


class _Taken(NamedTuple):
    """How many turns each has taken in a second of the clock, how long they held the loop, and who rested for that."""

    second: int
    turns: Counter[str]
    busy: dict[str, float]
    resting: set[str]

    @classmethod
    def none(cls, second: int) -> "_Taken":
        return cls(second, Counter(), {}, set())


class _Seen(NamedTuple):
    """Whose request came last, and when."""

    user: str
    at: float


class _Held(AbstractAsyncContextManager[None]):
    """A user's turn; every request takes one, and a generator for each would cost as much as the waiting."""

    __slots__ = ("_began", "_is_refused", "_queue", "_turns", "_user")

    def __init__(self, turns: Turns, user: str, *, is_refused: bool) -> None:
        self._turns, self._user, self._is_refused = turns, user, is_refused

    async def __aenter__(self) -> None:
        self._queue = await self._turns._take(self._user, is_refused=self._is_refused)
        self._began = time.monotonic()

    async def __aexit__(self, *_: object) -> None:
        self._turns._leave(self._user, self._queue, time.monotonic() - self._began)


class _Queue:
    """One user's requests.

    Args:
        forget: called when one has left, or has rested: perhaps nobody is waiting any more.
    """

    def __init__(self, forget: Callable[[], None]) -> None:
        self._forget = forget
        self.length = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self._running = 0
        self._most = RUNNING_PER_USER
        self._is_resting = False

    @property
    def is_idle(self) -> bool:
        return not (self.length or self._running or self._is_resting)

    async def wait(self) -> None:
        if self._has_room and not self.waiting:
            self._running += 1
            return
        self.waiting.append(turn := asyncio.get_running_loop().create_future())
        self._begin()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.leave()
            raise

    def leave(self, *, rest: float = 0) -> None:
        """Make room for the next one; after a rest, for one alone.

        Not before the loop has gone round: a hundred short ones, each through before the next begins, are a flood too.
        """
        asyncio.get_running_loop().call_soon(self._left, rest)

    def _left(self, rest: float) -> None:
        self._running -= 1
        self._most = 1 if rest else RUNNING_PER_USER
        if rest and not self._is_resting:
            self._is_resting = True
            asyncio.get_running_loop().call_later(rest, self._wake)
        self._begin()
        self._forget()

    def _wake(self) -> None:
        self._is_resting = False
        self._begin()
        self._forget()

    @property
    def _has_room(self) -> bool:
        return self._running < self._most and not self._is_resting

    def _begin(self) -> None:
        while self.waiting and self._has_room:
            turn = self.waiting.popleft()
            if not turn.cancelled():
                self._running += 1
                turn.set_result(None)


def turn_of(request: web.Request) -> AbstractAsyncContextManager[None]:
    """A turn of the caller's for one step of a long-lived request."""
    return request.app[TURNS].taken(request[CALLER], is_refused=False)


TURNS = web.AppKey("turns", Turns)
# Whose turns the request takes; and who reads what it asks for, of strangers their address.
CALLER, READER = web.RequestKey("caller", str), web.RequestKey("reader", str)
