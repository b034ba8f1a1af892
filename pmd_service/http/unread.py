"""A limit on unread answers: how many bytes of one user's answers the process keeps in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from aiohttp import web

from .errors import ProblemError

# Smaller ones fit into the kernel's buffers.
LARGE_BYTES = 64 << 10
# Some twenty of the largest pages. Without it, connections that request one each and read nothing take a gigabyte.
MAX_UNREAD_BYTES = 32 << 20


class Unread:
    """The bytes of large answers that are being sent, by user."""

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
        """Raises: ProblemError: 429, too many bytes of the user's answers are unread."""
        if self._bytes[user] >= MAX_UNREAD_BYTES:
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many answers of yours have not been read yet. Please read them first.",
                kind="too-many-at-once",
                headers={"Retry-After": "5"},
            )


UNREAD = web.AppKey("unread", Unread)
