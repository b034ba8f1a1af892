"""What all tus responses share: the protocol version, the method override, and the store's errors."""

from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus

from aiohttp import hdrs, web

from ...http.errors import ProblemError, locked
from ...http.reading import Function, reading
from ...http.wire import SAFE_METHODS
from ...vault import BusyError
from ..quota import translate_full_vault

VERSION = "1.0.0"
_IS_TUS = "speaks_tus"
OVERRIDE = "X-HTTP-Method-Override"


async def add_version(request: web.Request, response: web.StreamResponse) -> None:
    """Add the version also to responses given before the handler: to unknown users, or during an outage."""
    if hasattr(request.match_info.handler, _IS_TUS):
        response.headers["Tus-Resumable"] = VERSION


class Resource:
    """The methods of one URL; ``X-HTTP-Method-Override`` takes precedence over the request's method."""

    def __init__(self) -> None:
        self._methods: dict[str, Function] = {}

    def __call__(self, method: str) -> Callable[[Function], Function]:
        """Register a tus handler of this method."""

        def register(function: Function) -> Function:
            self._methods[method] = reading(function, "file")

            @wraps(function)
            async def answer(request: web.Request) -> web.StreamResponse:
                try:
                    with translate_full_vault():
                        return await self._answer(request)
                except BusyError as error:
                    raise locked("This file is being received by another request.") from error

            vars(answer)[_IS_TUS] = True
            return answer

        return register

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = _method_of(request)
        if method != hdrs.METH_OPTIONS:
            _require_version(request)
        if method not in self._methods:
            raise not_allowed("This method is not supported at this URL.", self._methods)
        response: web.StreamResponse = await self._methods[method](request)
        return response


def _method_of(request: web.Request) -> str:
    """The effective method. A safe one cannot be overridden by an unsafe one, since its origin is not checked."""
    method = request.headers.get(OVERRIDE, request.method).upper()
    if request.method in SAFE_METHODS and method not in SAFE_METHODS:
        raise not_allowed(
            f"{OVERRIDE} cannot turn {request.method} into a method that changes a file. Send POST.", ["POST"]
        )
    return method


def not_allowed(detail: str, allowed: Iterable[str]) -> ProblemError:
    return ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers={"Allow": ", ".join(allowed)})


def _require_version(request: web.Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "This URL supports tus 1.0.0. Send Tus-Resumable: 1.0.0.",
            headers={"Tus-Version": VERSION},
        )
