"""Companions with a picture of themselves, in the shapes that their programs write."""

import io
import json
import sqlite3
import struct
import zipfile
from contextlib import closing
from typing import Any

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
