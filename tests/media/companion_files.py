"""Files of games that name others, in the shapes that their programs write, and what they name."""

import json
import struct

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.11.0" orientation="orthogonal" renderorder="right-down" width="2" height="1"
     tilewidth="16" tileheight="16" infinite="0" nextlayerid="3" nextobjectid="2">
 <properties><property name="music" type="file" value="../sounds/sea.ogg"/></properties>
 <tileset firstgid="1" source="../tiles/sea.tsx"/>
 <imagelayer id="2" name="sky"><image source="sky.png" width="16" height="16"/></imagelayer>
 <layer id="1" name="ground" width="2" height="1"><data encoding="csv">1,2</data></layer>
</map>
"""
TSX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tileset SYSTEM "http://mapeditor.org/dtd/1.0/map.dtd">
<tileset version="1.10" name="sea" tilewidth="16" tileheight="16" tilecount="2" columns="2">
 <image source="sea.png" width="32" height="16"/>
</tileset>
"""
TILED_JSON = {
    "type": "map", "tiledversion": "1.11.0", "version": "1.10", "orientation": "orthogonal", "width": 1, "height": 1,
    "tilewidth": 16, "tileheight": 16,
    "tilesets": [{"firstgid": 1, "source": "..\\tiles\\sea.tsj"}],
    "layers": [{"type": "group", "name": "all", "layers": [{"type": "imagelayer", "image": "sky.png"}]}],
    "properties": [{"name": "music", "type": "file", "value": "sea.ogg"}],
}  # fmt: skip
TSCN = """[gd_scene load_steps=3 format=3 uid="uid://cecaux1sm7mo0"]

[ext_resource type="Texture2D" uid="uid://b3w" path="res://tiles/sea.png" id="1_abc"]
[ext_resource path="res://boat.tres" type="Resource" id="2"]

[node name="Boat" type="Sprite2D"]
texture = ExtResource("1_abc")
hint = "[ext_resource path=\\"res://not one.png\\"]"
"""
TRES = """[gd_resource type="AtlasTexture" load_steps=2 format=3]

[ext_resource type="Texture2D" path="res://tiles/sea.png" id="1"]

[resource]
atlas = ExtResource("1")
region = Rect2(0, 0, 16, 16)
"""
FRAME = {"frame": {"x": 0, "y": 0, "w": 16, "h": 16}, "rotated": False, "trimmed": False,
         "spriteSourceSize": {"x": 0, "y": 0, "w": 16, "h": 16}, "sourceSize": {"w": 16, "h": 16}}  # fmt: skip
TEXTURE_PACKER = {
    "frames": {"boat": FRAME},
    "meta": {"app": "https://www.codeandweb.com/texturepacker", "image": "boats.png", "scale": "1",
             "related_multi_packs": ["boats-1.json"]},
}  # fmt: skip
ASEPRITE = {"frames": [FRAME | {"filename": "boat 0", "duration": 100}], "meta": {"image": "boat.png"}}
PHASER = {"textures": [
    {"image": "a.png", "normalMap": "a_n.png", "frames": [FRAME | {"filename": "boat"}]},
    {"image": "b.png", "frames": []},
]}  # fmt: skip
GLTF = {
    "asset": {"version": "2.0"},
    "images": [{"uri": "wood%20planks.png"}, {"uri": "data:image/png;base64,AAAA"}, {"bufferView": 0}],
    "buffers": [{"byteLength": 4, "uri": "boat.bin"}],
}
CSS = """@import "base.css"; /* url(old.png) */
@font-face { src: url( '../fonts/sea.woff2?v=2#iefix' ), url(https://example.org/sea.woff); }
.boat { background: url("img/boat%201.png"); mask: url(#wave) }
"""


def glb() -> bytes:
    """A binary glTF whose image is a file beside it."""
    text = json.dumps(GLTF).encode()
    text += b" " * (-len(text) % 4)
    return b"glTF" + struct.pack("<II", 2, 20 + len(text)) + struct.pack("<I", len(text)) + b"JSON" + text


COMPANIONS: dict[str, tuple[bytes, list[str]]] = {
    "island.tmx": (TMX.encode(), ["../sounds/sea.ogg", "../tiles/sea.tsx", "sky.png"]),
    "sea.tsx": (TSX.encode(), ["sea.png"]),
    "island.tmj": (json.dumps(TILED_JSON).encode(), ["../tiles/sea.tsj", "sky.png", "sea.ogg"]),
    "island.json": (json.dumps(TILED_JSON).encode(), ["../tiles/sea.tsj", "sky.png", "sea.ogg"]),
    "boat.tscn": (TSCN.encode(), ["res://tiles/sea.png", "res://boat.tres"]),
    "boat.tres": (TRES.encode(), ["res://tiles/sea.png"]),
    "boats.json": (json.dumps(TEXTURE_PACKER).encode(), ["boats.png", "boats-1.json"]),
    "boat.json": (json.dumps(ASEPRITE).encode(), ["boat.png"]),
    "multi.json": (json.dumps(PHASER).encode(), ["a.png", "a_n.png", "b.png"]),
    "boat.gltf": (json.dumps(GLTF).encode(), ["wood planks.png", "boat.bin"]),
    "boat.glb": (glb(), ["wood planks.png", "boat.bin"]),
    "page.css": (CSS.encode(), ["base.css", "../fonts/sea.woff2", "img/boat 1.png"]),
}
