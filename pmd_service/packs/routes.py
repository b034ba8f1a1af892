"""/api/pmd/packs and what is below it."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..archive.response import is_full_download, respond_with
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..base.telemetry import log
from ..http.errors import conflict, gone, not_found
from ..http.route import Answer, Routes, file_answers, file_problems
from ..http.selection import RowId
from ..http.turns import long_lived, turn_of
from ..identity.audit import record
from ..identity.users import ACTOR
from ..vault import VAULT, ObjectUnreadableError, Stored
from ..work.queue import QUEUES
from .changes import PackChanges, PackFilling, PackRequest, change_pack, create_pack, fill_pack, remove_pack
from .checks import PackCheck, check_pack
from .exports import ExportAccepted, ExportRequest, request_export
from .queries import PackDetails, PackPage, PackQuery, find_archive, find_details, find_pack, list_packs

PackId = Annotated[RowId, Meta(description="The pack's id.", examples=[3])]


class EditionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which edition is meant."""

    edition: Annotated[int, Meta(ge=1, le=2**31 - 1, description="The newest, unless told.")] | None = None


_LOST = {HTTPStatus.BAD_REQUEST: "A file is unknown or somebody else's; `errors` names each, and nothing has changed."}
_UNFIT = {HTTPStatus.UNPROCESSABLE_ENTITY: "The licence is none, none for this kind of pack, or says nothing."}
ROUTES = Routes("Packs", about="Files put together, licensed and exported.", missing="pack")


@ROUTES("GET /api/pmd/packs", "A page of packs.")
async def get_packs(request: web.Request, query: PackQuery) -> PackPage:
    """List packs.

    Newest first.
    """
    actor = request[ACTOR]
    page = await list_packs(request.app[POOL], user_id=actor.subject.id, asked=query)
    await record(request.app[POOL], actor, "read_packs")
    return page


@ROUTES(
    "POST /api/pmd/packs",
    Answer("The pack.", HTTPStatus.CREATED, location="/api/pmd/packs/{0.id}"),
    problems=_LOST | _UNFIT,
)
async def post_pack(request: web.Request, body: PackRequest) -> PackDetails:
    """Make a pack.

    Filled or not. `royalty_free` goes under our own words or CC0-1.0, `attribution` under CC-BY-4.0 or CC-BY-SA-4.0,
    `commercial` and `editorial` under our own words, `personal` under our own words or a CC-BY-NC licence, `custom`
    under its owner's (`custom_license`).
    """
    return await create_pack(request.app[POOL], request[ACTOR], body)


@ROUTES("GET /api/pmd/packs/{pack_id}", "The pack.")
async def get_pack(request: web.Request, pack_id: PackId) -> PackDetails | None:
    """Look at a pack.

    With its files in their order, and the editions that can be downloaded: the last three.
    """
    actor = request[ACTOR]
    details = await find_details(request.app[POOL], user_id=actor.subject.id, pack_id=pack_id)
    if details is not None:
        await record(request.app[POOL], actor, "read_pack", pack_id=pack_id)
    return details


@ROUTES("PATCH /api/pmd/packs/{pack_id}", "The pack.", problems=_UNFIT)
async def patch_pack(request: web.Request, pack_id: PackId, body: PackChanges) -> PackDetails:
    """Change a pack.

    What is left out stays as it is, null takes it away. Editions that are built stay as they are.
    """
    return await change_pack(request.app[POOL], request[ACTOR], pack_id, body)


@ROUTES(
    "DELETE /api/pmd/packs/{pack_id}",
    "It is removed.",
    problems={HTTPStatus.CONFLICT: "It is being exported: cancel that first."},
)
async def delete_pack(request: web.Request, pack_id: PackId) -> None:
    """Remove a pack.

    With its archives; its files stay in the library.
    """
    await remove_pack(request.app[POOL], request[ACTOR], pack_id)


@ROUTES(
    "PUT /api/pmd/packs/{pack_id}/assets",
    "The pack.",
    problems={**_LOST, HTTPStatus.UNPROCESSABLE_ENTITY: "A file is there twice."},
)
async def put_pack_assets(request: web.Request, pack_id: PackId, body: PackFilling) -> PackDetails:
    """Fill a pack.

    Exactly these files, in this order.
    """
    return await fill_pack(request.app[POOL], request[ACTOR], pack_id, body)


@ROUTES("POST /api/pmd/packs/{pack_id}/check", "What it would come to.")
async def post_pack_check(request: web.Request, pack_id: PackId) -> PackCheck:
    """Check a pack.

    What an export would say: every conflict by its file, and the documents as they would read.
    """
    actor = request[ACTOR]
    told = await check_pack(request.app[POOL], request.app[SETTINGS], actor, pack_id)
    await record(request.app[POOL], actor, "read_pack", pack_id=pack_id)
    return told


@ROUTES(
    "POST /api/pmd/packs/{pack_id}/export",
    Answer("The task.", HTTPStatus.ACCEPTED, location="/api/pmd/jobs/{0.export.id}"),
    problems={
        HTTPStatus.CONFLICT: "An export is under way, or the pack promises more than its files allow; `errors` names "
        "each file.",
        HTTPStatus.TOO_MANY_REQUESTS: "The day's exports are used up; they are back at 00:00 UTC.",
    },
)
async def post_pack_export(request: web.Request, pack_id: PackId, body: ExportRequest | None) -> ExportAccepted:
    """Export a pack.

    Builds the next edition in the background, as the task `export_pack`; the editions before stay downloadable
    meanwhile, and if it fails. Everything is verified before it is published.
    """
    app = request.app
    return await request_export(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], pack_id, body or ExportRequest())


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
            await record(pool, actor, "download_pack", pack_id=pack_id)
    if archive is None:
        if pack is None:
            raise not_found("pack")
        if pack.edition == 0:
            raise conflict("No edition of this pack has been built yet.")
        if wanted is not None and wanted < pack.edition:
            raise gone("This edition is not kept any more.")
        raise not_found("edition")
    stored = Stored(key=archive.key, size=archive.size_bytes, etag=archive.etag)

    async def tell(error: ObjectUnreadableError | None = None) -> None:
        log.error("pack_archive_lost", pack_id=pack_id, edition=archive.edition, error=error and str(error))

    filename = f"{archive.slug}_v{archive.edition}.zip"
    try:
        response = await respond_with(request, request.app[VAULT], stored, filename=filename, when_changed=tell)
    except ObjectUnreadableError as error:
        await tell(error)
        response = None
    if response is None:
        raise gone("This edition's archive is gone. Export the pack anew to build the next one.")
    if is_full_download(request, archive.etag):
        async with turn_of(request):
            await pool.execute("UPDATE pack SET download_count = download_count + 1 WHERE id = $1", pack_id)
    return response
