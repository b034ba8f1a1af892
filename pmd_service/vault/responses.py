"""Serving an object over HTTP (RFC 9110 sections 13 and 14), in the same way from every store.

Files are sent by aiohttp's FileResponse (sendfile). For object stores, conditions are evaluated here: some ignore
If-Range (SeaweedFS always answers 206), which would splice two different objects.
"""

import math
import os
import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from aiohttp import ETag, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from ..base.telemetry import log
from ..http.errors import ProblemError
from ..http.in_flight import File
from .base import CHUNK_BYTES, Head, Take, VaultFaultError

# What ends a quoted string, or is decoded or forbidden by some clients (RFC 6266, appendix D).
_QUOTED = str.maketrans('"\\?%', "____")
# Letters that Unicode does not decompose.
_LETTERS = {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th"} | dict(
    zip("øØłŁđĐðÐħĦı–—", "oOlLdDdDhHi--", strict=True)
)

OpenBody: TypeAlias = Callable[[range | None], AbstractAsyncContextManager[Take]]

# One range or one suffix. RFC 9110 section 14.2 lets a server ignore what else there is: several ranges at once,
# other units, a malformed header. No file's size has more than 18 digits.
_SINGLE_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))", re.ASCII)

_FILE_ETAG = re.compile(r"[0-9a-f]{1,16}-[0-9a-f]+")


def file_etag(status: os.stat_result) -> str:
    """The strong entity tag, as FileResponse computes it; stored files are never modified."""
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"


def is_file_etag(etag: str) -> bool:
    """Whether ``file_etag`` made it, and not an object store, whose multipart tags begin with 32 digits."""
    return _FILE_ETAG.fullmatch(etag) is not None


def file_response(
    request: web.Request, path: Path, status: os.stat_result, headers: Mapping[str, str]
) -> web.FileResponse:
    """The response with an existing file.

    Raises:
        ProblemError: 416 with the file's size; the range begins behind its end.
    """
    last_modified = _http_date(status.st_mtime)
    part = _asked_range(request, status.st_size, etag=file_etag(status), last_modified=last_modified)
    return _StoredFile(path, headers=headers, whole=part is None)


class _StoredFile(File):
    """A stored file; in part only where the request's Range is to be honoured."""

    def __init__(self, path: Path, *, headers: Mapping[str, str], whole: bool) -> None:
        super().__init__(path, chunk_size=CHUNK_BYTES, headers=headers)
        self._whole = whole

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if self._whole and hdrs.RANGE in request.headers:
            headers = request.headers.copy()
            del headers[hdrs.RANGE]
            request = request.clone(headers=headers)
        return await super().prepare(request)


class Prepared(NamedTuple):
    """A response that is ready to be sent, with these positions of the object; None for all."""

    response: web.StreamResponse
    positions: range | None
    has_body: bool


def prepare_response(request: web.Request, head: Head, headers: Mapping[str, str]) -> Prepared:
    """The response to a request for an existing object, by its conditions and range.

    Raises:
        ProblemError: 416 with the object's size.
    """
    last_modified = _http_date(head.modified.timestamp())
    validators = {hdrs.ETAG: f'"{head.etag}"', hdrs.LAST_MODIFIED: last_modified, hdrs.ACCEPT_RANGES: "bytes"}
    if (status := _condition_status(request, head)) is not None:
        # A 304 renews the headers of what is cached (RFC 9110 section 15.4.5).
        return Prepared(web.Response(status=status, headers=validators | dict(headers)), None, has_body=False)
    positions = _asked_range(request, head.size, etag=head.etag, last_modified=last_modified)
    response = web.StreamResponse(headers=validators | dict(headers))
    response.content_length = head.size if positions is None else len(positions)
    if positions is not None:
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {positions.start}-{positions.stop - 1}/{head.size}"
    has_body = request.method != hdrs.METH_HEAD and response.content_length > 0
    return Prepared(response, positions, has_body)


@contextmanager
def abort_on_fault(request: web.Request, key: str) -> Iterator[None]:
    """Abort the connection on a fault after the response has started, so that the client resumes."""
    try:
        yield
    except VaultFaultError as error:
        log.warning("download_broke_off", key=key, error=str(error))
        if request.transport is not None:
            request.transport.abort()


async def store_response(
    request: web.Request,
    key: str,
    head: Head,
    headers: Mapping[str, str],
    *,
    location: Callable[[], Awaitable[str]] | None,
    open_body: OpenBody,
) -> web.StreamResponse:
    """The response with an existing object of a store.

    Args:
        location: makes a presigned address of the object; None if the response must not be a redirect.

    Raises:
        ProblemError: 416 with the object's size.
        VaultFaultError: the store failed before the first byte.
    """
    response, positions, has_body = prepare_response(request, head, headers)
    is_plain = positions is not None or hdrs.RANGE not in request.headers
    if location is not None and is_plain and has_body and request.method == hdrs.METH_GET:
        redirect = {hdrs.LOCATION: await location(), hdrs.CACHE_CONTROL: "private, no-store"}
        return web.Response(status=HTTPStatus.FOUND, headers=redirect)
    if not has_body:
        return response
    async with open_body(positions) as take:
        await response.prepare(request)
        with abort_on_fault(request, key):
            while chunk := await take(CHUNK_BYTES):
                await response.write(chunk)
            await response.write_eof()
    return response


def content_disposition(disposition: str, filename: str | None) -> str:
    """``Content-Disposition`` with this file name (RFC 6266, RFC 8187)."""
    if filename is None:
        return disposition
    plain = "".join(map(_plain, unicodedata.normalize("NFC", filename))).translate(_QUOTED)
    named = f'{disposition}; filename="{plain}"'
    return named if plain == filename else f"{named}; filename*=UTF-8''{quote(filename, safe='')}"


def _plain(char: str) -> str:
    """A character for clients that ignore ``filename*``, such as curl: letters without accents."""
    if char.isascii():
        return char
    letters = unicodedata.normalize("NFKD", _LETTERS.get(char, char))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    # A wide slash or dot must not become one.
    return plain if plain.isascii() and (plain.isalnum() or plain == "-") else "_"


def _http_date(seconds: float) -> str:
    return formatdate(math.ceil(seconds), usegmt=True)  # rounded up, like FileResponse


def _asked_range(request: web.Request, size: int, *, etag: str, last_modified: str) -> range | None:
    """The requested positions of an object; None for all of it.

    Raises:
        ProblemError: 416 with the object's size; the range begins behind its end.
    """
    single = _SINGLE_RANGE.fullmatch(request.headers.get(hdrs.RANGE, "").strip())
    # If-Range must match the strong tag or exact date (RFC 9110 section 13.1.5). aiohttp 3.14 treats any tag here as an
    # unreadable date, which would splice two different files.
    condition = request.headers.get(hdrs.IF_RANGE)
    if single is None or (condition is not None and condition.strip() not in (f'"{etag}"', last_modified)):
        return None
    if single["suffix"]:
        positions = range(max(0, size - int(single["suffix"])), size)
    else:
        last = int(single["last"]) if single["last"] else size - 1
        positions = range(int(single["first"]), min(last + 1, size))
    if not positions:
        raise ProblemError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"The range begins behind the end of the file, which has {size} bytes.",
            headers={hdrs.CONTENT_RANGE: f"bytes */{size}"},
        )
    return positions


def _condition_status(request: web.Request, head: Head) -> HTTPStatus | None:
    """304 or 412 if the request's conditions fail (RFC 9110 section 13.2.2)."""
    etag, modified = head.etag, head.modified.astimezone(UTC)
    if (if_match := request.if_match) is not None:
        if not _names(if_match, etag, weak=False):
            return HTTPStatus.PRECONDITION_FAILED
    elif (unmodified_since := request.if_unmodified_since) is not None and modified > unmodified_since:
        return HTTPStatus.PRECONDITION_FAILED
    if (if_none_match := request.if_none_match) is not None:
        return HTTPStatus.NOT_MODIFIED if _names(if_none_match, etag, weak=True) else None
    since = request.if_modified_since
    return HTTPStatus.NOT_MODIFIED if since is not None and modified <= since else None


def _names(tags: tuple[ETag, ...], etag: str, *, weak: bool) -> bool:
    return any(tag.value in (etag, "*") and (weak or not tag.is_weak) for tag in tags)
