"""One subscriber's event stream (SPEC section 6)."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from aiohttp import ClientConnectionResetError, web
from aiohttp_sse import EventSourceResponse

from ..identity.users import Actor
from .hub import SIGNED_OUT, SUPERSEDED, Hub
from .subscriber import Subscriber
from .topic import Key

PING_SECONDS = 15.0
SEND_TIMEOUT_SECONDS = 60.0
RETRY_MILLISECONDS = 3000
# Pages split events at “\n\n”, so lines end with LF alone.
LINE_END = "\n"

_REASONS = {
    SUPERSEDED: '{"detail":"Too many streams of yours are open: this one, the oldest, ends."}',
    SIGNED_OUT: '{"detail":"You are signed out."}',
}


async def stream_updates(request: web.Request, hub: Hub, actor: Actor, kinds: Collection[str]) -> web.StreamResponse:
    """Answer with the newest of the subject's things, oldest first, then with every change, until the token ends."""
    with hub.subscribed(viewer_id=actor.viewer.id, user_id=actor.subject.id, kinds=kinds) as subscriber:
        # Subscribed before the snapshot is read: a change in between is told twice rather than never.
        snapshot = await hub.snapshot(actor.subject.id, kinds)
        subscriber.greet(snapshot)
        response = EventSourceResponse(ping_interval=PING_SECONDS, send_timeout=SEND_TIMEOUT_SECONDS, sep=LINE_END)
        await response.prepare(request)
        # A reader that has gone, or takes nothing any more, is the end of the stream and not a fault of ours.
        with suppress(ClientConnectionResetError, TimeoutError):
            async with response:
                await Teller(response, hub, actor).run(subscriber, snapshot)
    return response


class Teller:
    """Writes one stream's events."""

    def __init__(self, response: EventSourceResponse, hub: Hub, actor: Actor) -> None:
        self._response = response
        self._topics = hub.topics
        self._actor = actor

    async def run(self, subscriber: Subscriber, snapshot: Mapping[Key, msgspec.Struct]) -> None:
        await self._response.write(f"retry: {RETRY_MILLISECONDS}{LINE_END * 2}".encode())
        await self._tell(snapshot)
        await self._response.send("{}", event="connected")
        while subscriber.ending is None and self._response.is_connected():
            remaining = (self._actor.token_expires_at - datetime.now(UTC)).total_seconds()
            if remaining <= 0:
                await self._response.send("{}", event="timeout")
                return
            # A reader that has gone is noticed by the ping; without the time limit nobody would look.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(remaining, PING_SECONDS)):
                    changes = await subscriber.next_changes()
                await self._tell(changes)
        if subscriber.ending:
            await self._response.send(_REASONS[subscriber.ending], event=subscriber.ending)

    async def _tell(self, changes: Mapping[Key, msgspec.Struct | None]) -> None:
        for key, state in changes.items():
            if state is None:
                data, event = msgspec.json.encode({"id": key.id}), f"{key.kind}_removed"
            else:
                data, event = msgspec.json.encode(self._as_seen(key.kind, state)), f"{key.kind}_update"
            await self._response.send(data.decode(), event=event, id=str(key.id))

    def _as_seen(self, kind: str, state: msgspec.Struct) -> msgspec.Struct:
        if not self._actor.moderates:
            return state
        seen: msgspec.Struct = self._topics[kind].for_moderators(state, self._actor.subject.sqid)
        return seen
