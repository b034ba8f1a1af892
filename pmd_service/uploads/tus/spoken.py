"""What every answer by tus has: its version, and no cache; and which method is meant."""

from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus

from aiohttp import hdrs, web

from ...http.errors import ProblemError
from ...http.route import Function, reading
from ...http.wire import SAFE_METHODS
from ...vault import BusyError, VaultFaultError
from ...vault.base import is_disk_full
from ..room import insufficient_storage

VERSION = "1.0.0"
OVERRIDE = "X-HTTP-Method-Override"


class Address:
    """The methods of one address, where ``X-HTTP-Method-Override`` counts for more than the method itself."""

    def __init__(self) -> None:
        self._methods: dict[str, Function] = {}

    def __call__(self, method: str) -> Callable[[Function], Function]:
        """Let a handler answer this method in tus: problems name the version too, and nobody keeps any answer."""

        def speak(function: Function) -> Function:
            self._methods[method] = reading(function, "file")

            @wraps(function)
            async def answer(request: web.Request) -> web.StreamResponse:
                response = await self._told(request)
                response.headers.update({"Tus-Resumable": VERSION, "Cache-Control": "no-store"})
                return response

            return answer

        return speak

    async def _told(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except ProblemError as error:
            return error.response()
        except BusyError:
            told = "This file is being received by another request."
            return ProblemError(HTTPStatus.LOCKED, told, headers={"Retry-After": "1"}).response()
        except VaultFaultError as error:
            if not is_disk_full(error):
                raise
            return insufficient_storage().response()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = _meant(request)
        if method != hdrs.METH_OPTIONS:
            _require_version(request)
        if method not in self._methods:
            raise _not_allowed(f"{method} is not spoken at this address.", self._methods)
        response: web.StreamResponse = await self._methods[method](request)
        return response


def _meant(request: web.Request) -> str:
    """The method; what changes nothing cannot be made to change something, for it is not asked where it comes from."""
    method = request.headers.get(OVERRIDE, request.method).upper()
    if request.method in SAFE_METHODS and method not in SAFE_METHODS:
        raise _not_allowed(
            f"{OVERRIDE} turns no {request.method} into something that changes a file: send POST.", ["POST"]
        )
    return method


def _not_allowed(detail: str, allowed: Iterable[str]) -> ProblemError:
    return ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers={"Allow": ", ".join(allowed)})


def _require_version(request: web.Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "This address speaks tus 1.0.0: send Tus-Resumable: 1.0.0.",
            headers={"Tus-Version": VERSION},
        )
