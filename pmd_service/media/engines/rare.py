"""Pictures of TIFF and JPEG files of variants that Pillow cannot decode, by imagecodecs and tifffile, an extra.

What comes out has any numbers: it is brought into eight bits to be looked at, and nothing else is done with it.
"""

import struct
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from .. import caps
from ..formats import Format
from ..messages import RefusalError
from .jpeg import jpeg_segments
from .variants import JPEG_FRAMES

Pixels: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_MODULES = ("imagecodecs", "tifffile")
# Of what is decoded, which is copied some times.
_MAX_BYTES = 256 * caps.MIB
# By the frame: lossless JPEG, JPEG-LS. All others are of libjpeg.
_DECODERS = {0xC3: "ljpeg_decode", 0xF7: "jpegls_decode"}
# Floating-point colours are light itself, of which screens show a root; so much of it is left out as glare.
_GAMMA, _GLARE = 1 / 2.2, 0.1


def is_there() -> bool:
    return all(find_spec(name) is not None for name in _MODULES)


def picture_of(path: Path, content: Format) -> Image.Image:
    """The first page, with up to four channels.

    Raises:
        RefusalError: it would be too large.
    """
    values, most, is_inverse = (_jpeg if content.reader == "JPEG" else _tiff)(path)
    grey = values[..., 0] if values.ndim == 3 and values.shape[2] < 3 else values
    shares = _light(grey) if grey.dtype.kind == "f" else grey.astype(np.float32) / most
    shares = 1 - shares if is_inverse else shares
    return Image.fromarray(
        (np.clip(shares[..., :4] if shares.ndim == 3 else shares, 0, 1) * 255).round().astype(np.uint8)
    )


def _light(values: Pixels) -> Pixels:
    """Shares of the brightest; not a number, and infinite, is black."""
    numbers = np.where(np.isfinite(values), values, 0).astype(np.float32)
    low, high = min(float(numbers.min()), 0.0), float(np.percentile(numbers, 100 - _GLARE))
    shares = np.clip((numbers - low) / max(high - low, 1e-12), 0, 1)
    return np.asarray(shares**_GAMMA if values.ndim == 3 else shares)


def _tiff(path: Path) -> tuple[Pixels, float, bool]:
    """Rows of pixels, the largest value of whole numbers, and whether zero is white."""
    import tifffile  # noqa: PLC0415  takes 0.3 s, for few files

    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        _refuse_too_large(page.imagewidth, page.imagelength, page.samplesperpixel * -(-page.bitspersample // 8))
        values = page.asarray(maxworkers=1)
        if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and values.ndim == 3:
            values = np.moveaxis(values, 0, -1)
        is_inverse = page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        return values, float(2**page.bitspersample - 1), is_inverse


def _jpeg(path: Path) -> tuple[Pixels, float, bool]:
    import imagecodecs  # noqa: PLC0415

    data = path.read_bytes()
    kind, at = next((marker, at) for marker, at, _, _ in jpeg_segments(data) if marker in JPEG_FRAMES)
    bits, height, width = struct.unpack_from(">BHH", data, at + 4)
    _refuse_too_large(width, height, data[at + 9] * 2)
    decode: Callable[[bytes], Pixels] = getattr(imagecodecs, _DECODERS.get(kind, "jpeg8_decode"))
    return decode(data), float(2**bits - 1), False


def _refuse_too_large(width: int, height: int, pixel_bytes: int) -> None:
    if width * height > caps.PIXELS or width * height * pixel_bytes > _MAX_BYTES:
        raise RefusalError("too_many_pixels", f"It would have more than {_MAX_BYTES // caps.MIB} MiB in memory.")
