"""How a pack's cover is drawn: one picture of the pack, chosen and placed by its owner, or its first ones in a row."""

from math import ceil, floor
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..assets.asset import NewAsset
from ..assets.pack_pictures import IS_PICTURE
from ..base.database import Connection
from ..http.errors import unprocessable
from ..http.selection import RowId

# A picture this much wider than high fills the cover; others lie on a background, and take at most this part of it.
LANDSCAPE, INSIDE = 1.25, 0.86
# What is drawn for visitors and link previews, in pixels; a zoom is about a cover of half the size.
WIDTH, HEIGHT = 1280, 720
_ZOOMED_WIDTH = 640
# Pixel art is enlarged by whole multiples.
_PIXEL_ART = 512

CoverMat = Literal["auto", "dark", "middle", "light"]
_Share = Annotated[float, Meta(ge=0, le=1)]


class Cover(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cover of one picture of the pack.

    ``zoom`` is how many times its pixels are enlarged on 640 × 360 pixels; null fits it, or fills the cover with a
    landscape. ``x`` and ``y`` are the parts, 0 to 1, of what it overlaps or leaves free that are left and above.
    ``mat`` is the background.
    """

    asset_id: Annotated[RowId, Meta(examples=[7])]
    zoom: Annotated[int, Meta(ge=1, le=64)] | None = None
    x: _Share = 0.5
    y: _Share = 0.5
    mat: CoverMat = "auto"


_IS_OF_PACK = f"""
SELECT EXISTS (SELECT FROM pack_asset JOIN asset ON asset.id = asset_id
                WHERE pack_id = $1 AND asset_id = $2 AND {IS_PICTURE})
"""


async def choose_cover(connection: Connection, pack_id: int, cover: Cover | None) -> None:
    """Set the cover of a pack that is locked; None takes its first pictures.

    Raises:
        ProblemError: 422 not a picture of the pack.
    """
    if cover is not None and not await connection.fetchval(_IS_OF_PACK, pack_id, cover.asset_id):
        raise unprocessable("The cover has to be a picture of this pack.", path="$.cover.asset_id")
    await connection.execute("UPDATE pack SET cover = $2 WHERE id = $1", pack_id, cover)


def drawn_scale(file: NewAsset, cover: Cover | None, width: int, height: int) -> float:
    """How many times a picture is enlarged on a cover, or a part of one, of this size in pixels.

    ``web/src/features/packs/cover.ts`` does the same.
    """
    across, down = file.width or width, file.height or height
    is_art = max(across, down) <= _PIXEL_ART
    if cover is not None and cover.zoom is not None:
        scale = cover.zoom * width / _ZOOMED_WIDTH
        return max(1, round(scale)) if is_art else scale
    fills, fits = max(width / across, height / down), INSIDE * min(width / across, height / down)
    if cover is not None and across >= down * LANDSCAPE:
        return ceil(fills - 1e-6) if is_art else fills
    return float(floor(fits)) if is_art and fits >= 1 else fits


def fills_cover(file: NewAsset, cover: Cover) -> bool:
    """Whether none of the background is seen."""
    scale = drawn_scale(file, cover, WIDTH, HEIGHT)
    return scale * (file.width or 0) >= WIDTH and scale * (file.height or 0) >= HEIGHT
