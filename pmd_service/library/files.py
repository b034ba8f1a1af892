"""/api/pmd/assets/{asset_id}/file and /preview: a file's bytes, and its previews.

Untrusted bytes are shown in the browsers of users and moderators, so they are sent with headers that keep them from
running anything there. Their content type was determined from their content, not from their name.
"""

from collections.abc import Sequence
from http import HTTPStatus
from operator import itemgetter
from typing import Annotated, Literal

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from ..archive.names import safe_name
from ..assets.asset import Asset, Preview, find_asset, key_of
from ..base.database import POOL, Pool
from ..base.telemetry import log, request_id
from ..http.errors import ProblemError, gone, require, unavailable
from ..http.route import Answer, Routes, file_answers, file_problems
from ..http.turns import long_lived, turn_of
from ..identity.audit import record_once
from ..identity.users import ACTOR
from ..media.formats import FORMATS
from ..site.ai_rights import files_opt_out, reserved
from ..vault import VAULT, Stored
from ..work.adding import add_work
from ..work.queue import QUEUES, Queue, Queues
from .routes import FileId

# Nothing in a file runs, neither in our origin nor with resources from elsewhere.
_SANDBOXED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# The bytes at a URL never change: identity is content. For the viewer's own cache only, and for a day.
_KEPT = {hdrs.CACHE_CONTROL: "private, max-age=86400"}
# A download is read once; a later one may have another name.
_SAVED = {hdrs.CACHE_CONTROL: "private, no-store"}
_SHOWN = ("image/", "audio/", "video/")


class PreviewQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The requested size and form of a preview."""

    size: Annotated[int, Meta(ge=1, le=4096, description="The minimum longer side in pixels, if available.")] = 256
    form: Annotated[Literal["picture", "waveform"], Meta(description="`waveform`: the peaks of a sound, as JSON.")] = (
        "picture"
    )


class FileQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is sent."""

    download: Annotated[int, Meta(ge=0, le=1, description="1: as an attachment, to be saved.")] = 0


_FILE_HEADERS = {
    "Content-Disposition": "`inline` for images, sounds and videos, unless `download=1`; with the file's name.",
    "Content-Security-Policy": "Prevents the file from running anything.",
}
ROUTES = Routes("Library", missing="file", keys="library")


@long_lived
@ROUTES(
    "GET /api/pmd/assets/{asset_id:[0-9]+}/file",
    *file_answers("file", "application/octet-stream", _FILE_HEADERS, is_elsewhere=True),
    problems={**file_problems("file"), HTTPStatus.GONE: "The file's bytes are lost."},
    head=True,
)
async def get_asset_file(request: web.Request, asset_id: FileId, query: FileQuery) -> web.StreamResponse:
    """Get a file's bytes."""
    async with turn_of(request):
        file, sandboxed = await _file(request, asset_id), await _headers(request, asset_id)
        await record_once(request.app[POOL], request[ACTOR], "read_asset_file", asset_ids=[asset_id])
    shown = file.mime_type.startswith(_SHOWN) and not query.download
    response = await request.app[VAULT].respond(
        request,
        Stored(key=key_of(file.path), size=file.size_bytes, etag=file.etag),
        filename=saved_name(file.name, file.file_format),
        content_type=file.mime_type,
        inline=shown,
        headers=sandboxed | (_KEPT if shown else _SAVED),
    )
    if response is None:
        raise gone("This file's bytes are lost. Upload it again to restore it.")
    return response


@ROUTES(
    "GET /api/pmd/assets/{asset_id:[0-9]+}/preview",
    Answer("The picture, or the waveform.", media="application/octet-stream"),
    Answer("The picture has not changed.", HTTPStatus.NOT_MODIFIED),
    problems={
        HTTPStatus.NOT_FOUND: "There is no such file, or no such preview of it.",
        HTTPStatus.GONE: "The preview is lost and cannot be rendered again.",
        HTTPStatus.SERVICE_UNAVAILABLE: "The preview was lost and is being rendered again: retry in a moment.",
    },
)
async def get_asset_preview(request: web.Request, asset_id: FileId, query: PreviewQuery) -> web.StreamResponse:
    """Get a preview of a file.

    A picture with sharp pixels, an animation, a video's poster, or a sound's waveform.
    """
    actor = request[ACTOR]
    file, sandboxed = await _file(request, asset_id), await _headers(request, asset_id)
    # The previews of a page belong to one read of the library, which its list has recorded already.
    await record_once(request.app[POOL], actor, "read_library")
    preview = require(best_preview(file.previews, query), "preview")
    response = await request.app[VAULT].respond(
        request,
        Stored(key=key_of(preview.path), size=preview.size_bytes, etag=preview.etag),
        content_type=preview.mime_type,
        inline=True,
        headers=sandboxed | _KEPT,
    )
    if response is None:
        app = request.app
        raise await _render_again(app[POOL], app[QUEUES], user_id=actor.subject.id, asset_id=asset_id)
    return response


async def _file(request: web.Request, asset_id: int) -> Asset:
    return require(await find_asset(request.app[POOL], user_id=request[ACTOR].subject.id, asset_id=asset_id), "file")


async def _headers(request: web.Request, asset_id: int) -> dict[str, str]:
    """What keeps a file from running anything, and says that it may not be used for training AI, if its owner does."""
    user_id = request[ACTOR].subject.id
    is_reserved = await files_opt_out(request.app[POOL], user_id=user_id, asset_ids=[asset_id])
    return reserved(_SANDBOXED) if is_reserved else _SANDBOXED


def best_preview(previews: Sequence[Preview], wanted: PreviewQuery) -> Preview | None:
    """The smallest picture that is large enough, or else the largest; or the only waveform."""
    if wanted.form == "waveform":
        return next((preview for preview in previews if preview.mime_type == "application/json"), None)
    pictures = sorted(((preview.size, preview) for preview in previews if preview.size is not None), key=itemgetter(0))
    large_enough = next((preview for size, preview in pictures if size >= wanted.size), None)
    return large_enough or (pictures[-1][1] if pictures else None)


def saved_name(name: str, file_format: str) -> str:
    """The file's name if its extension fits its actual format; otherwise with that format's extension appended."""
    stem, _, ending = name.rpartition(".")
    endings = FORMATS[file_format].endings if file_format in FORMATS else {file_format}
    return safe_name(stem, ending) if stem and ending.lower() in endings else safe_name(name, file_format)


# Lost previews are rendered again on demand; the limit leaves room for the owner's other tasks.
MAX_WAITING_TASKS = 128

_LOCK_LIVE = "SELECT name FROM asset WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL FOR UPDATE"

_ENQUEUE = """
INSERT INTO job (kind, asset_id, params_json, user_id, requested_by, group_id)
SELECT 'metadata_extract', $1, '{}', $2, $2, gen_random_uuid()
 WHERE NOT EXISTS (SELECT FROM job
                    WHERE asset_id = $1 AND kind = 'metadata_extract' AND created_at > now() - interval '1 day')
   AND (SELECT count(*) FROM job WHERE user_id = $2 AND status = 'pending') < $3
RETURNING id
"""

_HAS_FAILED = """
SELECT count(*) > 0 AND count(*) FILTER (WHERE status IN ('pending', 'running')) = 0
  FROM job
 WHERE asset_id = $1 AND kind = 'metadata_extract'
   AND (created_at > now() - interval '1 day' OR status IN ('pending', 'running'))
"""


async def _render_again(pool: Pool, queues: Queues, *, user_id: int, asset_id: int) -> ProblemError:
    """Enqueue a task that renders the file's previews again. Returns 503 until then, or 410 if that has failed."""
    async with pool.acquire() as connection, connection.transaction():
        name = await connection.fetchval(_LOCK_LIVE, asset_id, user_id)
        if name is None:
            return gone("This preview of a file in the trash is lost.")
        job_id = await connection.fetchval(_ENQUEUE, asset_id, user_id, MAX_WAITING_TASKS)
        if job_id is not None:
            subject = (job_id, f"metadata extract · {name}")
            await add_work(connection, "task", user_id, [subject], request_id=request_id())
        has_failed = await connection.fetchval(_HAS_FAILED, asset_id)
    if job_id is not None:
        log.warning("preview_lost", asset_id=asset_id, job_id=job_id)
        await queues.put(Queue.TASKS)
    if has_failed:
        return gone("This preview was lost and could not be rendered again. Upload the file again to restore it.")
    # With too many waiting tasks, a later request enqueues it.
    return unavailable("This preview was lost and is being rendered again. Please try again in a moment.")
