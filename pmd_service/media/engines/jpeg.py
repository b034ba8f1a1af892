"""Iterating over a JPEG's segments without decoding."""

import mmap
from collections.abc import Iterator

from ..messages import RefusalError, truncated

SCAN, END = 0xDA, 0xD9


def jpeg_segments(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, int, int]]:
    """Marker, begin, end of the content and end of each segment, up to the image's end. A scan includes its codes.

    Raises:
        RefusalError: it is truncated.
    """
    at = 2
    while data[at : at + 1] == b"\xff" and at + 2 <= len(data):
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == END:
            return
        body = end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == SCAN:
            end = _after_scan(data, end)
        yield marker, at, body, end
        at = end
    raise truncated()


def count_scans(data: bytes | mmap.mmap) -> int:
    """The number of scans; of a truncated file, up to its end."""
    scans = 0
    try:
        for marker, *_ in jpeg_segments(data):
            scans += marker == SCAN
    except RefusalError:
        pass  # the decoder will refuse it, or tolerate it
    return scans


def _after_scan(data: bytes | mmap.mmap, at: int) -> int:
    """Where the next marker is: in a scan, FF is followed by 00 (in JPEG-LS, by less than 80) or a restart."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] >= 0x80 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:
            return at
        at += 1
    raise truncated()
