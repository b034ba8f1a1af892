"""The files that a companion names: images of maps, atlases and scenes, buffers of models, styles of styles.

Read are Tiled's maps, tile sets and templates (XML and JSON), Godot's scenes and resources, the JSON of Phaser,
TexturePacker and Aseprite, glTF and CSS. A file of another form, or a damaged one, has none.
"""

import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from ..messages import Finding
from ..probe_result import MAX_REFERENCES, REFERENCE_LENGTH

# Of one file: JSON is held as a whole, and takes ten times as much memory.
MAX_BYTES = 16 * 1024**2
_CHUNK_BYTES = 65_536
_MAX_DEPTH = 64
_GLB_HEADER, _JSON_CHUNK = 12, b"JSON"
# In any scheme but a path of Godot's: the web, “data:”, “uid:”.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.\-]+:|//", re.I)
_GODOT_ROOT = "res://"
_TILED = {"image": "source", "tileset": "source", "objecttemplate": "template", "object": "template"}
_GODOT = re.compile(r'^\[ext_resource\b((?:[^"\]\n]|"(?:[^"\\\n]|\\.)*")*)\]', re.M)
_GODOT_PATH = re.compile(r'\bpath\s*=\s*"((?:[^"\\\n]|\\.)*)"')
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_CSS_URL = re.compile(
    r"""url\(\s*(?:"([^"\n\\]*)"|'([^'\n\\]*)'|([^\s"'()\\]*))\s*\)|@import\s+(?:"([^"\n\\]*)"|'([^'\n\\]*)')""", re.I
)


def references_of(path: Path, file_format: str) -> tuple[list[str], list[Finding]]:
    """The paths that a file of this format names, each once, and a finding if there are more.

    They are as the file has them, but without escapes and backslashes: relative to the file, or to Godot's project
    (``res://``).
    """
    read = _READERS.get(file_format)
    if read is None or path.stat().st_size > MAX_BYTES:
        return [], []
    found: dict[str, None] = {}
    try:
        for each in read(path):
            if (name := _local(each)) is not None:
                found[name] = None
            if len(found) > MAX_REFERENCES:
                message = f"It names more than {MAX_REFERENCES} other files: only the first are checked."
                return [*found][:MAX_REFERENCES], [Finding("references_cut", message)]
    except (ValueError, RecursionError, expat.ExpatError, struct.error):
        return [], []
    return [*found], []


def _local(name: object) -> str | None:
    """The path, if it is one beside this file."""
    if not isinstance(name, str):
        return None
    plain = name.replace("\\", "/").partition("#")[0] if not name.startswith(_GODOT_ROOT) else name.partition("::")[0]
    if not plain or len(plain) > REFERENCE_LENGTH or not plain.isprintable():
        return None
    return plain if plain.startswith(_GODOT_ROOT) or not _ELSEWHERE.match(plain) else None


# Tiled


def _tiled_xml(path: Path) -> Iterator[str]:
    found: list[str] = []
    parser = expat.ParserCreate()

    def begin(tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _TILED and _TILED[tag] in attributes:
            found.append(attributes[_TILED[tag]])
        elif tag == "property" and attributes.get("type") == "file":
            found.append(attributes.get("value", ""))

    def refuse(*_: object) -> None:
        raise ValueError("entities are not read")

    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            parser.Parse(chunk)
            yield from found
            found.clear()
        parser.Parse(b"", True)
    yield from found


def _tiled_json(read: object, depth: int = 0) -> Iterator[object]:
    if depth > _MAX_DEPTH:
        return
    for each in read if isinstance(read, list) else [read]:
        if not isinstance(each, dict):
            continue
        yield from (each[name] for name in ("image", "source", "template") if name in each)
        if each.get("type") == "file":
            yield each.get("value")
        for name in ("tilesets", "layers", "tiles", "objects", "tileset", "object", "properties"):
            if isinstance(each.get(name), list | dict):
                yield from _tiled_json(each[name], depth + 1)


# Godot


def _godot(path: Path) -> Iterator[str]:
    for resource in _GODOT.finditer(path.read_text("utf-8", "replace")):
        if (named := _GODOT_PATH.search(resource[1])) is not None:
            yield named[1].replace('\\"', '"').replace("\\\\", "\\")


# JSON: atlases, maps and models


def _any_json(path: Path) -> Iterator[object]:
    read = json.loads(path.read_bytes())
    if not isinstance(read, dict):
        return
    if "tiledversion" in read or read.get("type") in ("map", "tileset", "template"):
        yield from _tiled_json(read)
    elif _is_gltf(read):
        yield from _gltf_names(read)
    else:
        yield from _atlas(read)


def _atlas(read: Mapping[str, Any]) -> Iterator[object]:
    meta = read.get("meta")
    for part in (meta, *_list(read.get("textures"))):
        if isinstance(part, dict):
            yield from (part.get("image"), part.get("normalMap"), *_list(part.get("related_multi_packs")))


def _gltf(path: Path) -> Iterator[object]:
    data = path.read_bytes()
    if data[:4] == b"glTF":
        (length,) = struct.unpack_from("<I", data, _GLB_HEADER)
        begin = _GLB_HEADER + 8
        data = data[begin : begin + length] if data[begin - 4 : begin] == _JSON_CHUNK else b"{}"
    read = json.loads(data)
    if isinstance(read, dict) and _is_gltf(read):
        yield from _gltf_names(read)


def _is_gltf(read: Mapping[str, Any]) -> bool:
    asset = read.get("asset")
    return isinstance(asset, dict) and isinstance(asset.get("version"), str)


def _gltf_names(read: Mapping[str, Any]) -> Iterator[object]:
    """glTF 2.0, section 3.6.1.1: its URIs are percent-encoded."""
    for part in (*_list(read.get("images")), *_list(read.get("buffers"))):
        uri = part.get("uri") if isinstance(part, dict) else None
        yield unquote(uri) if isinstance(uri, str) and not uri.startswith("data:") else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


# CSS


def _css(path: Path) -> Iterator[str]:
    text = _CSS_COMMENT.sub(" ", path.read_text("utf-8", "replace"))
    for found in _CSS_URL.finditer(text):
        yield unquote(next(filter(None, found.groups()), "")).partition("?")[0]


_READERS: Mapping[str, Callable[[Path], Iterator[object]]] = {
    **dict.fromkeys(("tmx", "tsx", "tx"), _tiled_xml),
    **dict.fromkeys(("json", "tmj", "tsj", "tj"), _any_json),
    **dict.fromkeys(("tres", "tscn"), _godot),
    **dict.fromkeys(("gltf", "glb"), _gltf),
    "css": _css,
}
