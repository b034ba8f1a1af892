"""Who is owed what: the state of whatever changed, coalesced per subscriber."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TypeVar

import msgspec
from aiohttp import web

from ..base.database import Pool
from ..base.telemetry import SSE_SUBSCRIBERS, log
from .pulse import Pulse
from .subscriber import Subscriber
from .topic import Key, Topic
from .unanswered import ANSWERED, Unanswered, notify

T = TypeVar("T")

_ANSWERED = f"SELECT {notify('{kind}', ANSWERED, user='$1::int', about='$2::text')}"

RETRY_SECONDS = 1.0
# A stream of somebody who has been banned ends within a minute (SPEC section 4).
STANDING_SECONDS = 30.0
# So many things or users by one query: to read and tell of 15,000 at once holds everybody else up.
AT_ONCE = 500
STREAMS_PER_USER = 16

# Why a stream ends, as its last event's name.
SUPERSEDED = "superseded"
SIGNED_OUT = "signed_out"


class Hub:
    """Spreads changes to subscribers: one query a kind for all that changed since the last one, none without them.

    Args:
        topics: what can be followed.
        in_good_standing: which of these users may go on following; the others' streams end.
    """

    def __init__(
        self,
        pool: Pool,
        topics: Collection[Topic],
        *,
        in_good_standing: Callable[[Pool, Collection[int]], Awaitable[Collection[int]]],
    ) -> None:
        self._pool = pool
        self.topics = {topic.kind: topic for topic in topics}
        self.pulse = Pulse()
        self._unanswered = Unanswered(self._release)
        self._in_good_standing = in_good_standing
        self._subscribers: defaultdict[int, set[Subscriber]] = defaultdict(set)
        # In the order in which they were opened.
        self._by_viewer: defaultdict[int, dict[Subscriber, None]] = defaultdict(dict)
        self._changed: dict[Key, int] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def subscriber_count(self) -> int:
        return sum(map(len, self._subscribers.values()))

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._spread_for_ever(), name="hub"),
            asyncio.create_task(self.pulse.beat_for_ever(), name="hub pulse"),
            asyncio.create_task(self._look_at_standing_for_ever(), name="hub standing"),
        ]

    async def stop(self) -> None:
        self.close_streams()
        self._unanswered.close()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def close_streams(self) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.end("")

    @contextmanager
    def subscribed(
        self, *, viewer_id: int, user_id: int, kinds: Collection[str], is_patient: bool = False
    ) -> Iterator[Subscriber]:
        """Follow these kinds of a user's things; a viewer's oldest stream ends when they have too many."""
        subscriber = Subscriber(viewer_id=viewer_id, user_id=user_id, kinds=kinds, is_patient=is_patient)
        streams = self._by_viewer[viewer_id]
        open_ones = [stream for stream in streams if stream.ending is None]
        for stream in open_ones[: max(0, len(open_ones) - STREAMS_PER_USER + 1)]:
            stream.end(SUPERSEDED)
        streams[subscriber] = None
        self._subscribers[user_id].add(subscriber)
        SSE_SUBSCRIBERS.inc()
        try:
            yield subscriber
        finally:
            SSE_SUBSCRIBERS.dec()
            self._subscribers[user_id].discard(subscriber)
            if not self._subscribers[user_id]:
                del self._subscribers[user_id]
            del streams[subscriber]
            if not streams:
                self._by_viewer.pop(viewer_id, None)

    async def greet(self, subscriber: Subscriber) -> Mapping[Key, msgspec.Struct]:
        """What its stream begins with."""
        states = await self.snapshot(subscriber.user_id, subscriber.kinds)
        is_early = self._unanswered.is_asked if subscriber.is_patient else lambda _key: False
        early = {key: states.pop(key) for key in list(states) if is_early(key)}
        subscriber.greet(states)
        for key, state in early.items():
            subscriber.withhold(key, state)
        return states

    async def snapshot(self, user_id: int, kinds: Collection[str]) -> dict[Key, msgspec.Struct]:
        """The newest things of each kind, oldest first."""
        states: dict[Key, msgspec.Struct] = {}
        for topic in (self.topics[kind] for kind in kinds):
            newest = await topic.newest(self._pool, [user_id])
            loaded = await topic.load(self._pool, list(newest)) if newest else {}
            states |= {Key(topic.kind, row_id): loaded[row_id] for row_id in reversed(newest) if row_id in loaded}
        return states

    def notified(self, payload: str) -> None:
        """Take note of a notification, ``<user id> <kind> <id>``, or with ``:asked``, ``:answered`` behind the kind."""
        try:
            user_text, kind, id_text = payload.split(" ")
            user_id = int(user_text)
            kind, colon, word = kind.partition(":")
            topic = self.topics.get(kind)
            if topic is not None and colon:
                self._unanswered.notified(Key(kind, topic.id_type(id_text)), colon + word)
                return
            if topic is None or not any(kind in each.kinds for each in self._subscribers.get(user_id, ())):
                return
            self._changed[Key(kind, topic.id_type(id_text))] = user_id
        except ValueError:
            # Anyone with rights on the database may notify; nonsense must not end the listening.
            log.warning("notification_unreadable", payload=payload[:100])
            return
        self._wake.set()

    async def resync(self) -> None:
        """Bring every subscriber up to date from the tables: notifications may have been missed."""
        for user_id, subscribers in self._subscribers.items():
            for subscriber in subscribers:
                # What a subscriber was told of may be gone, or no longer among the newest.
                self._changed.update(dict.fromkeys(subscriber.told, user_id))
        for topic in self.topics.values():
            followers = [
                user_id
                for user_id, subscribers in self._subscribers.items()
                if any(topic.kind in subscriber.kinds for subscriber in subscribers)
            ]
            for some in _in_parts(followers):
                newest = await topic.newest(self._pool, some)
                self._changed.update({Key(topic.kind, row_id): user_id for row_id, user_id in newest.items()})
        self._wake.set()

    async def _spread_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, {}
            by_kind: defaultdict[str, dict[Key, int]] = defaultdict(dict)
            for key, user_id in changed.items():
                by_kind[key.kind][key] = user_id
            # One after the other: a kind whose table is slow or broken does not take the others' connections.
            for kind, of_kind in by_kind.items():
                for keys in _in_parts(of_kind):
                    await self._spread(self.topics[kind], {key: of_kind[key] for key in keys})

    async def _spread(self, topic: Topic, changed: Mapping[Key, int]) -> None:
        try:
            states = await topic.load(self._pool, [key.id for key in changed])
        except Exception as error:
            # Nobody awaits this task: whatever happens, what has changed is still owed.
            log.warning("hub_load_failed", error=repr(error), kind=topic.kind, things=len(changed))
            self._changed = dict(changed) | self._changed
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake.set)
            return
        for key, user_id in changed.items():
            state = states.get(key.id)
            for subscriber in self._subscribers.get(user_id, ()):
                if key.kind not in subscriber.kinds:
                    continue
                if key in self._unanswered:
                    subscriber.withhold(key, state)
                else:
                    subscriber.owe(key, state)

    async def answered(self, key: Key, *, user_id: int) -> None:
        """Whoever asked for it is about to be answered: tell all servers; here it is so at once."""
        self._unanswered.notified(key, ANSWERED)
        await self._pool.execute(_ANSWERED.format(kind=key.kind), user_id, str(key.id))

    def _release(self, key: Key) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.release(key)

    async def _look_at_standing_for_ever(self) -> None:
        while True:
            await asyncio.sleep(STANDING_SECONDS)
            try:
                await self.end_streams_of_the_banned()
            except Exception as error:
                log.warning("hub_standing_failed", error=repr(error))

    async def end_streams_of_the_banned(self) -> None:
        """End the streams of viewers who have been banned or deactivated, or whose account has gone."""
        for viewers in _in_parts(self._by_viewer):
            good = set(await self._in_good_standing(self._pool, viewers))
            for viewer_id in viewers:
                if viewer_id not in good:
                    for stream in self._by_viewer.get(viewer_id, ()):
                        stream.end(SIGNED_OUT)


def _in_parts(many: Collection[T]) -> Iterator[list[T]]:
    everything = list(many)
    for first in range(0, len(everything), AT_ONCE):
        yield everything[first : first + AT_ONCE]


HUB = web.AppKey("hub", Hub)
