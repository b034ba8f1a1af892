"""An artist's watermark: what is drawn over their pictures where others see them, never over what they download."""

from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.asset import Preview, find_asset, key_of, nearest_preview
from ..base.database import POOL, Connection, Pool, find_all, find_one, forget, lock
from ..base.telemetry import log
from ..desk.watermarks import write_watermark
from ..http.errors import bad_request, unprocessable
from ..http.etags import IfMatch
from ..http.selection import RowId
from ..http.turns import turn_of
from ..identity.audit import record
from ..identity.users import ACTOR
from ..media.messages import Refused
from ..media.watermark import Place, draw, mark_of
from ..site.texts import one_line
from ..vault import VAULT, ObjectMissingError
from .drawing import Source, Watermark, drawing_folder, mark_in, write

MAX_TEXT: Final = 60
# Then pictures are drawn again, if somebody looks.
KEPT_DAYS: Final = 30
PREVIEW_SIZE: Final = 512


class WatermarkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text, or a picture of the library; without either nothing is drawn."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, examples=["© pixelfan"])] | None = None
    asset_id: Annotated[RowId, Meta(description="A picture of the library.")] | None = None
    place: Place = "bottom_right"
    opacity: Annotated[int, Meta(ge=1, le=100, description="Per cent.", examples=[60])] = 60
    size: Annotated[
        int, Meta(ge=1, le=100, description="Per cent of the width and height that it may have.", examples=[40])
    ] = 40


_FIND = "SELECT text, asset_id, place, opacity, size, version FROM watermark WHERE user_id = $1"
_FORGET_OLD = """
DELETE FROM watermarked
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM watermarked WHERE created_at < now() - make_interval(days => $1) LIMIT $2))
"""
# The chosen picture, or the newest.
_SHOWN = """
SELECT previews FROM asset
 WHERE user_id = $1 AND deleted_at IS NULL AND type = 'image' AND previews <> '[]' AND ($2::bigint IS NULL OR id = $2)
 ORDER BY created_at DESC, id DESC LIMIT 1
"""


async def find_watermark(connection: Connection | Pool, user_id: int) -> Watermark:
    return await find_one(connection, Watermark, _FIND, user_id) or Watermark()


async def set_watermark(request: web.Request, body: WatermarkRequest, match: IfMatch) -> Watermark:
    """Set the caller's watermark, after it was drawn once. Call it without a turn.

    Raises:
        ProblemError: 400, there is no such file; 412; 422, both a text and a picture, or one that cannot be drawn; 503.
    """
    if body.text is not None and body.asset_id is not None:
        raise unprocessable("A watermark is a text or a picture, not both.", path="$.asset_id")
    text = None if body.text is None else one_line(body.text)
    if text == "":
        raise unprocessable("A text needs at least one visible character.", path="$.text")
    picture = None
    if text is not None or body.asset_id is not None:
        picture = await _tried(request, msgspec.structs.replace(body, text=text))
    pool, actor = request.app[POOL], request[ACTOR]
    user_id = actor.subject.id
    async with turn_of(request), pool.acquire() as connection, connection.transaction():
        await lock(connection, "mark", user_id)
        match.require(await find_watermark(connection, user_id))
        values = (text, picture, body.asset_id, body.place, body.opacity, body.size)
        await write_watermark(connection, *values, user_id=user_id)
        await record(connection, actor, "set_watermark")
        watermark = await find_watermark(connection, user_id)
    log.info("watermark_set", version=watermark.version, user=actor.subject.sqid, by=actor.viewer.sqid)
    return watermark


# A white pixel to draw on.
_WHITE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63f80f0001010100"
    "b138f6140000000049454e44ae426082"
)


async def _tried(request: web.Request, body: WatermarkRequest) -> bytes | None:
    """Draw the mark once; returns its picture, if it is one."""
    path = "$.text" if body.text is not None else "$.asset_id"
    async with drawing_folder(request) as folder:
        picture = None if body.asset_id is None else await _picture(request, body.asset_id, folder / "made")
        mark = await mark_in(folder, msgspec.convert(body, Watermark, from_attributes=True), picture)
        await write(folder / "white.png", _WHITE)
        async with aclosing(draw(mark, [folder / "white.png"], folder)) as answers:
            async for answer in answers:
                if isinstance(answer, Refused):
                    raise unprocessable(answer.message, path=path)
    return picture


async def _picture(request: web.Request, asset_id: int, folder: Path) -> bytes:
    """A file of the library as a mark."""
    async with turn_of(request):
        asset = await find_asset(request.app[POOL], user_id=request[ACTOR].subject.id, asset_id=asset_id)
    if asset is None or asset.deleted_at is not None:
        raise bad_request("There is no such file.", path="$.asset_id")
    try:
        async with request.app[VAULT].local(key_of(asset.path)) as source:
            mark = await mark_of(source, folder)
    except ObjectMissingError as error:
        raise unprocessable("Its bytes are gone: send it again.", path="$.asset_id") from error
    if isinstance(mark, Refused):
        raise unprocessable(mark.message, path="$.asset_id")
    return mark


class _Shown(msgspec.Struct, frozen=True):
    previews: list[Preview]


async def find_shown(pool: Pool, user_id: int, asset_id: int | None) -> Source | None:
    """The preview of a picture of the user's, to see the watermark on."""
    for shown in await find_all(pool, _Shown, _SHOWN, user_id, asset_id):
        if (preview := nearest_preview(shown.previews, PREVIEW_SIZE)) is not None:
            return Source(key_of(preview.path))
    return None


async def forget_old_pictures(pool: Pool) -> int:
    """Delete pictures that were drawn long ago."""
    return await forget(pool, _FORGET_OLD, KEPT_DAYS)
