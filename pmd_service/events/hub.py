"""The hub: fans changes out to event streams, coalesced to the latest state of each object."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import msgspec
from aiohttp import web

from ..base.critical import create_critical_task, stop_tasks
from ..base.database import Pool
from ..base.telemetry import SSE_SUBSCRIBERS, log
from .pulse import Pulse
from .subscriber import Subscriber
from .topic import Key, Topic
from .unanswered import ANSWERED, Unanswered, notify

T = TypeVar("T")

_ANSWERED = f"SELECT {notify('{kind}', ANSWERED, user='$1::int', about='$2::text')}"

RETRY_SECONDS = 1.0
# Streams of banned users end within a minute (SPEC section 4).
STANDING_SECONDS = 30.0
# Objects or users of one query: loading and encoding 15,000 in one go would block everyone else.
BATCH_SIZE = 500
STREAMS_PER_USER = 16

# The names of the last event, which says why a stream ends.
SUPERSEDED = "superseded"
SIGNED_OUT = "signed_out"


class Hub:
    """Fans changes out to subscribers: one query per kind for all objects that changed since the last one.

    Args:
        topics: the kinds of objects that can be followed.
        in_good_standing: filters viewers; the others' streams end.
        ended: those of these credentials that have been signed out or revoked; their streams end.
    """

    def __init__(
        self,
        pool: Pool,
        topics: Collection[Topic],
        *,
        in_good_standing: Callable[[Pool, Collection[int]], Awaitable[Collection[int]]],
        ended: Callable[[Pool, Collection[bytes]], Awaitable[Collection[bytes]]],
    ) -> None:
        self._pool = pool
        self.topics = {topic.kind: topic for topic in topics}
        self.pulse = Pulse()
        self._unanswered = Unanswered(self._release)
        self._in_good_standing = in_good_standing
        self._ended = ended
        self._subscribers: defaultdict[int, set[Subscriber]] = defaultdict(set)
        # Oldest first.
        self._by_viewer: defaultdict[int, dict[Subscriber, None]] = defaultdict(dict)
        self._changed: dict[Key, int] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def subscriber_count(self) -> int:
        return sum(map(len, self._subscribers.values()))

    def start(self) -> None:
        self._tasks = [
            create_critical_task(self._fan_out_forever(), name="hub"),
            create_critical_task(self.pulse.run_forever(), name="hub pulse"),
            create_critical_task(self._check_standing_forever(), name="hub standing"),
        ]

    async def stop(self) -> None:
        self.close_streams()
        self._unanswered.close()
        await stop_tasks(*self._tasks)

    def close_streams(self) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.end("")

    @contextmanager
    def subscribed(
        self,
        *,
        viewer_id: int,
        user_id: int,
        kinds: Collection[str],
        waits_for_responses: bool = False,
        credential: bytes = b"",
    ) -> Iterator[Subscriber]:
        """Subscribe to these kinds of a user's objects; a viewer's oldest stream ends where they have too many."""
        subscriber = Subscriber(
            viewer_id=viewer_id,
            user_id=user_id,
            kinds=kinds,
            waits_for_responses=waits_for_responses,
            credential=credential,
        )
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
        """Load and deliver the subscriber's initial state; returns it."""
        states = await self.snapshot(subscriber.user_id, subscriber.kinds)
        is_early = self._unanswered.is_asked if subscriber.waits_for_responses else lambda _key: False
        early = {key: states.pop(key) for key in list(states) if is_early(key)}
        subscriber.greet(states)
        for key, state in early.items():
            subscriber.withhold(key, state)
        return states

    async def snapshot(self, user_id: int, kinds: Collection[str]) -> dict[Key, msgspec.Struct]:
        """The newest objects of each kind, oldest first."""
        states: dict[Key, msgspec.Struct] = {}
        for topic in (self.topics[kind] for kind in kinds):
            newest = await topic.newest(self._pool, [user_id])
            loaded = await topic.load(self._pool, list(newest)) if newest else {}
            states |= {Key(topic.kind, row_id): loaded[row_id] for row_id in reversed(newest) if row_id in loaded}
        return states

    def notified(self, payload: str) -> None:
        """Handle a notification: ``<user id> <kind> <id>``, where the kind may end in ``:asked`` or ``:answered``.

        ``<user id> signed_out <SHA-256>`` ends the streams of this credential of theirs.
        """
        try:
            user_text, kind, id_text = payload.split(" ")
            user_id = int(user_text)
            if kind == SIGNED_OUT:
                self._end_streams(user_id, {bytes.fromhex(id_text)})
                return
            kind, colon, word = kind.partition(":")
            topic = self.topics.get(kind)
            if topic is not None and colon:
                self._unanswered.notified(Key(kind, topic.id_type(id_text)), colon + word)
                return
            if topic is None or not any(kind in each.kinds for each in self._subscribers.get(user_id, ())):
                return
            self._changed[Key(kind, topic.id_type(id_text))] = user_id
        except ValueError:
            # Any database role may notify; a malformed payload must not end the listener.
            log.warning("notification_unreadable", payload=payload[:100])
            return
        self._wake.set()

    async def resync(self) -> None:
        """Update all subscribers from the tables, as notifications may have been missed."""
        for user_id, subscribers in self._subscribers.items():
            for subscriber in subscribers:
                # Objects it knows may be deleted, or no longer among the newest.
                self._changed.update(dict.fromkeys(subscriber.known, user_id))
        for topic in self.topics.values():
            followers = [
                user_id
                for user_id, subscribers in self._subscribers.items()
                if any(topic.kind in subscriber.kinds for subscriber in subscribers)
            ]
            for batch in _batches(followers):
                newest = await topic.newest(self._pool, batch)
                self._changed.update({Key(topic.kind, row_id): user_id for row_id, user_id in newest.items()})
        self._wake.set()

    async def _fan_out_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, {}
            by_kind: defaultdict[str, dict[Key, int]] = defaultdict(dict)
            for key, user_id in changed.items():
                by_kind[key.kind][key] = user_id
            # Sequentially, so that a slow or broken table does not use up the connections of the others.
            for kind, of_kind in by_kind.items():
                for keys in _batches(of_kind):
                    await self._fan_out(self.topics[kind], {key: of_kind[key] for key in keys})

    async def _fan_out(self, topic: Topic, changed: Mapping[Key, int]) -> None:
        try:
            states = await topic.load(self._pool, [key.id for key in changed])
        except Exception as error:
            # After any error, the changes are tried again.
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
                    subscriber.push(key, state)

    async def answered(self, key: Key, *, user_id: int) -> None:
        """The request that created it is about to be answered: notify all servers, and this one immediately.

        The answer is sent after this: the grace of this server's streams begins only when the others know as well.
        """
        await self._pool.execute(_ANSWERED.format(kind=key.kind), user_id, str(key.id))
        self._unanswered.notified(key, ANSWERED)

    def _release(self, key: Key) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.release(key)

    async def _check_standing_forever(self) -> None:
        while True:
            await asyncio.sleep(STANDING_SECONDS)
            try:
                await self.end_streams_of_the_banned()
                await self.end_streams_of_the_signed_out()
            except Exception as error:
                log.warning("hub_standing_failed", error=repr(error))

    async def end_streams_of_the_banned(self) -> None:
        """End the streams of viewers who have been banned or deactivated, or whose account has gone."""
        for viewers in _batches(self._by_viewer):
            good = set(await self._in_good_standing(self._pool, viewers))
            for viewer_id in viewers:
                if viewer_id not in good:
                    for stream in self._by_viewer.get(viewer_id, ()):
                        stream.end(SIGNED_OUT)

    async def end_streams_of_the_signed_out(self) -> None:
        """End the streams whose browser has been signed out, or whose key revoked, should a notification be missed."""
        streams = [stream for streams in self._by_viewer.values() for stream in streams if stream.credential]
        for batch in _batches(streams):
            ended = set(await self._ended(self._pool, {stream.credential for stream in batch}))
            for viewer_id in {stream.viewer_id for stream in batch if stream.credential in ended}:
                self._end_streams(viewer_id, ended)

    def _end_streams(self, viewer_id: int, credentials: Collection[bytes]) -> None:
        for stream in self._by_viewer.get(viewer_id, ()):
            if stream.credential in credentials:
                stream.end(SIGNED_OUT)


def _batches(items: Collection[T]) -> Iterator[list[T]]:
    all_items = list(items)
    for start in range(0, len(all_items), BATCH_SIZE):
        yield all_items[start : start + BATCH_SIZE]


HUB = web.AppKey("hub", Hub)
