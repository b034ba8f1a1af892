"""Timeouts and sizes of requests, for every way to serve the application.

``run_app``, ``python -m aiohttp.web`` and gunicorn's worker all apply ``HANDLER_ARGS`` to their connections.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ..base.telemetry import log
from .errors import ProblemError, bad_request

# A connection that is idle for this long, or whose headers are incomplete by then, is closed. Longer than proxies keep
# idle ones (60 s with nginx), which could otherwise send a request while we close.
IDLE_SECONDS = 75.0
# How long the rest of a refused body is read, so that its sender reads the answer.
LINGERING_SECONDS = 5.0
# For JSON bodies, which are a mebibyte at most.
BODY_SECONDS = 20.0
# The minimum average rate of a larger body. A phone with bad reception has five times as much; a thousandth of it would
# hold an upload slot forever.
MIN_BYTES_PER_SECOND = 1024
# The credit of a larger body: for so long its sender may send nothing.
SILENT_SECONDS = 60.0
# With no descriptor left, accept() fails some hundred times a second; it is logged this often.
REPORT_SECONDS = 60.0

T = TypeVar("T")

_server_log = logging.getLogger("aiohttp.server")

HANDLER_ARGS: dict[str, Any] = {
    # A mebibyte of gzip decompresses to a gibibyte, on the event loop.
    "auto_decompress": False,
    # A stream ends as soon as its client hangs up; writes are shielded (middlewares.py).
    "handler_cancellation": True,
    # A sixteenth as many chunks of a body are parsed in one step, and read in the next.
    "read_bufsize": 16 * 1024,
    "keepalive_timeout": IDLE_SECONDS,
    "lingering_time": LINGERING_SECONDS,
    "access_log": None,
    "logger": _server_log,
}


async def read_body(request: web.Request, *, within: float = BODY_SECONDS, most: int | None = None) -> bytes:
    """Read the whole body, if it arrives within so many seconds.

    Routes for larger or slower bodies read them by themselves, under limits of their own.

    Args:
        most: in bytes; by default ``client_max_size``.

    Raises:
        ProblemError: 408, the body has not arrived in time; 400, it is cut off.
        web.HTTPRequestEntityTooLarge: it is longer.
    """
    if most is not None:
        request = request.clone(client_max_size=most)
    try:
        async with asyncio.timeout(within):
            return await request.read()
    except web.RequestPayloadError as error:
        raise bad_request("The body does not arrive as its headers say.", path="$") from error
    except TimeoutError as error:
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT,
            "The body did not arrive in time. Please try again.",
            headers={"Connection": "close"},
        ) from error


class Pace:
    """The minimum rate of one body: each received byte extends the credit of time, up to ``SILENT_SECONDS``.

    Only waiting uses it up, not what is done with the bytes.
    """

    def __init__(self) -> None:
        self.left = SILENT_SECONDS
        self._waiting: asyncio.Timeout | None = None

    @property
    def is_ended(self) -> bool:
        return self.left == -math.inf

    async def keep(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read within the remaining credit.

        Raises:
            TimeoutError: it is used up, or ``end`` has been called.
        """
        if self.left <= 0:
            raise TimeoutError
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.left) as self._waiting:
                received = await read()
        finally:
            self._waiting = None
        earned = len(received) / MIN_BYTES_PER_SECOND if isinstance(received, bytes | bytearray) else 0
        self.left = min(SILENT_SECONDS, self.left + earned - (time.monotonic() - began))
        return received

    def end(self) -> None:
        """Time out the current read, and all later ones."""
        self.left = -math.inf
        if self._waiting is not None:
            self._waiting.reschedule(0)


async def error_log_context(_app: web.Application) -> AsyncIterator[None]:
    """Log failing accepts once a minute instead of a hundred times a second, and nothing that a client has sent."""
    loop = asyncio.get_running_loop()
    logged_at = -REPORT_SECONDS

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal logged_at
        if "socket.accept()" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif time.monotonic() - logged_at >= REPORT_SECONDS:
            logged_at = time.monotonic()
            log.error("connections_refused", error=repr(context.get("exception")))

    loop.set_exception_handler(handle)
    _server_log.addFilter(_redact)
    yield
    _server_log.removeFilter(_redact)
    loop.set_exception_handler(None)


def _redact(record: logging.LogRecord) -> bool:
    """An unparseable request may contain a token: log that it was received, but not its text."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args, record.exc_info = "unparseable request", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True
