"""A BMP's own pixels: header, colours and rows, each as long as it has to be, with nothing between or behind them."""

import struct
from collections.abc import Iterator

from ..messages import truncated

_FILE_HEADER_BYTES = 14
# Without and with masks inside; OS/2 had one of its own, with 24 bytes more.
_OLD_HEADER_BYTES, _PLAIN_HEADER_BYTES, _MASKS_HEADER_BYTES, _OS2_HEADER_BYTES = 12, 40, 56, 64
# Kinds of rows that are not packed, and the masks that stand behind a plain header.
_MASK_BYTES = {0: 0, 3: 12, 6: 16}


def bmp_parts(data: bytes) -> Iterator[bytes] | None:
    """The copy's parts; None of one whose rows are packed, which can only be drawn anew.

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
    """The fields that tell how pixels are meant; a profile and what OS/2 added are left out, and zero."""
    told = _PLAIN_HEADER_BYTES if header_bytes == _OS2_HEADER_BYTES else min(header_bytes, _MASKS_HEADER_BYTES)
    return struct.pack("<I", told) + data[18 : 14 + told]
