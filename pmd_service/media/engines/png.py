"""Writing PNGs that Pillow does not write, or writes larger than need be (ISO/IEC 15948)."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import PngImagePlugin

PALETTE = 3


def write_png(
    path: Path,
    size: tuple[int, int],
    bits: int,
    colour_type: int,
    packed: Iterable[bytes],
    *,
    table: Sequence[tuple[bytes, bytes]] = (),
    icc_profile: bytes | None = None,
    pnginfo: PngImagePlugin.PngInfo | None = None,
) -> None:
    """Write a PNG of deflated rows; ``table`` are chunks between the profile and the pixels."""
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        PngImagePlugin.putchunk(file, b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, 0))
        if icc_profile:
            PngImagePlugin.putchunk(file, b"iCCP", b"ICC Profile\0\0", zlib.compress(icc_profile))
        for kind, data in table:
            PngImagePlugin.putchunk(file, kind, data)
        for kind, data, *_ in pnginfo.chunks if pnginfo else ():
            PngImagePlugin.putchunk(file, kind, data)
        for each in packed:
            PngImagePlugin.putchunk(file, b"IDAT", each)
        PngImagePlugin.putchunk(file, b"IEND", b"")
