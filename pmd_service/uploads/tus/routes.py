"""tus 1.0.0 over HTTP: core, creation, creation with upload, deferred length, concatenation, checksum, expiration and
termination.

A 4xx makes clients forget the URL, so temporary conditions have none: a full disk is 507, too many bodies 503. The
exception is 423 for a file that its holder does not release, after which all clients retry.
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
from ..lease import UPLOAD_LEASES, UploadFile, UploadLease
from ..lifecycle import terminate_file
from ..queries import file_url, is_line
from ..routes import NO_ROOM, UPLOAD, UploadId
from ..rules import MAX_FILE_BYTES
from ..shapes import TusFields
from .append import append_body, append_first, commit_offset, expiry_of, leased
from .concatenation import create_final, read_concat
from .creation import create_file, create_part
from .headers import (
    LENGTH,
    METADATA,
    CreationHeaders,
    OverrideHeaders,
    PatchHeaders,
    TusHeaders,
    creation_headers,
    date,
    file_of,
    read_length,
    read_metadata,
    read_number,
    upload_of,
)
from .protocol import OVERRIDE, VERSION, Resource, not_allowed

EXTENSIONS = "creation,creation-with-upload,creation-defer-length,concatenation,checksum,expiration,termination"
MEDIA_TYPE = "application/offset+octet-stream"

FileId = Annotated[UUID, Meta(description="The file's id.")]
_FILE = f"{UPLOAD}/files/{{file_id}}"

_NO_FILE = {
    HTTPStatus.NOT_FOUND: "You have no such file.",
    HTTPStatus.GONE: "The file has failed, was stopped, or has expired.",
    HTTPStatus.LOCKED: "Another request is receiving this file and does not release it.",
    HTTPStatus.PRECONDITION_FAILED: "`Tus-Resumable` is not 1.0.0.",
}
ROUTES = Routes("Uploads by tus", about="Sending files by tus 1.0.0, with resumption.", missing="file", keys="uploads")

_BYTES = Takes(MEDIA_TYPE, {"type": "string", "format": "binary"})
_CREATION, _OF_FILE = Resource(), Resource()


@ROUTES("OPTIONS /api/pmd/uploads/tus", Answer("In headers.", HTTPStatus.NO_CONTENT))
@_CREATION("OPTIONS")
async def options_tus(_request: web.Request) -> web.StreamResponse:
    """The supported version and extensions of tus."""
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
    """The supported version and extensions of tus, for a file."""
    pool, user_id = request.app[POOL], request[ACTOR].subject.id
    async with turn_of(request):
        if not await is_line(pool, user_id=user_id, upload_id=upload_id, file_id=file_id):
            raise not_found("file")
    return await options_tus(request)


@long_lived
@ROUTES(
    "POST /api/pmd/uploads/tus",
    Answer(
        "The file is created.",
        HTTPStatus.CREATED,
        headers={"Location": "Where to send the bytes.", "Upload-Expires": "When the file expires."},
    ),
    headers=CreationHeaders,
    takes=msgspec.structs.replace(_BYTES, required=False),
    problems={
        **NO_ROOM,
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The file is too large for its type.",
        HTTPStatus.FORBIDDEN: "A final file has no body.",
        HTTPStatus.CONFLICT: "The upload has ended or is full, or a part is incomplete.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
    },
)
@_CREATION("POST")
async def post_tus(request: web.Request) -> web.StreamResponse:
    """Create a file.

    tus's creation, with or without a body, with a known or a deferred length. Without `upload` in its metadata the file
    opens an upload of its own. With `Upload-Concat` it is a part of a file, or the final file.
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
            # A deferred length is a placeholder here.
            file = file_of(1 if length is None else length, metadata)
            created = await create_file(request, file, tus, upload_id=upload_of(metadata))
    url = file_url(created.upload_id, created.id, request[ACTOR])
    headers = {"Location": url, "Upload-Expires": date(created.expires_at)}
    if created.is_here:
        headers["Upload-Offset"] = headers[LENGTH] = str(created.size)
    elif request.body_exists:
        size, expires_at = await append_first(request, created, checksum, headers)
        headers |= {"Upload-Offset": str(size), "Upload-Expires": date(expires_at)}
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


def _require_bytes(request: web.Request) -> None:
    """Raises: ProblemError: 415, the body is not declared as a file's bytes."""
    if request.content_type != MEDIA_TYPE:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the bytes as {MEDIA_TYPE}.")


@long_lived
@ROUTES(
    f"HEAD {_FILE}",
    Answer(
        "In headers.",
        headers={
            "Upload-Offset": "Bytes received so far.",
            LENGTH: "The file's length, once it is known.",
            METADATA: "As it was sent.",
            "Upload-Concat": "As it was sent.",
            "Upload-Expires": "When the file expires: after an idle hour before its first byte, then with its upload.",
        },
    ),
    headers=TusHeaders,
    problems=_NO_FILE,
    head=True,
)
@_OF_FILE("HEAD")
async def head_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """How many bytes of a file have been received."""
    async with leased(request, upload_id, file_id) as lease:
        size = lease.file_size
        if isinstance(lease, UploadLease):
            size = await request.app[VAULT].incoming(file_id).size()
            if lease.is_whole(size):
                # It is complete, but its server died before it recorded that.
                await commit_offset(request, lease, size)
        length = {"Upload-Defer-Length": "1"} if lease.tus.is_deferred else {LENGTH: str(lease.file_size)}
        expires = {"Upload-Expires": date(await expiry_of(request, lease, size, file_id))}
        headers = {"Upload-Offset": str(size)} | length | expires | creation_headers(lease.tus)
    return web.Response(headers=headers)


@long_lived
@ROUTES(
    f"PATCH {_FILE}",
    Answer(
        "The bytes are stored.",
        HTTPStatus.NO_CONTENT,
        headers={"Upload-Offset": "Where to continue.", "Upload-Expires": "When the file expires."},
    ),
    headers=PatchHeaders,
    takes=_BYTES,
    problems={
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.FORBIDDEN: "The file was concatenated from parts.",
        HTTPStatus.CONFLICT: "The offset is not the file's size, which `Upload-Offset` gives.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body has more bytes than were announced.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
        HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk is full at the moment.",
    },
)
@_OF_FILE("PATCH")
async def patch_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Send a file's bytes.

    The body is `application/offset+octet-stream`. After a disconnect, what arrived is kept; with `Upload-Checksum` the
    body is kept whole or not at all (460).
    """
    _require_bytes(request)
    offset, length = read_number(request, "Upload-Offset"), None
    if LENGTH in request.headers:
        length = read_number(request, LENGTH)
    checksum = read_checksum(request.headers.get("Upload-Checksum"))
    size, expires_at = await append_body(request, upload_id, file_id, offset, checksum, length)
    headers = {"Upload-Offset": str(size), "Upload-Expires": date(expires_at)}
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)


@long_lived
@ROUTES(
    f"DELETE {_FILE}",
    Answer("The file is stopped.", HTTPStatus.NO_CONTENT),
    headers=TusHeaders,
    problems={**_NO_FILE, HTTPStatus.CONFLICT: "The file was in the library before, or has been used since."},
)
@_OF_FILE("DELETE")
async def delete_upload_file(request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Stop a file.

    A file that it added to the library goes to the trash, if it has not been used since.
    """
    app, actor = request.app, request[ACTOR]
    app[UPLOAD_LEASES].end(UploadFile(actor.subject.id, upload_id, file_id))
    async with turn_of(request):
        await terminate_file(app[POOL], app[VAULT], actor, upload_id=upload_id, file_id=file_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


@long_lived
@ROUTES(
    f"POST {_FILE}",
    Answer("As for the method that is named.", HTTPStatus.NO_CONTENT),
    headers=OverrideHeaders,
    problems={
        **_NO_FILE,
        HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
        HTTPStatus.METHOD_NOT_ALLOWED: "No supported method is named.",
        HTTPStatus.CONFLICT: "As for the method that is named.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
    },
)
@_OF_FILE("POST")
async def post_upload_file(_request: web.Request, upload_id: UploadId, file_id: FileId) -> web.StreamResponse:
    """Override the method.

    For proxies that block `PATCH` and `DELETE`: `X-HTTP-Method-Override` names the method to use.
    """
    raise not_allowed(f"Name the method to use in {OVERRIDE}.", ["OPTIONS", "HEAD", "PATCH", "DELETE"])
