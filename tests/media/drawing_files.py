"""Companions with a picture of themselves, in the shapes that their programs write."""

import io
import json
import sqlite3
import struct
import zipfile
import zlib
from contextlib import closing
from typing import Any, NamedTuple

from PIL import Image, ImageFont

from .files import image_bytes, sprite
from .heic_files import place_exif

PICTURE = image_bytes(sprite(64), "PNG")


def zipped(mime_type: str = "", **members: bytes) -> bytes:
    """A ZIP archive; ``/`` is written ``__`` in the names of members, and ``.`` as ``_``."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        if mime_type:
            archive.writestr(zipfile.ZipInfo("mimetype"), mime_type)
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return data.getvalue()


def kra(picture: bytes = PICTURE) -> bytes:
    return zipped("application/x-krita", maindoc_xml=b"<DOC/>", mergedimage_png=picture, preview_png=picture)


def procreate(picture: bytes = PICTURE) -> bytes:
    return zipped(Document_archive=b"bplist00", QuickLook__Thumbnail_png=picture)


def clip(statements: str = "", picture: bytes = PICTURE) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE CanvasPreview (MainId INTEGER, ImageType INTEGER, ImageData BLOB)")
        connection.execute("INSERT INTO CanvasPreview VALUES (1, 1, ?)", (picture,))
        connection.executescript(statements)
        database = connection.serialize()
    chunks = b"".join(
        struct.pack(">8sQ", name, len(content)) + content
        for name, content in ((b"CHNKHead", bytes(40)), (b"CHNKSQLi", database), (b"CHNKFoot", b""))
    )
    return struct.pack(">8sQQ", b"CSFCHUNK", 24 + len(chunks), 24) + chunks


def glb(*pictures: bytes, **more: Any) -> bytes:
    """A model with these pictures, each of them a texture."""
    views, at = [], 0
    for picture in pictures:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(picture)})
        at += len(picture)
    model = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": at}],
        "bufferViews": views,
        "images": [{"bufferView": number} for number in range(len(pictures))],
        "textures": [{"source": number} for number in range(len(pictures))],
    }
    text = json.dumps(model | more).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(pictures)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(body), len(text), 0x4E4F534A)
    return head + text + struct.pack("<I4s", len(body), b"BIN\0") + body


class Layer(NamedTuple):
    """A layer of an XCF; ``mask`` is a grey image of its size."""

    image: Image.Image
    place: tuple[int, int] = (0, 0)
    opacity: int = 255
    mode: int = 28
    is_visible: bool = True
    mask: Image.Image | None = None
    path: tuple[int, ...] = ()
    is_group: bool = False


def xcf(size: tuple[int, int], *layers: Layer, packing: int = 1, version: int = 11) -> bytes:
    """GIMP's file of RGBA layers, the uppermost first, as version 11 has it, or one before 4."""
    word = ">Q" if version >= 11 else ">I"
    name = b"file" if version == 0 else b"v%03d" % version
    data = b"gimp xcf " + name + b"\0" + struct.pack(">3I", *size, 0)
    data += struct.pack(">I", 150) if version >= 4 else b""
    data += struct.pack(">IIB", 17, 1, packing) + bytes(8)
    begin = len(data) + (len(layers) + 2) * struct.calcsize(word)
    places, body = b"", b""
    for layer in layers:
        written, at = _xcf_layer(layer, begin + len(body), packing, word)
        places += struct.pack(word, at)
        body += written
    return data + places + bytes(2 * struct.calcsize(word)) + body


def _xcf_layer(layer: Layer, begin: int, packing: int, word: str) -> tuple[bytes, int]:
    """What is written at ``begin``, and where in the file the layer is."""
    body, mask_at = b"", 0
    if layer.mask is not None:
        pixels, pixels_at = _xcf_pixels(layer.mask.convert("L"), begin, packing, word)
        mask_at = begin + len(pixels)
        head = struct.pack(">3I", *layer.image.size, 1) + b"\0" + bytes(8)
        body = pixels + head + struct.pack(word, pixels_at)
    pixels, pixels_at = _xcf_pixels(layer.image.convert("RGBA"), begin + len(body), packing, word)
    body += pixels
    properties = [(6, layer.opacity), (8, layer.is_visible), (7, layer.mode), (11, mask_at > 0)]
    written = b"".join(struct.pack(">III", kind, 4, value) for kind, value in properties)
    written += struct.pack(">IIii", 15, 8, *layer.place)
    written += struct.pack(f">II{len(layer.path)}I", 30, 4 * len(layer.path), *layer.path) if layer.path else b""
    written += struct.pack(">II", 29, 0) if layer.is_group else b""
    head = struct.pack(">4I", *layer.image.size, 1, 1) + b"\0" + written + bytes(8)
    return body + head + struct.pack(word, pixels_at) + struct.pack(word, mask_at), begin + len(body)


def _xcf_pixels(image: Image.Image, begin: int, packing: int, word: str) -> tuple[bytes, int]:
    """An image's tiles and hierarchy, and where the latter is."""
    body, places, channels = b"", b"", len(image.getbands())
    for top in range(0, image.height, 64):
        for left in range(0, image.width, 64):
            tile = image.crop((left, top, min(left + 64, image.width), min(top + 64, image.height)))
            places += struct.pack(word, begin + len(body))
            body += _xcf_tile(tile, packing)
    level = struct.pack(">II", *image.size) + places + bytes(struct.calcsize(word))
    at = begin + len(body)
    hierarchy = struct.pack(">3I", *image.size, channels) + struct.pack(word, at) + bytes(struct.calcsize(word))
    return body + level + hierarchy, at + len(level)


def _xcf_tile(tile: Image.Image, packing: int) -> bytes:
    if packing != 1:
        return zlib.compress(tile.tobytes()) if packing else tile.tobytes()
    packed = b""
    for plane in tile.split():
        least, most = plane.getextrema()
        values = plane.tobytes()
        if least == most:
            packed += bytes([127]) + struct.pack(">H", len(values)) + values[:1]
        else:
            pieces = [values[at : at + 100] for at in range(0, len(values), 100)]
            packed += b"".join(bytes([256 - len(piece)]) + piece for piece in pieces)
    return packed


def placed_photo() -> bytes:
    return image_bytes(Image.new("RGB", (32, 32), "teal"), "JPEG", exif=place_exif())


def svg(body: str = '<rect width="200" height="100" fill="#208050"/>', before: str = "", root: str = "") -> bytes:
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    size = 'width="200" height="100" viewBox="0 0 200 100"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{before}<svg {namespaces} {size} {root}>{body}</svg>\n'.encode()


def font() -> bytes:
    """Pillow's own, Aileron (CC0)."""
    loaded = ImageFont.load_default(16)
    assert isinstance(loaded, ImageFont.FreeTypeFont)
    return bytes(loaded.font_bytes)
