"""tus 1.0.0 over HTTP: core, creation, creation with upload, checksum, expiration and termination.

A 4xx makes clients forget the address, so there is none for what may pass: a full disk is 507, a crowd 503, a receiver
that does not let go 423, which all of them take for “later”.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from email.utils import format_datetime
from functools import partial, wraps
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.errors import ProblemError, bad_request, not_found
from ..http.route import Answer, Function, Routes, reading
from ..http.turns import long_lived, turn_of
from ..identity.users import ACTOR
from ..vault import VAULT, BusyError, VaultFaultError
from ..vault.base import is_disk_full
from .announce import add_file
from .expiry import find_expiry
from .holds import Hold, Settled, Wanted
from .lifecycle import terminate_file
from .queries import file_url, is_line
from .receive import commit_offset, receive, wrong_offset
from .receiving import RECEIVING
from .room import insufficient_storage
from .routes import NO_ROOM, UPLOAD, UploadId
from .rules import MAX_FILE_BYTES
from .shapes import AnnouncedFile

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
MEDIA_TYPE = "application/offset+octet-stream"
MAX_METADATA = 16 * 1024

FileId = Annotated[UUID, msgspec.Meta(description="The file's id.")]
_FILE = f"{UPLOAD}/files/{{file_id}}"


class TusHeaders(msgspec.Struct, kw_only=True, rename={"version": "Tus-Resumable"}):
    # tus's headers are told as optional: which answer their absence gets, 412 before 404 before 400, is tus's own.
    version: Annotated[str, msgspec.Meta(description="Always 1.0.0; else 412.", examples=["1.0.0"])] = "1.0.0"


class CreationHeaders(TusHeaders, kw_only=True, rename={"length": "Upload-Length", "metadata": "Upload-Metadata"}):
    length: Annotated[str, msgspec.Meta(description="Bytes; else 400.", examples=["5120"])] | None = None
    metadata: (
        Annotated[
            str,
            msgspec.Meta(
                description="`filename`, and if wanted `relativePath`, `upload` (an open one) and `sha256`, each "
                "with its value in base64.",
                examples=["filename ZHJhZ29uLnBuZw=="],
            ),
        ]
        | None
    ) = None


class PatchHeaders(TusHeaders, kw_only=True, rename={"offset": "Upload-Offset", "checksum": "Upload-Checksum"}):
    offset: Annotated[str, msgspec.Meta(description="Where the body goes on, a whole number; else 400.")] | None = None
    checksum: Annotated[str, msgspec.Meta(description="`sha256` and the body's digest in base64.")] | None = None


_NO_FILE = {
    HTTPStatus.NOT_FOUND: "You have no such file.",
    HTTPStatus.GONE: "The file has failed, was stopped, or is too late: its address is no good any more.",
    HTTPStatus.LOCKED: "Another request is receiving this file and does not let go.",
    HTTPStatus.PRECONDITION_FAILED: "`Tus-Resumable` is not 1.0.0.",
}
ROUTES = Routes("Uploads by tus", missing="file")


def speaks_tus(handler: Function) -> Function:
    """Every answer names the version, problems too, and nobody keeps any of them."""
    read = reading(handler, "file")

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse
        try:
            if request.method != hdrs.METH_OPTIONS:
                _require_version(request)
            response = await read(request)
        except ProblemError as error:
            response = error.response()
        except BusyError:
            response = ProblemError(
                HTTPStatus.LOCKED, "This file is being received by another request.", headers={"Retry-After": "1"}
            ).response()
        except VaultFaultError as error:
            if not is_disk_full(error):
                raise
            response = insufficient_storage().response()
        response.headers.update({"Tus-Resumable": VERSION, "Cache-Control": "no-store"})
        return response

    return answer


@ROUTES("OPTIONS /api/pmd/uploads/tus", Answer("In headers.", HTTPStatus.NO_CONTENT))
@speaks_tus
async def options_tus(_request: web.Request) -> web.StreamResponse:
    """What is spoken here."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(MAX_FILE_BYTES),
        "Tus-Checksum-Algorithm": "sha256",
    }
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)


@ROUTES(f"OPTIONS {_FILE}", Answer("In headers.", HTTPStatus.NO_CONTENT))
@speaks_tus
async def options_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """What is spoken here, of a file."""
    if not await is_line(request.app[POOL], user_id=request[ACTOR].subject.id, upload_id=upload_id, file_id=file_id):
        raise not_found("file")
    return await options_tus(request)


@long_lived
@ROUTES(
    "POST /api/pmd/uploads/tus",
    Answer(
        "The file's address.",
        HTTPStatus.CREATED,
        headers={"Location": "Where the bytes go.", "Upload-Expires": "Until when."},
    ),
    headers=CreationHeaders,
    problems={
        **NO_ROOM,
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The file is larger than its kind may be.",
        HTTPStatus.CONFLICT: "The upload has ended, or has 512 files.",
    },
)
@speaks_tus
async def post_tus(request: web.Request) -> web.StreamResponse:
    """Create a file.

    tus's creation, with or without bytes. Without `upload` it opens an upload of its own.
    """
    if "Upload-Defer-Length" in request.headers:
        raise bad_request("The length has to be known from the start: send Upload-Length.", path="Upload-Length")
    app, length = request.app, _whole_number(request, "Upload-Length")
    metadata = _metadata(request)
    upload_id = _uuid(metadata["upload"], "upload") if "upload" in metadata else None
    file = _file_of(length, metadata)
    async with turn_of(request):
        added = await add_file(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], file, upload_id=upload_id)
    url = file_url(added.upload_id, added.id, request[ACTOR])
    headers = {"Location": url, "Upload-Expires": _date(added.expires_at)}
    if added.is_here:
        headers["Upload-Offset"] = headers["Upload-Length"] = str(length)
    elif request.content_type == MEDIA_TYPE and request.body_exists:
        headers |= await _receive(request, added.upload_id, added.id, 0)
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


@long_lived
@ROUTES(
    f"HEAD {_FILE}",
    Answer(
        "In headers.",
        headers={
            "Upload-Offset": "Bytes that are durable.",
            "Upload-Length": "Bytes in all.",
            "Upload-Expires": "Until when the others may come: an hour without any, and then as long as its upload.",
        },
    ),
    headers=TusHeaders,
    problems=_NO_FILE,
    head=True,
)
@speaks_tus
async def head_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """How much of a file is here."""
    async with _hold(request, upload_id, file_id) as hold:
        size = hold.file_size
        if isinstance(hold, Hold):
            size = await request.app[VAULT].incoming(file_id).size()
            if size == hold.file_size:
                # It came in whole, and its server died before it could say so.
                await commit_offset(request, hold, size)
        headers = await _told(request, hold, size, file_id)
    return web.Response(headers=headers | {"Upload-Length": str(hold.file_size)})


@long_lived
@ROUTES(
    f"PATCH {_FILE}",
    Answer(
        "The bytes are durable.",
        HTTPStatus.NO_CONTENT,
        headers={"Upload-Offset": "Where the next ones go.", "Upload-Expires": "Until when they may come."},
    ),
    headers=PatchHeaders,
    problems={
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.CONFLICT: "The bytes do not begin where the file ends; `Upload-Offset` tells where that is.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "These are more bytes than were announced.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
        HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk has no room just now.",
    },
)
@speaks_tus
async def patch_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Send a file's bytes.

    The body is `application/offset+octet-stream`. A cut keeps what arrived; with `Upload-Checksum` the body counts
    whole or not at all (460).
    """
    if request.content_type != MEDIA_TYPE:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the bytes as {MEDIA_TYPE}.")
    told = await _receive(request, upload_id, file_id, _whole_number(request, "Upload-Offset"))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=told)


@ROUTES(
    f"DELETE {_FILE}",
    Answer("It is stopped.", HTTPStatus.NO_CONTENT),
    headers=TusHeaders,
    problems={**_NO_FILE, HTTPStatus.CONFLICT: "It is in already."},
)
@speaks_tus
async def delete_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Stop a file."""
    request.app[RECEIVING].receivers.interrupt(Wanted(request[ACTOR].subject.id, upload_id, file_id))
    await terminate_file(request.app[POOL], request.app[VAULT], request[ACTOR], upload_id=upload_id, file_id=file_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _receive(request: web.Request, upload_id: UUID, file_id: UUID, offset: int) -> dict[str, str]:
    """Take the body in; returns headers that say where the file ends now."""
    checksum, user_id = _checksum(request), request[ACTOR].subject.id
    with request.app[RECEIVING].place(user_id) as pace:
        async with _hold(request, upload_id, file_id) as hold:
            if isinstance(hold, Hold):
                size = await receive(request, hold, pace, offset=offset, checksum=checksum)
            elif offset != hold.file_size or request.body_exists:
                raise wrong_offset(hold.file_size)
            else:
                size = offset
            return await _told(request, hold, size, file_id)


async def _told(request: web.Request, hold: Hold | Settled, size: int, file_id: UUID) -> dict[str, str]:
    """Where a file ends, and until when more of it may come."""
    expires_at = hold.expires_at
    if not size:
        async with turn_of(request):
            expires_at = await find_expiry(request.app[POOL], file_id, ttl_hours=request.app[SETTINGS].upload_ttl_hours)
    return {"Upload-Offset": str(size), "Upload-Expires": _date(expires_at)}


def _hold(request: web.Request, upload_id: UUID, file_id: UUID) -> AbstractAsyncContextManager[Hold | Settled]:
    wanted = Wanted(request[ACTOR].subject.id, upload_id, file_id)
    return request.app[RECEIVING].receivers.hold(request.app[POOL], wanted, turn=partial(turn_of, request))


def _require_version(request: web.Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "This address speaks tus 1.0.0: send Tus-Resumable: 1.0.0.",
            headers={"Tus-Version": VERSION},
        )


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise bad_request(f"“{name}” of Upload-Metadata is not an id.", path="Upload-Metadata") from error


def _whole_number(request: web.Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", value):
        raise bad_request(f"{name} is missing, or is not a whole number.", path=name)
    return int(value)


def _checksum(request: web.Request) -> bytes | None:
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request("Upload-Checksum is not in base64.", path="Upload-Checksum") from error
    if algorithm != "sha256" or len(digest) != 32:
        raise bad_request("Upload-Checksum has to be a SHA-256: “sha256 …”.", path="Upload-Checksum")
    return digest


def _metadata(request: web.Request) -> dict[str, str]:
    header = request.headers.get("Upload-Metadata", "")
    metadata = {}
    for pair in header[:MAX_METADATA].split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            if name:
                metadata[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise bad_request("Upload-Metadata is not in base64 and UTF-8.", path="Upload-Metadata") from error
    return metadata


def _file_of(length: int, metadata: Mapping[str, str]) -> AnnouncedFile:
    """The file as tus clients tell it; some say “null” where there is no folder."""
    name = metadata.get("filename") or metadata.get("name")
    folder = metadata.get("relativePath")
    path = folder if folder and folder != "null" else name
    if not path:
        raise bad_request("Upload-Metadata does not say the file's name: filename.", path="Upload-Metadata")
    try:
        return msgspec.convert({"path": path, "size": length, "hash": metadata.get("sha256") or None}, AnnouncedFile)
    except msgspec.ValidationError as error:
        raise bad_request(f"Upload-Metadata is not as expected: {error}.", path="Upload-Metadata") from error


def _date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
