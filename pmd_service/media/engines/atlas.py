"""Atlas formats of game engines: the sprites' positions on a sheet."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec


class Sprite(msgspec.Struct, frozen=True, kw_only=True):
    """A sprite's rectangle on the sheet, in pixels; ``left`` and ``top`` are the trimmed margins.

    ``group`` is the image or animation that it is a frame of, and ``direction`` how Aseprite plays that;
    ``duration_ms`` is None for a still image.
    """

    name: str
    group: str
    x: int
    y: int
    width: int
    height: int
    left: int
    top: int
    source_width: int
    source_height: int
    duration_ms: int | None
    direction: str = "forward"


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet's file and size, and its sprites; frames of an animation are consecutive."""

    image: str
    width: int
    height: int
    sprites: Sequence[Sprite]


def texturepacker_hash(sheet: Sheet) -> str:
    """TexturePacker's “JSON (Hash)”: frames by name. Read by PixiJS, Phaser and others."""
    return _json({"frames": {sprite.name: _frame(sprite) for sprite in sheet.sprites}, "meta": _meta(sheet)})


def texturepacker_array(sheet: Sheet) -> str:
    """TexturePacker's “JSON (Array)”: a list of frames."""
    frames = [{"filename": sprite.name, **_frame(sprite)} for sprite in sheet.sprites]
    return _json({"frames": frames, "meta": _meta(sheet)})


def aseprite(sheet: Sheet) -> str:
    """Aseprite's JSON (Hash): frames with durations in ms, and a tag for each animation."""
    frames = {sprite.name: _frame(sprite) | {"duration": sprite.duration_ms or 100} for sprite in sheet.sprites}
    tags = [
        {"name": group, "from": at, "to": at + count - 1, "direction": sheet.sprites[at].direction}
        for group, at, count in _runs(sheet.sprites)
    ]
    return _json({"frames": frames, "meta": _meta(sheet) | {"frameTags": tags, "layers": [], "slices": []}})


def godot(sheet: Sheet) -> str:
    """A Godot 4 ``SpriteFrames`` resource: an animation for each image, from regions of the sheet."""
    lines = [f'[gd_resource type="SpriteFrames" load_steps={len(sheet.sprites) + 2} format=3]', ""]
    lines += [f'[ext_resource type="Texture2D" path={_quoted(sheet.image)} id="1"]', ""]
    for number, sprite in enumerate(sheet.sprites, 1):
        cut = (sprite.left, sprite.top, sprite.source_width - sprite.width, sprite.source_height - sprite.height)
        lines += [
            f'[sub_resource type="AtlasTexture" id="{number}"]',
            'atlas = ExtResource("1")',
            f"region = Rect2({sprite.x}, {sprite.y}, {sprite.width}, {sprite.height})",
            *([f"margin = Rect2({', '.join(map(str, cut))})"] if any(cut) else []),
            "",
        ]
    animations = ", ".join(_animation(sheet.sprites, *each) for each in _runs(sheet.sprites))
    return "\n".join([*lines, "[resource]", f"animations = [{animations}]", ""])


def css(sheet: Sheet) -> str:
    """A CSS class for each sprite."""
    rules = [f'.sprite {{ background-image: url("{_escaped(sheet.image)}"); background-repeat: no-repeat; }}']
    rules += [
        f".{name} {{ width: {sprite.width}px; height: {sprite.height}px; "
        f"background-position: {-sprite.x}px {-sprite.y}px; }}"
        for name, sprite in zip(_classes(sheet.sprites), sheet.sprites, strict=True)
    ]
    return "\n".join([*rules, ""])


# File extensions and writers.
WRITERS: Mapping[str, tuple[str, Callable[[Sheet], str]]] = {
    "texturepacker_hash": ("json", texturepacker_hash),
    "texturepacker_array": ("json", texturepacker_array),
    "aseprite": ("json", aseprite),
    "godot": ("tres", godot),
    "css": ("css", css),
}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _frame(sprite: Sprite) -> dict[str, Any]:
    is_trimmed = (sprite.width, sprite.height) != (sprite.source_width, sprite.source_height)
    return {
        "frame": {"x": sprite.x, "y": sprite.y, "w": sprite.width, "h": sprite.height},
        "rotated": False,
        "trimmed": is_trimmed,
        "spriteSourceSize": {"x": sprite.left, "y": sprite.top, "w": sprite.width, "h": sprite.height},
        "sourceSize": {"w": sprite.source_width, "h": sprite.source_height},
    }


def _meta(sheet: Sheet) -> dict[str, Any]:
    size = {"w": sheet.width, "h": sheet.height}
    return {"app": "PMD", "version": "1.0", "image": sheet.image, "format": "RGBA8888", "size": size, "scale": "1"}


def _runs(sprites: Sequence[Sprite]) -> Iterator[tuple[str, int, int]]:
    """Each group's name, first index and number of frames."""
    at = 0
    for group, run in groupby(sprites, key=lambda sprite: sprite.group):
        count = len(list(run))
        yield group, at, count
        at += count


def _animation(sprites: Sequence[Sprite], group: str, at: int, count: int) -> str:
    """Godot's durations are relative to the animation's speed, which is the first frame's here."""
    times = [sprite.duration_ms or 100 for sprite in sprites[at : at + count]]
    frames = ", ".join(
        f'{{"duration": {time / times[0]:.4g}, "texture": SubResource("{at + number}")}}'
        for number, time in enumerate(times, 1)
    )
    return f'{{"frames": [{frames}], "loop": true, "name": &{_quoted(group)}, "speed": {1000 / times[0]:.6g}}}'


def _quoted(text: str) -> str:
    """A string of Godot's text resources."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    """The content of a CSS string (CSS Syntax 3, section 4.3.7)."""
    return re.sub(r'["\\\n\r\f<]', lambda found: f"\\{ord(found[0]):x} ", text)


def _classes(sprites: Sequence[Sprite]) -> list[str]:
    """Valid and unique class names."""
    counts: dict[str, int] = {}
    names = []
    for sprite in sprites:
        name = re.sub(r"[^a-z0-9]+", "-", sprite.name.rpartition(".")[0].lower()).strip("-") or "sprite"
        name = f"sprite-{name}"
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name}-{counts[name]}")
    return names
