"""What generators hide in an image's pixels: NovelAI, and web UI's extension “stealth pnginfo”.

The lowest bits of the alpha channel, or of red, green and blue, are a text, column by column: its kind in 15
characters, its length in bits (32, big-endian), and the text itself, compressed by gzip or not.
"""

import json
import zlib
from typing import NamedTuple

from PIL import Image

_KINDS = {
    ("A", b"stealth_pngcomp"): True,
    ("A", b"stealth_pnginfo"): False,
    ("RGB", b"stealth_rgbcomp"): True,
    ("RGB", b"stealth_rgbinfo"): False,
}
_HEAD_BYTES = 15 + 4
_GZIP = 31
# Each value's lowest bit as a digit; and values without it, of alpha without a change of what is opaque.
_DIGITS = bytes(48 + (value & 1) for value in range(256))
_CLEARED = [value & 0xFE for value in range(256)]
_CLEARED_ALPHA = [value & 0xFE if value < 128 else value | 1 for value in range(256)]
MAX_BYTES = 4 * 1024**2


class _Hidden(NamedTuple):
    """Where a text is hidden, how long it is in bytes, and whether it is compressed."""

    channels: str
    size: int
    is_packed: bool


def hidden_texts(image: Image.Image) -> dict[str, str]:
    """The texts hidden in a decoded image, by PNG's keywords; empty if there are none."""
    found = _found(image)
    return _texts(_bytes(image, found.channels, _HEAD_BYTES, found.size), found.is_packed) if found else {}


def without_hidden_texts(image: Image.Image) -> Image.Image | None:
    """The same picture without these bits; None if nothing is hidden in them."""
    found = _found(image)
    if found is None:
        return None
    *colours, last = (image if image.mode == "RGBA" else image.convert("RGBA")).split()
    if found.channels == "A":
        last = last.point(_CLEARED_ALPHA)
    else:
        colours = [each.point(_CLEARED) for each in colours]
    return Image.merge("RGBA", [*colours, last]).convert(image.mode)


def _found(image: Image.Image) -> _Hidden | None:
    for channels in ("A", "RGB") if image.mode == "RGBA" else ("RGB",) if image.mode == "RGB" else ():
        head = _bytes(image, channels, 0, _HEAD_BYTES)
        if (is_packed := _KINDS.get((channels, head[:15]))) is not None:
            return _Hidden(channels, int.from_bytes(head[15:]) // 8, is_packed)
    return None


def _texts(data: bytes, is_packed: bool) -> dict[str, str]:
    if is_packed:
        try:
            data = zlib.decompressobj(_GZIP).decompress(data, MAX_BYTES)
        except zlib.error:
            return {}
    text = data.decode("utf-8", "replace")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {"parameters": text}
    named = read.items() if isinstance(read, dict) and "Comment" in read else [("parameters", text)]
    return {name: value for name, value in named if isinstance(value, str)}


def _bytes(image: Image.Image, channels: str, begin: int, size: int) -> bytes:
    """Hidden bytes, as many as there are; only the columns that have them are looked at."""
    width, height = image.size
    bits = (begin + min(size, MAX_BYTES)) * 8
    columns = min(width, -(-bits // (height * len(channels))))
    strip = image.crop((0, 0, columns, height)).transpose(Image.Transpose.TRANSPOSE)
    values = (strip.getchannel("A") if channels == "A" else strip.convert("RGB")).tobytes()[begin * 8 : bits]
    digits = values[: len(values) // 8 * 8].translate(_DIGITS)
    return int(digits, 2).to_bytes(len(digits) // 8) if digits else b""
