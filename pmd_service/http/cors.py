"""CORS (Fetch standard, section 3.2): which other origins' pages may call the API, by ``CORS_ORIGINS``.

They send a token or an access key in the header. Cookies are never for them: ``Access-Control-Allow-Credentials`` is
not sent, so that no page of another origin reads what a browser's session shows.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from .vary import vary_by

_ALLOWED = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, PMD-Viewer, "
    "Range, Tus-Resumable, Upload-Checksum, Upload-Concat, Upload-Defer-Length, Upload-Length, Upload-Metadata, "
    "Upload-Offset, X-HTTP-Method-Override, X-Request-ID"
)
_EXPOSED = (
    "Content-Disposition, Content-Range, Deprecation, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "Sunset, Tus-Resumable, Upload-Expires, Upload-Length, Upload-Offset, X-Request-ID"
)
_PREFLIGHT: Mapping[str, str] = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, HEAD, POST, PUT, PATCH, DELETE",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _ALLOWED,
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}


def cors_middleware(origins: Collection[str]) -> Middleware:
    """Answer preflights of these origins, exactly as they are written, without looking at who is calling."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/api/"):
            return await handler(request)
        origin = request.headers.get(hdrs.ORIGIN)
        is_allowed = request[ALLOWED] = origin in origins
        if is_allowed and request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
            return web.Response(status=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
        return await handler(request)

    return middleware


# Whether the request comes from an allowed origin, where any is.
ALLOWED = web.RequestKey("allowed origin", bool)


async def allow_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let the page of an allowed origin read the answer; caches keep answers to others apart."""
    is_allowed = request.get(ALLOWED)
    if is_allowed is None:
        return
    vary_by(response.headers, hdrs.ORIGIN)
    if is_allowed:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
