"""The API's errors: RFC 9457 application/problem+json."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar

import msgspec
from aiohttp import hdrs, web

from ..locales import Sentence
from ..locales.language import Language
from .languages import name_language, translated

T = TypeVar("T")

_NO_SUCH = "There is no such {}."


class Fault(msgspec.Struct, frozen=True):
    """One fault of a request: where (``$.post_ids[3]``, ``?limit``, ``Idempotency-Key``), and a message."""

    path: str
    message: Sentence


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document (RFC 9457 section 3.1), with a list of faults where a request is invalid."""

    title: str
    status: int
    detail: Sentence
    type: str = "about:blank"
    errors: Sequence[Fault] | msgspec.UnsetType = msgspec.UNSET


class PassingFaultError(Exception):
    """A dependency is unavailable or full at the moment: the same request may succeed later (503)."""


class ProblemError(Exception):
    """The request ends here with a problem document.

    Args:
        status: the HTTP status, 4xx or 5xx.
        detail: a message for users, without internals.
        kind: the last part of the problem's type URI, for clients that distinguish problems of one status.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        kind: str | None = None,
        faults: Sequence[Fault] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.headers = headers or {}
        self.problem = Problem(
            type=f"urn:pmd:problem:{kind}" if kind else "about:blank",
            title=status.phrase,
            status=status,
            detail=detail,
            errors=faults or msgspec.UNSET,
        )

    def response(self, language: Language) -> web.Response:
        response = web.Response(
            status=self.problem.status,
            body=msgspec.json.encode(translated(self.problem, language)),
            content_type="application/problem+json",
            headers=self.headers,
        )
        name_language(response.headers, language)
        if response.headers.get(hdrs.CONNECTION) == "close":
            response.force_close()  # the header alone leaves it to the client
        return response


def bad_request(detail: str, *, path: str | None = None) -> ProblemError:
    faults = [Fault(path=path, message=detail)] if path else None
    return ProblemError(HTTPStatus.BAD_REQUEST, detail, faults=faults)


def unprocessable(detail: str, *, path: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[Fault(path=path, message=detail)])


def locked(detail: str, *, seconds: int = 1) -> ProblemError:
    return ProblemError(HTTPStatus.LOCKED, detail, headers={"Retry-After": str(seconds)})


def not_found(what: str) -> ProblemError:
    """404: deleted, never there, or another user's, which clients cannot distinguish (SPEC section 4)."""
    return ProblemError(HTTPStatus.NOT_FOUND, _NO_SUCH.format(what))


def require(found: T | None, what: str) -> T:
    """Raises: ProblemError: 404, it is None."""
    if found is None:
        raise not_found(what)
    return found


def forbidden(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.FORBIDDEN, detail)


def conflict(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.CONFLICT, detail)


def gone(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.GONE, detail)


def too_large(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def too_many(detail: str, *, seconds: int, kind: str | None = None) -> ProblemError:
    """429: the same request may be repeated in so many seconds."""
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, detail, kind=kind, headers={"Retry-After": str(seconds)})


def unavailable(detail: str, *, seconds: int = 5) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(seconds)})


def internal_error() -> ProblemError:
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side. It has been logged.")
