"""A JPEG's segments, one after another, without decoding any of them."""

import mmap
from collections.abc import Iterator

from ..messages import RefusalError, truncated

SCAN, END = 0xDA, 0xD9


def jpeg_segments(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, int, int]]:
    """Marker, begin, end of the content and end of each segment: a scan ends behind its codes. Up to the image's end.

    Raises:
        RefusalError: it breaks off before.
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
    """How often its pixels are gone over; of a file that breaks off, up to there."""
    scans = 0
    try:
        for marker, *_ in jpeg_segments(data):
            scans += marker == SCAN
    except RefusalError:
        pass  # which its decoder will say, or make the best of
    return scans


def _after_scan(data: bytes | mmap.mmap, at: int) -> int:
    """Where the next marker is: in a scan, FF is followed by 00 or a restart."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:
            return at
        at += 1
    raise truncated()
