"""Reducing an image to a palette, swapping its colours, or extracting its palette (DEPTH section 8, ``palette``)."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from ..kinds.palette import Palette
from ..messages import Finding, Output, Progress, RefusalError, Work, nothing_to_change
from ..palettes import Colour, gimp_palette, read_colours
from .blending import Pixels
from .indexed import Packed
from .oklab import oklab
from .pictures import Picture, read_picture, write_picture

# Bayer's 4 × 4 matrix, in sixteenths of a step.
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.uint32)
_MIN_STEP = 0.06
_BATCH = 8192


def run(work: Work, progress: Progress) -> Output:
    """All frames in other colours, or the image's palette.

    Raises:
        RefusalError: it is fully transparent.
        NothingToDo: it has these colours already.
    """
    params = msgspec.convert(work.params, Palette)
    progress(0, "reading")
    picture = read_picture(Path(work.source))
    before = picture.digest()
    picture.narrow()
    picture.frames = picture.metadata.in_srgb(picture.frames, "a palette's colours are sRGB")
    if params.method == "extract":
        return _extract(picture, work, params.most)
    colours = read_colours(params.colours)
    for done, frame in enumerate(picture.frames):
        progress(5 + 85 * done / len(picture.frames), "finding the nearest colours")
        pixels: Pixels = np.asarray(frame).copy()
        if params.method == "swap":
            _swap(pixels, read_colours(params.replaces), colours)
        else:
            reduce_to(pixels, colours, params.dither / 100)
        picture.frames[done] = Image.fromarray(pixels, "RGBA")
    if picture.digest() == before:
        raise nothing_to_change()
    if picture.file_format == "jpg":
        picture.becomes("png", "JPEG would add other colours")
    progress(92, "writing")
    return write_picture(picture, Path(work.folder))


def _extract(picture: Picture, work: Work, max_colours: int) -> Output:
    packed = np.concatenate([_rgb(np.asarray(frame)[np.asarray(frame)[..., 3] > 0]) for frame in picture.frames])
    found, counts = np.unique(packed, return_counts=True)
    if not len(found):
        raise RefusalError("all_transparent", "This image is transparent everywhere: it has no colours.")
    count = len(found)
    message = f"It has {count} colours."
    if count > max_colours:
        packed = _rgb(_quantized(packed, max_colours))
        found, counts = np.unique(packed, return_counts=True)
        message = f"It has {count} colours; these {len(found)} represent them."
    # The most frequent first.
    order = np.argsort(-counts, kind="stable")
    colours = [(int(each) >> 16, int(each) >> 8 & 255, int(each) & 255) for each in found[order]]
    name = "result.gpl"
    Path(work.folder, name).write_text(gimp_palette(work.names[0], colours), encoding="utf-8")
    return Output(name=name, findings=[Finding("colours", message)])


def _quantized(packed: Packed, max_colours: int) -> Pixels:
    """The pixels with fewer colours, by median cut."""
    row = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], -1).astype(np.uint8)[None]
    return np.asarray(Image.fromarray(row, "RGB").quantize(max_colours, Image.Quantize.MEDIANCUT).convert("RGB"))


def _rgb(pixels: Pixels) -> Packed:
    """RGB as numbers."""
    return pixels[..., :3].astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)


def _swap(pixels: Pixels, old: Sequence[Colour], new: Sequence[Colour]) -> None:
    """Replace each old colour by the new one at the same index; others and alpha stay the same."""
    packed, before = _rgb(pixels), pixels.copy()
    for one, other in zip(old, new, strict=True):
        pixels[packed == (one[0] << 16 | one[1] << 8 | one[2]), :3] = other
    # Fully transparent pixels stay the same.
    clear = before[..., 3] == 0
    pixels[clear] = before[clear]


def reduce_to(pixels: Pixels, colours: Sequence[Colour], dither: float = 0.0) -> None:
    """Replace each pixel, in place, by the nearest of these colours in OKLab; alpha stays the same.

    Args:
        dither: 0 to 1 of a step in lightness, by Bayer's matrix.
    """
    height, width = pixels.shape[:2]
    level = np.tile(_BAYER * np.uint32(dither > 0), (-(-height // 4), -(-width // 4)))[:height, :width]
    keys, places = np.unique(_rgb(pixels).astype(np.uint64) << np.uint64(4) | level, return_inverse=True)
    palette = oklab(np.array(colours, np.uint8))
    lightness = np.sort(palette[:, 0])
    step = max(float(np.median(np.diff(lightness))) if len(colours) > 1 else 0.0, _MIN_STEP)
    nearest = np.empty(len(keys), np.int64)
    for start in range(0, len(keys), _BATCH):
        some = keys[start : start + _BATCH]
        rgb = (some >> np.uint64(4)).astype(np.uint32)
        lab = oklab(np.stack([rgb >> 16, rgb >> 8 & 255, rgb & 255], -1).astype(np.uint8))
        lab[:, 0] += dither * step * ((some & np.uint64(15)).astype(np.float32) / 16 - 15 / 32)
        nearest[start : start + _BATCH] = ((lab[:, None] - palette[None]) ** 2).sum(-1).argmin(1)
    pixels[..., :3] = np.array(colours, np.uint8)[nearest[places.reshape(height, width)]]
