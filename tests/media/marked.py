"""Images with a mark in every place where a format can tell something beside its pixels."""

import struct
import zlib
from collections.abc import Callable

from PIL import ImageCms, TiffImagePlugin

from .files import image_bytes, png_chunk, sprite
from .heic_files import heic

MARK = b"52.5163N 13.3777E Erika Mustermann"
# One entry: the description (0x10E) of an image.
EXIF = b"Exif\0\0II*\0" + struct.pack("<IHHHIII", 8, 1, 0x10E, 2, len(MARK) + 1, 26, 0) + MARK + b"\0"
Plant = Callable[[bytes], bytes]


def plain(kind: str, **options: object) -> bytes:
    image = sprite(32) if kind in ("PNG", "WEBP", "AVIF") else sprite(32).convert("RGB")
    return image_bytes(image, kind, **({"lossless": True} if kind == "WEBP" else {}), **options)


def moving(kind: str) -> bytes:
    frames = [sprite(16, shift=number) for number in range(3)]
    options = {"lossless": True} if kind == "WEBP" else {}
    return image_bytes(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, loop=0, **options)


# Colour profiles


def tagged(*more: tuple[bytes, bytes], gap: bytes = b"", wide: bool = False) -> bytes:
    """sRGB, or a wider space, with more tags and something between them."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for number in range(count):
        name, at, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        tags[name] = profile[at : at + size]
    if wide:
        tags[b"rXYZ"] = b"XYZ \0\0\0\0" + struct.pack(">3i", 40_000, 20_000, 1_000)
    tags |= dict(more)
    table, body, begin = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, begin + len(body), len(content))
        body += content + bytes(-len(content) % 4) + gap
    header = struct.pack(">I", begin + len(body)) + profile[4:128]
    return header + table + body


def text(words: bytes) -> bytes:
    return b"text\0\0\0\0" + words + b"\0"


def curve() -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">I2H", 2, 0, 65_535) + MARK


PROFILES = {
    "a profile's copyright": tagged((b"cprt", text(MARK))),
    "a profile's maker": tagged((b"dmnd", text(MARK))),
    "a profile's private tag": tagged((b"XXXX", text(MARK)), wide=True),
    "between a profile's tags": tagged(gap=MARK + b"\0\0"),
    "behind a profile's curve": tagged(*((name, curve()) for name in (b"rTRC", b"gTRC", b"bTRC"))),
    "a profile's header": tagged()[:84] + MARK + tagged()[84 + len(MARK) :],
}

# PNG


def before(kind: bytes, *chunks: bytes) -> Plant:
    def plant(data: bytes) -> bytes:
        at = data.index(kind) - 4
        return data[:at] + b"".join(chunks) + data[at:]

    return plant


def repacked(kind: bytes, change: Callable[[bytes], bytes]) -> Plant:
    """The content of the last chunk of a kind changed."""

    def plant(data: bytes) -> bytes:
        at = data.rindex(kind)
        length = int.from_bytes(data[at - 4 : at], "big")
        return data[: at - 4] + png_chunk(kind, change(data[at + 4 : at + 4 + length])) + data[at + 8 + length :]

    return plant


def more_rows(packed: bytes) -> bytes:
    return zlib.compress(zlib.decompress(packed) + MARK)


PNG: dict[str, Plant] = {
    "a text": before(b"IDAT", png_chunk(b"tEXt", b"Comment\0" + MARK)),
    "a packed text": before(b"IDAT", png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(MARK))),
    "a text behind the pixels": before(b"IEND", png_chunk(b"iTXt", b"Comment\0\0\0\0\0" + MARK)),
    "an unknown chunk": before(b"IDAT", png_chunk(b"prVt", MARK)),
    "an unknown chunk behind the pixels": before(b"IEND", png_chunk(b"prVt", MARK)),
    "too long a chunk": before(b"IDAT", png_chunk(b"pHYs", struct.pack(">IIB", 1, 1, 0) + MARK)),
    "behind the end": lambda data: data + MARK,
    "the end itself": lambda data: data[:-12] + png_chunk(b"IEND", MARK),
    "behind the packed pixels": repacked(b"IDAT", lambda packed: packed + MARK),
    "a chunk behind the packed pixels": before(b"IEND", png_chunk(b"IDAT", MARK)),
    "more rows than it has": repacked(b"IDAT", more_rows),
    "a profile's name": before(b"IDAT", png_chunk(b"iCCP", MARK + b"\0\0" + zlib.compress(tagged()))),
    "behind a packed profile": before(b"IDAT", png_chunk(b"iCCP", b"x\0\0" + zlib.compress(tagged()) + MARK)),
}
APNG: dict[str, Plant] = {
    "behind a frame's packed pixels": repacked(b"fdAT", lambda content: content + MARK),
    "more rows than a frame has": repacked(b"fdAT", lambda content: content[:4] + more_rows(content[4:])),
    "behind a frame's measures": repacked(b"fcTL", lambda content: content + MARK),
}

# JPEG


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def front(*segments: bytes) -> Plant:
    """Behind the first segment, which is JFIF's."""
    return lambda data: data[:20] + b"".join(segments) + data[20:]


JFIF = b"JFIF\0\1\1\0\0\1\0\1"
JPEG: dict[str, Plant] = {
    "a comment": front(segment(0xFE, MARK)),
    "EXIF": front(segment(0xE1, EXIF)),
    "XMP": front(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MARK)),
    "more XMP": front(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + MARK)),
    "Photoshop's": front(segment(0xED, b"Photoshop 3.0\0" + MARK)),
    "FlashPix": front(segment(0xE2, b"FPXR\0" + MARK)),
    "a thumbnail": lambda data: data[:2] + segment(0xE0, JFIF + b"\4\3" + MARK + b"\0\0") + data[20:],
    "another thumbnail": front(segment(0xE0, b"JFXX\0\x10" + MARK)),
    "behind Adobe's": front(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + MARK)),
    "an unknown segment": front(segment(0xE5, MARK)),
    "behind the end": lambda data: data + MARK,
}

# GIF


def gif_front(block: bytes) -> Plant:
    """Before the first image's delay."""

    def plant(data: bytes) -> bytes:
        at = 13 + (3 << (data[10] & 7) + 1)
        return data[:at] + block + data[at:]

    return plant


def sub_blocks(*contents: bytes) -> bytes:
    return b"".join(bytes([len(content)]) + content for content in contents) + b"\0"


GIF: dict[str, Plant] = {
    "a comment": gif_front(b"!\xfe" + sub_blocks(MARK)),
    "a plain text": gif_front(b"!\1" + sub_blocks(bytes(12), MARK)),
    "a program's": gif_front(b"!\xff" + sub_blocks(b"XMP DataXMP", MARK)),
    "behind the loop": gif_front(b"!\xff" + sub_blocks(b"NETSCAPE2.0", b"\1\0\0", MARK)),
    "behind a delay": gif_front(b"!\xf9" + sub_blocks(b"\0\0\0\0", MARK)),
    "between blocks": gif_front(MARK),
    "behind the pixels": lambda data: data[:-2] + sub_blocks(MARK) + b";",
    "behind the end": lambda data: data + MARK,
}

# WebP


def riff_chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def riff(*more: bytes, at: int | None = None) -> Plant:
    """More chunks at the end, or there, and the whole as long as it is then."""

    def plant(data: bytes) -> bytes:
        added = b"".join(more)
        body = data[8:] + added if at is None else data[8:at] + added + data[at:]
        return data[:4] + struct.pack("<I", len(body)) + body

    return plant


def in_a_frame(data: bytes) -> bytes:
    at = data.rindex(b"ANMF")
    (length,) = struct.unpack_from("<I", data, at + 4)
    frame = data[at + 8 : at + 8 + length] + riff_chunk(b"prVt", MARK)
    return riff()(data[:at] + riff_chunk(b"ANMF", frame) + data[at + 8 + length :])


WEBP: dict[str, Plant] = {
    "EXIF": lambda data: data,
    "XMP": riff(riff_chunk(b"XMP ", MARK)),
    "an unknown chunk": riff(riff_chunk(b"prVt", MARK)),
    "behind the end": lambda data: data + MARK,
}
MOVING_WEBP: dict[str, Plant] = {
    "an unknown chunk": riff(riff_chunk(b"prVt", MARK)),
    "an unknown chunk in a frame": in_a_frame,
}

# AVIF


def in_a_unit(data: bytes) -> bytes:
    """Padding behind the last item, which ends with the file (an OBU of type 15; AV1, 6.2.2)."""
    places = range(data.index(b"iloc"), data.index(b"iinf"))
    at = next(place for place in places if sum(struct.unpack_from(">II", data, place)) == len(data))
    (size,), begin = struct.unpack_from(">I", data, at + 4), data.index(b"mdat") - 4
    unit = bytes([15 << 3 | 2, len(MARK)]) + MARK
    longer = data[: at + 4] + struct.pack(">I", size + len(unit)) + data[at + 8 : begin]
    return longer + struct.pack(">I", len(data) - begin + len(unit)) + data[begin + 4 :] + unit


AVIF: dict[str, Plant] = {
    "EXIF and XMP": lambda data: data,
    "a unit": in_a_unit,
    "an unknown box": lambda data: data + struct.pack(">I4s", 8 + len(MARK), b"free") + MARK,
    "behind the end": lambda data: data + MARK,
}

# HEIC

HEIC: dict[str, Plant] = {
    "EXIF": lambda data: data,
    "messages of HEVC": lambda _: heic(sprite(64), message=MARK, tiles=2),
    "an unknown box": AVIF["an unknown box"],
    "behind the end": AVIF["behind the end"],
}

# BMP


def bmp_gap(data: bytes) -> bytes:
    (at,) = struct.unpack_from("<I", data, 10)
    return data[:10] + struct.pack("<I", at + len(MARK)) + data[14:at] + MARK + data[at:]


def bmp_profile(data: bytes) -> bytes:
    """BITMAPV5HEADER, with a profile behind the pixels."""
    (at,) = struct.unpack_from("<I", data, 10)
    longer = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0) + b"DEBM" + bytes(36 + 12)
    longer += struct.pack("<4I", 4, 14 + 124 + len(data) - at, len(MARK), 0)
    header = struct.pack("<I", 124) + data[18:54] + longer[: 124 - 40]
    return data[:10] + struct.pack("<I", 14 + 124) + header + data[at:] + MARK


BMP: dict[str, Plant] = {
    "the gap": bmp_gap,
    "a profile": bmp_profile,
    "behind the pixels": lambda data: data + MARK,
}

# TIFF


def tiff(**tags: object) -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for number, value in tags.items():
        info[int(number[1:])] = value
    return plain("TIFF", tiffinfo=info)


TIFF: dict[str, Plant] = {
    "a description": lambda _: tiff(_270=MARK.decode()),
    "a private tag": lambda _: tiff(_65000=MARK.decode()),
    "XMP": lambda _: tiff(_700=MARK),
    "behind the end": lambda data: data + MARK,
}

PLACES: dict[str, tuple[bytes, dict[str, Plant]]] = {
    "png": (plain("PNG"), PNG),
    "apng": (moving("PNG"), APNG | {"behind the end": PNG["behind the end"]}),
    "jpg": (plain("JPEG"), JPEG),
    "gif": (moving("GIF"), GIF),
    "webp": (plain("WEBP", exif=EXIF), WEBP),
    "moving webp": (moving("WEBP"), MOVING_WEBP),
    "avif": (plain("AVIF", exif=EXIF, xmp=MARK), AVIF),
    "heic": (heic(sprite(64), exif=EXIF, turns=1, tiles=2), HEIC),
    "bmp": (plain("BMP"), BMP),
    "tiff": (plain("TIFF"), TIFF),
}


def adam7() -> bytes:
    """A PNG of 13 × 9 pixels in seven passes; 16 bits a channel, RGBA."""
    passes = [(2, 2), (2, 2), (4, 1), (3, 3), (7, 2), (6, 5), (13, 4)]
    rows = b"".join(b"\0" + bytes(range(wide * 8)) for wide, high in passes for _ in range(high))
    header = struct.pack(">IIBBBBB", 13, 9, 16, 6, 0, 0, 1)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows + MARK)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def run_lengths() -> bytes:
    """A BMP of 4 × 2 pixels whose rows are packed, with a mark behind them."""
    packed = bytes([4, 1, 0, 0, 2, 0, 2, 1, 0, 1]) + MARK
    header = struct.pack("<IiiHHIIiiII", 40, 4, 2, 1, 8, 1, len(packed), 0, 0, 2, 0)
    return struct.pack("<2sIII", b"BM", 62 + len(packed), 0, 62) + header + b"\1\2\3\0\4\5\6\0" + packed


def old_bmp() -> bytes:
    """With the first header there was, and something in the rows' ends and between."""
    rows = b"".join(bytes(range(9)) + b"abc" for _ in range(2))
    return struct.pack("<2sIII", b"BM", 0, 0, 26 + len(MARK)) + struct.pack("<IHHHH", 12, 3, 2, 1, 24) + MARK + rows
