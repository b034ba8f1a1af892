"""About how large an exported picture would be: a dry run, of a part of it if it is large."""

import math
from pathlib import Path

import msgspec
from PIL import Image

from ..content import content_of
from ..formats import FORMATS
from ..kinds.export import SAME, Export
from ..messages import Progress, RefusalError, Work, subrange
from ..pieces import PIECE_NAMES, SIDE, Piece, Pieces
from . import export_images
from .pictures import Picture

_PIXELS = 3_000_000


def run(work: Work, progress: Progress) -> Pieces:
    """Write the picture or its part, and a thumbnail of that into piece-1.png.

    Raises:
        RefusalError: the size of a video or sound is only known afterwards.
    """
    params, source, folder = msgspec.convert(work.params, Export), Path(work.source), Path(work.folder)
    is_picture = params.format == SAME or FORMATS[params.format].type == "image"
    if not is_picture or content_of(source).type != "image":
        raise RefusalError("not_for_this", "How large it will be is only known afterwards.")
    if params == export_images.STRIPPED:
        made, share = export_images.run(source, folder, params, progress), 1.0
    else:
        picture = export_images.read_kept(source, params)
        share = _cut(picture, params)
        export_images.fit(picture, params)
        made = export_images.write_as(picture, params, folder, subrange(progress, 20, 100))
    path = folder / made.name
    with Image.open(path) as drawn:
        width, height = (max(1, round(side / math.sqrt(share))) for side in drawn.size)
        thumbnail = drawn.convert("RGBA")
    thumbnail.thumbnail((SIDE, SIDE))
    thumbnail.save(folder / PIECE_NAMES[0])
    return Pieces(count=1, size_bytes=round(path.stat().st_size / share), pieces=[Piece(width=width, height=height)])


def _cut(picture: Picture, params: Export) -> float:
    """Keep the middle of a large picture and the first frames of a long animation; the share of its pixels."""
    width, height = picture.frames[0].size
    smaller = export_images.fitted((width, height), params.longest_side)
    kept = max(1, min(len(picture.frames), _PIXELS // (smaller[0] * smaller[1])))
    share = kept / len(picture.frames)
    picture.frames, picture.durations_ms = picture.frames[:kept], picture.durations_ms[:kept]
    part = math.sqrt(min(1.0, _PIXELS / (smaller[0] * smaller[1])))
    if part < 1:
        left, top = (round(side * (1 - part) / 2) for side in (width, height))
        picture.move(lambda frame: frame.crop((left, top, width - left, height - top)))
    return share * part * part
