"""Boxes of ISO base media files (ISO/IEC 14496-12, section 4.2): read, and written."""

import struct
from collections.abc import Iterator
from typing import TypeAlias

from ..messages import truncated

Box: TypeAlias = tuple[bytes, bytes]  # its kind, and its content


def boxes(data: bytes) -> Iterator[Box]:
    """Raises: RefusalError: the file is damaged."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if size == 1:
            size, begin = number_at(data, begin, 8)
        end = at + size if size else len(data)
        if end < begin:
            raise truncated()
        yield kind, data[begin:end]
        at = end


def first_boxes(data: bytes, *wanted: bytes) -> dict[bytes, bytes]:
    """The content of the first box of each kind; nothing where there is none."""
    found: dict[bytes, bytes] = {}
    for kind, content in boxes(data):
        if kind in wanted:
            found.setdefault(kind, content)
    return dict.fromkeys(wanted, b"") | found


def number_at(content: bytes, at: int, size: int) -> tuple[int, int]:
    """The number of so many bytes, and the place behind it."""
    if at + size > len(content):
        raise truncated()
    return int.from_bytes(content[at : at + size], "big"), at + size


def box(kind: bytes, *parts: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)
