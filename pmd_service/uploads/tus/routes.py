"""tus 1.0.0 over HTTP: core, creation, creation with upload, deferred length, concatenation, checksum, expiration and
termination.

A 4xx makes clients forget the address, so there is none for what may pass: a full disk is 507, a crowd 503, a receiver
that does not let go 423, which all of them take for “later”.
"""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from ...base.database import POOL
from ...http.errors import ProblemError, not_found
from ...http.route import Answer, Routes, Takes
from ...http.turns import long_lived, turn_of
from ...identity.users import ACTOR
from ...vault import VAULT
from ..checksums import ALGORITHMS, read_checksum
from ..held import Hold, Wanted
from ..lifecycle import terminate_file
from ..queries import file_url, is_line
from ..receive import commit_offset
from ..receiving import RECEIVING
from ..routes import NO_ROOM, UPLOAD, UploadId
from ..rules import MAX_FILE_BYTES
from ..shapes import TusFields
from .arrival import expiry_of, held, take_in, take_in_first
from .concatenation import create_final, read_concat
from .creation import create_file, create_part
from .headers import (
    LENGTH,
    METADATA,
    CreationHeaders,
    OverrideHeaders,
    PatchHeaders,
    TusHeaders,
    date,
    file_of,
    read_length,
    read_metadata,
    read_number,
    said_headers,
    upload_of,
)
from .protocol import OVERRIDE, VERSION, Resource, not_allowed

EXTENSIONS = "creation,creation-with-upload,creation-defer-length,concatenation,checksum,expiration,termination"
MEDIA_TYPE = "application/offset+octet-stream"

FileId = Annotated[UUID, Meta(description="The file's id.")]
_FILE = f"{UPLOAD}/files/{{file_id}}"

_NO_FILE = {
    HTTPStatus.NOT_FOUND: "You have no such file.",
    HTTPStatus.GONE: "The file has failed, was stopped, or is too late: its address is no good any more.",
    HTTPStatus.LOCKED: "Another request is receiving this file and does not let go.",
    HTTPStatus.PRECONDITION_FAILED: "`Tus-Resumable` is not 1.0.0.",
}
ROUTES = Routes("Uploads by tus", about="Files by tus 1.0.0, which goes on where it was cut off.", missing="file")

_BYTES = Takes(MEDIA_TYPE, {"type": "string", "format": "binary"})
_CREATION, _OF_FILE = Resource(), Resource()


@ROUTES("OPTIONS /api/pmd/uploads/tus", Answer("In headers.", HTTPStatus.NO_CONTENT))
@_CREATION("OPTIONS")
async def options_tus(_request: web.Request) -> web.StreamResponse:
    """What is spoken here."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(MAX_FILE_BYTES),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)


@long_lived
@ROUTES(f"OPTIONS {_FILE}", Answer("In headers.", HTTPStatus.NO_CONTENT))
@_OF_FILE("OPTIONS")
async def options_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """What is spoken here, of a file."""
    pool, user_id = request.app[POOL], request[ACTOR].subject.id
    async with turn_of(request):
        if not await is_line(pool, user_id=user_id, upload_id=upload_id, file_id=file_id):
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
    takes=msgspec.structs.replace(_BYTES, required=False),
    problems={
        **NO_ROOM,
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The file is larger than its kind may be.",
        HTTPStatus.FORBIDDEN: "A file of parts takes no bytes of its own.",
        HTTPStatus.CONFLICT: "The upload has ended, or has 512 files; or a part is not whole.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
    },
)
@_CREATION("POST")
async def post_tus(request: web.Request) -> web.StreamResponse:
    """Create a file.

    tus's creation, with or without bytes, of a length that is known or told later. Without `upload` it opens an upload
    of its own. With `Upload-Concat` it is a part of a file, or the file that parts become.
    """
    concat, checksum = read_concat(request), read_checksum(request.headers.get("Upload-Checksum"))
    if request.body_exists:
        _require_bytes(request)
    metadata_as_sent = request.headers.get(METADATA)
    if concat is not None and concat != "partial":
        created = await create_final(request, TusFields(concat=concat, metadata=metadata_as_sent))
    else:
        length, metadata = read_length(request), read_metadata(request)
        tus = TusFields(concat=concat, metadata=metadata_as_sent, is_deferred=length is None)
        if tus.is_part:
            created = await create_part(request, length or 0, tus)
        else:
            # While its length is not known, it is one that any file may have.
            file = file_of(1 if length is None else length, metadata)
            created = await create_file(request, file, tus, upload_id=upload_of(metadata))
    url = file_url(created.upload_id, created.id, request[ACTOR])
    headers = {"Location": url, "Upload-Expires": date(created.expires_at)}
    if created.is_here:
        headers["Upload-Offset"] = headers[LENGTH] = str(created.size)
    elif request.body_exists:
        size, expires_at = await take_in_first(request, created, checksum, headers)
        headers |= {"Upload-Offset": str(size), "Upload-Expires": date(expires_at)}
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


def _require_bytes(request: web.Request) -> None:
    """Raises: ProblemError: 415, the body is not said to be a file's bytes."""
    if request.content_type != MEDIA_TYPE:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the bytes as {MEDIA_TYPE}.")


@long_lived
@ROUTES(
    f"HEAD {_FILE}",
    Answer(
        "In headers.",
        headers={
            "Upload-Offset": "Bytes that are here.",
            LENGTH: "Bytes in all, once that was said.",
            METADATA: "As it came.",
            "Upload-Concat": "As it came.",
            "Upload-Expires": "Until when the others may come: an hour without any, and then as long as its upload.",
        },
    ),
    headers=TusHeaders,
    problems=_NO_FILE,
    head=True,
)
@_OF_FILE("HEAD")
async def head_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """How much of a file is here."""
    async with held(request, upload_id, file_id) as hold:
        size = hold.file_size
        if isinstance(hold, Hold):
            size = await (hold.writer.tell() if hold.writer else request.app[VAULT].incoming(file_id).size())
            if hold.is_whole(size):
                # It came in whole, and its server died before it could say so.
                await commit_offset(request, hold, size)
        length = {"Upload-Defer-Length": "1"} if hold.tus.is_deferred else {LENGTH: str(hold.file_size)}
        expires = {"Upload-Expires": date(await expiry_of(request, hold, size, file_id))}
        headers = {"Upload-Offset": str(size)} | length | expires | said_headers(hold.tus)
    return web.Response(headers=headers)


@long_lived
@ROUTES(
    f"PATCH {_FILE}",
    Answer(
        "The bytes are here.",
        HTTPStatus.NO_CONTENT,
        headers={"Upload-Offset": "Where the next ones go.", "Upload-Expires": "Until when."},
    ),
    headers=PatchHeaders,
    takes=_BYTES,
    problems={
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.FORBIDDEN: "The file was made of its parts.",
        HTTPStatus.CONFLICT: "The bytes do not begin where the file ends; `Upload-Offset` tells where that is.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "These are more bytes than were announced.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
        HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk has no room just now.",
    },
)
@_OF_FILE("PATCH")
async def patch_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Send a file's bytes.

    The body is `application/offset+octet-stream`. A cut keeps what arrived; with `Upload-Checksum` the body counts
    whole or not at all (460).
    """
    _require_bytes(request)
    offset, length = read_number(request, "Upload-Offset"), None
    if LENGTH in request.headers:
        length = read_number(request, LENGTH)
    checksum = read_checksum(request.headers.get("Upload-Checksum"))
    size, expires_at = await take_in(request, upload_id, file_id, offset, checksum, length)
    headers = {"Upload-Offset": str(size), "Upload-Expires": date(expires_at)}
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)


@long_lived
@ROUTES(
    f"DELETE {_FILE}",
    Answer("It is stopped.", HTTPStatus.NO_CONTENT),
    headers=TusHeaders,
    problems={**_NO_FILE, HTTPStatus.CONFLICT: "It is in, was there before, or has been used since."},
)
@_OF_FILE("DELETE")
async def delete_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Stop a file.

    A file that has come in already goes to the trash, as long as nobody has used it.
    """
    app, actor = request.app, request[ACTOR]
    app[RECEIVING].receivers.interrupt(Wanted(actor.subject.id, upload_id, file_id))
    async with turn_of(request):
        await terminate_file(app[POOL], app[VAULT], actor, upload_id=upload_id, file_id=file_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


@long_lived
@ROUTES(
    f"POST {_FILE}",
    Answer("As the method that was meant has it.", HTTPStatus.NO_CONTENT),
    headers=OverrideHeaders,
    problems={
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.METHOD_NOT_ALLOWED: "No such method was named.",
        HTTPStatus.CONFLICT: "As the method that was meant has it.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
    },
)
@_OF_FILE("POST")
async def post_upload_file(_request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Ask by another method.

    Where a proxy lets neither `PATCH` nor `DELETE` through, `X-HTTP-Method-Override` names what is meant.
    """
    raise not_allowed(f"Name the method that is meant by {OVERRIDE}.", ["OPTIONS", "HEAD", "PATCH", "DELETE"])
