"""Images with a palette: made exactly, where Pillow may approximate colours, and written small."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, PngImagePlugin

from .png import PALETTE, write_png

Packed: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]

MAX_COLOURS = 256
# How many symbols zlib has in a block, as a power of two.
_MEMORY_LEVELS, _TRIED_BYTES = (8, 5), 8_000_000


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
    return [drawn(order[np.searchsorted(palette[order], each)], palette) for each in numbers]


def save_png(
    path: Path,
    image: Image.Image,
    *,
    icc_profile: bytes | None = None,
    pnginfo: PngImagePlugin.PngInfo | None = None,
) -> None:
    """Write an image with a palette, without filters, which Pillow uses below eight bits: they make it larger."""
    strip = Image.frombytes("P", (MAX_COLOURS, 1), bytes(range(MAX_COLOURS)))
    strip.putpalette(image.getpalette("RGB") or [], "RGB")
    strip.info = {key: value for key, value in image.info.items() if key == "transparency"}
    colours = np.asarray(strip.convert("RGBA"))[0, : len(image.getpalette("RGB") or []) // 3]
    bits = next(each for each in (1, 2, 4, 8) if len(colours) <= 1 << each)
    alpha = colours[:, 3]
    clear = alpha[: len(alpha) - int(np.argmax(alpha[::-1] < 255))] if (alpha < 255).any() else alpha[:0]
    table = [(b"PLTE", colours[:, :3].tobytes()), *([(b"tRNS", clear.tobytes())] if len(clear) else [])]
    rows = _rows(np.asarray(image), bits)
    write_png(path, image.size, bits, PALETTE, [_smallest(rows)], table=table, icc_profile=icc_profile, pnginfo=pnginfo)


def _rows(places: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", bits: int) -> bytes:
    """All rows, each after the number of its filter, which is none."""
    each = 8 // bits
    padded = np.pad(places, ((0, 0), (0, -places.shape[1] % each)))
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    packed = np.bitwise_or.reduce(padded.reshape(len(places), -1, each) << shifts, axis=-1)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


def _smallest(rows: bytes) -> bytes:
    """Deflated with more blocks or with fewer: which is smaller depends on the image."""
    levels = _MEMORY_LEVELS if len(rows) <= _TRIED_BYTES else _MEMORY_LEVELS[:1]
    packers = (zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, level) for level in levels)
    return min((packer.compress(rows) + packer.flush() for packer in packers), key=len)


def drawn(places: "np.ndarray[tuple[int, ...], np.dtype[Any]]", palette: Packed) -> Image.Image:
    """An image of these entries of a palette, whose colours are numbers."""
    image = Image.fromarray(places.astype(np.uint8, copy=False), "P")
    colours = np.ascontiguousarray(palette).view(np.uint8).reshape(-1, 4)
    image.putpalette(colours[:, :3].tobytes(), "RGB")
    alpha = colours[:, 3]
    clear = np.flatnonzero(alpha == 0)
    if len(clear) == 1 and (np.delete(alpha, clear) == 255).all():
        image.info["transparency"] = int(clear[0])
    elif (alpha < 255).any():
        image.info["transparency"] = alpha.tobytes()
    return image
