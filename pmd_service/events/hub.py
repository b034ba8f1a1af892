"""Who is owed what: the state of changed requests, coalesced per subscriber."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from uuid import UUID

from aiohttp import web

from ..ops.telemetry import SSE_SUBSCRIBERS, log

RETRY_SECONDS = 1.0

# A request's state as the JSON text that subscribers get; absent means that the request is gone.
States = Mapping[UUID, str]


class Subscriber:
    """One open stream: what it is owed is at most the latest state of each request, however slowly it reads."""

    def __init__(self) -> None:
        self.told: set[UUID] = set()
        self.closing = False
        self._owed: dict[UUID, str | None] = {}
        self._woken = asyncio.Event()

    def owe(self, request_id: UUID, state: str | None) -> None:
        if state is None and request_id not in self.told:
            return  # gone before this subscriber heard of it
        # Taken out and put in anew, so that the order of events is the order of the last changes.
        self._owed.pop(request_id, None)
        self._owed[request_id] = state
        self.told.add(request_id)
        self._woken.set()

    def close(self) -> None:
        self.closing = True
        self._woken.set()

    async def next_changes(self) -> dict[UUID, str | None]:
        """Wait until something is owed, and take all of it; empty when the stream shall end."""
        await self._woken.wait()
        self._woken.clear()
        owed, self._owed = self._owed, {}
        self.told.difference_update(request_id for request_id, state in owed.items() if state is None)
        return owed


class Hub:
    """Spreads changes to subscribers: one query for all that changed since the last one, none without subscribers.

    Args:
        load: reads the states of these requests, by id.
        newest: finds the newest requests of these users, each with its user, for after a gap.
    """

    def __init__(
        self,
        *,
        load: Callable[[Collection[UUID]], Awaitable[States]],
        newest: Callable[[Collection[int]], Awaitable[Mapping[UUID, int]]],
    ) -> None:
        self._load = load
        self._newest = newest
        self._subscribers: defaultdict[int, set[Subscriber]] = defaultdict(set)
        self._changed: dict[UUID, int] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def subscriber_count(self) -> int:
        return sum(map(len, self._subscribers.values()))

    def start(self) -> None:
        self._task = asyncio.create_task(self._spread_for_ever(), name="hub")

    async def stop(self) -> None:
        self.close_streams()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def close_streams(self) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.close()

    @contextmanager
    def subscribed(self, user_id: int) -> Iterator[Subscriber]:
        subscriber = Subscriber()
        self._subscribers[user_id].add(subscriber)
        SSE_SUBSCRIBERS.inc()
        try:
            yield subscriber
        finally:
            SSE_SUBSCRIBERS.dec()
            self._subscribers[user_id].discard(subscriber)
            if not self._subscribers[user_id]:
                del self._subscribers[user_id]

    def notified(self, payload: str) -> None:
        """Take note of a notification, ``<user id> <request id>``."""
        user_text, _, request_text = payload.partition(" ")
        user_id = int(user_text)
        if user_id in self._subscribers:
            self._changed[UUID(request_text)] = user_id
            self._wake.set()

    async def resync(self) -> None:
        """Bring every subscriber up to date from the table: notifications may have been missed."""
        for user_id, subscribers in self._subscribers.items():
            for subscriber in subscribers:
                # What a subscriber was told of may be gone, or no longer among the newest.
                self._changed.update(dict.fromkeys(subscriber.told, user_id))
        self._changed.update(await self._newest(list(self._subscribers)))
        self._wake.set()

    async def _spread_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, {}
            try:
                states = await self._load(changed)
            except Exception as error:
                # Nobody awaits this task: whatever happens, what has changed is still owed.
                log.warning("hub_load_failed", error=repr(error), requests=len(changed))
                self._changed = changed | self._changed
                self._wake.set()
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for request_id, user_id in changed.items():
                for subscriber in self._subscribers.get(user_id, ()):
                    subscriber.owe(request_id, states.get(request_id))


HUB = web.AppKey("hub", Hub)
