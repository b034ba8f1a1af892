"""What every request passes through: telemetry, errors as problems, writes that survive their client, headers."""

import asyncio
import random
import time
from functools import lru_cache
from http import HTTPStatus

import redis
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars

from ..base.database import DATABASE_DOWN, NUL_IN_TEXT
from ..base.spans import span
from ..base.telemetry import HTTP_SECONDS, log
from ..locales import translatable
from . import rates
from .errors import PassingFaultError, ProblemError, internal_error, unavailable, unprocessable
from .expect import require_known_expect
from .languages import language_of_client
from .turns import CALLER
from .wire import SAFE_METHODS

MAX_BODY_BYTES = 1 << 20
REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID = web.RequestKey("request_id", str)
# Of a client that has hung up before there was an answer, as nginx logs it.
CLIENT_CLOSED_REQUEST = 499


@web.middleware
async def telemetry_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, bind it to every log line, and log and measure the answer by its route."""
    request_id = request.headers.get(REQUEST_ID_HEADER, "")
    if not (request_id.isascii() and request_id.isprintable() and 1 <= len(request_id) <= 64):
        request_id = f"{random.getrandbits(128):032x}"
    request[_REQUEST_ID] = request_id
    rates.begin(request)
    bind_contextvars(request_id=request_id)  # aiohttp handles each request in a context of its own
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unmatched"
    status = CLIENT_CLOSED_REQUEST
    began = time.perf_counter()
    try:
        with span(f"{request.method} {route}"):
            response = await handler(request)
        status = response.status
        return response
    finally:
        seconds = time.perf_counter() - began
        _seconds_of(request.method, route, status).observe(seconds)
        log_request(request, route, status, seconds)


def log_request(request: web.Request, route: str, status: int, seconds: float) -> None:
    caller = request.get(CALLER, "")
    # Anonymous clients and health probes share names that no user has.
    user = {"user": caller} if caller and caller[0] not in " /" else {}
    log.info("request", method=request.method, route=route, status=status, seconds=round(seconds, 4), **user)


@lru_cache(maxsize=4096)
def _seconds_of(method: str, route: str, status: int) -> Histogram:
    """Looking a metric up by its labels takes longer than observing it."""
    return HTTP_SECONDS.labels(method, route, status)


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors as problem+json, and let a write finish although its client has hung up.

    Reads are cancelled with their client.
    """
    if request.method in SAFE_METHODS:
        return await _answer(request, handler)
    writing = asyncio.create_task(_answer(request, handler))
    _writes.add(writing)
    writing.add_done_callback(_writes.discard)
    return await asyncio.shield(writing)


_writes: set[asyncio.Task[web.StreamResponse]] = set()


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
            # Nothing here decompresses bodies, and none must be taken for its contents.
            raise ProblemError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "Send the body without Content-Encoding.",
                headers={hdrs.ACCEPT_ENCODING: "identity"},
            )
        require_known_expect(request)
        return await handler(request)
    except Exception as error:
        if isinstance(error, web.HTTPException) and error.status < 400:
            raise
        return _problem_of(error).response(language_of_client(request))


def _problem_of(error: Exception) -> ProblemError:
    """The problem that an error is answered as, without its internals."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, web.HTTPException):
        return _problem_of_http(error)
    if isinstance(error, (*DATABASE_DOWN, redis.RedisError, PassingFaultError)):
        log.error("dependency_down", error=repr(error))
        return unavailable("The service cannot reach one of its stores just now. Please try again.")
    if isinstance(error, NUL_IN_TEXT):
        # Some texts lose this character on their way in; the others are refused here, in a query as in a body.
        return unprocessable("A text contains the character U+0000, which cannot be stored.", path="$")
    log.exception("unhandled_error")
    return internal_error()


def _problem_of_http(error: web.HTTPException) -> ProblemError:
    details = {
        HTTPStatus.NOT_FOUND: translatable("There is nothing at this address."),
        HTTPStatus.METHOD_NOT_ALLOWED: translatable("This address does not take this method."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: translatable(f"The body is larger than {MAX_BODY_BYTES} bytes."),
    }
    status = HTTPStatus(error.status)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(status, details.get(status, status.description or status.phrase), headers=headers)


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The headers of every answer, streams and files too."""
    headers = response.headers
    headers[REQUEST_ID_HEADER] = request[_REQUEST_ID]
    headers.update(rates.headers_of(request))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cache-Control", "no-store")
    headers[hdrs.SERVER] = "pmd"  # aiohttp's own names its version, and Python's
