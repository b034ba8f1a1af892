"""Answers that are the same for everybody: made once, with their tag and their smaller forms, and then only sent."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Generic, TypeVar

from aiohttp import hdrs, web

from .compression import CODINGS, choose

T = TypeVar("T")


class ReadyMade:
    """A JSON answer's bytes, as they go out."""

    def __init__(self, body: bytes) -> None:
        self._forms = {None: body} | {name: encode(body) for name, encode in CODINGS.items()}
        self._headers = {
            hdrs.ETAG: f'W/"{hashlib.sha256(body).hexdigest()[:16]}"',
            hdrs.CACHE_CONTROL: "no-cache",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }

    def answer(self, request: web.Request) -> web.Response:
        """The answer, in the form that its reader takes; 304 where they have it already."""
        if self._headers[hdrs.ETAG] in request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=self._headers)
        coding = choose(request.headers.get(hdrs.ACCEPT_ENCODING, ""))
        headers = self._headers if coding is None else self._headers | {hdrs.CONTENT_ENCODING: coding}
        return web.Response(body=self._forms[coding], headers=headers, content_type="application/json")


class Refreshed(Generic[T]):
    """Something that is found out again when it is asked for, at most once in so many seconds, for all who ask.

    Args:
        find_out: whatever it raises is told to all who wait for it, and is not kept.
    """

    def __init__(self, find_out: Callable[[], Awaitable[T]], *, seconds: float) -> None:
        self._find_out = find_out
        self._seconds = seconds
        self._finding: asyncio.Future[T] | None = None
        self._found_at = 0.0

    async def get(self) -> T:
        if self._finding is None or (self._finding.done() and self._is_old(self._finding)):
            self._finding = asyncio.ensure_future(self._find())
            # Whoever waits is told; where nobody does any more, nothing has gone wrong.
            self._finding.add_done_callback(lambda found: found.cancelled() or found.exception())
        # Who goes meanwhile takes it from nobody else.
        return await asyncio.shield(self._finding)

    def _is_old(self, found: asyncio.Future[T]) -> bool:
        is_failed = found.cancelled() or found.exception() is not None
        return is_failed or time.monotonic() - self._found_at >= self._seconds

    async def _find(self) -> T:
        found = await self._find_out()
        self._found_at = time.monotonic()
        return found
