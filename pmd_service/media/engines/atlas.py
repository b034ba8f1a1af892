"""Atlas formats of game engines: the sprites' positions on a sheet."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import msgspec

from ..atlas_names import escaped, quoted

# Left, top, width and height in pixels.
Box: TypeAlias = tuple[int, int, int, int]

_APP = {"app": "PMD", "version": "1.0"}


class Sprite(msgspec.Struct, frozen=True, kw_only=True):
    """A sprite's rectangle on its page, in pixels; ``left`` and ``top`` are the trimmed margins.

    Args:
        group: the image or animation that it is a frame of.
        duration_ms: None for a still image.
        direction: how Aseprite plays the animation.
        pivot: the point that stays where it is, as shares of the source's size.
        centre: the part of a nine-slice that is stretched, in pixels of the source: left, top, width, height.
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
    page: int = 0
    pivot: tuple[float, float] | None = None
    centre: Box | None = None


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """A named part of a sprite, from the frame ``sprite`` (its index) on, as Aseprite's JSON has it."""

    name: str
    sprite: int
    bounds: Box
    centre: Box | None
    pivot: tuple[int, int] | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page's file and size, and the name of its own data, where formats have one for each page."""

    image: str
    data: str
    width: int
    height: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Pages, their sprites, and the sprites' named parts; frames of an animation are consecutive."""

    pages: Sequence[Page]
    sprites: Sequence[Sprite]
    slices: Sequence[Slice] = ()


def texturepacker_hash(sheet: Sheet) -> Iterator[str]:
    """TexturePacker's “JSON (Hash)”: frames by name. Read by PixiJS, Phaser and others."""
    for number, _ in enumerate(sheet.pages):
        frames = {sprite.name: _frame(sprite) for sprite in _on_page(sheet, number)}
        yield _json({"frames": frames, "meta": _meta(sheet, number)})


def texturepacker_array(sheet: Sheet) -> Iterator[str]:
    """TexturePacker's “JSON (Array)”: a list of frames."""
    for number, _ in enumerate(sheet.pages):
        yield _json({"frames": _listed(sheet, number), "meta": _meta(sheet, number)})


def phaser(sheet: Sheet) -> Iterator[str]:
    """Phaser's multi-atlas: the frames of all pages."""
    textures = [
        {
            "image": page.image,
            "format": "RGBA8888",
            "size": {"w": page.width, "h": page.height},
            "scale": 1,
            "frames": _listed(sheet, number),
        }
        for number, page in enumerate(sheet.pages)
    ]
    yield _json({"textures": textures, "meta": _APP})


def aseprite(sheet: Sheet) -> Iterator[str]:
    """Aseprite's JSON (Hash), of one page: frames with durations in ms, a tag for each animation, and slices."""
    frames = {sprite.name: _frame(sprite) | {"duration": sprite.duration_ms or 100} for sprite in sheet.sprites}
    tags = [
        {"name": group, "from": at, "to": at + count - 1, "direction": sheet.sprites[at].direction}
        for group, at, count in _runs(sheet.sprites)
    ]
    more = {"frameTags": tags, "layers": [], "slices": [*_slices(sheet.slices)]}
    yield _json({"frames": frames, "meta": _meta(sheet, 0) | more})


def godot(sheet: Sheet) -> Iterator[str]:
    """A Godot 4 ``SpriteFrames`` resource: an animation for each image, from regions of the pages."""
    lines = [f'[gd_resource type="SpriteFrames" load_steps={len(sheet.sprites) + len(sheet.pages) + 1} format=3]', ""]
    for number, page in enumerate(sheet.pages, 1):
        lines += [f'[ext_resource type="Texture2D" path={quoted(page.image)} id="{number}"]', ""]
    for number, sprite in enumerate(sheet.sprites, 1):
        cut = (sprite.left, sprite.top, sprite.source_width - sprite.width, sprite.source_height - sprite.height)
        lines += [
            f'[sub_resource type="AtlasTexture" id="{number}"]',
            f'atlas = ExtResource("{sprite.page + 1}")',
            f"region = Rect2({sprite.x}, {sprite.y}, {sprite.width}, {sprite.height})",
            *([f"margin = Rect2({', '.join(map(str, cut))})"] if any(cut) else []),
            "",
        ]
    animations = ", ".join(_animation(sheet.sprites, *each) for each in _runs(sheet.sprites))
    yield "\n".join([*lines, "[resource]", f"animations = [{animations}]", ""])


def css(sheet: Sheet) -> Iterator[str]:
    """A CSS class for each sprite."""
    images = [f'background-image: url("{escaped(page.image)}");' for page in sheet.pages]
    rules = [f".sprite {{ {images[0]} background-repeat: no-repeat; }}"]
    rules += [
        f".{name} {{ {f'{images[sprite.page]} ' if sprite.page else ''}width: {sprite.width}px; "
        f"height: {sprite.height}px; background-position: {-sprite.x}px {-sprite.y}px; }}"
        for name, sprite in zip(_classes(sheet.sprites), sheet.sprites, strict=True)
    ]
    yield "\n".join([*rules, ""])


class Writer(msgspec.Struct, frozen=True):
    """The data's extension, and its content: one text, or one for each page.

    Args:
        pages: it can describe several.
        points: it has a place for pivots and nine-slices.
    """

    ending: str
    write: Callable[[Sheet], Iterator[str]]
    pages: bool = True
    points: bool = True


WRITERS: Mapping[str, Writer] = {
    "texturepacker_hash": Writer("json", texturepacker_hash),
    "texturepacker_array": Writer("json", texturepacker_array),
    "phaser": Writer("json", phaser),
    "aseprite": Writer("json", aseprite, pages=False),
    "godot": Writer("tres", godot, points=False),
    "css": Writer("css", css, points=False),
}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _on_page(sheet: Sheet, page: int) -> Iterator[Sprite]:
    return (sprite for sprite in sheet.sprites if sprite.page == page)


def _listed(sheet: Sheet, page: int) -> list[dict[str, Any]]:
    return [{"filename": sprite.name, **_frame(sprite)} for sprite in _on_page(sheet, page)]


def _frame(sprite: Sprite) -> dict[str, Any]:
    is_trimmed = (sprite.width, sprite.height) != (sprite.source_width, sprite.source_height)
    frame: dict[str, Any] = {
        "frame": {"x": sprite.x, "y": sprite.y, "w": sprite.width, "h": sprite.height},
        "rotated": False,
        "trimmed": is_trimmed,
        "spriteSourceSize": {"x": sprite.left, "y": sprite.top, "w": sprite.width, "h": sprite.height},
        "sourceSize": {"w": sprite.source_width, "h": sprite.source_height},
    }
    if sprite.pivot is not None:
        # PixiJS reads this name, and Phaser both that there are.
        frame["anchor"] = dict(zip("xy", sprite.pivot, strict=True))
    if sprite.centre is not None:
        left, top, width, height = sprite.centre
        right, bottom = sprite.source_width - left - width, sprite.source_height - top - height
        # Phaser reads the first, PixiJS the second.
        frame["scale9Borders"] = _box(sprite.centre)
        frame["borders"] = {"left": left, "top": top, "right": right, "bottom": bottom}
    return frame


def _box(box: Box) -> dict[str, int]:
    return dict(zip("xywh", box, strict=True))


def _meta(sheet: Sheet, page: int) -> dict[str, Any]:
    shown = sheet.pages[page]
    size = {"w": shown.width, "h": shown.height}
    others = [other.data for other in sheet.pages if other is not shown]
    related = {"related_multi_packs": others} if others else {}
    return {**_APP, "image": shown.image, "format": "RGBA8888", "size": size, "scale": "1", **related}


def _slices(slices: Sequence[Slice]) -> Iterator[dict[str, Any]]:
    """As Aseprite writes them: a name's keys, each from a frame on."""
    for name in dict.fromkeys(each.name for each in slices):
        keys = [
            {"frame": key.sprite, "bounds": _box(key.bounds)}
            | ({"center": _box(key.centre)} if key.centre else {})
            | ({"pivot": dict(zip("xy", key.pivot, strict=True))} if key.pivot else {})
            for key in slices
            if key.name == name
        ]
        yield {"name": name, "color": "#0000ffff", "keys": keys}


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
    return f'{{"frames": [{frames}], "loop": true, "name": &{quoted(group)}, "speed": {1000 / times[0]:.6g}}}'


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
