"""A limit on open connections: which one is closed when there is no room for another.

An idle connection, before its first request or between two, is worth least: at the limit the one that has been idle
longest is closed. While all are busy with streams, downloads or uploads, a few more are accepted for health checks;
other requests on them are answered by 503.
"""

import resource
import socket
import time
from asyncio import Transport
from collections import Counter, OrderedDict
from http import HTTPStatus
from itertools import islice
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ..base.telemetry import CONNECTIONS, log
from .errors import ProblemError, unavailable
from .malformed import Connection
from .parsing import MIN_BYTES, SECONDS_A_BYTE, ParserThrottle

# Connections accepted beyond the limit while all others are busy.
SPARE = 128
# How many of the least recently used connections are searched for an idle one when another arrives.
SEARCHED = 64
# The limit counts as reached until this share is in use: opening and closing at the limit is logged once.
LOW_WATER = 0.9
# A client that has taken nothing for this long is gone, whatever its kernel says; proxies wait as long.
STUCK_SECONDS = 60
# A user, or the address of an anonymous client, may have an eighth of all connections, and all anonymous clients
# together half: slow downloads of one must not become 503 for all. But at least as many as a page of thumbnails opens.
USER_FRACTION, ANONYMOUS_FRACTION = 8, 2
USER_MIN = 640
HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class _State:
    """What is known of one connection."""

    __slots__ = ("has_asked", "is_busy", "transport", "users")

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.has_asked = self.is_busy = False
        self.users: tuple[str, ...] = ()


class Connections:
    """The open connections of one server, the least recently used first.

    Args:
        limit: how many there may be, and ``SPARE`` more while all of them are busy.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: OrderedDict[web.RequestHandler, _State] = OrderedDict()
        self._spare: OrderedDict[web.RequestHandler, None] = OrderedDict()
        self._of_user: Counter[str] = Counter()
        self._is_full = False
        self._closed = 0
        self.throttle = ParserThrottle()

    def watch(self, app: web.Application) -> None:
        """Watch the connections of the server that is going to be made of ``app``.

        ``run_app``, ``python -m aiohttp.web`` and gunicorn's worker all ask the application for it, and have no other
        hook for a connection on which nothing has been received yet.
        """
        make = app._make_handler

        def make_watched(**options: Any) -> web.Server:
            server = make(**options)
            server.__class__ = _Server  # aiohttp offers no way to choose the class
            assert isinstance(server, _Server)
            server.watched_by = self
            return server

        app._make_handler = make_watched  # type: ignore[method-assign]

    def opened(self, connection: web.RequestHandler, transport: Transport) -> None:
        _end_when_stuck(transport)
        CONNECTIONS.inc()
        self._open[connection] = _State(transport)
        if len(self._open) > self.limit:
            self._make_room(connection)

    def begin(self, connection: web.RequestHandler) -> bool:
        """Note that a request has arrived; False where that was on a spare connection."""
        state = self._open.get(connection)
        if state is not None:
            self._open.move_to_end(connection)
            state.has_asked = state.is_busy = True
        return connection not in self._spare

    def end(self, connection: web.RequestHandler) -> None:
        """Note that the request has been answered."""
        if state := self._open.get(connection):
            state.is_busy = False

    def assign(self, connection: web.RequestHandler, *users: str) -> None:
        """Note whose request is the latest one on a connection.

        Args:
            users: the user; or the address of an anonymous client, and all anonymous clients.

        Raises:
            ProblemError: 429, they have too many connections.
        """
        state = self._open.get(connection)
        if state is None or state.users == users:
            return  # checked when the connection was assigned to them
        self._unassign(state)
        state.users = users
        self._of_user.update(users)
        limits = (max(USER_MIN, self.limit // fraction) for fraction in (USER_FRACTION, ANONYMOUS_FRACTION))
        if any(self._of_user[user] > limit for user, limit in zip(users, limits, strict=False)):
            self._unassign(state)  # it is about to be closed
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many connections of yours are open. Please let some of them end.",
                kind="too-many-at-once",
                headers={"Retry-After": "5", "Connection": "close"},
            )

    def user_of(self, connection: web.RequestHandler) -> str:
        """Whose request is the latest one on a connection; before the first one, its address."""
        state = self._open.get(connection)
        if state is not None and state.users:
            return state.users[0]
        peer = connection.peername
        return peer[0] if isinstance(peer, tuple) else ""

    def _unassign(self, state: _State) -> None:
        for user in state.users:
            self._of_user[user] -= 1
            if not self._of_user[user]:
                del self._of_user[user]
        state.users = ()

    def _make_room(self, newcomer: web.RequestHandler) -> None:
        if not self._is_full:
            self._is_full = True
            log.warning("connections_full", most=self.limit)
        # Busy ones move to the end, so that the next search does not meet them again.
        for connection in tuple(islice(self._open, min(SEARCHED, len(self._open) - 1))):
            if not self._open[connection].is_busy and connection not in self._spare:
                self._close(connection)
                return
            self._open.move_to_end(connection)
        if len(self._spare) == SPARE:
            self._close(next(iter(self._spare)))
        self._spare[newcomer] = None

    def _close(self, connection: web.RequestHandler) -> None:
        self._closed += 1
        state = self._forget(connection)
        if state is not None and state.has_asked:
            connection.close()  # immediately, or when the file that answers its request has been sent
        elif state is not None:
            state.transport.abort()

    def _forget(self, connection: web.RequestHandler) -> _State | None:
        self._spare.pop(connection, None)
        state = self._open.pop(connection, None)
        if state is not None:
            self._unassign(state)
        return state

    def lost(self, connection: web.RequestHandler) -> None:
        CONNECTIONS.dec()
        self._forget(connection)
        if self._is_full and len(self._open) <= self.limit * LOW_WATER:
            log.info("connections_free", closed=self._closed)
            self._is_full, self._closed = False, 0


class _Watched(Connection):
    """A connection whose parser may hold the loop for a part of the time only."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        began = time.thread_time()  # without the time spent waiting for the interpreter lock
        super().data_received(data)
        seconds = time.thread_time() - began - max(MIN_BYTES, len(data)) * SECONDS_A_BYTE
        if seconds > 0 and isinstance(self._manager, _Server):
            watched_by = self._manager.watched_by
            watched_by.throttle.parsed(self, watched_by.user_of(self), seconds)

    def resume_reading(self, resume_parser: bool = True) -> None:
        throttle = self._manager.watched_by.throttle if isinstance(self._manager, _Server) else None
        if throttle is None or not throttle.postpones(self):
            super().resume_reading(resume_parser)
            if throttle is not None:
                throttle.pause(self)  # if parsing what was left over has been costly, too


class _Server(web.Server):
    """aiohttp's server, which reports its connections."""

    watched_by: Connections

    def __call__(self) -> web.RequestHandler:
        connection = super().__call__()
        connection.__class__ = _Watched
        return connection

    def connection_made(self, handler: web.RequestHandler, transport: Transport) -> None:
        super().connection_made(handler, transport)
        self.watched_by.opened(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self.watched_by.lost(handler)


def connection_limit(wanted: int) -> int:
    """The configured limit, lowered where less than an eighth of the descriptors would be left for files and stores."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if descriptors == resource.RLIM_INFINITY else min(wanted, descriptors - descriptors // 8)


def connections_middleware(connections: Connections) -> Middleware:
    """Answer nothing but health checks on a spare connection."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if connections.begin(request.protocol) or request.path in HEALTH_PATHS:
                return await handler(request)
        finally:
            connections.end(request.protocol)
        response = unavailable("Too many clients are connected at the moment. Please try again.").response()
        response.force_close()
        return response

    return middleware


def _end_when_stuck(transport: Transport) -> None:
    """Let the kernel end a connection whose client takes nothing: its window may stay at zero forever otherwise."""
    end = transport.get_extra_info("socket")
    if hasattr(socket, "TCP_USER_TIMEOUT") and end is not None and end.family in (socket.AF_INET, socket.AF_INET6):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_SECONDS * 1000)
