"""Cached answers: the same bytes for everyone, encoded and compressed once; and values that are refreshed on demand."""

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
    """A JSON answer with its ETag, in each coding."""

    def __init__(self, body: bytes) -> None:
        self._forms = {None: body} | {name: encode(body) for name, encode in CODINGS.items()}
        self._headers = {
            hdrs.ETAG: f'W/"{hashlib.sha256(body).hexdigest()[:16]}"',
            hdrs.CACHE_CONTROL: "no-cache",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }

    def answer(self, request: web.Request) -> web.Response:
        """The answer in a coding that the client accepts; 304 where it has it already."""
        if self._headers[hdrs.ETAG] in request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=self._headers)
        coding = choose(request.headers.get(hdrs.ACCEPT_ENCODING, ""))
        headers = self._headers if coding is None else self._headers | {hdrs.CONTENT_ENCODING: coding}
        return web.Response(body=self._forms[coding], headers=headers, content_type="application/json")


class Refreshed(Generic[T]):
    """A value that is refreshed when it is asked for, at most once in so many seconds, by one call for all who ask.

    Args:
        refresh: what it raises is raised to all who wait for it, and not kept.
    """

    def __init__(self, refresh: Callable[[], Awaitable[T]], *, seconds: float) -> None:
        self._refresh = refresh
        self._seconds = seconds
        self._running: asyncio.Future[T] | None = None
        self._refreshed_at = 0.0

    async def get(self) -> T:
        if self._running is None or (self._running.done() and self._is_stale(self._running)):
            self._running = asyncio.ensure_future(self._find())
            # Retrieve the exception: where no one waits any more, asyncio must not log it.
            self._running.add_done_callback(lambda value: value.cancelled() or value.exception())
        # One waiter that is cancelled must not cancel it for the others.
        return await asyncio.shield(self._running)

    def _is_stale(self, value: asyncio.Future[T]) -> bool:
        is_failed = value.cancelled() or value.exception() is not None
        return is_failed or time.monotonic() - self._refreshed_at >= self._seconds

    async def _find(self) -> T:
        value = await self._refresh()
        self._refreshed_at = time.monotonic()
        return value
