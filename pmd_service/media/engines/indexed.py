"""Converting images to a palette exactly, where Pillow's conversion may approximate colours."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image

Packed: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]

MAX_COLOURS = 256


def packed(image: Image.Image) -> Packed:
    """RGBA pixels as numbers; fully transparent ones are 0."""
    pixels = np.asarray(image)
    numbers = np.ascontiguousarray(pixels).view(np.uint32)[..., 0].copy()
    numbers[pixels[..., 3] == 0] = 0
    return numbers


def indexed(frames: Sequence[Image.Image], first: Sequence[int] = ()) -> list[Image.Image] | None:
    """The frames, RGBA, with a common palette; None if they have more than 256 colours.

    Args:
        first: the palette to keep, in its order, if it has all colours.
    """
    numbers = [packed(frame) for frame in frames]
    seen: Packed = np.unique(np.concatenate([np.unique(each) for each in numbers]))
    if len(seen) > MAX_COLOURS:
        return None
    known = np.array([colour if colour >> 24 else 0 for colour in first], np.uint32)
    palette = known if len(known) and np.isin(seen, known).all() else seen
    order = np.argsort(palette, kind="stable")
    return [_drawn(order[np.searchsorted(palette[order], each)], palette) for each in numbers]


def _drawn(places: "np.ndarray[tuple[int, ...], np.dtype[np.intp]]", palette: Packed) -> Image.Image:
    image = Image.fromarray(places.astype(np.uint8), "P")
    colours = np.ascontiguousarray(palette).view(np.uint8).reshape(-1, 4)
    image.putpalette(colours[:, :3].tobytes(), "RGB")
    alpha = colours[:, 3]
    clear = np.flatnonzero(alpha == 0)
    if len(clear) == 1 and (np.delete(alpha, clear) == 255).all():
        image.info["transparency"] = int(clear[0])
    elif (alpha < 255).any():
        image.info["transparency"] = alpha.tobytes()
    return image
