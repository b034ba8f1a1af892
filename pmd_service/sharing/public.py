"""The pages under /p, for visitors of links; they are not part of the API's documentation."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ..archive.response import is_full_download, respond_with, respond_with_part
from ..assets.asset import Preview, key_of
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..base.telemetry import log
from ..downloads.lifecycle import mark_archive_lost, rebuild
from ..http.languages import language_of_client
from ..http.turns import long_lived, turn_of
from ..identity.users import PUBLIC_IDS, find_sqid
from ..locales import translatable
from ..site.ai_rights import files_opt_out
from ..vault import VAULT, ObjectUnreadableError, Stored
from ..work.queue import QUEUES
from .attempts import try_password
from .drawing import Source, marked_answer, marked_picture
from .links import Shared, count_wrong_password, find_shared
from .pages import CACHED, HEADERS, STATIC, headers_of, nothing, page, static
from .passwords import KEY_SECONDS, key_for, opens
from .reservations import opts_out
from .views import Sound, find_pictures, find_piece, find_sound, load_download, load_shown, pack_page
from .visits import count_download, count_view
from .watermark import find_watermark

_WRONG_PASSWORD = translatable("Wrong password.")
_TOO_MANY_ATTEMPTS = translatable("Too many attempts. Please wait a minute.")
KEY_COOKIE = "pmd_link"
_ADDRESS = re.compile(r"(?:[\w-]{0,200}-)?([0-9A-Za-z]{10,22})", re.ASCII)


def _authorized(handler: Callable[[web.Request, Shared], Awaitable[web.StreamResponse]]) -> Handler:
    """Require a valid link, and a key if it has a password; others get a page that explains it."""

    @wraps(handler)
    async def opened(request: web.Request) -> web.StreamResponse:
        async with turn_of(request):
            shared = await _shared(request)
        if shared is None:
            return nothing(request)
        if shared.password is not None and _key_of(request, shared.code, shared.password) is None:
            return page(request, "password.html", status=HTTPStatus.UNAUTHORIZED, message="")
        return await handler(request, shared)

    return long_lived(opened)


def _key_of(request: web.Request, code: str, password: str) -> str | None:
    """A valid key: from the cookie, or from the address for programs that keep no cookies."""
    keys = request.query.get("key", ""), request.cookies.get(KEY_COOKIE, "")
    return next((key for key in keys if opens(key, code, password)), None)


def _redirect(request: web.Request, key: str) -> web.Response:
    """To the page's address without a key, which a cookie for this link carries: addresses are kept in histories,
    bookmarks and logs.
    """
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers=HEADERS | {hdrs.LOCATION: request.path})
    response.set_cookie(
        KEY_COOKIE,
        key,
        path=request.path,
        max_age=KEY_SECONDS,
        httponly=True,
        secure=request.app[SETTINGS].base_url.startswith("https:"),
        samesite="Lax",
    )
    return response


async def _shared(request: web.Request) -> Shared | None:
    address = _ADDRESS.fullmatch(request.match_info["address"])
    if address is None or request.app[SETTINGS].sharing == "off":
        return None
    return await find_shared(request.app[POOL], address[1])


def _unfinished(request: web.Request, status: HTTPStatus) -> web.Response:
    """The page of a download that is being built, for the first time or again."""
    return page(request, "unfinished.html", status=status)


@_authorized
async def get_page(request: web.Request, shared: Shared) -> web.StreamResponse:
    """The page of a pack, or of a download."""
    if "key" in request.query and shared.password is not None:
        return _redirect(request, _key_of(request, shared.code, shared.password) or "")
    pool = request.app[POOL]
    async with turn_of(request):
        values = await _values(request, shared)
        if values is None:
            return nothing(request)
        if shared.bdr_id is not None and values["download"].stored is None:
            return _unfinished(request, HTTPStatus.CONFLICT)
        if request.method == hdrs.METH_GET:
            await count_view(pool, shared)
        values["opts_out"] = await opts_out(pool, shared)
        values["artist"] = await find_sqid(pool, request.app[PUBLIC_IDS], shared.user_id)
    template = "pack.html" if shared.pack_id is not None else "download.html"
    is_open = shared.password is None
    return page(request, template, is_public=shared.is_public, is_open=is_open, here=request.path, **values)


async def _values(request: web.Request, shared: Shared) -> dict[str, Any] | None:
    pool = request.app[POOL]
    if shared.pack_id is None:
        download = await load_download(pool, shared)
        return None if download is None else {"download": download}
    shown = await load_shown(pool, shared)
    return None if shown is None else await pack_page(pool, shared, shown, language_of_client(request))


@long_lived
async def post_page(request: web.Request) -> web.StreamResponse:
    """Check the password, and redirect to the page with a key that is valid for some hours."""
    async with turn_of(request):
        shared = await _shared(request)
    if shared is None or shared.password is None:
        return nothing(request)
    is_right = await try_password(request, shared.code, shared.password)
    if is_right is None:
        return page(request, "password.html", status=HTTPStatus.TOO_MANY_REQUESTS, message=_TOO_MANY_ATTEMPTS)
    if not is_right:
        async with turn_of(request):
            await count_wrong_password(request.app[POOL], shared.id)
        return page(request, "password.html", status=HTTPStatus.UNAUTHORIZED, message=_WRONG_PASSWORD)
    return _redirect(request, key_for(shared.code, shared.password))


@_authorized
async def get_download(request: web.Request, shared: Shared) -> web.StreamResponse:
    """The archive, with ranges, conditions and HEAD; one whose artworks have changed is rebuilt, as for its owner."""
    pool = request.app[POOL]
    async with turn_of(request):
        found = await (load_download if shared.pack_id is None else load_shown)(pool, shared)
        headers = headers_of(is_public=shared.is_public, opts_out=await opts_out(pool, shared))
    if found is None:
        return nothing(request)
    if (stored := found.stored) is None:
        return _unfinished(request, HTTPStatus.CONFLICT)

    async def when_changed(error: ObjectUnreadableError) -> None:
        if shared.bdr_id is None:
            log.error("shared_archive_lost", link=shared.id, error=str(error))
            return
        async with turn_of(request):
            await rebuild(pool, request.app[QUEUES], shared.bdr_id, stored.key, error)

    try:
        response = await respond_with(
            request, request.app[VAULT], stored, filename=found.filename, when_changed=when_changed, headers=headers
        )
    except ObjectUnreadableError as error:
        await when_changed(error)
        return nothing(request) if shared.bdr_id is None else _unfinished(request, HTTPStatus.GONE)
    if response is None:
        if shared.bdr_id is not None:
            async with turn_of(request):
                await mark_archive_lost(pool, shared.bdr_id, stored.key)
        return nothing(request)
    if is_full_download(request, stored.etag):
        async with turn_of(request):
            await count_download(pool, shared)
    return response


@_authorized
async def get_art(request: web.Request, shared: Shared) -> web.StreamResponse:
    """The preview of a file of the edition, with its owner's watermark if there is one."""
    pool = request.app[POOL]
    async with turn_of(request):
        piece = await find_piece(pool, shared, int(request.match_info["asset_id"]))
        headers = await _file_headers(request, shared)
        watermark = await find_watermark(pool, shared.user_id)
    if piece is None or piece.preview is None:
        raise web.HTTPNotFound
    if not watermark.is_set:
        return await _inline(request, piece.preview, headers)

    async def find_others() -> list[Source]:
        return [Source(key_of(each.preview.path)) for each in await find_pictures(pool, shared) if each.preview]

    wanted = Source(key_of(piece.preview.path))
    return marked_answer(await marked_picture(request, shared.user_id, watermark, wanted, find_others), headers)


@_authorized
async def get_sound(request: web.Request, shared: Shared) -> web.StreamResponse:
    """A sound, as it is in the edition."""
    async with turn_of(request):
        sound = await find_sound(request.app[POOL], shared, int(request.match_info["asset_id"]))
        headers = await _file_headers(request, shared)
    if sound is None:
        raise web.HTTPNotFound
    if isinstance(sound, Sound):
        return await _inline(request, sound, headers)
    headers |= {hdrs.CONTENT_TYPE: sound.mime_type, hdrs.CONTENT_DISPOSITION: "inline"}
    response = await respond_with_part(request, request.app[VAULT], sound.archive, sound.positions, headers=headers)
    if response is None:
        raise web.HTTPNotFound
    return response


async def _file_headers(request: web.Request, shared: Shared) -> dict[str, str]:
    """The headers of one of the edition's files."""
    asset_ids, user_id = [int(request.match_info["asset_id"])], shared.user_id
    is_reserved = await files_opt_out(request.app[POOL], user_id=user_id, asset_ids=asset_ids)
    return headers_of(is_public=shared.is_public, opts_out=is_reserved) | CACHED


async def _inline(request: web.Request, shown: Preview | Sound, headers: dict[str, str]) -> web.StreamResponse:
    key = key_of(shown.path)
    response = await request.app[VAULT].respond(
        request,
        Stored(key=key, size=shown.size_bytes, etag=shown.etag),
        filename=key.rpartition("/")[2],
        content_type=shown.mime_type,
        inline=True,
        headers=headers,
    )
    if response is None:
        raise web.HTTPNotFound
    return response


@_authorized
async def get_cover(request: web.Request, shared: Shared) -> web.StreamResponse:
    """The edition's cover, for the page and for link previews."""
    pool = request.app[POOL]
    async with turn_of(request):
        cover = await pool.fetchrow(_COVER, shared.pack_id)
        watermark = await find_watermark(pool, shared.user_id)
        headers = headers_of(is_public=shared.is_public, opts_out=await opts_out(pool, shared)) | CACHED
    if cover is None or cover["cover"] is None:
        raise web.HTTPNotFound
    if watermark.is_set:
        wanted = Source(f"cover/{shared.pack_id}/{cover['edition']}", cover["cover"])
        return marked_answer(await marked_picture(request, shared.user_id, watermark, wanted), headers)
    return web.Response(body=cover["cover"], content_type="image/png", headers=headers)


_COVER = "SELECT edition, cover FROM pack_edition WHERE pack_id = $1 ORDER BY edition DESC LIMIT 1"


async def get_static(request: web.Request) -> web.Response:
    """A style sheet, script or icon, at an address with its hash.

    During an upgrade, a page may load from a server of the other release: it gets what is here, uncached.
    """
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    content, digest = static(name)
    is_right = request.match_info["hash"] == digest
    headers = {hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable" if is_right else "no-cache"}
    return web.Response(body=content, content_type=STATIC[name], charset="utf-8", headers=headers)


PAGES = (
    web.get("/p/static/{hash}/{name}", get_static),
    web.get("/p/{address}", get_page),
    web.post("/p/{address}", post_page),
    web.get("/p/{address}/download", get_download),
    web.get("/p/{address}/cover.png", get_cover),
    web.get("/p/{address}/art/{asset_id:[0-9]{1,9}}", get_art),
    web.get("/p/{address}/sound/{asset_id:[0-9]{1,9}}", get_sound),
)
