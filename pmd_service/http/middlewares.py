"""What every request passes through: telemetry, problems, the shield of writes, and headers of every answer."""

import asyncio
import random
import time
from functools import lru_cache
from http import HTTPStatus

import redis
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars, reset_contextvars

from ..base.database import DATABASE_DOWN, NO_TEXT
from ..base.spans import span
from ..base.telemetry import HTTP_SECONDS, log
from .errors import PassingFaultError, ProblemError, internal_error, unavailable, unprocessable
from .turns import CALLER
from .wire import SAFE_METHODS

MAX_BODY_BYTES = 1 << 20
REQUEST_ID_HEADER = "X-Request-ID"


@web.middleware
async def telemetry_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, bind it to every log line, and measure the answer by route."""
    request_id = request.headers.get(REQUEST_ID_HEADER, "")
    if not (request_id.isascii() and request_id.isprintable() and 1 <= len(request_id) <= 64):
        request_id = f"{random.getrandbits(128):032x}"
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unmatched"
    status = 499  # the client was gone before there was an answer
    began = time.perf_counter()
    bound = bind_contextvars(request_id=request_id)
    try:
        with span(f"{request.method} {route}"):
            response = await handler(request)
        status = response.status
        if not response.prepared:
            response.headers[REQUEST_ID_HEADER] = request_id
        return response
    finally:
        seconds = time.perf_counter() - began
        _seconds_of(request.method, route, status).observe(seconds)
        caller = request.get(CALLER, "")
        told = {"user": caller} if caller.strip() == caller != "" else {}
        log.info("request", method=request.method, route=route, status=status, seconds=round(seconds, 4), **told)
        reset_contextvars(**bound)


@lru_cache(maxsize=4096)
def _seconds_of(method: str, route: str, status: int) -> Histogram:
    """To look a metric up by its labels takes longer than to observe it."""
    return HTTP_SECONDS.labels(method, route, status)


@web.middleware
async def plain_body_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse bodies in a wrapping: nothing here unwraps them, and none shall be taken for what it wraps."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send the body as it is, without Content-Encoding.",
            headers={hdrs.ACCEPT_ENCODING: "identity"},
        )
    return await handler(request)


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell every error as problem+json, and none of its internals."""
    try:
        return await handler(request)
    except ProblemError as error:
        return error.response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _problem_of(error).response()
    except (*DATABASE_DOWN, redis.RedisError, PassingFaultError) as error:
        log.error("dependency_down", error=repr(error))
        return unavailable("The service cannot reach one of its stores just now. Please try again.").response()
    except NO_TEXT:
        # Some texts drop it on their way in; whichever does not is refused here, in a query as in a body.
        return unprocessable("A text holds the character U+0000, which no text can have here.", path="$").response()
    except Exception:
        log.exception("unhandled_error")
        return internal_error().response()


def _problem_of(error: web.HTTPException) -> ProblemError:
    details = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    }
    status = HTTPStatus(error.status)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(status, details.get(status, status.description or status.phrase), headers=headers)


@web.middleware
async def shield_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a write come to its end although its client has hung up; reads are cancelled with their client."""
    if request.method in SAFE_METHODS:
        return await handler(request)
    # Its errors are answers already: of one that ends after its client has gone, nobody would ask.
    writing = asyncio.ensure_future(problem_middleware(request, handler))
    _writes.add(writing)
    writing.add_done_callback(_writes.discard)
    return await asyncio.shield(writing)


_writes: set[asyncio.Future[web.StreamResponse]] = set()


async def set_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers[hdrs.SERVER] = "pmd"  # aiohttp's own names its version, and Python's
