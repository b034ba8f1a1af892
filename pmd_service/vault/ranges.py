"""What a request's Range means (RFC 9110 sections 13.1.5 and 14.2), the same over every store."""

import re
from http import HTTPStatus

from aiohttp import hdrs, web

from ..http.errors import ProblemError

# One range or one suffix. RFC 9110 section 14.2 lets a server ignore what else there is: several ranges at once,
# other units, a malformed header. No file's size has more than 18 digits.
_SINGLE_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))", re.ASCII)


def asked_range(request: web.Request, size: int, *, etag: str, last_modified: str) -> range | None:
    """The positions that the request wants of an object; None for all of it.

    Args:
        etag: the object's strong entity tag, without quotes.
        last_modified: its date as Last-Modified tells it.

    Raises:
        ProblemError: 416 with the object's size, the range lies behind its end.
    """
    single = _SINGLE_RANGE.fullmatch(request.headers.get(hdrs.RANGE, "").strip())
    if single is None or not _is_unchanged(request, etag, last_modified):
        return None
    positions = _positions(single, size)
    if not positions:
        raise ProblemError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"The file has {size} bytes, and the range lies behind its end.",
            headers={hdrs.CONTENT_RANGE: f"bytes */{size}"},
        )
    return positions


def _positions(single: re.Match[str], size: int) -> range:
    if single["suffix"]:
        return range(max(0, size - int(single["suffix"])), size)
    first = int(single["first"])
    last = int(single["last"]) if single["last"] else size - 1
    return range(first, min(last + 1, size))


def _is_unchanged(request: web.Request, etag: str, last_modified: str) -> bool:
    """Whether If-Range names the object as it is: its strong entity tag, or its exact date.

    aiohttp 3.14 takes any tag here for a date it cannot read, and would splice two different files.
    """
    condition = request.headers.get(hdrs.IF_RANGE)
    return condition is None or condition.strip() in (f'"{etag}"', last_modified)
