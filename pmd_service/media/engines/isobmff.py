"""Boxes of ISO base media files (ISO/IEC 14496-12, section 4.2): read, and written."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from ..messages import truncated

_HEAD_BYTES = 256 * 1024
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


def coded_as(path: Path) -> dict[str, Any]:
    """How an AVIF's picture is coded, as pi-heif names it for HEIC: bits a channel, and the transfer function.

    Of all its properties (AV1-ISOBMFF, section 2.3; ISO/IEC 14496-12, section 12.1.5), as alpha has no more bits.
    """
    found: dict[str, Any] = {"bit_depth": 8}
    with path.open("rb") as file:
        content = file.read(_HEAD_BYTES)
    for kind, skipped in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0)):
        content = first_boxes(content, kind)[kind][skipped:]
    for kind, held in boxes(content):
        if kind == b"av1C" and len(held) > 2:
            bits = 8 + 2 * (held[2] >> 6 & 1) + 2 * (held[2] >> 5 & 1)
            found["bit_depth"] = max(found["bit_depth"], bits)
        elif kind == b"colr" and held[:4] == b"nclx":
            found["nclx_profile"] = {"transfer_characteristics": int.from_bytes(held[6:8], "big")}
    return found


def number_at(content: bytes, at: int, size: int) -> tuple[int, int]:
    """The number of so many bytes, and the place behind it."""
    if at + size > len(content):
        raise truncated()
    return int.from_bytes(content[at : at + size], "big"), at + size


def box(kind: bytes, *parts: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)
