"""tus's headers: what the documentation says of them, and reading them."""

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
from ..held import Hold
from ..shapes import AnnouncedFile, TusFields

METADATA = "Upload-Metadata"
LENGTH = "Upload-Length"

_CONCAT = "`partial`, or `final;` and the addresses of the parts, which become this file."
_METADATA = (
    "`filename`, and if wanted `relativePath`, `upload` (an open one) and `sha256`, each with its value in base64. "
    "A part needs none."
)


class TusHeaders(msgspec.Struct, kw_only=True, rename={"version": "Tus-Resumable"}):
    # tus's headers are told as optional: which answer their absence gets, 412 before 404 before 400, is tus's own.
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
    deferred: Annotated[str, Meta(description="`1` instead of the length: a `PATCH` will tell it.")] | None = None
    concat: Annotated[str, Meta(description=_CONCAT)] | None = None
    metadata: Annotated[str, Meta(description=_METADATA, examples=["filename ZHJhZ29uLnBuZw=="])] | None = None
    checksum: Annotated[str, Meta(description="Of the body, as a `PATCH` has it.")] | None = None


class PatchHeaders(
    TusHeaders, kw_only=True, rename={"offset": "Upload-Offset", "checksum": "Upload-Checksum", "length": LENGTH}
):
    offset: Annotated[str, Meta(description="Where the body goes on, a whole number; else 400.")] | None = None
    checksum: Annotated[str, Meta(description="`sha1` or `sha256`, and the body's digest in base64.")] | None = None
    length: Annotated[str, Meta(description="Once, where it was deferred.")] | None = None


class OverrideHeaders(TusHeaders, kw_only=True, rename={"method": "X-HTTP-Method-Override"}):
    method: Annotated[str, Meta(description="Which method is meant.", examples=["PATCH"])] | None = None


# More than any file has, and what a number in JSON and a database can be.
_MOST = 2**53


def read_number(request: web.Request, name: str) -> int:
    """A whole number; one that is larger than any file may be is as good as any such.

    Raises:
        ProblemError: 400, the header is missing, or no whole number.
    """
    value = request.headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,1000}", value):
        raise bad_request(f"{name} is missing, or is not a whole number.", path=name)
    return min(int(value), _MOST)


def read_length(request: web.Request) -> int | None:
    """How long the file is to be; None where that is told later.

    Raises:
        ProblemError: 400, neither is said, or both are.
    """
    deferred = request.headers.get("Upload-Defer-Length")
    if deferred is None:
        return read_number(request, LENGTH)
    if deferred != "1" or LENGTH in request.headers:
        detail = "Upload-Defer-Length is 1, in the place of Upload-Length."
        raise bad_request(detail, path="Upload-Defer-Length")
    return None


def read_metadata(request: web.Request) -> Mapping[str, bytes]:
    """What a client tells of its file, by names that are its own; the values may be anything.

    Raises:
        ProblemError: 400, a value is not in Base64, or a name is there twice or not in ASCII.
    """
    sent = request.headers.get(METADATA, "")
    # It goes into the database and, as it came, into answers, where not all bytes can stand.
    if not sent.isascii():
        raise bad_request("Upload-Metadata is not in ASCII.", path=METADATA)
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
            raise bad_request("Upload-Metadata is not in base64.", path=METADATA) from error
    return metadata


def file_of(length: int, metadata: Mapping[str, bytes]) -> AnnouncedFile:
    """The file as tus clients tell it; some say “null” where there is no folder.

    Raises:
        ProblemError: 400, it has no name, or says what cannot be read.
    """
    folder = _text(metadata, "relativePath")
    path = folder if folder and folder != "null" else _text(metadata, "filename") or _text(metadata, "name")
    if not path:
        raise bad_request("Upload-Metadata does not say the file's name: filename.", path=METADATA)
    said = {"path": path, "size": length, "hash": _text(metadata, "sha256") or None}
    try:
        return msgspec.convert(said, AnnouncedFile)
    except msgspec.ValidationError as error:
        raise bad_request(f"Upload-Metadata is not as expected: {error}.", path=METADATA) from error


def upload_of(metadata: Mapping[str, bytes]) -> UUID | None:
    """The open upload that a file belongs to, if it says one.

    Raises:
        ProblemError: 400, that is no id.
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
        raise bad_request(f"“{name}” of Upload-Metadata is not in UTF-8.", path=METADATA) from error


def date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@contextmanager
def told_until(hold: Hold) -> Iterator[None]:
    """Also who is refused is told until when the file is awaited, unless it is not any more."""
    try:
        yield
    except ProblemError as error:
        if error.problem.status != HTTPStatus.GONE:
            error.headers["Upload-Expires"] = date(hold.expires_at)
        raise


def said_headers(tus: TusFields) -> dict[str, str]:
    """What a file was created with, as HEAD tells it again."""
    headers = {"Upload-Concat": tus.concat, METADATA: tus.metadata}
    return {name: value for name, value in headers.items() if value is not None}
