"""/api/pmd/packs and what is below it."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import hdrs, web

from ..database import POOL
from ..http.errors import conflict, gone, not_found
from ..http.wire import Cursor, json_response, read_json, read_query
from ..identity.audit import record
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..ops.telemetry import log
from ..vault import VAULT, Stored
from ..work.queue import QUEUES
from .changes import PackChanges, PackFilling, PackRequest, change_pack, create_pack, fill_pack, remove_pack
from .checks import check_pack
from .exports import request_export
from .queries import MAX_PAGE, find_archive, find_details, find_pack, list_packs

_PackId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1, description="The pack's id.", examples=[3])]


class PackPath(msgspec.Struct, frozen=True, kw_only=True):
    """Which pack is meant."""

    pack_id: _PackId


class PackQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of packs is meant."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="Packs a page.")] = MAX_PAGE
    cursor: Annotated[str, msgspec.Meta(max_length=64, description="`next_cursor` of the page before.")] | None = None


class EditionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which edition is meant."""

    edition: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1, description="The newest, unless told.")] | None = None


async def get_packs(request: web.Request) -> web.Response:
    query, actor = read_query(request, PackQuery), request[ACTOR]
    page = await list_packs(
        request.app[POOL], user_id=actor.subject.id, limit=query.limit, after=Cursor.parse(query.cursor)
    )
    await record(request.app[POOL], actor, "read_packs")
    return json_response(page)


async def post_pack(request: web.Request) -> web.Response:
    pack = await create_pack(request.app[POOL], request[ACTOR], await read_json(request, PackRequest))
    return json_response(pack, status=HTTPStatus.CREATED, headers={hdrs.LOCATION: f"/api/pmd/packs/{pack.id}"})


async def get_pack(request: web.Request) -> web.Response:
    actor, pack_id = request[ACTOR], _pack_id(request)
    details = await find_details(request.app[POOL], user_id=actor.subject.id, pack_id=pack_id)
    if details is None:
        raise not_found("pack")
    await record(request.app[POOL], actor, "read_pack", pack_id=pack_id)
    return json_response(details)


async def patch_pack(request: web.Request) -> web.Response:
    pack_id, body = _pack_id(request), await read_json(request, PackChanges)
    return json_response(await change_pack(request.app[POOL], request[ACTOR], pack_id, body))


async def delete_pack(request: web.Request) -> web.Response:
    await remove_pack(request.app[POOL], request[ACTOR], _pack_id(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def put_pack_assets(request: web.Request) -> web.Response:
    pack_id, body = _pack_id(request), await read_json(request, PackFilling)
    return json_response(await fill_pack(request.app[POOL], request[ACTOR], pack_id, body))


async def post_pack_check(request: web.Request) -> web.Response:
    actor, pack_id = request[ACTOR], _pack_id(request)
    told = await check_pack(request.app[POOL], request.app[SETTINGS], actor, pack_id)
    await record(request.app[POOL], actor, "read_pack", pack_id=pack_id)
    return json_response(told)


async def post_pack_export(request: web.Request) -> web.Response:
    app = request.app
    accepted = await request_export(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], _pack_id(request))
    location = f"/api/pmd/jobs/{accepted.export.id}"
    return json_response(accepted, status=HTTPStatus.ACCEPTED, headers={hdrs.LOCATION: location})


async def get_pack_download(request: web.Request) -> web.StreamResponse:
    actor, pack_id, pool = request[ACTOR], _pack_id(request), request.app[POOL]
    wanted = read_query(request, EditionQuery).edition
    archive = await find_archive(pool, user_id=actor.subject.id, pack_id=pack_id, edition=wanted)
    if archive is None:
        pack = await find_pack(pool, user_id=actor.subject.id, pack_id=pack_id)
        if pack is None:
            raise not_found("pack")
        if pack.edition == 0:
            raise conflict("No edition of this pack has been built yet.")
        if wanted is not None and wanted < pack.edition:
            raise gone("This edition is not kept any more.")
        raise not_found("edition")
    await record(pool, actor, "download_pack", pack_id=pack_id)
    response = await request.app[VAULT].respond(
        request,
        Stored(key=archive.key, size=archive.size_bytes, etag=archive.etag),
        filename=f"{archive.slug}_v{archive.edition}.zip",
        content_type="application/zip",
    )
    if response is None:
        log.error("pack_archive_lost", pack_id=pack_id, edition=archive.edition)
        raise gone("This edition's archive is gone. Export the pack anew to build the next one.")
    if request.method == hdrs.METH_GET and hdrs.RANGE not in request.headers:
        await pool.execute("UPDATE pack SET download_count = download_count + 1 WHERE id = $1", pack_id)
    return response


def _pack_id(request: web.Request) -> int:
    try:
        return msgspec.convert(request.match_info, PackPath, strict=False).pack_id
    except msgspec.ValidationError as error:
        raise not_found("pack") from error
