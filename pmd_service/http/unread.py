"""Answers that their readers have not taken yet: how much of one user's the process keeps in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .errors import ProblemError
from .turns import READER

# What is smaller lies in the kernel's buffers.
LARGE_BYTES = 64 << 10
# Some twenty of the largest pages. Connections that ask for one each and read nothing took a gigabyte.
MOST_UNREAD_BYTES = 32 << 20


class Unread:
    """Bytes of large answers on their way, by user."""

    def __init__(self) -> None:
        self._bytes: Counter[str] = Counter()

    @contextmanager
    def sending(self, user: str, size: int) -> Iterator[None]:
        self._bytes[user] += size
        try:
            yield
        finally:
            self._bytes[user] -= size
            if not self._bytes[user]:
                del self._bytes[user]

    def require_read(self, user: str) -> None:
        """Let a user ask for more, who reads what they have asked for.

        Raises:
            ProblemError: 429, too much of theirs waits for its readers.
        """
        if self._bytes[user] >= MOST_UNREAD_BYTES:
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many answers of yours have not been read yet. Please read them first.",
                kind="too-many-at-once",
                headers={"Retry-After": "5"},
            )


def unread_middleware(unread: Unread) -> Middleware:
    """Send large answers here, where it is known how long they take."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if not isinstance(response, web.Response) or response.prepared:
            return response
        if isinstance(response.body, bytes) and len(response.body) >= LARGE_BYTES:
            # A reader who has gone is aiohttp's affair, which sends what is not sent yet.
            with unread.sending(request.get(READER, ""), len(response.body)), suppress(ConnectionError):
                await response.prepare(request)
                await response.write_eof()
                # aiohttp keeps the last answer of a connection for as long as that waits for its next request.
                response.body = None
        return response

    return middleware


UNREAD = web.AppKey("unread", Unread)
