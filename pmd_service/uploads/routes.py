"""/api/pmd/uploads: announce, look, stop, try again, undo; and a file's papers. What speaks tus stands in ``tus``."""

import asyncio
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from ..assets.reports import Report, find_report
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.route import Answer, Routes, Takes
from ..http.turns import long_lived, turn_of
from ..http.wire import IdempotencyHeader, idempotency_key
from ..identity import audit
from ..identity.users import ACTOR
from ..site.license_texts import MAX_TEXT, known_runs, recognize
from ..site.licenses import License, list_licenses
from ..vault import VAULT
from ..vault.responses import content_disposition
from . import lists
from .announce import announce, announce_page, announced, check_files
from .form import MAX_FILES, receive_form
from .lifecycle import RetryRequest, Undone, retry_upload, stop_upload, undo_upload
from .queries import LineList, Upload, UploadList
from .receiving import RECEIVING
from .shapes import AnnouncedUpload, CheckAnswer, CheckRequest, PageRequest, UploadRequest

# Keeps ids apart from the words that stand at the same place.
UPLOAD = "/api/pmd/uploads/{upload_id:[0-9a-fA-F-]{36}}"

UploadId = Annotated[UUID, Meta(description="The upload's id.")]
ReportId = Annotated[UUID, Meta(description="The report's id.")]

_PLACE = "/api/pmd/uploads/{0.id}"
NO_ROOM = {
    HTTPStatus.UNPROCESSABLE_ENTITY: "The files do not fit into the library's allowance, or are too many.",
    HTTPStatus.TOO_MANY_REQUESTS: "Four uploads await bytes already.",
    HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk has no room just now.",
}
_OVER = {HTTPStatus.GONE: "The upload's page has ended."}
ROUTES = Routes("Uploads", about="Announcing files, following them, and sending them by a form.", missing="upload")


@ROUTES("POST /api/pmd/uploads/check", "A verdict for each file, in their order.")
async def post_upload_check(request: web.Request, body: CheckRequest) -> CheckAnswer:
    """Check files before sending.

    What would become of each file, and what is left of the allowance. Nothing changes.
    """
    return await check_files(request.app[POOL], request.app[SETTINGS], request[ACTOR], body)


class LicenseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in a LICENSE file."""

    text: Annotated[str, Meta(max_length=MAX_TEXT, examples=["SPDX-License-Identifier: CC-BY-4.0"])]


class RecognizedLicense(msgspec.Struct, frozen=True, kw_only=True):
    """The licence that it is, of those that files can have here; null: none of them, or it is unclear."""

    license: License | None


@ROUTES("POST /api/pmd/uploads/license", "The licence, or none.")
async def post_upload_license(request: web.Request, body: LicenseFile) -> RecognizedLicense:
    """Recognize a folder's licence.

    What a LICENSE file says: by its SPDX identifier, by Creative Commons' address, or by its text, as SPDX's list has
    it. Nothing changes: it is offered for the files.
    """
    await asyncio.to_thread(known_runs)
    # Not beside the loop: it would wait for the interpreter at each of everybody's steps, and nobody's turn count it.
    identifier = recognize(body.text)
    licenses = await list_licenses(request.app[POOL]) if identifier else []
    return RecognizedLicense(license=next((each for each in licenses if each.identifier == identifier), None))


@ROUTES(
    "POST /api/pmd/uploads",
    Answer("The upload is open.", HTTPStatus.CREATED, location=_PLACE),
    headers=IdempotencyHeader,
    problems=NO_ROOM,
)
async def post_upload(request: web.Request, body: UploadRequest) -> AnnouncedUpload:
    """Announce an upload.

    Files whose `url` is not null are to be sent there, by tus. What the library has already is a success at once; what
    lies in the trash is restored; of files with the same hash one is sent. More than 512 files are one upload, too: say
    `total_files`, and announce the others page by page.
    """
    app, key = request.app, idempotency_key(request)
    return await announce(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], body, idempotency_key=key)


@ROUTES(
    f"POST {UPLOAD}/files",
    "The page is announced.",
    problems={
        HTTPStatus.GONE: "The upload is no longer open.",
        HTTPStatus.CONFLICT: "It has ended, or other files stand at these places.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "The files do not fit into the library's allowance, or are too many.",
        HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk has no room just now.",
    },
)
async def post_upload_files(request: web.Request, upload_id: UploadId, body: PageRequest) -> AnnouncedUpload:
    """Announce further files of an upload.

    What was announced with `total_files` and more than 512 files goes on in pages of at most 512, in any order. A page
    that comes again, because its answer was lost, is answered as before.
    """
    app = request.app
    return await announce_page(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], upload_id, body)


@ROUTES("GET /api/pmd/uploads", "A page of uploads.")
async def get_uploads(request: web.Request, query: lists.UploadsQuery) -> UploadList:
    """List your uploads.

    Newest first.
    """
    return await lists.list_uploads(request.app[POOL], request[ACTOR], query)


_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1, "maxItems": MAX_FILES}


@long_lived
@ROUTES(
    "POST /api/pmd/uploads/form",
    Answer("The files are here.", HTTPStatus.ACCEPTED, location=_PLACE),
    takes=Takes("multipart/form-data", {"type": "object", "properties": {"files[]": _FILES}, "required": ["files[]"]}),
    problems={
        HTTPStatus.BAD_REQUEST: "It is not such a form.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The form is over a limit.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `multipart/form-data`.",
        **NO_ROOM,
    },
)
async def post_upload_form(request: web.Request) -> AnnouncedUpload:
    """Upload a form.

    `multipart/form-data` with up to 30 files under `files[]`, 10 MiB each and 100 MiB together:
    `curl -F 'files[]=@red.png'`. Over a limit, nothing of it is kept.
    """
    upload_id = await receive_form(request)
    async with turn_of(request):
        return await announced(request.app[POOL], request[ACTOR], upload_id)


@ROUTES(f"GET {UPLOAD}", "The upload.", problems=_OVER)
async def get_upload(request: web.Request, upload_id: UploadId) -> Upload:
    """Look at an upload."""
    return await lists.find_upload(request.app[POOL], request[ACTOR], upload_id)


@ROUTES(f"GET {UPLOAD}/files", "A page of lines.", problems=_OVER)
async def get_upload_files(request: web.Request, upload_id: UploadId, query: lists.LinesQuery) -> LineList:
    """List an upload's files.

    In the order in which they were announced.
    """
    return await lists.list_lines(request.app[POOL], request[ACTOR], upload_id, query)


@ROUTES(
    f"GET {UPLOAD}/files.csv",
    Answer("The lines.", media="text/csv", example="file,size,status,outcome,code,reason,next step\r\n"),
    problems=_OVER,
)
async def get_upload_csv(request: web.Request, upload_id: UploadId, query: lists.CsvQuery) -> web.Response:
    """List an upload's files as CSV.

    For spreadsheets: no cell begins a formula.
    """
    text = await lists.write_csv(request.app[POOL], request[ACTOR], upload_id, query)
    name = {hdrs.CONTENT_DISPOSITION: content_disposition("attachment", f"upload-{str(upload_id)[:8]}.csv")}
    # The mark lets Excel take it for UTF-8.
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=name)


@ROUTES(f"POST {UPLOAD}/stop", "It has been stopped.", problems={**_OVER, HTTPStatus.CONFLICT: "It has ended already."})
async def post_upload_stop(request: web.Request, upload_id: UploadId) -> Upload:
    """Stop an upload.

    What is in stays; what is not ends as `failed` with the code `stopped`.
    """
    app = request.app
    return await stop_upload(app[POOL], app[VAULT], app[RECEIVING].receivers, request[ACTOR], upload_id)


@ROUTES(
    f"POST {UPLOAD}/retry",
    "The upload is open again.",
    problems={**_OVER, **NO_ROOM, HTTPStatus.CONFLICT: "Nothing of it has failed."},
)
async def post_upload_retry(request: web.Request, upload_id: UploadId, body: RetryRequest | None) -> AnnouncedUpload:
    """Try failed files again.

    They get an address again, as if they were announced anew.
    """
    app, wanted = request.app, body or RetryRequest()
    return await retry_upload(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], upload_id, wanted)


@ROUTES(f"POST {UPLOAD}/undo", "Undone.", problems={**_OVER, HTTPStatus.CONFLICT: "It is still going on."})
async def post_upload_undo(request: web.Request, upload_id: UploadId) -> Undone:
    """Undo an upload.

    Puts into the trash what it added and nobody has used since.
    """
    return await undo_upload(request.app[POOL], request[ACTOR], upload_id)


@ROUTES("GET /api/pmd/reports/{report_id}", "What was found when the file was looked at.", missing="report")
async def get_report(request: web.Request, report_id: ReportId) -> Report | None:
    """Read a file's papers."""
    await audit.record_once(request.app[POOL], request[ACTOR], "read_uploads")
    return await find_report(request.app[POOL], user_id=request[ACTOR].subject.id, report_id=report_id)
