"""HEIC files as telephones write them (ISO/IEC 23008-12): one HEVC picture in a file of boxes, with EXIF beside it."""

import struct
from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import ExifTags, Image

_PICTURE, _EXIF, _GRID, _RIGHT = 1, 2, 3, 4
_COLUMNS, _ROWS = 2, 1
_SETS = (32, 33, 34)  # of parameters: video, sequence, picture
_SPS = 33
# Supplemental information before a picture (H.265, D.2.7): any bytes, as the encoder likes.
_MESSAGE = bytes([39 << 1, 1])


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, bytes([version, 0, 0, flags]), *parts)


def place_exif(**words: str) -> bytes:
    """EXIF with a place, and texts by their names."""
    exif = Image.Exif()
    for name, word in words.items():
        exif[ExifTags.Base[name]] = word
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif.tobytes()


def heic(image: Image.Image, *, exif: bytes = b"", turns: int = 0, tiles: int = 1, message: bytes = b"") -> bytes:
    """The image, or with ``tiles`` 2 it and itself to its right; turned to the left by ``turns`` quarters.

    ``message`` is for decoders, in the settings and before the picture.
    """
    settings, picture = _encoded(image, message)
    grid = struct.pack(">BBBBHH", 0, 0, _ROWS - 1, _COLUMNS - 1, image.width * _COLUMNS, image.height * _ROWS)
    items = [(_PICTURE, b"hvc1", picture)]
    items += [(_EXIF, b"Exif", struct.pack(">I", len(b"Exif\0\0")) + exif)] if exif else []
    items += [(_RIGHT, b"hvc1", picture), (_GRID, b"grid", grid)] if tiles > 1 else []
    shown = items[-1][0] if tiles > 1 else _PICTURE
    brands = box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic")
    # The places depend on the size of what is before them, and that not on the places.
    size = len(brands) + len(_meta(items, shown, settings, image, turns, 0)) + 8
    return brands + _meta(items, shown, settings, image, turns, size) + box(b"mdat", *(each for _, _, each in items))


def _encoded(image: Image.Image, message: bytes) -> tuple[bytes, bytes]:
    """The decoder's settings as a box (ISO/IEC 14496-15, 8.3.3), and the picture."""
    stream = av.CodecContext.create("libx265", "w")
    assert isinstance(stream, av.VideoCodecContext)
    stream.width, stream.height, stream.pix_fmt = image.width, image.height, "yuv420p"
    stream.time_base, stream.options = Fraction(1), {"x265-params": "log-level=none:info=0", "crf": "4"}
    frame = VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), format="rgb24")
    coded = b"".join(bytes(packet) for packet in (*stream.encode(frame), *stream.encode(None)))
    units = coded.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    sets = {kind: unit for unit in units if (kind := unit[0] >> 1) in _SETS}
    level = sets[_SPS].replace(b"\0\0\3", b"\0\0")[3:15]
    header = struct.pack(">B12sHBBBBHB", 1, level, 0xF000, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0x0F)
    extra = _MESSAGE + bytes([5, 16 + len(message)]) + bytes(16) + message + b"\x80"
    sets |= {extra[0] >> 1: extra} if message else {}
    arrays = [struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit for kind, unit in sets.items()]
    shown = [unit for unit in units if unit[0] >> 1 < min(_SETS)]
    pictures = [struct.pack(">I", len(unit)) + unit for unit in [*([extra] if message else []), *shown]]
    return box(b"hvcC", header, bytes([len(arrays)]), *arrays), b"".join(pictures)


def _meta(
    items: list[tuple[int, bytes, bytes]], shown: int, settings: bytes, image: Image.Image, turns: int, begin: int
) -> bytes:
    tiles = (_PICTURE, _RIGHT) if shown == _GRID else ()
    infos = [
        full(b"infe", struct.pack(">HH4sB", number, 0, kind, 0), version=2, flags=number in tiles)
        for number, kind, _ in items
    ]
    places, at = b"", begin
    for number, _, content in items:
        places += struct.pack(">HHHII", number, 0, 1, at, len(content))
        at += len(content)
    links = [(b"cdsc", _EXIF, [shown])] if any(number == _EXIF for number, _, _ in items) else []
    links += [(b"dimg", _GRID, [_PICTURE, _RIGHT])] if shown == _GRID else []
    sizes = [full(b"ispe", struct.pack(">II", image.width * by, image.height)) for by in (1, _COLUMNS)]
    properties = box(b"ipco", settings, *sizes, box(b"irot", bytes([turns])))
    # By the number of a property, the first bit of which says that it must be understood.
    owned = {_PICTURE: [0x81, 2], _RIGHT: [0x81, 2], _GRID: [3]}
    owned[shown] = [*owned[shown], 0x84]
    used = [(number, owned[number]) for number, _, _ in items if number in owned]
    association = b"".join(struct.pack(f">HB{len(each)}B", number, len(each), *each) for number, each in used)
    return full(
        b"meta",
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", struct.pack(">H", shown)),
        full(b"iloc", struct.pack(">HH", 0x4400, len(items)), places),
        full(b"iinf", struct.pack(">H", len(items)), *infos),
        box(b"iprp", properties, full(b"ipma", struct.pack(">I", len(used)), association)),
        full(b"iref", *(box(kind, struct.pack(f">HH{len(to)}H", one, len(to), *to)) for kind, one, to in links)),
    )
