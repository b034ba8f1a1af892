"""/api/pmd/watermark."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from ..base.database import POOL
from ..http.errors import not_found, require
from ..http.etags import IfMatch
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..http.turns import long_lived, turn_of
from ..identity.audit import record_once, recorded_once
from ..identity.users import ACTOR
from .drawing import Watermark, marked_picture
from .watermark import WatermarkRequest, find_shown, find_watermark, set_watermark

ROUTES = Routes("Links", missing="watermark", keys="library")
_NOT_DRAWN = {HTTPStatus.SERVICE_UNAVAILABLE: "Watermarks cannot be drawn at the moment."}


class PreviewQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The picture to see it on."""

    asset_id: Annotated[RowId, Meta(description="A picture of the library; without it the newest.")] | None = None
    version: Annotated[int, Meta(ge=0, description="The watermark's: another address for another one.")] | None = None


@ROUTES("GET /api/pmd/watermark", "The watermark; without a text and a picture there is none.", is_tagged=True)
@recorded_once("read_watermark")
async def get_watermark(request: web.Request) -> Watermark:
    """Get the watermark."""
    return await find_watermark(request.app[POOL], request[ACTOR].subject.id)


@long_lived
@ROUTES(
    "PUT /api/pmd/watermark",
    "The watermark as it is now.",
    problems={HTTPStatus.BAD_REQUEST: "There is no such file, or it is in the trash.", **_NOT_DRAWN},
)
async def put_watermark(request: web.Request, body: WatermarkRequest, match: IfMatch) -> Watermark:
    """Set the watermark, or remove it.

    A text or a picture, drawn over the pictures that share links show, and over their covers. Downloads, packs and
    takeouts never have it. A picture is copied: its file may be deleted later.
    """
    return await set_watermark(request, body, match)


@long_lived
@ROUTES(
    "GET /api/pmd/watermark/preview",
    Answer("A preview with the watermark.", media="image/*"),
    problems={HTTPStatus.NOT_FOUND: "There is no watermark, or no such picture.", **_NOT_DRAWN},
)
async def get_watermark_preview(request: web.Request, query: PreviewQuery) -> web.Response:
    """See the watermark on a picture of the library, as visitors see it."""
    user_id = request[ACTOR].subject.id
    async with turn_of(request):
        watermark = await find_watermark(request.app[POOL], user_id)
        source = require(await find_shown(request.app[POOL], user_id, query.asset_id), "picture")
        await record_once(request.app[POOL], request[ACTOR], "read_watermark")
    drawn = await marked_picture(request, user_id, watermark, source) if watermark.is_set else None
    if drawn is None or drawn.picture is None:
        raise not_found("watermark")
    headers = {hdrs.CACHE_CONTROL: "private, no-cache", "Cross-Origin-Resource-Policy": "same-origin"}
    return web.Response(body=drawn.picture, content_type=drawn.mime_type, headers=headers)
