"""/api/pmd/bdr: request, list, watch, download."""

import re
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from ..archive.names import safe_name
from ..archive.response import respond_with
from ..base.database import POOL
from ..base.settings import SETTINGS, Settings
from ..events.hub import HUB
from ..events.stream import stream_updates
from ..events.topic import Key
from ..http.errors import conflict, gone, not_found
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import EVENTS, Answer, Routes, file_answers, file_problems
from ..http.turns import long_lived, turn_of
from ..identity.audit import record_once, recorded_once
from ..identity.users import ACTOR
from ..site.packable import Packable, find_packable
from ..vault import VAULT, ObjectUnreadableError, Stored
from ..work.queue import QUEUES
from . import queries
from .file_requests import FilesRequest, request_files
from .lifecycle import cancel_download, mark_archive_lost, rebuild, remove_download, retry_download
from .queries import TOPIC, Archive, Bdr, BdrQuery, MissingList, MissingQuery, Posts
from .requests import BdrAccepted, BdrList, BdrRequest, request_download

BdrId = Annotated[UUID, Meta(description="The request's id.")]


class RangeHeaders(msgspec.Struct, rename={"range": "Range", "if_range": "If-Range"}):
    range: Annotated[str, Meta(description="One range or one suffix.", examples=["bytes=1000-"])] | None = None
    if_range: Annotated[str, Meta(description="An `ETag`, or a `Last-Modified` date.")] | None = None


_SPENT = {HTTPStatus.TOO_MANY_REQUESTS: "The day's allowance is used up; it is back at 00:00 UTC."}
_HEADERS = {"Last-Modified": "When the archive was built.", "Content-Disposition": "The archive's name."}
ROUTES = Routes(
    "Downloads",
    about="ZIPs of up to 128 posts, or of files of the library.",
    missing="download request",
    keys="downloads",
)


@ROUTES(
    "POST /api/pmd/bdr",
    Answer("The request is accepted, and will be built.", HTTPStatus.ACCEPTED, location="/api/pmd/bdr/{0.id}"),
    scopes=("downloads:write", "posts:read"),
    problems={
        **_SPENT,
        HTTPStatus.BAD_REQUEST: "A post is unknown, another user's, a playlist or deleted; nothing is requested.",
    },
)
async def post_bdr(request: web.Request, body: BdrRequest, once: Once) -> BdrAccepted:
    """Request a download.

    A ZIP of up to 128 artworks with their metadata, built in the background. Failed requests do not count towards the
    day's allowance, cancelled ones do. A moderator's request belongs to its target and counts against the moderator.
    """
    app = request.app
    accepted = await request_download(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], body, once)
    await app[HUB].answered(Key(TOPIC.kind, accepted.id), user_id=request[ACTOR].subject.id)
    return accepted


@ROUTES(
    "POST /api/pmd/assets/download",
    Answer("The request is accepted, and will be built.", HTTPStatus.ACCEPTED, location="/api/pmd/bdr/{0.id}"),
    scopes=("downloads:write", "library:read"),
    problems={**_SPENT, HTTPStatus.BAD_REQUEST: "A file is unknown, another user's or in the trash, or none is there."},
)
async def post_asset_download(request: web.Request, body: FilesRequest, once: Once) -> BdrAccepted:
    """Request a download of files.

    A ZIP of files of the library, or of a folder with all below it, in their folders and unchanged; at most 20,000.
    It uses the day's allowance, and is followed and fetched like a download of posts.
    """
    app = request.app
    accepted = await request_files(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], body, once)
    await app[HUB].answered(Key(TOPIC.kind, accepted.id), user_id=request[ACTOR].subject.id)
    return accepted


@ROUTES("GET /api/pmd/bdr", "A page of requests.")
@recorded_once("read_downloads")
async def get_bdrs(request: web.Request, query: BdrQuery) -> BdrList:
    """List downloads.

    Newest first, and the caller's allowance.
    """
    pool, actor = request.app[POOL], request[ACTOR]
    allowance = await queries.find_allowance(pool, requested_by=actor.viewer.id)
    items, next_cursor = await queries.list_bdrs(pool, user_id=actor.subject.id, query=query)
    return BdrList(
        items=items,
        next_cursor=next_cursor,
        daily_limit=request.app[SETTINGS].bdr_daily_limit,
        used_today=allowance.used,
        resets_at=allowance.resets_at,
    )


@long_lived
@ROUTES(
    "GET /api/pmd/bdr/sse",
    Answer(
        "The stream; it lasts as long as the token.",
        media=EVENTS,
        example="retry: 3000\n\nid: 0b0c6a52-6a1e-4f0e-9d3a-5b2f7c1d8e90\nevent: bdr_update\ndata: {…}\n\n"
        "event: connected\ndata: {}\n\n",
    ),
)
async def get_bdr_sse(request: web.Request) -> web.StreamResponse:
    """Watch downloads.

    A stream of Server-Sent Events. First a `bdr_update` for each of the newest 20, oldest first, then `connected`, then
    a `bdr_update` at every change of status or progress; its data is the request as `GET /api/pmd/bdr/{bdr_id}` gives
    it, its `id` the request's. Events of a request that has just been made are delayed until its `POST` has been
    answered and read, about half a second, so that a page may add the response to its list itself; `GET /api/pmd/sse`
    does not delay them. `bdr_removed` has the id of a removed request. A comment is sent every 15 seconds, and
    `timeout` before the stream ends because the token has expired.

    Reconnecting misses nothing: every stream begins with the current state.
    """
    return await stream_updates(request, request.app[HUB], request[ACTOR], (TOPIC.kind,), waits_for_responses=True)


@ROUTES("GET /api/pmd/bdr/{bdr_id}", "The request.")
@recorded_once("read_downloads")
async def get_bdr(request: web.Request, bdr_id: BdrId) -> Bdr | None:
    """Get a download."""
    return await queries.find_bdr(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=bdr_id)


@long_lived
@ROUTES(
    "GET /api/pmd/bdr/{bdr_id}/download",
    *file_answers("archive", "application/zip", _HEADERS),
    headers=RangeHeaders,
    problems={
        **file_problems("archive"),
        HTTPStatus.CONFLICT: "It is not ready.",
        HTTPStatus.GONE: "It has expired, or an artwork has changed and it is being rebuilt.",
    },
    head=True,
)
async def get_bdr_download(request: web.Request, bdr_id: BdrId) -> web.StreamResponse:
    """Download the archive."""
    async with turn_of(request):
        archive = await queries.find_archive(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=bdr_id)
        if archive is not None:
            await record_once(request.app[POOL], request[ACTOR], "read_downloads")
    if archive is None:
        raise not_found("download request")
    if archive.status == "expired":
        raise gone("This download has expired. Retry it to build it again.")
    if archive.file_path is None:
        raise conflict(f"This download is not ready: it is {archive.status}.")
    stored = Stored(key=archive.file_path, size=archive.file_size_bytes or 0, etag=archive.etag)

    async def when_changed(error: ObjectUnreadableError) -> None:
        async with turn_of(request):
            await rebuild(request.app[POOL], request.app[QUEUES], bdr_id, stored.key, error)

    filename = _filename(request.app[SETTINGS], archive, bdr_id)
    try:
        response = await respond_with(request, request.app[VAULT], stored, filename=filename, when_changed=when_changed)
    except ObjectUnreadableError as error:
        await when_changed(error)
        raise gone(
            "An artwork has changed since this download was built. It is being rebuilt; please come back in a moment."
        ) from error
    if response is None:
        async with turn_of(request):
            await mark_archive_lost(request.app[POOL], bdr_id, archive.file_path)
        raise gone("This download's archive is missing. Retry it to build it again.")
    return response


def _filename(settings: Settings, archive: Archive, bdr_id: UUID) -> str:
    if archive.name:
        return safe_name(archive.name, "zip")
    site = re.sub(r"[^a-z0-9]+", "-", settings.site_name.lower()).strip("-")
    return f"{site}-artworks-{str(bdr_id)[:8]}.zip"


@ROUTES(
    "DELETE /api/pmd/bdr/{bdr_id}",
    "It is removed.",
    problems={HTTPStatus.CONFLICT: "It is being built: cancel it first."},
)
async def delete_bdr(request: web.Request, bdr_id: BdrId, match: IfMatch) -> None:
    """Remove a download.

    Removes the request and its archive. It still counts for its day.
    """
    await remove_download(request.app[POOL], request.app[VAULT], request[ACTOR], bdr_id, match)


@ROUTES(
    "POST /api/pmd/bdr/{bdr_id}/retry",
    "The request, pending again.",
    problems={**_SPENT, HTTPStatus.CONFLICT: "It has neither failed nor expired."},
)
async def post_bdr_retry(request: web.Request, bdr_id: BdrId) -> Bdr:
    """Retry a download.

    Builds a failed or expired request again; that uses the day's allowance like a new one.
    """
    app = request.app
    return await retry_download(app[POOL], app[VAULT], app[QUEUES], app[SETTINGS], request[ACTOR], bdr_id)


@ROUTES(
    "POST /api/pmd/bdr/{bdr_id}/cancel",
    "The request, cancelled: its status is `failed`.",
    problems={HTTPStatus.CONFLICT: "It has ended already."},
)
async def post_bdr_cancel(request: web.Request, bdr_id: BdrId) -> Bdr:
    """Cancel a download."""
    return await cancel_download(request.app[POOL], request[ACTOR], bdr_id)


@ROUTES("GET /api/pmd/bdr/{bdr_id}/missing", "What was left out of the archive, and why.")
@recorded_once("read_downloads")
async def get_bdr_missing(request: web.Request, bdr_id: BdrId, query: MissingQuery) -> MissingList | None:
    """List what a download lacks."""
    return await queries.find_missing(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=bdr_id, query=query)


@ROUTES("GET /api/pmd/bdr/{bdr_id}/posts", "The posts.")
@recorded_once("read_downloads")
async def get_bdr_posts(request: web.Request, bdr_id: BdrId) -> Posts | None:
    """List the posts of a download.

    The posts' ids in the order of the request, to select them again; some may be deleted since.
    """
    return await queries.find_posts(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=bdr_id)


@ROUTES(
    "GET /api/pmd/bdr/{bdr_id}/assets",
    "The files, and the posts without one.",
    scopes=("downloads:read", "library:read"),
)
@recorded_once("read_library")
async def get_bdr_assets(request: web.Request, bdr_id: BdrId) -> Packable | None:
    """List the files that a download's posts were made of.

    Files of the user's own library in the order of the request's posts, to make a pack of them. Posts that no file can
    be packed for are named: `no_file` where none was published as this post, `in_trash` where it lies in the trash.
    """
    pool, user_id = request.app[POOL], request[ACTOR].subject.id
    listed = await queries.find_posts(pool, user_id=user_id, bdr_id=bdr_id)
    if listed is None:
        return None
    packable, _ = await find_packable(pool, user_id=user_id, post_ids=listed.post_ids)
    return packable
