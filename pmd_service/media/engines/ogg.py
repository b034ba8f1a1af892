"""Writing the comments of an Ogg Vorbis file (RFC 3533; Vorbis I, sections 4.2 and 5).

Its packets and their times stay as they are: copied by libav, a sound of one page would play for hours.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ..messages import truncated

_MAGIC, _SERIAL = b"OggS", 1
_CONTINUED, _FIRST = 1, 2
_HEAD = struct.Struct("<4sBBqIII")
_SEGMENTS, _SEGMENT = 255, 255
_HEADERS, _COMMENTS = 3, b"\x03vorbis"
_UNFINISHED = -1
_VENDOR = b"PMD"
# Vorbis' names of libav's tags.
_NAMES = {"album_artist": "albumartist", "track": "tracknumber", "disc": "discnumber", "comment": "description"}
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class ChainedError(Exception):
    """There is more than one stream."""


class _Page(msgspec.Struct, frozen=True):
    flags: int
    granule: int
    serial: int
    segments: bytes
    body: bytes


def retagged(data: bytes, tags: Mapping[str, str]) -> Iterator[bytes]:
    """The file's pages, with these comments and no others.

    Raises:
        ChainedError: it is of several streams.
        RefusalError: it is damaged.
    """
    pages = [*_pages_of(data)]
    if any(page.serial != pages[0].serial for page in pages):
        raise ChainedError
    count, headers = _headers(pages)
    if headers[1][: len(_COMMENTS)] != _COMMENTS:
        raise truncated()
    new = [*_paged([headers[0]], _FIRST), *_paged([_comments(tags), headers[2]])]
    for number, page in enumerate((*new, *pages[count:])):
        yield _written(page, number)


def _pages_of(data: bytes) -> Iterator[_Page]:
    at = 0
    while at < len(data):
        if data[at : at + 4] != _MAGIC or at + _HEAD.size + 1 > len(data):
            raise truncated()
        _, _, flags, granule, serial, _, _ = _HEAD.unpack_from(data, at)
        begin = at + _HEAD.size + 1
        segments = data[begin : begin + data[begin - 1]]
        end = begin + len(segments) + sum(segments)
        if end > len(data):
            raise truncated()
        yield _Page(flags, granule, serial, segments, data[begin + len(segments) : end])
        at = end


def _headers(pages: Sequence[_Page]) -> tuple[int, list[bytes]]:
    """The three header packets, and how many pages they take: music begins on a page of its own."""
    packets, packet = [], b""
    for count, page in enumerate(pages, 1):
        at = 0
        for length in page.segments:
            packet += page.body[at : at + length]
            at += length
            if length < _SEGMENT:
                packets.append(packet)
                packet = b""
        if len(packets) >= _HEADERS:
            return count, packets
    raise truncated()


def _comments(tags: Mapping[str, str]) -> bytes:
    lines = [f"{_NAMES.get(name, name).upper()}={value}".encode() for name, value in tags.items()]
    sized = [struct.pack("<I", len(line)) + line for line in (_VENDOR, *lines)]
    return _COMMENTS + sized[0] + struct.pack("<I", len(lines)) + b"".join(sized[1:]) + b"\x01"


def _paged(packets: Sequence[bytes], flags: int = 0) -> Iterator[_Page]:
    """Header packets as pages, each as full as it may be."""
    body = b"".join(packets)
    segments = b"".join(bytes([_SEGMENT]) * (len(each) // _SEGMENT) + bytes([len(each) % _SEGMENT]) for each in packets)
    at = 0
    for start in range(0, len(segments), _SEGMENTS):
        part = segments[start : start + _SEGMENTS]
        is_continued = start > 0 and segments[start - 1] == _SEGMENT
        granule = _UNFINISHED if min(part) == _SEGMENT else 0
        yield _Page(flags | is_continued * _CONTINUED, granule, _SERIAL, part, body[at : at + sum(part)])
        at += sum(part)


def _written(page: _Page, number: int) -> bytes:
    head = _HEAD.pack(_MAGIC, 0, page.flags, page.granule, _SERIAL, number, 0)
    rest = bytes([len(page.segments)]) + page.segments + page.body
    return head[:-4] + struct.pack("<I", _checksum(head + rest)) + rest


def _checksum(page: bytes) -> int:
    """Ogg's CRC has zlib's polynomial, but reads each byte from its highest bit, and begins and ends with zeros."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
