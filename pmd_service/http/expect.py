"""The header Expect (RFC 9110 section 10.1.1): who waits is asked to send the body, anything else is refused.

aiohttp calls these handlers before any middleware. Its own one answers what it does not know in a format of its own,
and fails if that is no UTF-8.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from aiohttp import HttpVersion11, hdrs, web

from .errors import ProblemError

_WAITS = "100-continue"


def knowing_expect(*tables: Iterable[web.RouteDef]) -> Sequence[Sequence[web.AbstractRouteDef]]:
    """The same tables for requests that have an Expect, and what answers those that none of them takes."""
    return [*([_with_expect(route) for route in table] for table in tables), [_Elsewhere()]]


def require_known_expect(request: web.Request) -> None:
    """Raises: ProblemError: 417; the connection ends with it, and its body is not read."""
    if _is_unknown(request):
        raise ProblemError(
            HTTPStatus.EXPECTATION_FAILED, "Send no Expect but 100-continue.", headers={hdrs.CONNECTION: "close"}
        )


def _with_expect(route: web.RouteDef) -> web.RouteDef:
    return web.RouteDef(route.method, route.path, route.handler, {**route.kwargs, "expect_handler": _go_on})


class _Elsewhere(web.PlainResource, web.AbstractRouteDef):
    """Takes, of what no other resource takes, the requests with an Expect that is refused."""

    def __init__(self) -> None:
        super().__init__("/")

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        router.register_resource(self)
        return []

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        if not _is_unknown(request):
            return None, set()
        route = web.ResourceRoute(hdrs.METH_ANY, _is_refused_before, self, expect_handler=_go_on)
        return web.UrlMappingMatchInfo({}, route), set()


def _is_unknown(request: web.BaseRequest) -> bool:
    # Before HTTP/1.1 there is no Expect.
    return request.version >= HttpVersion11 and request.headers.get(hdrs.EXPECT, _WAITS).lower() != _WAITS


async def _go_on(request: web.Request) -> None:
    if request.version >= HttpVersion11 and not _is_unknown(request) and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def _is_refused_before(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound  # by the middleware
