"""Variants of JPEG, TIFF and BMP that Pillow cannot decode: intact files of these are kept, and never called damaged.

By the structure of the file alone: a JPEG has all its segments up to its end, a TIFF all its strips or tiles, a BMP all
its rows.
"""

import mmap
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .. import caps
from ..formats import Format
from ..messages import RefusalError
from .jpeg import jpeg_segments

# Frames (ITU-T T.81 table B.1, T.87 for JPEG-LS): all but DHT, JPG and DAC in this range.
JPEG_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_JPEG_KINDS = {0xC3: "Lossless JPEG", 0xF7: "JPEG-LS", **dict.fromkeys((0xC5, 0xC6, 0xC7), "Hierarchical JPEG")}
_USUAL_BITS = 8

# TIFF 6.0's types and BigTIFF's: their sizes in bytes, and for ``struct`` where they are whole numbers.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_BITS, _COMPRESSION, _SAMPLE_FORMAT = 258, 259, 339
_PLACES = ((273, 279), (324, 325))  # of strips and of tiles: offsets and sizes
_FLOATS = 3
# What Pillow's wheels decode.
_DECODED = {1, 2, 3, 4, 5, 6, 7, 8, 32_771, 32_773, 32_809, 32_946, 34_676, 34_677, 34_925, 50_000}
_COMPRESSIONS = {
    33_003: "JPEG 2000",
    33_005: "JPEG 2000",
    34_712: "JPEG 2000",
    34_887: "LERC",
    34_892: "lossy JPEG",
    50_001: "WebP",
    50_002: "JPEG XL",
    52_546: "JPEG XL",
}
_BMP_BITS = {0, 1, 2, 4, 8, 16, 24, 32}
# Rows that are not packed: RGB, BITFIELDS, ALPHABITFIELDS; all of the header of 16 bytes.
_BMP_PLAIN = {0, 3, 6}
_BMP_SHORT = 16
# Entries, and numbers in them, that are read of all directories together.
_MAX_NUMBERS = 1 << 20

_Tags = Mapping[int, Sequence[int]]


def undecodable_variant(path: Path, content: Format) -> str | None:
    """What an intact file is that Pillow cannot decode; None if it is damaged, or should have been decoded."""
    read = {"JPEG": _jpeg, "TIFF": _tiff, "BMP": _bmp}.get(content.reader)
    if read is None:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return read(data)


def _jpeg(data: mmap.mmap) -> str | None:
    try:
        frames = [(marker, data[at + 4]) for marker, at, _, _ in jpeg_segments(data) if marker in JPEG_FRAMES]
    except (RefusalError, IndexError):
        return None  # it is cut off
    if not frames:
        return None
    marker, bits = frames[0]
    kind = _JPEG_KINDS.get(marker)
    return kind or (f"JPEG with {bits} bits a channel" if bits != _USUAL_BITS else None)


def _bmp(data: mmap.mmap) -> str | None:
    try:
        begin, header, width, height, _, bits = struct.unpack_from("<IIiiHH", data, 10)
        packing, packed, colours = (0, 0, 0) if header == _BMP_SHORT else struct.unpack_from("<II8xI", data, 30)
    except struct.error:
        return None
    size = (abs(width) * bits + 31) // 32 * 4 * abs(height) if packing in _BMP_PLAIN else packed
    is_whole = 14 + header + 4 * colours <= begin and 0 < size <= len(data) - begin
    return "BMP of this kind" if is_whole and bits in _BMP_BITS else None


def _tiff(data: mmap.mmap) -> str | None:
    try:
        pages = [*_Directories(data)]
    except (struct.error, ValueError, IndexError, OverflowError):  # the last two: an offset beyond what Python indexes
        return None
    if not pages or not all(_is_whole(page, len(data)) for page in pages):
        return None
    page = pages[0]
    compression = page.get(_COMPRESSION, (1,))[0]
    if compression not in _DECODED:
        return f"TIFF with {_COMPRESSIONS.get(compression, 'unknown')} compression"
    bits = max(page.get(_BITS, (1,)))
    if page.get(_SAMPLE_FORMAT, (1,))[0] == _FLOATS:
        return f"TIFF with floating-point numbers of {bits} bits"
    return f"TIFF with {bits} bits a channel" if bits not in (1, 2, 4, 8, 16) else None


def _is_whole(page: _Tags, size: int) -> bool:
    """Whether all of a page's strips or tiles are within the file."""
    for offsets, sizes in _PLACES:
        places = [*zip(page.get(offsets, ()), page.get(sizes, ()), strict=False)]
        if places:
            return all(at > 0 and at + length <= size for at, length in places)
    return False


class _Directories:
    """The tags with whole numbers of each of a TIFF's directories, which are a linked list.

    Iterating raises struct.error or ValueError if one is beyond the file's end.
    """

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._order = "<" if data[:2] == b"II" else ">"
        self._is_big = 43 in data[2:4]
        self._left = _MAX_NUMBERS

    def __iter__(self) -> Iterator[_Tags]:
        word = "Q" if self._is_big else "I"
        at = self._one(word, 8 if self._is_big else 4)
        for _ in range(caps.FRAMES):
            if not at:
                return
            count, begin = self._one("Q" if self._is_big else "H", at), at + (8 if self._is_big else 2)
            size = 20 if self._is_big else 12
            self._count(count)
            if begin + count * size > len(self._data):
                raise ValueError("a directory ends too early")
            yield dict(filter(None, (self._entry(begin + number * size, word) for number in range(count))))
            at = self._one(word, begin + count * size)

    def _entry(self, at: int, word: str) -> tuple[int, Sequence[int]] | None:
        tag, kind, count = struct.unpack_from(f"{self._order}HH{word}", self._data, at)
        room = struct.calcsize(f"={word}")
        size, place = _SIZES.get(kind, 1) * count, at + 4 + room
        if size > room:
            place = self._one(word, place)
        if place + size > len(self._data):
            raise ValueError("a tag’s values end too early")
        if kind not in _NUMBERS or not count:
            return None
        self._count(count)
        return tag, struct.unpack_from(f"{self._order}{count}{_NUMBERS[kind]}", self._data, place)

    def _count(self, more: int) -> None:
        self._left -= more
        if self._left < 0:
            raise ValueError("too many entries or numbers")

    def _one(self, form: str, at: int) -> int:
        number: int = struct.unpack_from(f"{self._order}{form}", self._data, at)[0]
        return number
