"""Saving pictures in another format, size or quality, or with a palette of their own."""

from pathlib import Path

from PIL import Image

from ..formats import Format
from ..kinds.export import SAME, Export
from ..messages import Finding, Output, Progress, not_supported, subrange
from .content_kind import kind_of
from .images import open_image
from .pictures import Picture, fits_gif, read_picture, write_indexed, write_picture
from .profiles import colours_only
from .quantizing import quantized
from .scaling import resized
from .strip import strip

STRIPPED = Export(metadata=False)
LOSSLESS = 100
_USUAL_QUALITY = 82
_LOSSY = ("jpg", "webp", "avif")
_INDEXED = ("png", "gif")
_GIF_COLOURS, _HALF = 256, 128


def run(source: Path, folder: Path, params: Export, progress: Progress) -> Output:
    """Write the picture as asked, or in a format that can hold it, with a finding.

    Raises:
        RefusalError: parts are cut out of videos and sounds only.
    """
    if params == STRIPPED:
        # Without re-encoding, which would change a JPEG's pixels.
        return strip(source, folder)
    if params.start is not None or params.end is not None or params.at_keyframes:
        raise not_supported("cut out a part", "an image")
    progress(0, "reading")
    picture = read_kept(source, params)
    progress(5, "resizing")
    fit(picture, params)
    return write_as(picture, params, folder, progress)


def write_as(picture: Picture, params: Export, folder: Path, progress: Progress) -> Output:
    """Write a picture that has its size, in the format and the colours that are asked for."""
    if params.format != SAME:
        picture.file_format = params.format
    if colours := _colours_of(picture, params):
        return _reduced(picture, colours, params, folder, subrange(progress, 40, 92))
    picture.quality = _quality_of(picture, params)
    progress(92, "writing")
    return write_picture(picture, folder)


def read_kept(source: Path, params: Export) -> Picture:
    """The picture with the metadata that is kept."""
    picture = read_picture(source)
    if not params.metadata:
        picture.metadata.words.clear()
        picture.metadata.icc = colours_only(picture.metadata.icc) if picture.metadata.icc else None
    return picture


def fit(picture: Picture, params: Export) -> None:
    """Reduce all frames to the longest side, in the way that is asked for."""
    size = fitted(picture.frames[0].size, params.longest_side)
    if size == picture.frames[0].size:
        return
    if params.scaling == "nearest":
        picture.move(lambda frame: frame.resize(size, Image.Resampling.NEAREST))
    else:
        picture.change(lambda frame: resized(frame, size))


def fits(source: Path, content: Format, params: Export) -> bool:
    """Whether the picture needs no reducing; only its header is read."""
    with open_image(source, content) as image:
        return fitted(image.size, params.longest_side) == image.size


def fitted(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    """The size, reduced to this longest side."""
    if longest is None or max(size) <= longest:
        return size
    width, height = (max(1, round(side * longest / max(size))) for side in size)
    return width, height


def _quality_of(picture: Picture, params: Export) -> int | None:
    """None loses nothing, where the format can do without."""
    if params.quality is not None:
        return params.quality if params.quality < LOSSLESS or picture.file_format != "webp" else None
    may_lose = (picture.file_format in _LOSSY and params.format != SAME) or picture.file_format == "jpg"
    is_drawn = picture.file_format == "webp" and kind_of(picture.frames[0]) == "pixel art"
    return _USUAL_QUALITY if may_lose and not is_drawn else None


def _colours_of(picture: Picture, params: Export) -> int | None:
    """How many colours to reduce to; a GIF cannot hold more than some, nor half transparency."""
    if params.colours is not None or picture.file_format != "gif" or all(map(fits_gif, picture.frames)):
        return params.colours
    found = picture.metadata.findings
    found.append(Finding("fewer_colours", f"It has {_GIF_COLOURS} colours at most: a GIF cannot hold more."))
    return _GIF_COLOURS


def _reduced(picture: Picture, colours: int, params: Export, folder: Path, progress: Progress) -> Output:
    if picture.file_format in ("jpg", "avif"):
        picture.becomes("png", f"{picture.file_format.upper()} would add other colours")
    picture.narrow()
    if picture.file_format == "gif" or picture.metadata.colours.base == "L":
        picture.frames = picture.metadata.in_srgb(picture.frames, "a palette has colours")
    if picture.file_format == "gif":
        _harden(picture)
    frames = quantized(picture.frames, colours, progress, dither=params.dither)
    if picture.file_format in _INDEXED:
        return write_indexed(picture, frames, folder)
    picture.frames = [frame.convert("RGBA") for frame in frames]
    return write_picture(picture, folder)


def _harden(picture: Picture) -> None:
    """Each pixel is opaque or transparent, as in a GIF."""
    halves = [frame.getchannel("A").point(lambda value: 255 * (value >= _HALF)) for frame in picture.frames]
    pairs = [*zip(picture.frames, halves, strict=True)]
    if any(frame.getchannel("A").tobytes() != half.tobytes() for frame, half in pairs):
        message = "Its half transparent pixels are opaque or transparent now: a GIF has nothing in between."
        picture.metadata.findings.append(Finding("alpha_left", message))
    for frame, half in pairs:
        frame.putalpha(half)
