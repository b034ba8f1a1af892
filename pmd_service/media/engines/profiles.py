"""Stripping ICC profiles (ICC.1:2022): rebuilt from the tags that a colour conversion reads."""

import struct

# Tags of input, display and output profiles, without texts, measurements, gamut previews and private tags.
_READ = (
    *(b"wtpt", b"bkpt", b"chad", b"lumi", b"cicp", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC"),
    *(b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"D2B0", b"D2B1", b"D2B2", b"B2D0", b"B2D1", b"B2D2"),
)
_HEADER_BYTES = 128
# Header fields with the program, manufacturer, model and date, and reserved ones.
_IDENTIFYING = ((4, 8), (24, 36), (40, 44), (48, 64), (80, 128))
_MAX_TAGS = 100
_FIXED = {b"XYZ ": 20, b"sf32": 44, b"cicp": 12}
_TABLE_HEADER_BYTES = 52
_PARAMETERS = (1, 3, 4, 5, 7)  # of each kind of parametric curve


def colours_only(profile: bytes) -> bytes | None:
    """The profile without identifying data; None if it is not a profile."""
    if len(profile) < _HEADER_BYTES + 4 or profile[36:40] != b"acsp":
        return None
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    tags: dict[bytes, bytes] = {}
    for number in range(min(count, _MAX_TAGS, (len(profile) - _HEADER_BYTES - 4) // 12)):
        name, at, size = struct.unpack_from(">4sII", profile, _HEADER_BYTES + 4 + 12 * number)
        if name in _READ:
            tags[name] = _exact(profile[at : at + size])
    # Required tags, but empty.
    is_old = profile[8] < 4
    tags |= {b"desc": _OLD_TEXT if is_old else _TEXT, b"cprt": b"text\0\0\0\0\0" if is_old else _TEXT}
    header = bytearray(profile[:_HEADER_BYTES])
    for begin, end in _IDENTIFYING:
        header[begin:end] = bytes(end - begin)
    return _assembled(header, tags)


_TEXT = struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", 0, 28)
_OLD_TEXT = struct.pack(">4sII", b"desc", 0, 1) + bytes(1 + 8 + 3 + 67)


def _assembled(header: bytearray, tags: dict[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    begin = _HEADER_BYTES + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, begin + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header[0:4] = struct.pack(">I", begin + len(body))
    return bytes(header) + table + body


def _exact(tag: bytes) -> bytes:
    """A tag cut after its last value; types without a known length stay whole."""
    kind, number = tag[:4], int.from_bytes(tag[8:12], "big")
    match kind:
        case _ if kind in _FIXED:
            return tag[: _FIXED[kind]]
        case b"curv":
            return tag[: 12 + 2 * number]
        case b"para":
            return tag[: 12 + 4 * _PARAMETERS[min(number >> 16, 4)]]
        case b"mft1" | b"mft2" if len(tag) >= _TABLE_HEADER_BYTES:
            return tag[: _table_bytes(tag)]
    return tag


def _table_bytes(tag: bytes) -> int:
    """The size of a lookup table, by its channels, grid points and (mft2) lengths of curves."""
    channels_in, channels_out, points = tag[8:11]
    if tag[:4] == b"mft1":
        return int(48 + 256 * channels_in + points**channels_in * channels_out + 256 * channels_out)
    curve_in, curve_out = struct.unpack_from(">HH", tag, 48)
    numbers = curve_in * channels_in + points**channels_in * channels_out + curve_out * channels_out
    return int(52 + 2 * numbers)
