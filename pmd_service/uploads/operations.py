"""What the API's documentation says about uploads."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec

from ..assets.reports import Finding, Report
from ..http.openapi import Answer, IdempotencyHeader, Operation, Operations
from . import lists, routes, tus
from .examples import ANNOUNCED, ENDED, FILE, FILE_ID, HASH, LINE, REPORT_ID, UPLOAD, UPLOAD_ID
from .lifecycle import RetryRequest, Undone
from .queries import LineList, UploadList
from .shapes import AllowanceLeft, CheckAnswer, Checked, CheckRequest, Defaults, UploadRequest

_TAG = "Uploads"
_TUS = "Uploads by tus"


class UploadPath(msgspec.Struct):
    upload_id: Annotated[UUID, msgspec.Meta(description="The upload's id.", examples=[str(UPLOAD_ID)])]


class FilePath(UploadPath):
    file_id: Annotated[UUID, msgspec.Meta(description="The file's id.", examples=[str(FILE_ID)])]


class ReportPath(msgspec.Struct):
    report_id: Annotated[UUID, msgspec.Meta(description="The report's id.", examples=[str(REPORT_ID)])]


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


_LOCATION = {"Location": "Where the upload is."}
_NO_ROOM = {
    HTTPStatus.UNPROCESSABLE_ENTITY: "The files do not fit into the library's allowance, or are too many.",
    HTTPStatus.TOO_MANY_REQUESTS: "Four uploads await bytes already.",
    HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk has no room just now.",
}
_NO_UPLOAD = {HTTPStatus.NOT_FOUND: "You have no such upload."}
_OVER = {HTTPStatus.GONE: "The upload's page has ended.", **_NO_UPLOAD}
_VERSION = {HTTPStatus.PRECONDITION_FAILED: "`Tus-Resumable` is not 1.0.0."}
_NO_FILE = {
    HTTPStatus.NOT_FOUND: "You have no such file.",
    HTTPStatus.GONE: "The file has failed, was stopped, or is too late: its address is no good any more.",
    HTTPStatus.LOCKED: "Another request is receiving this file and does not let go.",
    **_VERSION,
}
OPERATIONS: Operations = {
    routes.post_upload_check: Operation(
        tag=_TAG,
        summary="Check files before sending",
        description="What would become of each file, and what is left of the allowance. Nothing changes.",
        body=CheckRequest(files=[FILE]),
        answers=[
            Answer(
                CheckAnswer(
                    items=[
                        Checked(path="dragons/red.png", verdict="already_there", asset_id=7),
                        Checked(
                            path="notes.txt",
                            verdict="refused",
                            code="unsupported_type",
                            message="Files of this kind are not taken: only images, sound and video.",
                        ),
                    ],
                    allowance=AllowanceLeft(
                        limit_bytes=5_368_709_120, used_bytes=5_120, reserved_bytes=0, left_bytes=5_368_704_000
                    ),
                ),
                "A verdict for each file, in their order.",
            )
        ],
    ),
    routes.post_upload: Operation(
        tag=_TAG,
        summary="Announce an upload",
        description="Files whose `url` is not null are to be sent there, by tus. What the library has already is a "
        "success at once; what lies in the trash is restored; of files with the same hash one is sent.",
        headers=IdempotencyHeader,
        body=UploadRequest(
            files=[FILE], name="dragons", defaults=Defaults(theme="dragons", provenance="user_provided")
        ),
        answers=[Answer(ANNOUNCED, "The upload is open.", status=HTTPStatus.CREATED, headers=_LOCATION)],
        problems=_NO_ROOM,
    ),
    routes.post_upload_form: Operation(
        tag=_TAG,
        summary="Upload a form",
        description="`multipart/form-data` with up to 30 files under `files[]`, 10 MiB each and 100 MiB together: "
        "`curl -F 'files[]=@red.png'`. Over a limit, nothing of it is kept.",
        answers=[Answer(ANNOUNCED, "The files are here.", status=HTTPStatus.ACCEPTED, headers=_LOCATION)],
        problems={
            HTTPStatus.BAD_REQUEST: "It is not such a form.",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The form is over a limit.",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `multipart/form-data`.",
            **_NO_ROOM,
        },
    ),
    routes.get_uploads: Operation(
        tag=_TAG,
        summary="List your uploads",
        description="Newest first.",
        query=lists.UploadsQuery,
        answers=[Answer(UploadList(items=[UPLOAD], next_cursor=None, total_count=1), "A page of uploads.")],
        problems={HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave."},
    ),
    routes.get_upload: Operation(
        tag=_TAG,
        summary="Look at an upload",
        path=UploadPath,
        answers=[Answer(UPLOAD, "The upload.")],
        problems=_OVER,
    ),
    routes.get_upload_files: Operation(
        tag=_TAG,
        summary="List an upload's files",
        description="In the order in which they were announced.",
        path=UploadPath,
        query=lists.LinesQuery,
        answers=[Answer(LineList(items=[LINE], next_cursor=None, total_count=1), "A page of lines.")],
        problems={HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave.", **_OVER},
    ),
    routes.get_upload_csv: Operation(
        tag=_TAG,
        summary="List an upload's files as CSV",
        description="For spreadsheets: no cell begins a formula.",
        path=UploadPath,
        query=lists.CsvQuery,
        answers=[Answer("file,size,status,outcome,code,reason,next step\r\n", "The lines.", media="text/csv")],
        problems=_OVER,
    ),
    routes.post_upload_stop: Operation(
        tag=_TAG,
        summary="Stop an upload",
        description="What is in stays; what is not ends as `failed` with the code `stopped`.",
        path=UploadPath,
        answers=[Answer(msgspec.structs.replace(UPLOAD, cancelled=True), "It has been stopped.")],
        problems={HTTPStatus.CONFLICT: "It has ended already.", **_OVER},
    ),
    routes.post_upload_retry: Operation(
        tag=_TAG,
        summary="Try failed files again",
        description="They get an address again, as if they were announced anew.",
        path=UploadPath,
        body=RetryRequest(file_ids=[FILE_ID]),
        answers=[Answer(ANNOUNCED, "The upload is open again.")],
        problems={HTTPStatus.CONFLICT: "Nothing of it has failed.", **_NO_ROOM, **_OVER},
    ),
    routes.post_upload_undo: Operation(
        tag=_TAG,
        summary="Undo an upload",
        description="Puts into the trash what it added and nobody has used since.",
        path=UploadPath,
        answers=[Answer(Undone(affected_count=2, kept_count=0, message="2 files went to the trash."), "Undone.")],
        problems={HTTPStatus.CONFLICT: "It is still going on.", **_OVER},
    ),
    routes.get_report: Operation(
        tag=_TAG,
        summary="Read a file's papers",
        path=ReportPath,
        answers=[
            Answer(
                Report(
                    id=REPORT_ID,
                    batch_id=UPLOAD_ID,
                    asset_id=7,
                    outcome="added",
                    file_name="red.png",
                    hash=HASH,
                    facts={"version": 1, "type": "image", "width": 64, "height": 64},
                    findings=[Finding(code="extension_lies", message="Its name ends in “.jpg”, but it is a PNG file.")],
                    created_at=ENDED,
                ),
                "What was found when the file was looked at.",
            )
        ],
        problems={HTTPStatus.NOT_FOUND: "You have no such report."},
    ),
    tus.options_tus: Operation(
        tag=_TUS,
        summary="What is spoken here",
        answers=[Answer(None, "In headers.", status=HTTPStatus.NO_CONTENT, media=None)],
    ),
    tus.options_upload_file: Operation(
        tag=_TUS,
        summary="What is spoken here, of a file",
        path=FilePath,
        answers=[Answer(None, "In headers.", status=HTTPStatus.NO_CONTENT, media=None)],
    ),
    tus.post_tus: Operation(
        tag=_TUS,
        summary="Create a file",
        description="tus's creation, with or without bytes. Without `upload` it opens an upload of its own.",
        headers=CreationHeaders,
        answers=[
            Answer(
                None,
                "The file's address.",
                status=HTTPStatus.CREATED,
                media=None,
                headers={"Location": "Where the bytes go.", "Upload-Expires": "Until when."},
            )
        ],
        problems={
            HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The file is larger than its kind may be.",
            HTTPStatus.CONFLICT: "The upload has ended, or has 512 files.",
            **_NO_ROOM,
            **_NO_FILE,
        },
    ),
    tus.head_upload_file: Operation(
        tag=_TUS,
        summary="How much of a file is here",
        path=FilePath,
        headers=TusHeaders,
        answers=[
            Answer(
                None,
                "In headers.",
                media=None,
                headers={"Upload-Offset": "Bytes that are durable.", "Upload-Length": "Bytes in all."},
            )
        ],
        problems=_NO_FILE,
        head=True,
    ),
    tus.patch_upload_file: Operation(
        tag=_TUS,
        summary="Send a file's bytes",
        description="The body is `application/offset+octet-stream`. A cut keeps what arrived; with `Upload-Checksum` "
        "the body counts whole or not at all (460).",
        path=FilePath,
        headers=PatchHeaders,
        answers=[
            Answer(
                None,
                "The bytes are durable.",
                status=HTTPStatus.NO_CONTENT,
                media=None,
                headers={"Upload-Offset": "Where the next ones go."},
            )
        ],
        problems={
            HTTPStatus.BAD_REQUEST: "A header is missing or malformed.",
            HTTPStatus.CONFLICT: "The bytes do not begin where the file ends; `Upload-Offset` tells where that is.",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "These are more bytes than were announced.",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/offset+octet-stream`.",
            HTTPStatus.INSUFFICIENT_STORAGE: "The server's disk has no room just now.",
            **_NO_FILE,
        },
    ),
    tus.delete_upload_file: Operation(
        tag=_TUS,
        summary="Stop a file",
        path=FilePath,
        headers=TusHeaders,
        answers=[Answer(None, "It is stopped.", status=HTTPStatus.NO_CONTENT, media=None)],
        problems={HTTPStatus.CONFLICT: "It is in already.", **_NO_FILE},
    ),
}
