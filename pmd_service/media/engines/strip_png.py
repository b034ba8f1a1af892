"""Stripping a PNG chunk by chunk: everything that does not affect the image is dropped, also within pixel chunks."""

import struct
import zlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from ..messages import truncated
from .profiles import colours_only

# The chunks that are kept, and their maximum lengths: longer ones carry something else.
_KEPT = {
    **{b"PLTE": 768, b"tRNS": 256, b"acTL": 8, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1},
    **{b"cICP": 4, b"sBIT": 4, b"bKGD": 6, b"pHYs": 9},
}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Adam7 passes: first column and row, and steps.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Deflate expands by a factor of 1,032 at most.
_PIECE = 1 << 16


def png_parts(data: bytes, exif: bytes, text: bytes = b"") -> Iterator[bytes]:
    """The copy's parts, with this EXIF data and this chunk only.

    Raises:
        RefusalError: the file is damaged.
    """
    yield data[:8]
    header, size, sequence = b"", (0, 0), 0
    for kind, chunks in groupby(_chunks(data), key=itemgetter(0)):
        contents = [content for _, content in chunks]
        match kind:
            case b"IDAT":
                yield _chunk(kind, _exact(b"".join(contents), _raw_bytes(header, size)))
            case b"fdAT":
                packed = _exact(b"".join(content[4:] for content in contents), _raw_bytes(header, size))
                yield _chunk(kind, struct.pack(">I", sequence) + packed)
                sequence += 1
            case b"fcTL":
                size = struct.unpack_from(">II", contents[-1], 4)
                yield _chunk(kind, struct.pack(">I", sequence) + contents[-1][4:26])
                sequence += 1
            case b"IHDR":
                header, size = contents[0][:13], struct.unpack_from(">II", contents[0])
                yield _chunk(kind, header)
                if exif:
                    yield _chunk(b"eXIf", exif)
                yield text
            case b"iCCP":
                yield from _profile(contents[0])
            case _ if kind in _KEPT and len(contents[0]) <= _KEPT[kind]:
                yield _chunk(kind, contents[0])
    yield _chunk(b"IEND", b"")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        yield kind, data[at + 8 : at + 8 + length]
        if kind == b"IEND":
            return
        at += 12 + length
    raise truncated()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _profile(content: bytes) -> Iterator[bytes]:
    packed = content.partition(b"\0")[2][1:]
    # Pillow has inflated it already, within its limit.
    if (profile := colours_only(zlib.decompressobj().decompress(packed))) is not None:
        yield _chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile, 9))


def _exact(packed: bytes, raw_bytes: int) -> bytes:
    """Deflated pixels without trailing data; recompressed if they inflate to more than the pixels."""
    reader, read, end = zlib.decompressobj(), 0, 0
    while end < len(packed) and not reader.eof:
        piece = packed[end : end + _PIECE]
        read += len(reader.decompress(piece))
        end += len(piece) - len(reader.unused_data)
    return packed[:end] if read <= raw_bytes else _recompressed(packed, raw_bytes)


def _recompressed(packed: bytes, raw_bytes: int) -> bytes:
    reader, packer, parts, left = zlib.decompressobj(), zlib.compressobj(), [], raw_bytes
    for at in range(0, len(packed), _PIECE):
        raw = reader.decompress(packed[at : at + _PIECE])[:left]
        left -= len(raw)
        parts.append(packer.compress(raw))
    return b"".join([*parts, packer.flush()])


def _raw_bytes(header: bytes, size: tuple[int, int]) -> int:
    """The size of a frame's inflated pixels: each row has a filter byte."""
    width, height = size
    bits = _CHANNELS[header[9]] * header[8]
    total = 0
    for left, top, columns, rows in _PASSES if header[12] else ((0, 0, 1, 1),):
        wide, high = -(-(width - left) // columns), -(-(height - top) // rows)
        if wide > 0 and high > 0:
            total += high * (1 + (wide * bits + 7) // 8)
    return total
