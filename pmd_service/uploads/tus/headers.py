"""tus's headers: their documentation, and parsing them."""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from ...http.errors import ProblemError, bad_request
from ..shapes import AnnouncedFile, TusFields

METADATA = "Upload-Metadata"
LENGTH = "Upload-Length"

_CONCAT = "`partial`, or `final;` and the URLs of the parts, which become this file."
_METADATA = (
    "`filename`, and optionally `relativePath`, `upload` (the id of an open one) and `sha256`, with values in base64. "
    "Optional for a part."
)


class TusHeaders(msgspec.Struct, kw_only=True, rename={"version": "Tus-Resumable"}):
    # Documented as optional because tus defines which error their absence gets: 412 before 404 before 400.
    version: Annotated[str, Meta(description="Always 1.0.0; else 412.", examples=["1.0.0"])] = "1.0.0"


class CreationHeaders(
    TusHeaders,
    kw_only=True,
    rename={
        "length": LENGTH,
        "deferred": "Upload-Defer-Length",
        "concat": "Upload-Concat",
        "metadata": METADATA,
        "checksum": "Upload-Checksum",
    },
):
    length: Annotated[str, Meta(description="Bytes; else 400.", examples=["5120"])] | None = None
    deferred: Annotated[str, Meta(description="`1` instead of the length: a `PATCH` will declare it.")] | None = None
    concat: Annotated[str, Meta(description=_CONCAT)] | None = None
    metadata: Annotated[str, Meta(description=_METADATA, examples=["filename ZHJhZ29uLnBuZw=="])] | None = None
    checksum: Annotated[str, Meta(description="Of the body, as for `PATCH`.")] | None = None


class PatchHeaders(
    TusHeaders, kw_only=True, rename={"offset": "Upload-Offset", "checksum": "Upload-Checksum", "length": LENGTH}
):
    offset: Annotated[str, Meta(description="Where the body continues, an integer; else 400.")] | None = None
    checksum: Annotated[str, Meta(description="`sha1` or `sha256`, and the body's digest in base64.")] | None = None
    length: Annotated[str, Meta(description="Once, if it was deferred.")] | None = None


class OverrideHeaders(TusHeaders, kw_only=True, rename={"method": "X-HTTP-Method-Override"}):
    method: Annotated[str, Meta(description="The method to use.", examples=["PATCH"])] | None = None


# More than any file has, and exact in JSON and in the database.
_MAX = 2**53


def read_number(request: web.Request, name: str) -> int:
    """Parse a non-negative integer; one above the size of any file is capped.

    Raises:
        ProblemError: 400, the header is missing or malformed.
    """
    value = request.headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,1000}", value):
        raise bad_request(f"{name} is missing, or is not an integer.", path=name)
    return min(int(value), _MAX)


def read_length(request: web.Request) -> int | None:
    """The file's length in bytes; None if it is deferred.

    Raises:
        ProblemError: 400, neither header was sent, or both were.
    """
    deferred = request.headers.get("Upload-Defer-Length")
    if deferred is None:
        return read_number(request, LENGTH)
    if deferred != "1" or LENGTH in request.headers:
        detail = "Upload-Defer-Length must be 1, and replaces Upload-Length."
        raise bad_request(detail, path="Upload-Defer-Length")
    return None


def read_metadata(request: web.Request) -> Mapping[str, bytes]:
    """Parse ``Upload-Metadata``; clients choose the names, and the values are arbitrary bytes.

    Raises:
        ProblemError: 400, a value is not in Base64, a name occurs twice, or the header is not ASCII.
    """
    sent = request.headers.get(METADATA, "")
    # It is stored in the database and returned in headers, neither of which can hold all bytes.
    if not sent.isascii():
        raise bad_request("Upload-Metadata is not ASCII.", path=METADATA)
    metadata: dict[str, bytes] = {}
    for pair in sent.split(","):
        name, _, value = pair.strip().partition(" ")
        if not name:
            continue
        if name in metadata:
            raise bad_request("Upload-Metadata has a name more than once.", path=METADATA)
        try:
            metadata[name] = base64.b64decode(value, validate=True)
        except ValueError as error:
            raise bad_request("Upload-Metadata has a value that is not valid base64.", path=METADATA) from error
    return metadata


def file_of(length: int, metadata: Mapping[str, bytes]) -> AnnouncedFile:
    """The file that a tus client announces; some clients send “null” if there is no folder.

    Raises:
        ProblemError: 400, it has no name, or a value is invalid.
    """
    folder = _text(metadata, "relativePath")
    path = folder if folder and folder != "null" else _text(metadata, "filename") or _text(metadata, "name")
    if not path:
        raise bad_request("Upload-Metadata lacks the file's name: filename.", path=METADATA)
    fields = {"path": path, "size_bytes": length, "sha256": _text(metadata, "sha256") or None}
    try:
        return msgspec.convert(fields, AnnouncedFile)
    except msgspec.ValidationError as error:
        raise bad_request(f"Upload-Metadata is not as expected: {error}.", path=METADATA) from error


def upload_of(metadata: Mapping[str, bytes]) -> UUID | None:
    """The id of the open upload that the file is for, if one is given.

    Raises:
        ProblemError: 400, it is not an id.
    """
    if "upload" not in metadata:
        return None
    try:
        return UUID(_text(metadata, "upload"))
    except ValueError as error:
        raise bad_request("“upload” of Upload-Metadata is not an id.", path=METADATA) from error


def _text(metadata: Mapping[str, bytes], name: str) -> str:
    try:
        return metadata.get(name, b"").decode()
    except UnicodeDecodeError as error:
        raise bad_request(f"“{name}” of Upload-Metadata is not UTF-8.", path=METADATA) from error


def date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@contextmanager
def with_expiry(expires_at: datetime) -> Iterator[None]:
    """Add ``Upload-Expires`` to problems as well, unless the file is gone."""
    try:
        yield
    except ProblemError as error:
        if error.problem.status != HTTPStatus.GONE:
            error.headers["Upload-Expires"] = date(expires_at)
        raise


def creation_headers(tus: TusFields) -> dict[str, str]:
    """The headers of the file's creation, which HEAD returns."""
    headers = {"Upload-Concat": tus.concat, METADATA: tus.metadata}
    return {name: value for name, value in headers.items() if value is not None}
