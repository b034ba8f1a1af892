"""Models in glTF's binary form (2.0, section 4), by a picture inside: an avatar's own, or a texture."""

import json
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from .. import caps
from ..messages import RefusalError
from .drawings import Drawing
from .embedded import NO_PICTURE, embedded_picture, has_place
from .references import MAX_BYTES

_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<I4s")
_JSON, _BINARY = b"JSON", b"BIN\0"
_MAX_PICTURES = 256


def draw(path: Path, folder: Path) -> Drawing:
    """Raises: RefusalError: it is no model of this version."""
    model, at = _read(path)
    pictures: dict[int, Image.Image] = {}
    for number, data in _pictures(path, model, at):
        # Others, such as Basis Universal's, are for graphics cards.
        with suppress(UnidentifiedImageError, RefusalError):
            pictures[number] = embedded_picture(data)
    shown = next((pictures[number] for number in (*_preferred(model), *pictures) if number in pictures), None)
    return Drawing(picture=shown, missing=NO_PICTURE, gps=any(map(has_place, pictures.values())))


def _read(path: Path) -> tuple[Mapping[str, Any], int]:
    """The model's description, and where its binary chunk begins."""
    with path.open("rb") as file:
        file.seek(_HEADER.size)
        size, kind = _CHUNK.unpack(file.read(_CHUNK.size))
        if kind != _JSON or size > MAX_BYTES:
            raise RefusalError("not_shown", "It is no model of glTF 2.0, or describes too much.")
        model = json.loads(file.read(size))
        return (model if isinstance(model, dict) else {}), file.tell() + _CHUNK.size


def _pictures(path: Path, model: Mapping[str, Any], begin: int) -> Iterator[tuple[int, bytes]]:
    """Each picture's number and bytes, of those in the file itself."""
    views = _items(model, "bufferViews")
    with path.open("rb") as file:
        for number, image in enumerate(_items(model, "images")[:_MAX_PICTURES]):
            view = _item(views, image.get("bufferView"))
            at, size = view.get("byteOffset", 0), view.get("byteLength", 0)
            # The binary chunk is buffer 0.
            if view.get("buffer", 0) != 0 or not _is_size(at) or not _is_size(size) or size > caps.BYTES["image"]:
                continue
            file.seek(begin + at)
            yield number, file.read(size)


def _preferred(model: Mapping[str, Any]) -> Iterator[int]:
    """What is most like a picture of the model: VRM's thumbnail, then base colours."""
    extensions, textures = _object(model, "extensions"), _items(model, "textures")
    # VRM 1.0 names an image, 0.x a texture.
    yield from _whole(_object(_object(extensions, "VRMC_vrm"), "meta").get("thumbnailImage"))
    of_avatar = _object(_object(extensions, "VRM"), "meta").get("texture")
    materials = (_object(each, "pbrMetallicRoughness") for each in _items(model, "materials"))
    for texture in (of_avatar, *(_object(each, "baseColorTexture").get("index") for each in materials)):
        yield from _whole(_item(textures, texture).get("source"))


def _whole(value: object) -> Iterator[int]:
    if isinstance(value, int):
        yield value


def _is_size(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 2**32


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _items(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = value.get(name)
    return [each if isinstance(each, dict) else {} for each in found] if isinstance(found, list) else []


def _item(items: list[Mapping[str, Any]], number: object) -> Mapping[str, Any]:
    return items[number] if isinstance(number, int) and 0 <= number < len(items) else {}
