"""JSON over HTTP: strict parsing of bodies and queries, encoding of structs, opaque cursors."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from aiohttp import web

from ..locales import translatable
from .errors import Fault, ProblemError, bad_request, unprocessable
from .limits import read_body
from .patterns import in_words


class Who(NamedTuple):
    """The ids of the user who calls, and of the user for whom they act."""

    viewer_id: int
    subject_id: int


# Of a request to a route that is not for anonymous callers.
WHO = web.RequestKey("who", Who)

T = TypeVar("T")
Query = TypeVar("Query", bound=msgspec.Struct)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# What msgspec says of a value that is not as expected.
_OF_MSGSPEC = (
    translatable("Expected `{type}`, got `{got}`"),
    translatable("Expected `{type}` of length >= {least}"),
    translatable("Expected `{type}` of length <= {most}"),
    translatable("Expected `{type}` >= {least}"),
    translatable("Expected `{type}` <= {most}"),
    translatable("Expected `{type}` > {least}"),
    translatable("Expected `{type}` < {most}"),
    translatable("Object missing required field `{name}`"),
    translatable("Object contains unknown field `{name}`"),
    translatable("Object contains unknown field `{name}…"),
    translatable("Expected `{type}` of at least length {least}, got {got}"),
    translatable("Expected `{type}` of at most length {most}, got {got}"),
    translatable("Expected `{type}` that's a multiple of {of}"),
    translatable("Number out of range"),
    translatable("Integer value out of range"),
    translatable("Invalid enum value {value}"),
    translatable("Invalid value {value}"),
    translatable("Expected `{type}` with a timezone component"),
    translatable("Expected `{type}` of length {most}"),
    translatable("Invalid UUID"),
    translatable("Invalid RFC3339 encoded datetime"),
    translatable("Invalid RFC3339 encoded date"),
)

# Methods that change nothing (RFC 9110 section 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# How many characters of a request a message quotes.
MAX_QUOTED = 200

# Ten times as many as any call needs. A mebibyte of small objects would block the event loop for 30 ms, and of lists,
# where a call accepts any value, for half a second.
MAX_OBJECTS = 10_000


def json_response(
    body: Any, *, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json")


def encoded(value: T) -> T:
    """A part of an answer, encoded while another part is still being waited for."""
    return cast(T, msgspec.Raw(msgspec.json.encode(value)))


async def read_json(request: web.Request, kind: type[T]) -> T:
    """Parse a request's body as ``kind``, strictly: no unknown fields, no other types.

    Raises:
        ProblemError: 415 not JSON, 413 too large (by aiohttp), 408 too slow, 400 not valid JSON, 422 not a ``kind``, or
            too many objects or lists.
    """
    if request.content_type != "application/json":
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as JSON, with Content-Type: application/json."
        )
    try:
        body = await read_body(request)
        if max(body.count(b"{"), body.count(b"[")) > MAX_OBJECTS:
            raise unprocessable(f"There are more than {MAX_OBJECTS} objects or lists in the body.", path="$")
        value = msgspec.json.decode(body, type=kind)
        # msgspec takes the last of duplicate names, which other readers of the same body may not.
        json.loads(body, object_pairs_hook=_refuse_repeats)
    except msgspec.ValidationError as error:
        fault = fault_of(error, "$")
        detail = f"The body is not as expected: {fault.message}."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[fault]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request("The body is not valid JSON in UTF-8.", path="$") from error
    return value


def given_fields(body: Any) -> dict[str, Any]:
    """The fields that the client has sent of a body whose others are ``UNSET``, by name."""
    return {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not msgspec.UNSET}


def fault_of(error: msgspec.ValidationError, root: str) -> Fault:
    """The fault of the value at ``root``."""
    message, _, path = str(error).partition(" - at `$")
    return Fault(path=root + quoted(path.rstrip("`")), message=quoted(in_words(message)))


def quoted(text: str) -> str:
    """A message that quotes the request, cut to ``MAX_QUOTED`` characters."""
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"


def _refuse_repeats(pairs: Sequence[tuple[str, object]]) -> None:
    names = [name for name, _value in pairs]
    if len(set(names)) < len(names):
        twice = quoted(next(name for name, times in Counter(names).items() if times > 1))
        raise unprocessable(f"“{twice}” is there more than once.", path=f"$.{twice}")


def require_known(request: web.Request, names: Collection[str]) -> None:
    """Raises: ProblemError: 422, a query parameter is none of these."""
    for name in request.query:
        if name not in names:
            known = translatable("this call has none")
            if names:
                known = translatable(f"there are {', '.join(sorted(names))}")
            raise unprocessable(f"There is no parameter “{quoted(name)}”; {known}.", path=f"?{quoted(name)}")


def read_query(request: web.Request, kind: type[Query]) -> Query:
    """Parse the query parameters that ``kind`` has.

    Raises:
        ProblemError: 422 with the parameter's name: missing, invalid, or given more than once.
    """
    names = parameters_of(kind)
    given = {name: request.query.getall(name) for name in names if name in request.query}
    for name, texts in given.items():
        if len(texts) > 1:
            raise unprocessable(f"“{name}” may be given once only.", path=f"?{name}")
    try:
        query = msgspec.convert({name: texts[0] for name, texts in given.items()}, kind, strict=False)
    except msgspec.ValidationError as error:
        required = [field.encode_name for field in msgspec.structs.fields(kind) if field.required]
        if missing := [name for name in required if name not in given]:
            raise unprocessable(f"“{missing[0]}” is missing.", path=f"?{missing[0]}") from error
        message, _, path = str(error).partition(" - at `$.")
        name = path.rstrip("`")
        if values := _values(get_type_hints(kind).get(name)):
            raise unprocessable(f"“{name}” is one of {', '.join(values)}.", path=f"?{name}") from error
        raise unprocessable(f"“{name}” is not as expected: {quoted(in_words(message))}.", path=f"?{name}") from error
    for name, texts in given.items():
        # msgspec parses 5.0 and 1e2 as integers, too.
        if str(getattr(query, name)) != texts[0]:
            raise unprocessable(f"“{name}” is not as expected: not a plain value.", path=f"?{name}")
    return query


def _values(hint: object) -> Sequence[str]:
    """Those of an enumeration that may be left out; none of another type."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return [value for part in get_args(hint) for value in _values(part)]


@cache
def parameters_of(kind: type[msgspec.Struct]) -> Sequence[str]:
    """The parameters' names, cached: reading them from the class takes as long as answering a short request."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


PageCursor = Annotated[
    str,
    msgspec.Meta(
        description="`next_cursor` of the page before; without it the list begins with its newest.",
        examples=["ks8ABkdnjZiAAGU"],
    ),
]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a list that has no others."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100, description="Items a page.")] = 100
    cursor: PageCursor | None = None


# The number of a row in a list of one thing's, as PostgreSQL's int4; -1 before the first.
RowNumber = Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)]

# Characters at a cursor's end that bind it to its list and user.
_SEAL_LENGTH = 8


def sealed_cursor(request: web.Request, place: str) -> str:
    """The cursor of this request's list and of its user, as clients get it."""
    return place + seal(request.path, request[WHO].subject_id, place)


def opened_cursor(request: web.Request, text: str) -> str:
    """The cursor that was sealed for this list.

    Raises:
        ProblemError: 422, it is damaged, of another list, or another user's.
    """
    place = text[:-_SEAL_LENGTH]
    if text[-_SEAL_LENGTH:] != seal(request.path, request[WHO].subject_id, place):
        raise not_of_this_list()
    return place


def seal(path: str, user_id: int, place: str) -> str:
    """What binds a cursor to its list and user. No secret: it finds mistakes, as each query has its user anyway."""
    sealed = msgspec.json.encode((path, user_id, place))
    return base64.urlsafe_b64encode(hashlib.sha256(sealed).digest()[: _SEAL_LENGTH * 3 // 4]).decode()


def not_of_this_list() -> ProblemError:
    return unprocessable("This cursor is not from this list, or is another user's.", path="?cursor")


def write_cursor(place: object) -> str:
    """An opaque cursor of where a page ended."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).rstrip(b"=").decode()


def read_cursor(text: str, kind: type[T]) -> T:
    """Where a page ended, from a cursor of ``write_cursor``.

    Raises:
        ProblemError: 422, not a cursor of this list.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(raw, type=kind)
    except (ValueError, msgspec.DecodeError) as error:
        raise not_of_this_list() from error


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ended: the last row's creation time in microseconds since 1970, and its id."""

    created_us: Annotated[int, msgspec.Meta(ge=(FIRST - EPOCH) // MICROSECOND, le=(LAST - EPOCH) // MICROSECOND)]
    id: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

    @classmethod
    def after(cls, created_at: datetime, row_id: int) -> str:
        """The cursor of the page after this row."""
        return write_cursor(cls((created_at - EPOCH) // MICROSECOND, row_id))

    @classmethod
    def behind(cls, found: Sequence[Any], limit: int) -> str | None:
        """The next page's cursor, where more rows were found than the page has."""
        return cls.after(found[limit - 1].created_at, found[limit - 1].id) if len(found) > limit else None

    @classmethod
    def parse(cls, text: str | None) -> "Cursor":
        """The cursor; without one, the start of the list.

        Raises:
            ProblemError: 422, not one of ours.
        """
        return NEWEST if text is None else read_cursor(text, cls)

    @property
    def created_at(self) -> datetime:
        return EPOCH + self.created_us * MICROSECOND


NEWEST = Cursor((LAST - EPOCH) // MICROSECOND, 2**63 - 1)


UuidPageCursor = Annotated[
    PageCursor, msgspec.Meta(examples=["ktb_aVc1pdkkOGQwYThmMGUtMGQwZi00YjBjLTlhNTItNmY4ZjNhMGIxYzJk"])
]


class UuidCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ended whose rows have UUIDs: the last row's creation time, and its id."""

    created_at: datetime
    id: UUID

    @classmethod
    def behind(cls, found: Sequence[Any], limit: int) -> str | None:
        """The next page's cursor, where more rows were found than the page has."""
        last = found[limit - 1] if len(found) > limit else None
        return None if last is None else write_cursor(cls(last.created_at, last.id))

    @classmethod
    def parse(cls, text: str | None) -> "UuidCursor":
        """The cursor; without one, the start of the list.

        Raises:
            ProblemError: 422, not one of ours.
        """
        return cls(LAST, UUID(int=2**128 - 1)) if text is None else read_cursor(text, cls)
