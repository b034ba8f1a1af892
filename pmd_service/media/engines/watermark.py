"""Drawing a watermark, a text or a picture, onto a picture that others see; all frames of an animation.

A picture is drawn as large as it is or smaller, never larger: pixel art by whole pixels. A text is white with a dark
edge, so that it is seen on anything.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin, WebPImagePlugin  # noqa: F401

from ..content import content_of
from ..formats import Format
from ..messages import Output, Progress, RefusalError, Work
from ..watermark import MARK_SIDE, Place
from . import images
from .previews import LOSSLESS, LOSSY, PIXEL_ART_SIDE

# Of the picture's shorter side.
_MARGIN = 0.03
_LARGEST_TEXT = 0.25  # of the picture's height
_SMALLEST_TEXT = 8  # in pixels: below that nobody can read it
_MEASURED_AT = 64
# Where the mark is, of the room beside it.
_ACROSS = {"left": 0.0, "middle": 0.5, "right": 1.0}
_DOWN = {"top": 0.0, "middle": 0.5, "bottom": 1.0}


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: ``text``, or else the work's second file. ``opacity`` and ``size`` are per cent."""

    text: str | None
    place: Place
    opacity: int
    size: int


def run(work: Work, progress: Progress) -> Output:
    """Draw the mark onto the source; without parameters, make a mark of the source."""
    progress(0, "drawing")
    source, folder = Path(work.source), Path(work.folder)
    if not work.params:
        return _mark_of(source, folder)
    wanted = msgspec.convert(work.params, Drawn)
    mark = None if wanted.text is not None else Path(work.more[0])
    content = content_of(source)
    form = "png" if content.reader == "PNG" else "webp"
    with images.open_image(source, content) as picture:
        layer = _layer(picture.size, wanted, mark)
        frames = [(_marked(frame, layer), shown_ms) for frame, shown_ms in images.frames_of(picture)]
    (first, *more), durations = zip(*frames, strict=True)
    options = _options(source, content) if form == "webp" else {}
    if more:
        options = {**options, "save_all": True, "append_images": more, "duration": [*durations], "loop": 0}
    first.save(folder / f"result.{form}", form.upper(), **options)
    return Output(name=f"result.{form}")


def _mark_of(source: Path, folder: Path) -> Output:
    """A picture of the library as a mark: a PNG, at most ``MARK_SIDE`` pixels a side."""
    content = content_of(source)
    if content.type != "image":
        raise RefusalError("not_a_picture", "A watermark is a text or a picture, and this is neither.")
    with images.open_image(source, content) as image:
        mark = images.still_of(image).convert("RGBA")
    if max(mark.size) > MARK_SIDE:
        mark.thumbnail((MARK_SIDE, MARK_SIDE), Image.Resampling.LANCZOS)
    mark.save(folder / "result.png", "PNG")
    return Output(name="result.png")


def require_drawable(text: str, font: ImageFont.FreeTypeFont) -> None:
    """Raises: RefusalError: the font has no sign for some of the text, and would draw boxes."""
    missing = bytes(font.getmask("\uffff"))
    lacking = [sign for sign in dict.fromkeys(text) if not sign.isspace() and bytes(font.getmask(sign)) == missing]
    if lacking:
        raise RefusalError(
            "no_such_sign", f"The watermark cannot be drawn with {''.join(lacking)[:20]}: use a picture."
        )


def _layer(size: tuple[int, int], wanted: Drawn, mark: Path | None) -> Image.Image:
    """A transparent layer of a picture's size, with the mark at its place."""
    box = max(1, size[0] * wanted.size // 100), max(1, size[1] * wanted.size // 100)
    drawn = _text(wanted.text or "", box, size) if mark is None else _fitted(mark, box)
    faded = drawn.getchannel("A").point(lambda alpha: alpha * wanted.opacity // 100)
    drawn.putalpha(faded)
    layer = Image.new("RGBA", size)
    layer.alpha_composite(drawn.crop((0, 0, *size)), _corner(size, drawn.size, wanted.place))
    return layer


def _corner(size: tuple[int, int], drawn: tuple[int, int], place: Place) -> tuple[int, int]:
    (width, height), (wide, high) = size, drawn
    down, _, across = place.partition("_")
    margin = round(min(width, height) * _MARGIN)
    left = margin + round((width - wide - 2 * margin) * _ACROSS[across or "middle"])
    top = margin + round((height - high - 2 * margin) * _DOWN[down])
    return max(0, min(left, width - wide)), max(0, min(top, height - high))


def _fitted(path: Path, box: tuple[int, int]) -> Image.Image:
    with Image.open(path, formats=["PNG"]) as image:
        mark = image.convert("RGBA")
    scale = min(1.0, box[0] / mark.width, box[1] / mark.height)
    if scale == 1.0:
        return mark
    smaller = max(1, round(mark.width * scale)), max(1, round(mark.height * scale))
    is_pixel_art = max(mark.size) <= PIXEL_ART_SIDE
    return mark.resize(smaller, Image.Resampling.NEAREST if is_pixel_art else Image.Resampling.LANCZOS)


def _text(text: str, box: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """The text on nothing, as large as the box and the picture allow."""
    font = ImageFont.load_default(_MEASURED_AT)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow's wheels have FreeType"
    require_drawable(text, font)
    width = font.getlength(text)
    points = int(min(_MEASURED_AT * box[0] / max(1.0, width), size[1] * _LARGEST_TEXT))
    font = ImageFont.load_default(max(_SMALLEST_TEXT, points))
    assert isinstance(font, ImageFont.FreeTypeFont)
    edge = max(1, points // 16)
    left, top, right, bottom = font.getbbox(text, stroke_width=edge)
    drawn = Image.new("RGBA", (max(1, round(right - left)), max(1, round(bottom - top))))
    draw = ImageDraw.Draw(drawn)
    draw.text((-left, -top), text, font=font, fill="white", stroke_width=edge, stroke_fill=(0, 0, 0, 200))
    return drawn


def _marked(frame: Image.Image, layer: Image.Image) -> Image.Image:
    """Without its profile and texts."""
    marked = Image.alpha_composite(frame, layer)
    marked.info = {}
    return marked


def _options(path: Path, content: Format) -> Mapping[str, Any]:
    """A lossless picture stays one, and a photograph small."""
    with path.open("rb") as file:
        return LOSSY if content.reader == "JPEG" or b"VP8 " in file.read(64) else LOSSLESS
