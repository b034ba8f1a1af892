"""/api/pmd/uploads: announce, read, stop, retry and undo uploads; and a file's report. tus is in ``tus``.

In a thread: reading the licence texts, once.
"""

import asyncio
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.reports import Report, find_report
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.languages import language_of_client
from ..http.once import Once
from ..http.route import Answer, Routes, Takes
from ..http.turns import long_lived, turn_of
from ..identity import audit
from ..identity.users import ACTOR
from ..portable.sheets import csv_response
from ..site.license_texts import MAX_TEXT, known_runs, recognize
from ..site.licenses import License, list_licenses
from ..vault import VAULT
from . import lists
from .announce import announce, announce_page, announced, check_files
from .form import MAX_FILES, receive_form
from .lease import UPLOAD_LEASES
from .lifecycle import RetryRequest, Undone, retry_upload, stop_upload, undo_upload
from .queries import LineList, Upload, UploadList
from .quota import translate_full_vault
from .shapes import AnnouncedUpload, CheckAnswer, CheckRequest, PageRequest, UploadRequest

# Distinguishes ids from words in the same position.
UPLOAD = "/api/pmd/uploads/{upload_id:[0-9a-fA-F-]{36}}"

UploadId = Annotated[UUID, Meta(description="The upload's id.")]
ReportId = Annotated[UUID, Meta(description="The report's id.")]

_LOCATION = "/api/pmd/uploads/{0.id}"
NO_ROOM = {
    HTTPStatus.UNPROCESSABLE_ENTITY: "The files exceed the library's allowance, or are too many.",
    HTTPStatus.TOO_MANY_REQUESTS: "Four uploads are open already.",
    HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk is full at the moment.",
}
_EXPIRED = {HTTPStatus.GONE: "The upload's report has expired."}
ROUTES = Routes(
    "Uploads", about="Announcing files, following them, and sending them by a form.", missing="upload", keys="uploads"
)


@ROUTES("POST /api/pmd/uploads/check", "A verdict for each file, in their order.")
async def post_upload_check(request: web.Request, body: CheckRequest) -> CheckAnswer:
    """Check files before sending.

    The verdict on each file, and what is left of the allowance. Changes nothing.
    """
    return await check_files(request.app[POOL], request.app[SETTINGS], request[ACTOR], body)


class LicenseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of a LICENSE file."""

    text: Annotated[str, Meta(max_length=MAX_TEXT, examples=["SPDX-License-Identifier: CC-BY-4.0"])]


class RecognizedLicense(msgspec.Struct, frozen=True, kw_only=True):
    """The recognized licence, if files can have it here; null if it is another one, or unclear."""

    license: License | None


@ROUTES("POST /api/pmd/uploads/license", "The licence, or none.")
async def post_upload_license(request: web.Request, body: LicenseFile) -> RecognizedLicense:
    """Recognize a folder's licence.

    By the SPDX identifier, the Creative Commons URL or the full text in a LICENSE file. Changes nothing; a client can
    offer the licence for the files.
    """
    await asyncio.to_thread(known_runs)
    # Not in a thread: it would contend for the interpreter lock with every request, and no turn would account for it.
    identifier = recognize(body.text)
    licenses = await list_licenses(request.app[POOL]) if identifier else []
    return RecognizedLicense(license=next((each for each in licenses if each.identifier == identifier), None))


@ROUTES(
    "POST /api/pmd/uploads",
    Answer("The upload is open.", HTTPStatus.CREATED, location=_LOCATION),
    problems=NO_ROOM,
)
async def post_upload(request: web.Request, body: UploadRequest, once: Once) -> AnnouncedUpload:
    """Announce an upload.

    Send each file to its `url` by tus, unless that is null. Files that the library has already succeed immediately,
    those in the trash are restored, and of files with the same hash one is sent. For more than 512 files, send
    `total_files` and announce the others in further pages.
    """
    app = request.app
    return await announce(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], body, once)


@ROUTES(
    f"POST {UPLOAD}/files",
    "The page is announced.",
    problems={
        HTTPStatus.GONE: "The upload is no longer open.",
        HTTPStatus.CONFLICT: "The upload has ended, or some of these positions are taken.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "The files exceed the library's allowance, or are too many.",
        HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk is full at the moment.",
    },
)
async def post_upload_files(request: web.Request, upload_id: UploadId, body: PageRequest) -> AnnouncedUpload:
    """Announce further files of an upload.

    For an upload that was announced with `total_files`: pages of at most 512 files, in any order. Repeating a page,
    for example after a lost response, is harmless.
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
    Answer("The files are received.", HTTPStatus.ACCEPTED, location=_LOCATION),
    takes=Takes("multipart/form-data", {"type": "object", "properties": {"files[]": _FILES}, "required": ["files[]"]}),
    problems={
        HTTPStatus.BAD_REQUEST: "The form is malformed.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The form is over a limit.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `multipart/form-data`.",
        **NO_ROOM,
    },
)
async def post_upload_form(request: web.Request) -> AnnouncedUpload:
    """Upload a form.

    `multipart/form-data` with up to 30 files under `files[]`, 10 MiB each and 100 MiB together:
    `curl -F 'files[]=@red.png'`. Above a limit, none of them is kept.
    """
    with translate_full_vault():
        upload_id = await receive_form(request)
    async with turn_of(request):
        return await announced(request.app[POOL], request[ACTOR], upload_id)


@ROUTES(f"GET {UPLOAD}", "The upload.", problems=_EXPIRED)
async def get_upload(request: web.Request, upload_id: UploadId) -> Upload:
    """Read an upload."""
    return await lists.find_upload(request.app[POOL], request[ACTOR], upload_id)


@ROUTES(f"GET {UPLOAD}/files", "A page of lines.", problems=_EXPIRED)
async def get_upload_files(request: web.Request, upload_id: UploadId, query: lists.LinesQuery) -> LineList:
    """List an upload's files.

    In the order of their announcement.
    """
    return await lists.list_lines(request.app[POOL], request[ACTOR], upload_id, query)


@ROUTES(
    f"GET {UPLOAD}/files.csv",
    Answer("The lines.", media="text/csv", example="file,size,status,outcome,code,reason,next step\r\n"),
    problems=_EXPIRED,
)
async def get_upload_csv(request: web.Request, upload_id: UploadId, query: lists.CsvQuery) -> web.Response:
    """List an upload's files as CSV.

    For spreadsheets: no cell is evaluated as a formula. Columns and codes are English, ``reason`` and ``next step`` in
    the language of ``Accept-Language``.
    """
    language = language_of_client(request)
    text = await lists.write_csv(request.app[POOL], request[ACTOR], upload_id, query, language)
    return csv_response(text, f"upload-{str(upload_id)[:8]}.csv")


@ROUTES(
    f"POST {UPLOAD}/stop",
    "The upload is stopped.",
    problems={**_EXPIRED, HTTPStatus.CONFLICT: "The upload has ended already."},
)
async def post_upload_stop(request: web.Request, upload_id: UploadId) -> Upload:
    """Stop an upload.

    Files that were received are kept; the others end as `failed` with the code `stopped`.
    """
    app = request.app
    return await stop_upload(app[POOL], app[VAULT], app[UPLOAD_LEASES], request[ACTOR], upload_id)


@ROUTES(
    f"POST {UPLOAD}/retry",
    "The upload is open again.",
    problems={**_EXPIRED, **NO_ROOM, HTTPStatus.CONFLICT: "None of its files has failed."},
)
async def post_upload_retry(request: web.Request, upload_id: UploadId, body: RetryRequest | None) -> AnnouncedUpload:
    """Retry failed files.

    They get a `url` again, as if they were announced again.
    """
    app, wanted = request.app, body or RetryRequest()
    return await retry_upload(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], upload_id, wanted)


@ROUTES(f"POST {UPLOAD}/undo", "Undone.", problems={**_EXPIRED, HTTPStatus.CONFLICT: "The upload is still running."})
async def post_upload_undo(request: web.Request, upload_id: UploadId) -> Undone:
    """Undo an upload.

    Moves the files that it added to the trash, unless they have been used since.
    """
    return await undo_upload(request.app[POOL], request[ACTOR], upload_id)


@ROUTES("GET /api/pmd/reports/{report_id}", "The result of the file's probe.", missing="report")
async def get_report(request: web.Request, report_id: ReportId) -> Report | None:
    """Read a file's report."""
    await audit.record_once(request.app[POOL], request[ACTOR], "read_uploads")
    return await find_report(request.app[POOL], user_id=request[ACTOR].subject.id, report_id=report_id)
