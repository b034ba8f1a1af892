"""Images with 16 bits a channel, of which Pillow decodes and writes only the higher eight (except for greys).

They are a pair of RGBA images, with the higher and the lower eight bits. Operations that move pixels apply to both;
those that mix colours combine them.
"""

import struct
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, TypeAlias

import msgspec
import numpy as np
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

from ..formats import Format
from . import images
from .png import write_png

# Height × width.
Values: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint16]]
Planes: TypeAlias = tuple[Image.Image, Image.Image]

BITS = 16
_LITTLE, _BIG = ";16L", ";16B"
# The pair takes twice the memory.
_MAX_PIXELS = 32_000_000
# Decoded in the wrong byte order, Pillow keeps the lower byte of each channel.
_SWAPPED = {
    mode + order: mode + other
    for mode in ("RGB", "RGBA")
    for order, other in ((_LITTLE, _BIG), (_BIG, _LITTLE), (";16N", _BIG if sys.byteorder == "little" else _LITTLE))
}
_GREY_ALPHA = "LA;16B"
_GREY, _COLOURS, _ALL = (0,), (0, 1, 2), (0, 1, 2, 3)
# PNG's colour types by the channels that are written (ISO/IEC 15948, 11.2.2).
_PNG_TYPES = {_GREY: 0, _COLOURS: 2, _ALL: 6}
# TIFF 6.0: types of values, as numbers and for ``struct``.
_ASCII, _SHORT, _LONG, _UNDEFINED = (2, "B"), (3, "H"), (4, "I"), (7, "B")
_Entry: TypeAlias = tuple[int, tuple[int, str], Sequence[int]]


def planes_of(path: Path, content: Format, page: int = 0) -> Planes | None:
    """The higher and the lower eight bits of a still image, upright; None for kinds that are read with eight only."""
    with images.open_image(path, content) as high, images.open_image(path, content) as low:
        assert isinstance(high, ImageFile.ImageFile) and isinstance(low, ImageFile.ImageFile)
        for image in (high, low):
            image.seek(page)
        if "transparency" in high.info or high.width * high.height > _MAX_PIXELS or high.format in ("AVIF", "HEIF"):
            return None
        if high.mode.startswith("I;16"):
            grey = np.asarray(ImageOps.exif_transpose(high)).astype(np.uint16)
            return split([grey, grey, grey, np.full_like(grey, 0xFFFF)], high.size)
        raw, *others = {_decoder_args(tile.args)[0] for tile in high.tile}
        if others or raw not in (*_SWAPPED, _GREY_ALPHA):
            return None
        mode = "RGBA" if raw == _GREY_ALPHA else _SWAPPED[raw]
        low.tile = [tile._replace(args=(mode, *_decoder_args(tile.args)[1:])) for tile in low.tile]
        if raw == _GREY_ALPHA:
            # Decoded as RGBA, which are the two bytes of grey and the two of alpha.
            pairs = np.asarray(ImageOps.exif_transpose(low))
            return Image.fromarray(pairs[..., (0, 0, 0, 2)]), Image.fromarray(pairs[..., (1, 1, 1, 3)])
        return ImageOps.exif_transpose(high).convert("RGBA"), ImageOps.exif_transpose(low).convert("RGBA")


def _decoder_args(args: tuple[Any, ...] | str | None) -> tuple[Any, ...]:
    """A tile's arguments to Pillow's decoder, the raw mode first."""
    return args if isinstance(args, tuple) else (args,)


def _channel(planes: Planes, channel: int) -> Values:
    """One channel's 16-bit values; all four at once would take a gigabyte for a large image."""
    high, low = (np.asarray(plane)[..., channel] for plane in planes)
    return np.asarray(high.astype(np.uint16) << 8 | low)


def split(channels: Iterable[Values], size: tuple[int, int]) -> Planes:
    """Red, green, blue and alpha of an image of this size (width, height), as its higher and lower bytes."""
    high, low = (np.empty((size[1], size[0], 4), np.uint8) for _ in range(2))
    for number, values in enumerate(channels):
        high[..., number], low[..., number] = values >> 8, values & 0xFF
    return Image.fromarray(high), Image.fromarray(low)


def rounded(planes: Planes) -> Image.Image:
    """Rounded to 8 bits a channel."""
    near = [((_channel(planes, number).astype(np.uint32) + 128) // 257).astype(np.uint8) for number in _ALL]
    return Image.fromarray(np.stack(near, axis=-1))


def stretched(planes: Planes, ends: Sequence[tuple[int, int]]) -> Planes:
    """Stretch the contrast of each colour channel; ``ends`` are its black and white, in 8 bits."""
    numbers = np.arange(1 << BITS, dtype=np.float64)

    def channels() -> Iterator[Values]:
        for number, (black, white) in enumerate(ends):
            first, last = black << 8, white << 8 | 0xFF
            table = (numbers - first) / (last - first) * 0xFFFF
            yield table.round().clip(0, 0xFFFF).astype(np.uint16)[_channel(planes, number)]
        yield _channel(planes, 3)

    return split(channels(), planes[0].size)


def resized(planes: Planes, size: tuple[int, int]) -> Planes:
    """Resample by Lanczos, with colours weighted by alpha, as Pillow does in 8 bits."""

    def larger(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))

    def channels() -> Iterator[Values]:
        weight = _channel(planes, 3) / np.float32(0xFFFF)
        alpha = larger(weight)
        for number in _COLOURS:
            values = larger(_channel(planes, number) * weight) / np.maximum(alpha, 1 / 0xFFFF)
            yield values.round().clip(0, 0xFFFF).astype(np.uint16)
        yield (alpha * 0xFFFF).round().clip(0, 0xFFFF).astype(np.uint16)

    return split(channels(), size)


def save_png(
    path: Path,
    planes: Planes,
    *,
    is_grey: bool,
    icc_profile: bytes | None = None,
    pnginfo: PngImagePlugin.PngInfo | None = None,
) -> None:
    """Write a 16-bit PNG, which Pillow only does for greys."""
    channels = _channels(planes, is_grey=is_grey)
    packed = _deflated(_rows(planes, channels, ">u2"), step=len(channels) * 2)
    kind = _PNG_TYPES[channels]
    write_png(path, planes[0].size, BITS, kind, packed, icc_profile=icc_profile, pnginfo=pnginfo)


def _rows(planes: Planes, channels: tuple[int, ...], kind: str) -> Iterator[bytes]:
    """The image's rows, in this dtype."""
    for high, low in zip(*(np.asarray(plane) for plane in planes), strict=True):
        yield (high.astype(np.uint16) << 8 | low)[:, channels].astype(kind).tobytes()


def _deflated(rows: Iterable[bytes], *, step: int) -> Iterator[bytes]:
    """Each row with the one of three filters that leaves the smallest values (ISO/IEC 15948, 9.2 and 12.7)."""
    packer, above = zlib.compressobj(), None
    for content in rows:
        row = np.frombuffer(content, np.uint8)
        before = np.frombuffer(bytes(step) + content[:-step], np.uint8)
        tried = (row, row - before, row if above is None else row - above)
        sums = [int(np.abs(each.view(np.int8).astype(np.int32)).sum()) for each in tried]
        best = sums.index(min(sums))
        if packed := packer.compress(bytes([best]) + tried[best].tobytes()):
            yield packed
        above = row
    yield packer.flush()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a TIFF; ``words`` are texts by their tags."""

    planes: Planes
    is_grey: bool
    icc_profile: bytes | None = None
    words: Sequence[tuple[int, bytes]] = ()


def save_tiff(path: Path, pages: Sequence[Page]) -> None:
    """Write a 16-bit TIFF, which Pillow only does for greys: each page a single strip, deflated."""
    with path.open("wb") as file:
        file.write(b"II" + struct.pack("<HI", 42, 0))
        link = 4
        for page in pages:
            begin = file.tell()
            entries = _entries(file, page, begin)
            at = file.tell()
            file.write(_directory(at, entries))
            file.seek(link)
            file.write(struct.pack("<I", at))
            file.seek(0, 2)
            link = at + 2 + 12 * len(entries)


def _entries(file: IO[bytes], page: Page, begin: int) -> list[_Entry]:
    """Write a page's strip, and return its directory entries."""
    channels = _channels(page.planes, is_grey=page.is_grey)
    packer = zlib.compressobj()
    for row in _rows(page.planes, channels, "<u2"):
        file.write(packer.compress(row))
    file.write(packer.flush())
    length = file.tell() - begin
    file.write(bytes(length % 2))
    width, height = page.planes[0].size
    return sorted(
        [
            (256, _LONG, [width]),
            (257, _LONG, [height]),
            (258, _SHORT, [BITS] * len(channels)),
            (259, _SHORT, [8]),  # deflate
            (262, _SHORT, [1 if channels == _GREY else 2]),
            (273, _LONG, [begin]),
            (277, _SHORT, [len(channels)]),
            (278, _LONG, [height]),
            (279, _LONG, [length]),
            *([(338, _SHORT, [2])] if channels == _ALL else []),  # alpha is not premultiplied
            *((tag, _ASCII, text + b"\0") for tag, text in page.words),
            *([(34675, _UNDEFINED, page.icc_profile)] if page.icc_profile else []),
        ]
    )


def _directory(at: int, entries: Sequence[_Entry]) -> bytes:
    """A TIFF directory at this offset, followed by the values that are longer than four bytes."""
    packed = [struct.pack(f"<{len(values)}{form}", *values) for _, (_, form), values in entries]
    long = [each + b"\0" * (len(each) % 2) if len(each) > 4 else b"" for each in packed]
    places = accumulate(map(len, long), initial=at + 2 + 12 * len(entries) + 4)
    head = struct.pack("<H", len(entries))
    for (tag, (kind, _), values), each, place in zip(entries, packed, places, strict=False):
        value = struct.pack("<I", place) if len(each) > 4 else each.ljust(4, b"\0")
        head += struct.pack("<HHI", tag, kind, len(values)) + value
    return head + bytes(4) + b"".join(long)


def _channels(planes: Planes, *, is_grey: bool) -> tuple[int, ...]:
    """The channels that have to be written."""
    has_alpha = any(plane.getchannel("A").getextrema() != (0xFF, 0xFF) for plane in planes)
    return _ALL if has_alpha else _GREY if is_grey else _COLOURS
