"""The size in pixels that a picture's first bytes name, without decoding it; of the formats that posts have."""

import struct

HEAD_BYTES = 64
_PNG, _GIF, _BMP = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"BM"


def pixels_in(head: bytes) -> tuple[int, int] | None:
    """Width and height; None if they are not known. The probe has the last word."""
    try:
        if head.startswith(_PNG):
            return struct.unpack_from(">LL", head, 16)
        if head.startswith(_GIF):
            return struct.unpack_from("<HH", head, 6)
        if head.startswith(_BMP):
            width, height = struct.unpack_from("<ll", head, 18)
            return abs(width), abs(height)
        return _webp(head) if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None
    except struct.error:
        return None


def _webp(head: bytes) -> tuple[int, int] | None:
    """RFC 9649."""
    match head[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        case b"VP8L":
            (bits,) = struct.unpack_from("<L", head, 21)
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", head, 26))
        case _:
            return None
    return width, height
