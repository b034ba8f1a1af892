"""Classifying an image as pixel art, drawing or photograph by its neighbouring pixels."""

from typing import Literal, TypeAlias

import numpy as np
from PIL import Image

Kind: TypeAlias = Literal["pixel art", "drawing", "photo"]

# A square from the middle is enough, and bounds the time.
_SIDE = 1024
_FEW_COLOURS = 256
_TINY_SIDE = 64
_FLAT_DRAWING = 0.35
_MAX_SMOOTH = 0.12
# Most steps of pixel art are visible (of 255), and those of a dark photograph in 256 greys are not.
_VISIBLE, _MIN_VISIBLE = 8, 0.5


def kind_of(image: Image.Image) -> Kind:
    """By the share of equal neighbours (low in photographs), and of smooth edges (which pixel art has none of).

    Args:
        image: RGBA.
    """
    left, top = max(0, (image.width - _SIDE) // 2), max(0, (image.height - _SIDE) // 2)
    part = image.crop((left, top, min(image.width, left + _SIDE), min(image.height, top + _SIDE)))
    colours = part.getcolors(_FEW_COLOURS)
    if max(image.size) <= _TINY_SIDE and colours is not None:
        return "pixel art"
    pixels = np.asarray(part).astype(np.int16)
    pixels[pixels[..., 3] == 0] = 0
    flat, smooth, visible = _shares(pixels)
    if colours is not None and len(colours) == 1:
        return "pixel art"
    if colours is not None and smooth <= _MAX_SMOOTH and visible >= _MIN_VISIBLE:
        return "pixel art"
    return "drawing" if flat >= _FLAT_DRAWING else "photo"


def _shares(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]") -> tuple[float, float, float]:
    """The share of equal neighbours; of edges that are smooth, with a colour between those of both neighbours; and of
    edges that are visible."""
    same = edges = smooth = visible = pairs = 0
    for rows in (pixels, pixels.swapaxes(0, 1)):
        steps = np.diff(rows, axis=1)
        moved = (steps != 0).any(axis=2)
        same, pairs = same + int((~moved).sum()), pairs + moved.size
        first, second = steps[:, :-1], steps[:, 1:]
        between = moved[:, :-1] & moved[:, 1:] & ((first >= 0) == (second >= 0)).all(axis=2)
        edges, smooth = edges + int(moved.sum()), smooth + int(between.sum())
        visible += int((np.abs(steps).max(axis=2) >= _VISIBLE).sum())
    return same / max(1, pairs), smooth / max(1, edges), visible / max(1, edges)
