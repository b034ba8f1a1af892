"""The routes under /api/pmd/packs."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..archive.response import is_full_download, respond_with
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..base.telemetry import log
from ..http.errors import conflict, gone, not_found, require
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Answer, Routes, file_answers, file_problems
from ..http.selection import RowId
from ..http.turns import long_lived, turn_of
from ..http.wire import PageQuery
from ..identity.audit import record_once, recorded_once
from ..identity.users import ACTOR
from ..vault import VAULT, ObjectUnreadableError, Stored
from ..work.queue import QUEUES
from .changes import PackChanges, PackFilling, PackRequest, change_pack, create_pack, fill_pack, remove_pack
from .checks import PackCheck, check_pack
from .exports import ExportAccepted, ExportRequest, request_export
from .queries import (
    EditionList,
    PackDetails,
    PackEdition,
    PackPage,
    find_archive,
    find_details,
    find_pack,
    list_editions,
    list_packs,
)

PackId = Annotated[RowId, Meta(description="The pack's id.", examples=[3])]


EditionNumber = Annotated[int, Meta(ge=1, le=2**31 - 1, description="The edition's number.", examples=[1])]


class EditionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """An edition."""

    edition: Annotated[int, Meta(ge=1, le=2**31 - 1, description="The newest by default.")] | None = None


_LOST = {HTTPStatus.BAD_REQUEST: "A file is unknown or another user's; `errors` names each, and nothing has changed."}
_UNFIT = {HTTPStatus.UNPROCESSABLE_ENTITY: "The licence is unknown, does not fit this type of pack, or is empty."}
_UNCOVERED = {HTTPStatus.UNPROCESSABLE_ENTITY: "The licence does not fit, or the cover is not a picture of the pack."}
ROUTES = Routes("Packs", about="Collections of files, licensed and exported.", missing="pack", keys="packs")


@ROUTES("GET /api/pmd/packs", "A page of packs.")
@recorded_once("read_packs")
async def get_packs(request: web.Request, query: PageQuery) -> PackPage:
    """List packs.

    Newest first.
    """
    return await list_packs(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES(
    "POST /api/pmd/packs",
    Answer("The pack.", HTTPStatus.CREATED, location="/api/pmd/packs/{0.id}"),
    scopes=("packs:write", "library:read"),
    problems=_LOST | _UNFIT,
)
async def post_pack(request: web.Request, body: PackRequest, once: Once) -> PackDetails:
    """Create a pack.

    Optionally with files. The licence of `royalty_free` is our own text or CC0-1.0, of `attribution` CC-BY-4.0 or
    CC-BY-SA-4.0, of `commercial` and `editorial` our own text, of `personal` our own text or a CC-BY-NC licence, and of
    `custom` its owner's text (`custom_license`).
    """
    return await create_pack(request.app[POOL], request[ACTOR], body, once)


@ROUTES("GET /api/pmd/packs/{pack_id}", "The pack.")
async def get_pack(request: web.Request, pack_id: PackId) -> PackDetails | None:
    """Get a pack.

    With its files in order, and the editions that can be downloaded: the last three.
    """
    actor = request[ACTOR]
    details = await find_details(request.app[POOL], user_id=actor.subject.id, pack_id=pack_id)
    if details is not None:
        await record_once(request.app[POOL], actor, "read_pack", pack_id=pack_id)
    return details


@ROUTES("PATCH /api/pmd/packs/{pack_id}", "The pack.", problems=_UNCOVERED)
async def patch_pack(request: web.Request, pack_id: PackId, body: PackChanges, match: IfMatch) -> PackDetails:
    """Change a pack.

    Omitted fields stay unchanged, and null removes a value. Existing editions stay unchanged.
    """
    return await change_pack(request.app[POOL], request[ACTOR], pack_id, body, match)


@ROUTES(
    "DELETE /api/pmd/packs/{pack_id}",
    "It is removed.",
    scopes=("packs:delete",),
    problems={HTTPStatus.CONFLICT: "It is being exported: cancel that first."},
)
async def delete_pack(request: web.Request, pack_id: PackId, match: IfMatch) -> None:
    """Remove a pack.

    With its archives; its files stay in the library.
    """
    await remove_pack(request.app[POOL], request[ACTOR], pack_id, match)


@ROUTES(
    "PUT /api/pmd/packs/{pack_id}/assets",
    "The pack.",
    scopes=("packs:write", "library:read"),
    problems={**_LOST, HTTPStatus.UNPROCESSABLE_ENTITY: "A file appears twice."},
)
async def put_pack_assets(request: web.Request, pack_id: PackId, body: PackFilling, match: IfMatch) -> PackDetails:
    """Set a pack's files.

    Exactly these, in this order.
    """
    return await fill_pack(request.app[POOL], request[ACTOR], pack_id, body, match)


@ROUTES("POST /api/pmd/packs/{pack_id}/check", "The result.", scopes=("packs:read",))
async def post_pack_check(request: web.Request, pack_id: PackId) -> PackCheck:
    """Check a pack.

    A dry run of an export: all conflicts by file, and the documents.
    """
    actor = request[ACTOR]
    result = await check_pack(request.app[POOL], request.app[SETTINGS], actor, pack_id)
    await record_once(request.app[POOL], actor, "read_pack", pack_id=pack_id)
    return result


@ROUTES(
    "POST /api/pmd/packs/{pack_id}/export",
    Answer("The task.", HTTPStatus.ACCEPTED, location="/api/pmd/jobs/{0.export.id}"),
    problems={
        HTTPStatus.CONFLICT: "An export is in progress, or the pack permits more than its files do; `errors` names "
        "each file.",
        HTTPStatus.TOO_MANY_REQUESTS: "The day's exports are used up; they are back at 00:00 UTC.",
    },
)
async def post_pack_export(
    request: web.Request, pack_id: PackId, body: ExportRequest | None, once: Once
) -> ExportAccepted:
    """Export a pack.

    Builds the next edition in the background, as the task `export_pack`. Previous editions stay available meanwhile,
    and if it fails. All files are verified before the edition is published.
    """
    app, wanted = request.app, body or ExportRequest()
    return await request_export(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], pack_id, wanted, once)


@ROUTES("GET /api/pmd/packs/{pack_id}/editions", "The editions.")
async def get_pack_editions(request: web.Request, pack_id: PackId) -> EditionList:
    """List a pack's editions.

    Those that can be downloaded, the newest first: the last three.
    """
    return EditionList(items=await _editions(request, pack_id))


@ROUTES("GET /api/pmd/packs/{pack_id}/editions/{edition}", "The edition.", missing="edition")
async def get_pack_edition(request: web.Request, pack_id: PackId, edition: EditionNumber) -> PackEdition | None:
    """Get an edition of a pack."""
    return next((each for each in await _editions(request, pack_id) if each.edition == edition), None)


async def _editions(request: web.Request, pack_id: int) -> Sequence[PackEdition]:
    pool, actor = request.app[POOL], request[ACTOR]
    require(await find_pack(pool, user_id=actor.subject.id, pack_id=pack_id), "pack")
    await record_once(pool, actor, "read_pack", pack_id=pack_id)
    return await list_editions(pool, pack_id=pack_id)


@long_lived
@ROUTES(
    "GET /api/pmd/packs/{pack_id}/download",
    *file_answers("archive", "application/zip", {"Content-Disposition": "`{slug}_v{edition}.zip`."}, is_elsewhere=True),
    problems={
        **file_problems("archive"),
        HTTPStatus.NOT_FOUND: "There is no such pack, or no such edition yet.",
        HTTPStatus.CONFLICT: "No edition has been built yet.",
        HTTPStatus.GONE: "This edition is not kept any more.",
    },
    head=True,
)
async def get_pack_download(request: web.Request, pack_id: PackId, query: EditionQuery) -> web.StreamResponse:
    """Download an edition."""
    actor, pool, wanted = request[ACTOR], request.app[POOL], query.edition
    async with turn_of(request):
        archive = await find_archive(pool, user_id=actor.subject.id, pack_id=pack_id, edition=wanted)
        pack = None if archive else await find_pack(pool, user_id=actor.subject.id, pack_id=pack_id)
        if archive is not None:
            await record_once(pool, actor, "download_pack", pack_id=pack_id)
    if archive is None:
        if pack is None:
            raise not_found("pack")
        if pack.edition == 0:
            raise conflict("No edition of this pack has been built yet.")
        if wanted is not None and wanted < pack.edition:
            raise gone("This edition is not kept any more.")
        raise not_found("edition")
    stored = Stored(key=archive.key, size=archive.size_bytes, etag=archive.etag)

    async def log_lost(error: ObjectUnreadableError | None = None) -> None:
        log.error("pack_archive_lost", pack_id=pack_id, edition=archive.edition, error=error and str(error))

    filename = f"{archive.slug}_v{archive.edition}.zip"
    try:
        response = await respond_with(request, request.app[VAULT], stored, filename=filename, when_changed=log_lost)
    except ObjectUnreadableError as error:
        await log_lost(error)
        response = None
    if response is None:
        raise gone("This edition's archive is missing. Export the pack again to build the next edition.")
    if is_full_download(request, archive.etag):
        async with turn_of(request):
            await pool.execute("UPDATE pack SET download_count = download_count + 1 WHERE id = $1", pack_id)
    return response
