"""Stripping a BMP: header, palette and rows in their exact lengths, with nothing in between or after."""

import struct
from collections.abc import Iterator

from ..messages import truncated

_FILE_HEADER_BYTES = 14
# Header sizes; that of OS/2 is the plain one and 24 bytes more.
_OLD_HEADER_BYTES, _PLAIN_HEADER_BYTES, _MASKS_HEADER_BYTES, _OS2_HEADER_BYTES = 12, 40, 56, 64
# Uncompressed kinds, and the size of the masks after a plain header.
_MASK_BYTES = {0: 0, 3: 12, 6: 16}


def bmp_parts(data: bytes) -> Iterator[bytes] | None:
    """The copy's parts; None for compressed rows, which have to be re-encoded.

    Raises:
        RefusalError: the file is damaged.
    """
    header_bytes, pixels_at = int.from_bytes(data[14:18], "little"), int.from_bytes(data[10:14], "little")
    if header_bytes == _OLD_HEADER_BYTES:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression, used, header, entry = 0, 0, data[14:26], 3
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        (used,), entry = struct.unpack_from("<I", data, 46), 4
        header = _header(data, header_bytes)
    if compression not in _MASK_BYTES:
        return None
    palette_at = _FILE_HEADER_BYTES + header_bytes
    masks = _MASK_BYTES[compression] if header_bytes == _PLAIN_HEADER_BYTES else 0
    colours = min(used or 1 << bits, 256) * entry if bits <= 8 else 0
    used_bytes, row_bytes = (abs(width) * bits + 7) // 8, (abs(width) * bits + 31) // 32 * 4
    rows = range(pixels_at, pixels_at + row_bytes * abs(height), row_bytes)
    if rows.stop > len(data) + row_bytes - used_bytes:
        raise truncated()
    front = [header, data[palette_at : palette_at + masks + colours]]
    begin = _FILE_HEADER_BYTES + sum(map(len, front))
    total = begin + row_bytes * abs(height)
    rest = bytes(row_bytes - used_bytes)
    body = (data[at : at + used_bytes] + rest for at in rows)
    return iter([struct.pack("<2sIII", b"BM", total, 0, begin), *front, *body])


def _header(data: bytes, header_bytes: int) -> bytes:
    """The header without profile and OS/2's additions."""
    size = _PLAIN_HEADER_BYTES if header_bytes == _OS2_HEADER_BYTES else min(header_bytes, _MASKS_HEADER_BYTES)
    return struct.pack("<I", size) + data[18 : 14 + size]
