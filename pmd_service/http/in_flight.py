"""A limit on requests in flight, of all clients and of one user.

A request is in flight until its answer has been sent, so streams, uploads and slow downloads count for as long as they
last; over HTTP/1.1 each is a connection. Connections without a request are the proxy's part
(``docs/operations/nginx.conf``); here they are closed after ``IDLE_SECONDS``.
"""

import asyncio
import resource
import socket
from asyncio import BaseTransport, Transport
from collections import Counter, defaultdict
from contextlib import suppress
from http import HTTPStatus

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_request import BaseRequest

from ..base.telemetry import IN_FLIGHT
from .errors import ProblemError
from .turns import READER
from .unread import LARGE_BYTES, Unread

# A client that has taken nothing for this long is gone, whatever its kernel says; proxies wait as long.
STUCK_SECONDS = 60
# A user, or the address of an anonymous client, may have an eighth of all requests, and all anonymous clients together
# half: slow downloads of one must not become 503 for all. But at least as many as a page of thumbnails sends.
USER_FRACTION, ANONYMOUS_FRACTION = 8, 2
USER_MIN = 640
# For streams, which first get the reason why they end.
GRACE_SECONDS = 1.0
HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class InFlight:
    """The requests in flight of one server.

    Args:
        limit: how many there may be; health checks are answered beyond it.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0
        self._limits = [max(USER_MIN, limit // fraction) for fraction in (USER_FRACTION, ANONYMOUS_FRACTION)]
        self._of_user: Counter[str] = Counter()
        self._by_credential: defaultdict[bytes, set[BaseTransport]] = defaultdict(set)

    def require_room(self, path: str) -> None:
        """Raises: ProblemError: 503, too many requests are in flight."""
        if self.count > self.limit and path not in HEALTH_PATHS:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many clients are connected at the moment. Please try again.",
                headers=_REFUSED,
            )

    def assign(self, request: web.Request, *users: str) -> None:
        """Count a request as its user's until it has been answered.

        Args:
            users: the user; or the address of an anonymous client, and all anonymous clients.

        Raises:
            ProblemError: 429, too many of theirs are in flight.
        """
        request[_USERS] = users
        for user in users:
            self._of_user[user] += 1
        if any(self._of_user[user] > limit for user, limit in zip(users, self._limits, strict=False)):
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many connections of yours are open. Please let some of them end.",
                kind="too-many-at-once",
                headers=_REFUSED,
            )

    def note_credential(self, request: web.Request, credential: bytes) -> None:
        """Note by which token or key, named by its SHA-256, a request is made."""
        if request.transport is not None:
            request[_NOTED] = credential, request.transport
            self._by_credential[credential].add(request.transport)

    def cut(self, credential: bytes) -> None:
        """Cut off the requests that are in flight now by a credential that has been ended."""
        if connections := self._by_credential.get(credential):
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._abort, credential, {*connections})

    def _abort(self, credential: bytes, connections: set[BaseTransport]) -> None:
        for connection in connections & self._by_credential.get(credential, set()):
            if isinstance(connection, Transport):
                connection.abort()

    def begin(self, request: web.Request) -> None:
        self.count += 1
        IN_FLIGHT.inc()
        if isinstance(request.transport, Transport):
            _end_when_stuck(request.transport)

    def end(self, request: web.Request) -> None:
        self.count -= 1
        IN_FLIGHT.dec()
        if (noted := request.get(_NOTED)) is not None:
            credential, connection = noted
            self._by_credential[credential].discard(connection)
            if not self._by_credential[credential]:
                del self._by_credential[credential]
        for user in request.get(_USERS, ()):
            self._of_user[user] -= 1
            if not self._of_user[user]:
                del self._of_user[user]


class File(web.FileResponse):
    """A file that a middleware can send; aiohttp's own response would be sent a second time afterwards."""

    def set_status(self, status: int, reason: str | None = None) -> None:
        # Its handler has seen it: what cannot be opened now, because no descriptor is left, is no 404.
        super().set_status(HTTPStatus.SERVICE_UNAVAILABLE if status == HTTPStatus.NOT_FOUND else status, reason)

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        return None if self.prepared else await super().prepare(request)


def sending_middleware(in_flight: InFlight, unread: Unread) -> Middleware:
    """Send files and large answers, so that their requests are in flight until then."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        in_flight.begin(request)
        try:
            response = await handler(request)
            size = len(response.body) if isinstance(response, web.Response) and isinstance(response.body, bytes) else 0
            if size >= LARGE_BYTES or isinstance(response, File):
                # aiohttp, which calls both again, handles a client that has hung up.
                with unread.sending(request.get(READER, ""), size), suppress(ConnectionError):
                    await response.prepare(request)
                    await response.write_eof()
                if isinstance(response, web.Response):
                    response.body = None  # aiohttp keeps the last answer of a connection until its next request
            return response
        finally:
            in_flight.end(request)

    return middleware


def request_limit(wanted: int) -> int:
    """The configured limit, lowered where less than an eighth of the descriptors would be left for files and stores."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if descriptors == resource.RLIM_INFINITY else min(wanted, descriptors - descriptors // 8)


def _end_when_stuck(transport: Transport) -> None:
    """Let the kernel end a connection whose client takes nothing: its window may stay at zero forever otherwise."""
    end = transport.get_extra_info("socket")
    if hasattr(socket, "TCP_USER_TIMEOUT") and end is not None and end.family in (socket.AF_INET, socket.AF_INET6):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_SECONDS * 1000)


REQUESTS = web.AppKey("requests in flight", InFlight)
_USERS = web.RequestKey("users of the request", tuple)
_NOTED: web.RequestKey[tuple[bytes, BaseTransport]] = web.RequestKey("credential of the request", tuple)
_REFUSED = {"Retry-After": "5", "Connection": "close"}
