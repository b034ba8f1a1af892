"""One subscriber's event stream (SPEC section 6)."""

import asyncio
import random
import time
from collections.abc import Collection, Mapping

import msgspec
from aiohttp import ClientConnectionResetError, HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from ..base.database import POOL
from ..base.telemetry import log
from ..http.languages import language_of_client, name_language, translated
from ..http.turns import turn_of
from ..identity.audit import record_once
from ..identity.users import Actor
from ..locales.language import Language, language_of
from .hub import SIGNED_OUT, SUPERSEDED, Hub
from .subscriber import Subscriber
from .topic import Key

COMMENT_SECONDS = 15.0
# Scripts cannot see comments: a page that is to notice a server that hangs needs an event, and soon.
PING_SECONDS = 5.0
SEND_TIMEOUT_SECONDS = 60.0
RETRY_MILLISECONDS = 3000
# Streams that end with their server do so all at once, and are to come back one after the other.
RETRY_SPREAD_MILLISECONDS = 1000, 6000
# Lines end with LF alone: pages split events at an empty line of that kind.
COMMENT = b": ping\n\n"
PING = b"event: ping\ndata: {}\n\n"
# The token has expired.
TIMEOUT = "timeout"

_HEADERS = {hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-cache", "X-Accel-Buffering": "no"}

_REASONS = {
    TIMEOUT: b"{}",
    SUPERSEDED: b'{"detail":"Too many streams of yours are open: this one, the oldest, ends."}',
    SIGNED_OUT: b'{"detail":"You are signed out."}',
}


async def stream_updates(
    request: web.Request,
    hub: Hub,
    actor: Actor,
    kinds: Collection[str],
    *,
    waits_for_responses: bool = False,
    pings: bool = False,
    language: str | None = None,
) -> web.StreamResponse:
    """Stream the subject's newest objects, oldest first, then all changes, until the token expires.

    Args:
        waits_for_responses: whether events of new objects wait until the request that created them has been answered.
        pings: whether it is kept alive by events instead of comments.
        language: of its sentences, where not as the request's headers say: browsers send their own with a stream.
    """
    spoken = language_of_client(request) if language is None else language_of(language)
    viewer_id, user_id = actor.viewer.id, actor.subject.id
    with hub.subscribed(
        viewer_id=viewer_id,
        user_id=user_id,
        kinds=kinds,
        waits_for_responses=waits_for_responses,
        credential=actor.credential,
    ) as subscriber:
        # Subscribed before the snapshot is read: a change in between is sent twice rather than never.
        async with turn_of(request):
            await record_once(request.app[POOL], actor, "read_live")
            snapshot = await hub.greet(subscriber)
        response = web.StreamResponse(headers=_HEADERS)
        name_language(response.headers, spoken)
        writer = await response.prepare(request)
        if writer is None or request.transport is None:
            return response  # the client has hung up already
        await Stream(request, writer, hub, actor, subscriber, spoken, pings=pings).run(snapshot)
    return response


class Stream:
    """Writes one stream's events.

    While the client keeps up, events are written directly by the hub. The stream's own task writes the beginning and
    the end, and takes over while the client is behind.
    """

    # There are thousands of them.
    __slots__ = (
        "_actor", "_is_chunked", "_language", "_pings", "_protocol", "_pulse", "_sleeping", "_subscriber", "_topics",
        "_transport", "_writer",
    )  # fmt: skip

    def __init__(
        self,
        request: web.Request,
        writer: AbstractStreamWriter,
        hub: Hub,
        actor: Actor,
        subscriber: Subscriber,
        language: Language,
        *,
        pings: bool = False,
    ) -> None:
        assert request.transport is not None
        self._writer = writer
        self._transport = request.transport
        self._protocol = request.protocol
        self._is_chunked = request.version >= HttpVersion11
        self._topics = hub.topics
        self._pulse = hub.pulse
        self._actor = actor
        self._subscriber = subscriber
        self._language = language
        self._pings = pings
        self._sleeping: asyncio.Future[None] | None = None

    async def run(self, snapshot: Mapping[Key, msgspec.Struct]) -> None:
        """Send everything until the stream ends."""
        try:
            self._writer.send_headers()
            self._write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            await self._send(snapshot)
            self._write(_event("connected", b"{}"))
            self._pulse.add(self, seconds=self._until_beat())
            self._subscriber.on_change = self._send_directly
            await self._send_until_the_end()
        except ClientConnectionResetError:
            pass  # the client has hung up
        except TimeoutError:
            self._transport.abort()  # the client reads nothing any more
        except Exception:
            # The answer has begun: it is too late for a problem document.
            log.exception("stream_failed")
            self._transport.abort()
        finally:
            self._subscriber.end("")

    async def _send_until_the_end(self) -> None:
        subscriber = self._subscriber
        while subscriber.ending is None:
            await self._drained()
            await self._send(subscriber.take())
            if not subscriber.has_changes:
                self._sleeping = asyncio.get_running_loop().create_future()
                await self._sleeping
        if subscriber.ending:
            self._write(_event(subscriber.ending, _REASONS[subscriber.ending]))
        else:
            self._write(b"retry: %d\n\n" % random.randint(*RETRY_SPREAD_MILLISECONDS))  # noqa: S311 - no secret

    async def _send(self, changes: Mapping[Key, msgspec.Struct | None]) -> None:
        for key, state in changes.items():
            await self._drained()
            self._write(self._event_of(key, state))

    def _send_directly(self) -> None:
        """Write pending events if the client keeps up; wake the task if it does not, and for the end."""
        if self._sleeping is None or self._sleeping.done():
            return  # the task is awake, and checks again before it sleeps
        if self._subscriber.ending is not None or self._protocol.writing_paused:
            self._sleeping.set_result(None)
            return
        try:
            for key, state in self._subscriber.take().items():
                self._write(self._event_of(key, state))
        except Exception as error:
            self._sleeping.set_exception(error)  # an error of this stream must not reach the hub

    def beat(self) -> float | None:
        """End the stream when its token expires; until then keep it alive."""
        if self._subscriber.ending is not None:
            return None
        if self._until_beat() <= 0:
            self._subscriber.end(TIMEOUT)
        elif not self._protocol.writing_paused:
            self._write(PING if self._pings else COMMENT)
        elif self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(None)  # the task checks whether the client has hung up
        return self._until_beat()

    def _until_beat(self) -> float:
        return min(self._actor.token_ends - time.time(), PING_SECONDS if self._pings else COMMENT_SECONDS)

    async def _drained(self) -> None:
        """Wait for a client that is behind.

        Raises:
            TimeoutError: it has read nothing for too long.
            ClientConnectionResetError: it has hung up.
        """
        if self._protocol.writing_paused:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await self._writer.drain()

    def _write(self, lines: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(b"%x\r\n%b\r\n" % (len(lines), lines) if self._is_chunked else lines)

    def _event_of(self, key: Key, state: msgspec.Struct | None) -> bytes:
        if state is None:
            return _event(f"{key.kind}_removed", msgspec.json.encode({"id": key.id}), key)
        if self._actor.moderates:
            state = self._topics[key.kind].for_moderators(state, self._actor.subject.sqid)
        return _event(f"{key.kind}_update", msgspec.json.encode(translated(state, self._language)), key)


def _event(name: str, data: bytes, key: Key | None = None) -> bytes:
    """An encoded event; JSON has no line breaks that would split its data."""
    number = f"id: {key.id}\n" if key is not None else ""
    return b"%bevent: %b\ndata: %b\n\n" % (number.encode(), name.encode(), data)
