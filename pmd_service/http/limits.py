"""How long and how much the server listens to one connection, whoever serves the application.

``run_app``, ``python -m aiohttp.web`` and gunicorn each make connections in their own way, and all of them take these.
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

# A connection that has said nothing for so long, or has not come to the end of its headers, is closed. Longer than
# proxies keep an idle one (60 s with nginx), which otherwise may send a request into the closing.
IDLE_SECONDS = 75.0
# How long the rest of a body that nobody wants is taken, so that its sender reads the answer.
LINGERING_SECONDS = 5.0
# The longest body is a mebibyte, and every one of JSON comes at once.
BODY_SECONDS = 20.0
# What comes of a larger body in so long, on the average, is the least that its sender may send. A telephone on a bad
# day has five times as much; a thousandth of it would hold a place for ever.
LEAST_BYTES_A_SECOND = 1024
# How long the sender of a larger body may be silent: it has used up its credit then.
SILENT_SECONDS = 60.0
# With no descriptor left, the loop fails to accept some hundred times a second.
REPORT_SECONDS = 60.0

T = TypeVar("T")

_server_log = logging.getLogger("aiohttp.server")

HANDLER_ARGS: dict[str, Any] = {
    # A mebibyte of gzip unpacks to a gibibyte, for whoever sends it, and on the event loop.
    "auto_decompress": False,
    # A stream whose reader has gone ends at once; writes are shielded in middlewares.py.
    "handler_cancellation": True,
    "keepalive_timeout": IDLE_SECONDS,
    "lingering_time": LINGERING_SECONDS,
    "access_log": None,
    "logger": _server_log,
}


async def read_body(request: web.Request, *, within: float = BODY_SECONDS, most: int | None = None) -> bytes:
    """The whole body, if it comes within so many seconds.

    A route that takes larger or slower bodies reads them by itself, under limits of its own.

    Args:
        most: in bytes; ``client_max_size`` where nothing is said.

    Raises:
        ProblemError: 408, the body was still not there; 400, it breaks off.
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
    """How long a body may still keep us waiting: every byte that comes buys time, up to ``SILENT_SECONDS``.

    Only waiting counts, not what is done with the bytes meanwhile.
    """

    def __init__(self) -> None:
        self.left = SILENT_SECONDS
        self._waiting: asyncio.Timeout | None = None

    @property
    def is_ended(self) -> bool:
        return self.left == -math.inf

    async def keep(self, read: Callable[[], Awaitable[T]]) -> T:
        """What is read, if it comes in time.

        Raises:
            TimeoutError: it does not, or the pace has been ended.
        """
        if self.left <= 0:
            raise TimeoutError
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.left) as self._waiting:
                came = await read()
        finally:
            self._waiting = None
        bought = len(came) / LEAST_BYTES_A_SECOND if isinstance(came, bytes | bytearray) else 0
        self.left = min(SILENT_SECONDS, self.left + bought - (time.monotonic() - began))
        return came

    def end(self) -> None:
        """Let what is being read end now, and whatever would be read next."""
        self.left = -math.inf
        if self._waiting is not None:
            self._waiting.reschedule(0)


async def quiet_context(_app: web.Application) -> AsyncIterator[None]:
    """Tell once a minute what asyncio tells hundreds of times a second, and never what a stranger has sent."""
    loop = asyncio.get_running_loop()
    told = -REPORT_SECONDS

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal told
        if "socket.accept()" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif time.monotonic() - told >= REPORT_SECONDS:
            told = time.monotonic()
            log.error("connections_refused", error=repr(context.get("exception")))

    loop.set_exception_handler(handle)
    _server_log.addFilter(_withhold_input)
    yield
    _server_log.removeFilter(_withhold_input)
    loop.set_exception_handler(None)


def _withhold_input(record: logging.LogRecord) -> bool:
    """What cannot be parsed may hold a token: say that it came, and not what it was."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args, record.exc_info = "unparseable request", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True
