"""Unparseable requests get a problem document; aiohttp would answer with its parser's message, as plain text."""

from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from .errors import ProblemError, internal_error

MAX_LINE_BYTES = 8190  # aiohttp's own limit; a test compares it with the server


class Connection(web.RequestHandler):
    """aiohttp's connection, with problem documents for what could not be parsed."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        super().handle_error(request, status, exc, message)  # logs it; raises where an answer has begun
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            problem = internal_error()
        elif isinstance(exc, LineTooLong):
            problem = ProblemError(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The address or a header is longer than {MAX_LINE_BYTES:,} bytes.",
            )
        else:
            problem = ProblemError(HTTPStatus(status), "This cannot be read as a request of HTTP/1.1.")
        response = problem.response()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.force_close()
        return response
