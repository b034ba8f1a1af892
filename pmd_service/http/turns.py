"""Turns: how many requests of one user run at once, so that one user's flood is nobody else's wait."""

import asyncio
import math
import time
from collections import deque
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
# What a request costs is how long it holds the loop, which is one; a part of the time that it holds its turn, in which
# one of Postgres' processes runs beside others'; and what reading and answering it takes around that. A user owes what
# theirs have cost, and time pays it back, this share of a second in one. Who owes more than opening a page costs, while
# others are near, has one turn at a time and rests behind it until no more is owed: however many connections ask, and
# whatever they ask for.
SHARE = 1 / 3
FREE_SECONDS = 0.1
AROUND_SECONDS = 0.0003
NEAR_SECONDS = 1.0
# No timer is finer; and nobody is owed a past: what was held while nobody was near is forgotten as soon.
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
        self._second = -1
        self._accounts: dict[str, _Account] = {}
        self._accounts_before: dict[str, _Account] = {}

    def taken(self, user: str, *, is_refused: bool = True) -> AbstractAsyncContextManager[None]:
        """Wait for this user's turn, first come, first served, and hold it.

        Args:
            is_refused: whether one too many is; a step of what has begun already waits, however many there are, and
                costs the loop's time alone: who sends a thousand files waits for as many commits.

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

    def _leave(self, user: str, queue: "_Queue", owed: float) -> None:
        queue.length -= 1
        self._owes(user, owed)
        queue.leave(rest=self._rest_of(user))

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
                self._owes(user, time.monotonic() - began)
            try:
                step, given = steps.send, (yield awaited)
            except BaseException as error:  # the work's own affair: it is cancelled, or what it waited for has failed
                step, given = steps.throw, error

    def _forget(self, user: str) -> None:
        if (queue := self._queues.get(user)) is not None and queue.is_idle:
            del self._queues[user]

    def _rest_of(self, user: str) -> float:
        beyond = self._account(user).owed - FREE_SECONDS
        if beyond <= 0 or not self._is_anybody_near(user):
            return 0
        least, most = REST_SECONDS
        # Who asks how the service is may stand behind a proxy with others who do, and does not wait for long.
        return least if _is_of_operators(user) else min(max(least, beyond / SHARE), most)

    def _owes(self, user: str, seconds: float) -> None:
        account, now = self._account(user), time.monotonic()
        paid = max(0, account.owed - SHARE * (now - account.at))
        account.owed, account.at = min(paid + seconds, FREE_SECONDS + SHARE * REST_SECONDS[1]), now

    def _account(self, user: str) -> "_Account":
        """What is owed was paid back long before its account goes, one to two seconds after the last request."""
        second = int(time.monotonic())
        if self._second != second:
            self._accounts_before = self._accounts if self._second == second - 1 else {}
            self._accounts, self._second = {}, second
        if (account := self._accounts.get(user)) is None:
            account = self._accounts[user] = self._accounts_before.get(user) or _Account()
        return account

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


class _Account:
    """What somebody owes, in seconds, as it was when it was last reckoned."""

    __slots__ = ("at", "owed")

    def __init__(self) -> None:
        self.owed, self.at = 0.0, -math.inf


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
        held = time.monotonic() - self._began
        owed = AROUND_SECONDS + held / RUNNING_PER_USER if self._is_refused else 0
        self._turns._leave(self._user, self._queue, owed)


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
