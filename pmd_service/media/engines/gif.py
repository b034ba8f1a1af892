"""Iterating over a GIF's blocks without decoding."""

import mmap
from collections.abc import Iterator

from ..messages import truncated

IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
_LZW_BITS = 12


def gif_blocks(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Kind, begin and end of each block, up to the trailer or the end of a truncated file."""
    at = header_bytes(data)
    while at < len(data) and (kind := data[at]) != TRAILER:
        begin = at
        if kind not in (IMAGE, EXTENSION):
            at += 1  # padding between blocks, which decoders skip
            continue
        at += 11 + _colour_table_bytes(data, at + 9) if kind == IMAGE else 2
        # Sub-blocks, each preceded by its length; the last is empty.
        while at < len(data) and (length := data[at]):
            at += length + 1
        at += 1
        yield kind, begin, at


def header_bytes(data: bytes | mmap.mmap) -> int:
    """The offset of the first block."""
    return 13 + _colour_table_bytes(data, 10)


def image_only(data: bytes, begin: int, end: int) -> bytes:
    """An image block without data after its last pixel.

    Raises:
        RefusalError: the file ends before the block does.
    """
    if end > len(data):
        raise truncated()
    pixels_at = begin + 10 + _colour_table_bytes(data, begin + 9)
    width, height = (int.from_bytes(data[at : at + 2], "little") for at in (begin + 5, begin + 7))
    packed, at = bytearray(), pixels_at + 1
    while at < end and (length := data[at]):
        packed += data[at + 1 : at + 1 + length]
        at += length + 1
    exact = packed[: _packed_bytes(packed, data[pixels_at], width * height)]
    pieces = (exact[at : at + 255] for at in range(0, len(exact), 255))
    return data[begin : pixels_at + 1] + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def _packed_bytes(packed: bytes | bytearray, bits: int, pixels: int) -> int:
    """The number of bytes of LZW codes for this many pixels, by the number of pixels that each code stands for."""
    if bits >= _LZW_BITS:
        return len(packed)  # invalid, and rejected by decoders
    clear, ended = 1 << bits, (1 << bits) + 1
    first = [1] * clear + [0, 0]
    lengths, width, before = first.copy(), bits + 1, 0
    buffer = held = at = 0
    while True:
        while held < width:
            if at == len(packed):
                return at
            buffer |= packed[at] << held
            held += 8
            at += 1
        code = buffer & (1 << width) - 1
        if pixels <= 0 and code != ended:
            return at - held // 8
        buffer >>= width
        held -= width
        if code == ended:
            return at
        if code == clear:
            lengths, width, before = first.copy(), bits + 1, 0
            continue
        length = lengths[code] if code < len(lengths) else before + 1
        if before and len(lengths) < 1 << _LZW_BITS:
            lengths.append(before + 1)
            if len(lengths) == 1 << width and width < _LZW_BITS:
                width += 1
        before = length
        pixels -= length


def _colour_table_bytes(data: bytes | mmap.mmap, at: int) -> int:
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 0b111) + 1 if flags & 0x80 else 0
