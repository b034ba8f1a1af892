"""How many connections this process holds at once, and which of them goes when there is no room for another.

A connection that waits (for its first request, or for a next one) is worth least: under pressure the one that has been
silent the longest is closed, so that whoever only sits there keeps nobody out. Where all are busy (streams, downloads,
uploads), a few are taken all the same, for whoever asks how the service is; anything else that they ask is 503.
"""

import resource
import socket
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

# So many more than the most, for as long as they take to ask one thing.
SPARE = 128
# How many of those longest unheard are looked at for a silent one: what a newcomer costs at most.
LOOKED_AT = 64
# A full house is over when so much of it is free: closing and opening at the brim is one episode, with one line.
FREE_AGAIN = 0.9
# A reader that takes nothing for so long has gone, whatever its kernel says. As long as proxies wait for a reader.
STUCK_SECONDS = 60
# One user has no more than this part of all, or else their slow downloads would be everybody's 503; but as many as a
# page of thumbnails asks for at once over HTTP/2, and some streams. So has a stranger's address; all of them have half.
USERS_PART, CROWDS_PART = 8, 2
USERS_LEAST = 640
FOR_OPERATORS = frozenset({"/healthz", "/readyz", "/metrics"})


class _Line:
    """What is known of one connection."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.was_heard = self.is_asking = False
        self.names: tuple[str, ...] = ()


class Connections:
    """The open connections of one server, the longest unheard first.

    Args:
        most: how many there may be, and ``SPARE`` more while all of them are busy.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: OrderedDict[web.RequestHandler, _Line] = OrderedDict()
        self._spare: OrderedDict[web.RequestHandler, None] = OrderedDict()
        self._of_user: Counter[str] = Counter()
        self._is_full = False
        self._closed = 0

    def bound(self, app: web.Application) -> None:
        """Watch over the server that ``app`` is going to get, whoever makes it.

        ``run_app``, ``python -m aiohttp.web`` and gunicorn's worker all ask the application for it, and offer no other
        place to hear of a connection before it has said something.
        """
        make = app._make_handler

        def make_watched(**options: Any) -> web.Server:
            server = make(**options)
            server.__class__ = _Server  # aiohttp names its own class where it makes one
            assert isinstance(server, _Server)
            server.watch = self
            return server

        app._make_handler = make_watched  # type: ignore[method-assign]

    def made(self, connection: web.RequestHandler, transport: Transport) -> None:
        _end_when_stuck(transport)
        CONNECTIONS.inc()
        self._open[connection] = _Line(transport)
        if len(self._open) > self.most:
            self._make_room(connection)

    def heard(self, connection: web.RequestHandler) -> bool:
        """A request has come; False where it came on a spare connection."""
        line = self._open.get(connection)
        if line is not None:
            self._open.move_to_end(connection)
            line.was_heard = line.is_asking = True
        return connection not in self._spare

    def answered(self, connection: web.RequestHandler) -> None:
        if line := self._open.get(connection):
            line.is_asking = False

    def belongs_to(self, connection: web.RequestHandler, *names: str) -> None:
        """Note whose request has come last on a connection.

        Args:
            names: the user; or a stranger's address, and the crowd that they are of.

        Raises:
            ProblemError: 429, they have too many.
        """
        line = self._open.get(connection)
        if line is None or line.names == names:
            return  # whoever had too many was told so when the last one came
        self._belongs_to_nobody(line)
        line.names = names
        self._of_user.update(names)
        most = (max(USERS_LEAST, self.most // part) for part in (USERS_PART, CROWDS_PART))
        if any(self._of_user[name] > each for name, each in zip(names, most, strict=False)):
            self._belongs_to_nobody(line)  # it is about to be closed, and takes nobody's place
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many connections of yours are open. Please let some of them end.",
                kind="too-many-at-once",
                headers={"Retry-After": "5", "Connection": "close"},
            )

    def _belongs_to_nobody(self, line: _Line) -> None:
        for name in line.names:
            self._of_user[name] -= 1
            if not self._of_user[name]:
                del self._of_user[name]
        line.names = ()

    def _make_room(self, newcomer: web.RequestHandler) -> None:
        if not self._is_full:
            self._is_full = True
            log.warning("connections_full", most=self.most)
        # Those that do not wait go to the end.
        for connection in tuple(islice(self._open, min(LOOKED_AT, len(self._open) - 1))):
            if not self._open[connection].is_asking and connection not in self._spare:
                self._close(connection)
                return
            self._open.move_to_end(connection)
        if len(self._spare) == SPARE:
            self._close(next(iter(self._spare)))
        self._spare[newcomer] = None

    def _close(self, connection: web.RequestHandler) -> None:
        self._closed += 1
        line = self._forget(connection)
        if line is not None and line.was_heard:
            connection.close()  # at once, or when the file that it was answered with has gone out
        elif line is not None:
            line.transport.abort()

    def _forget(self, connection: web.RequestHandler) -> _Line | None:
        self._spare.pop(connection, None)
        line = self._open.pop(connection, None)
        if line is not None:
            self._belongs_to_nobody(line)
        return line

    def lost(self, connection: web.RequestHandler) -> None:
        CONNECTIONS.dec()
        self._forget(connection)
        if self._is_full and len(self._open) <= self.most * FREE_AGAIN:
            log.info("connections_free", closed=self._closed)
            self._is_full, self._closed = False, 0


class _Server(web.Server):
    """aiohttp's server, which tells whom it serves."""

    watch: Connections

    def __call__(self) -> web.RequestHandler:
        connection = super().__call__()
        connection.__class__ = Connection
        return connection

    def connection_made(self, handler: web.RequestHandler, transport: Transport) -> None:
        super().connection_made(handler, transport)
        self.watch.made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self.watch.lost(handler)


def affordable(most: int) -> int:
    """As many connections as asked for, as long as an eighth of the descriptors is left for files and the stores."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if descriptors == resource.RLIM_INFINITY else min(most, descriptors - descriptors // 8)


def connections_middleware(connections: Connections) -> Middleware:
    """Answer on a spare connection only how the service is."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if connections.heard(request.protocol) or request.path in FOR_OPERATORS:
                return await handler(request)
        finally:
            connections.answered(request.protocol)
        response = unavailable("Too many are connected just now. Please try again.").response()
        response.force_close()
        return response

    return middleware


def _end_when_stuck(transport: Transport) -> None:
    """Let the kernel end a connection whose reader takes nothing: a window of zero may last for ever otherwise."""
    end = transport.get_extra_info("socket")
    if hasattr(socket, "TCP_USER_TIMEOUT") and end is not None and end.family in (socket.AF_INET, socket.AF_INET6):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_SECONDS * 1000)


OPEN = web.AppKey("connections", Connections)
