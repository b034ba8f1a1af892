"""A GIF's blocks, one after another, without decoding any of them."""

import mmap
from collections.abc import Iterator

IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B


def gif_blocks(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Kind, begin and end of each block, up to the trailer; a file that breaks off ends them."""
    at = header_bytes(data)
    while at < len(data) and (kind := data[at]) != TRAILER:
        begin = at
        if kind not in (IMAGE, EXTENSION):
            at += 1  # padding between blocks, which readers skip
            continue
        at += 11 + _colour_table_bytes(data, at + 9) if kind == IMAGE else 2
        # Sub-blocks: each says its length, the last is empty.
        while at < len(data) and (length := data[at]):
            at += length + 1
        at += 1
        yield kind, begin, at


def header_bytes(data: bytes | mmap.mmap) -> int:
    """Where the blocks begin."""
    return 13 + _colour_table_bytes(data, 10)


def _colour_table_bytes(data: bytes | mmap.mmap, at: int) -> int:
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 0b111) + 1 if flags & 0x80 else 0
