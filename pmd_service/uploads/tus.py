"""tus 1.0.0 over HTTP: core, creation, creation with upload, checksum, expiration and termination.

A 4xx makes clients forget the address, so there is none for what may pass: a full disk is 507, a crowd 503, a receiver
that does not let go 423, which all of them take for “later”.
"""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import wraps
from http import HTTPStatus
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from ..database import POOL
from ..http.errors import ProblemError, bad_request, not_found
from ..http.turns import long_lived
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..vault import VAULT, BusyError, VaultFaultError
from ..work.queue import LOOKING, QUEUES
from .add import add_file
from .digest import Checksum
from .holds import Hold, Settled
from .lifecycle import terminate_file
from .queries import is_line
from .receive import Received, receive, tell, wrong_offset
from .receiving import RECEIVING
from .room import insufficient_storage, is_disk_full
from .rules import MAX_FILE_BYTES
from .shapes import AnnouncedFile

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
MEDIA_TYPE = "application/offset+octet-stream"
MAX_METADATA = 16 * 1024

TusHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def speaks_tus(handler: TusHandler) -> TusHandler:
    """Every answer names the version, problems too, and nobody keeps any of them."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            if request.method != hdrs.METH_OPTIONS:
                _require_version(request)
            response = await handler(request)
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


@speaks_tus
async def options_tus(_request: web.Request) -> web.StreamResponse:
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(MAX_FILE_BYTES),
        "Tus-Checksum-Algorithm": "sha256",
    }
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)


@speaks_tus
async def options_upload_file(request: web.Request) -> web.StreamResponse:
    upload_id, file_id = _ids(request)
    if not await is_line(request.app[POOL], user_id=request[ACTOR].subject.id, upload_id=upload_id, file_id=file_id):
        raise not_found("file")
    return await options_tus(request)


@long_lived
@speaks_tus
async def post_tus(request: web.Request) -> web.StreamResponse:
    if "Upload-Defer-Length" in request.headers:
        raise bad_request("The length has to be known from the start: send Upload-Length.", path="Upload-Length")
    app, length = request.app, _whole_number(request, "Upload-Length")
    metadata = _metadata(request)
    upload_id = _uuid(metadata["upload"], "upload") if "upload" in metadata else None
    async with app[RECEIVING].announcing:
        added = await add_file(
            app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], _file_of(length, metadata), upload_id=upload_id
        )
    headers = {"Location": added.url, "Upload-Expires": _date(added.expires_at)}
    if added.is_here:
        headers["Upload-Offset"] = headers["Upload-Length"] = str(added.file_size)
    elif request.content_type == MEDIA_TYPE and request.body_exists:
        headers["Upload-Offset"] = str((await _receive(request, added.upload_id, added.file_id, 0)).offset)
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


@long_lived
@speaks_tus
async def head_upload_file(request: web.Request) -> web.StreamResponse:
    upload_id, file_id = _ids(request)
    async with _hold(request, upload_id, file_id) as hold:
        size = hold.file_size
        if isinstance(hold, Hold):
            size = await request.app[VAULT].incoming(file_id).size()
            if size == hold.file_size:
                # It came in whole, and its server died before it could say so.
                await _enqueue(request, file_id, await tell(request.app[POOL], hold, size))
        headers = {
            "Upload-Offset": str(size),
            "Upload-Length": str(hold.file_size),
            "Upload-Expires": _date(hold.expires_at),
        }
    return web.Response(headers=headers)


@long_lived
@speaks_tus
async def patch_upload_file(request: web.Request) -> web.StreamResponse:
    if request.content_type != MEDIA_TYPE:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the bytes as {MEDIA_TYPE}.")
    received = await _receive(request, *_ids(request), _whole_number(request, "Upload-Offset"))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Upload-Offset": str(received.offset)})


@speaks_tus
async def delete_upload_file(request: web.Request) -> web.StreamResponse:
    upload_id, file_id = _ids(request)
    request.app[RECEIVING].receivers.interrupt(file_id)
    await terminate_file(request.app[POOL], request.app[VAULT], request[ACTOR], upload_id=upload_id, file_id=file_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _receive(request: web.Request, upload_id: UUID, file_id: UUID, offset: int) -> Received:
    checksum, user_id = _checksum(request), request[ACTOR].subject.id
    receiving = request.app[RECEIVING]
    receiving.enter(user_id)
    try:
        async with _hold(request, upload_id, file_id) as hold:
            if isinstance(hold, Settled):
                if offset != hold.file_size or request.body_exists:
                    raise wrong_offset(hold.file_size)
                return Received(offset=offset)
            received = await receive(
                request,
                pool=request.app[POOL],
                vault=request.app[VAULT],
                hold=hold,
                offset=offset,
                checksum=checksum,
            )
    finally:
        receiving.leave(user_id)
    await _enqueue(request, file_id, received)
    return received


def _hold(request: web.Request, upload_id: UUID, file_id: UUID):  # type: ignore[no-untyped-def]
    return request.app[RECEIVING].receivers.hold(
        request.app[POOL], user_id=request[ACTOR].subject.id, upload_id=upload_id, file_id=file_id
    )


async def _enqueue(request: web.Request, file_id: UUID, received: Received) -> None:
    if received.is_next:
        await request.app[QUEUES].enqueue(LOOKING, file_id, received.attempt)


def _require_version(request: web.Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "This address speaks tus 1.0.0: send Tus-Resumable: 1.0.0.",
            headers={"Tus-Version": VERSION},
        )


def _ids(request: web.Request) -> tuple[UUID, UUID]:
    try:
        return UUID(request.match_info["upload_id"]), UUID(request.match_info["file_id"])
    except ValueError as error:
        raise not_found("file") from error


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


def _checksum(request: web.Request) -> Checksum | None:
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
    return Checksum(digest)


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
