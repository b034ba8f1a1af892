"""JSON over HTTP: strict bodies in, structs out, opaque cursors."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from aiohttp import web

from .errors import Fault, ProblemError, bad_request

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Ids are Postgres integers (int4): a larger one cannot exist, and must not reach the driver.
PostId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


def json_response(
    body: Any, *, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json")


async def read_json(request: web.Request, kind: type[T]) -> T:
    """Read a request's body as ``kind``; unknown fields and wrong types are the client's fault.

    Raises:
        ProblemError: 415 not JSON, 413 over the server's limit (by aiohttp), 400 not parseable, 422 not a ``kind``.
    """
    if request.content_type != "application/json":
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as JSON, with Content-Type: application/json."
        )
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        fault = Fault(path=path.rstrip("`") or "$", message=message)
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"The body is not as expected: {message}.", faults=[fault]
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request("The body is not valid JSON in UTF-8.", path="$") from error


def query_int(request: web.Request, name: str, *, default: int, low: int, high: int) -> int:
    """A whole number between ``low`` and ``high`` from the query string, or 422 with its name."""
    text = request.query.get(name)
    if text is None:
        return default
    # isdecimal() alone admits other scripts' digits; the length keeps int() off absurd input.
    if text.isascii() and text.isdecimal() and len(text) <= 9 and low <= (value := int(text)) <= high:
        return value
    detail = f"“{name}” must be a whole number from {low} to {high}."
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[Fault(path=f"?{name}", message=detail)])


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the last row's creation time in microseconds since 1970, and its id."""

    created_us: Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
    id: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

    @classmethod
    def after(cls, created_at: datetime, row_id: int) -> str:
        """The opaque text of a cursor that continues after this row."""
        cursor = cls((created_at - EPOCH) // timedelta(microseconds=1), row_id)
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(cursor)).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises: ProblemError: 400, not a cursor of ours."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return msgspec.msgpack.decode(raw, type=cls)
        except (binascii.Error, ValueError, msgspec.DecodeError) as error:
            raise bad_request("This cursor is not one this list gave.", path="?cursor") from error

    @property
    def created_at(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.created_us)
