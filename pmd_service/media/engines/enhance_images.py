"""Operations on images; all frames of an animation share one contrast."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from ..kinds.enhance import Autocontrast, CropTransparent, Operation, Sharpen
from ..messages import Output, Progress, RefusalError, not_supported, nothing_to_change
from . import deep
from .pictures import Picture, read_picture, write_picture

# This share of pixels at either end counts as outliers.
_CUT_OFF = 0.005
_RADIUS = 2


def run(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Output:
    """Apply the operations, and write the result in the image's format.

    Raises:
        NothingToDo: they change no pixel.
    """
    progress(0, "reading")
    picture = read_picture(source)
    before = picture.digest()
    for done, operation in enumerate(operations):
        progress(5 + 85 * done / len(operations), operation.op.replace("_", " "))
        _apply(picture, operation)
    if picture.digest() == before:
        raise nothing_to_change()
    progress(92, "writing")
    return write_picture(picture, folder)


def _apply(picture: Picture, operation: Operation) -> None:
    match operation:
        case Autocontrast():
            _stretch(picture)
        case Sharpen(amount):
            sharpen = ImageFilter.UnsharpMask(radius=_RADIUS, percent=amount * 2, threshold=2)
            picture.change(lambda frame: _keep_alpha(frame, frame.convert("RGB").filter(sharpen)))
        case CropTransparent():
            _crop(picture)
        case _:
            raise not_supported(operation.op, "an image")


def _stretch(picture: Picture) -> None:
    """Stretch each channel to 0–255, by the levels of all frames."""
    counts = np.zeros((3, 256), np.int64)
    for frame in picture.frames:
        pixels = np.asarray(frame)
        visible = pixels[pixels[..., 3] > 0]
        counts += np.stack([np.bincount(visible[:, channel], minlength=256) for channel in range(3)])
    ends: list[tuple[int, int]] = []
    for row in counts:
        share = np.cumsum(row) / max(1, row.sum())
        low, high = int(np.searchsorted(share, _CUT_OFF)), int(np.searchsorted(share, 1 - _CUT_OFF))
        ends.append((low, high) if high > low else (0, 255))
    if picture.low is not None:
        picture.frames[0], picture.low = deep.stretched((picture.frames[0], picture.low), ends)
        return
    levels = np.concatenate([(np.arange(256) - low) / (high - low) * 255 for low, high in ends])
    table = [int(level) for level in np.clip(np.round(levels), 0, 255)]
    picture.change(lambda frame: _keep_alpha(frame, frame.convert("RGB").point(table)))


def _crop(picture: Picture) -> None:
    together = picture.frames[0].getchannel("A")
    for frame in picture.frames[1:]:
        together = ImageChops.lighter(together, frame.getchannel("A"))
    box = together.getbbox()
    if box is None:
        raise RefusalError("all_transparent", "This image is transparent everywhere: nothing would be left of it.")
    picture.move(lambda frame: frame.crop(box))


def _keep_alpha(before: Image.Image, after: Image.Image) -> Image.Image:
    changed = after.convert("RGBA")
    changed.putalpha(before.getchannel("A"))
    return changed
