"""/api/pmd/bdr: ask, look, watch, download."""

import re
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from ..database import POOL
from ..events.hub import HUB
from ..events.stream import stream_updates
from ..http.errors import conflict, gone, not_found
from ..http.turns import long_lived
from ..http.wire import idempotency_key, json_response, read_json
from ..identity.audit import record_once
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..vault import VAULT, Stored
from ..work.queue import QUEUES
from . import queries
from .lifecycle import cancel_download, lose_archive, remove_download, retry_download
from .packable import find_packable
from .requests import BdrRequest, list_downloads, request_download
from .topic import TOPIC


async def post_bdr(request: web.Request) -> web.Response:
    accepted = await request_download(
        request.app[POOL],
        request.app[QUEUES],
        request.app[SETTINGS],
        request[ACTOR],
        await read_json(request, BdrRequest),
        idempotency_key=idempotency_key(request),
    )
    location = {"Location": f"/api/pmd/bdr/{accepted.id}"}
    return json_response(accepted, status=HTTPStatus.ACCEPTED, headers=location)


async def get_bdrs(request: web.Request) -> web.Response:
    return json_response(await list_downloads(request.app[POOL], request.app[SETTINGS], request[ACTOR]))


async def get_bdr(request: web.Request) -> web.Response:
    bdr = await queries.find_bdr(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=_bdr_id(request))
    if bdr is None:
        raise not_found("download request")
    return json_response(bdr)


async def get_bdr_missing(request: web.Request) -> web.Response:
    missing = await queries.find_missing(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=_bdr_id(request))
    if missing is None:
        raise not_found("download request")
    return json_response(missing)


async def get_bdr_posts(request: web.Request) -> web.Response:
    posts = await queries.find_posts(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=_bdr_id(request))
    if posts is None:
        raise not_found("download request")
    return json_response(posts)


async def get_bdr_assets(request: web.Request) -> web.Response:
    actor = request[ACTOR]
    packable = await find_packable(request.app[POOL], user_id=actor.subject.id, bdr_id=_bdr_id(request))
    if packable is None:
        raise not_found("download request")
    await record_once(request.app[POOL], actor, "read_library")
    return json_response(packable)


async def post_bdr_retry(request: web.Request) -> web.Response:
    app = request.app
    bdr = await retry_download(app[POOL], app[VAULT], app[QUEUES], app[SETTINGS], request[ACTOR], _bdr_id(request))
    return json_response(bdr)


async def post_bdr_cancel(request: web.Request) -> web.Response:
    return json_response(await cancel_download(request.app[POOL], request[ACTOR], _bdr_id(request)))


async def delete_bdr(request: web.Request) -> web.Response:
    await remove_download(request.app[POOL], request.app[VAULT], request[ACTOR], _bdr_id(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def get_bdr_download(request: web.Request) -> web.StreamResponse:
    bdr_id = _bdr_id(request)
    archive = await queries.find_archive(request.app[POOL], user_id=request[ACTOR].subject.id, bdr_id=bdr_id)
    if archive is None:
        raise not_found("download request")
    if archive.status == "expired":
        raise gone("This download has expired. Request it anew to build it again.")
    if archive.file_path is None:
        raise conflict(f"This download is not ready: it is {archive.status}.")
    site = re.sub(r"[^a-z0-9]+", "-", request.app[SETTINGS].site_name.lower()).strip("-")
    response = await request.app[VAULT].respond(
        request,
        Stored(key=archive.file_path, size=archive.file_size_bytes or 0, etag=archive.etag),
        filename=f"{site}-artworks-{str(bdr_id)[:8]}.zip",
        content_type="application/zip",
    )
    if response is None:
        await lose_archive(request.app[POOL], bdr_id, archive.file_path)
        raise gone("This download's archive is gone. Request it anew to build it again.")
    return response


@long_lived
async def get_bdr_sse(request: web.Request) -> web.StreamResponse:
    return await stream_updates(request, request.app[HUB], request[ACTOR], (TOPIC.kind,))


def _bdr_id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["bdr_id"])
    except ValueError as error:
        raise not_found("download request") from error
