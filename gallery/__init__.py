"""Pixel art for a gallery, the same for the same seed (Pillow is in the extra ``demo``)."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from . import patterns, scenes, sprites
from .canvas import CLEAR, MOODS, Canvas, Rgb, Size, palette

Drawer = Callable[[random.Random, Size, int], list[Canvas]]


class Kind(msgspec.Struct, frozen=True):
    """A kind of picture: who draws it, in which sizes (pixels before scaling), and how often."""

    draw: Drawer
    sizes: tuple[Size, ...]
    weight: int


_SMALL: tuple[Size, ...] = ((16, 16), (16, 16), (20, 20), (24, 24), (32, 32))
_TILES: tuple[Size, ...] = ((8, 8), (12, 12), (16, 16), (24, 24), (32, 32), (48, 48), (64, 64))
_MIDDLE: tuple[Size, ...] = ((16, 16), (24, 24), (32, 32), (32, 32), (48, 48), (64, 64))
_WIDE: tuple[Size, ...] = ((32, 32), (48, 32), (64, 32), (64, 48), (64, 64), (96, 64), (48, 64), (128, 64))

KINDS = {
    "creature": Kind(sprites.creature, (*_SMALL, (24, 32)), 7),
    "potion": Kind(sprites.potion, ((16, 16), (16, 24), (24, 24), (24, 32), (32, 32), (48, 48)), 2),
    "gem": Kind(sprites.gem, _SMALL, 2),
    "mushroom": Kind(sprites.mushroom, ((16, 16), (24, 24), (32, 32), (48, 48)), 2),
    "landscape": Kind(scenes.landscape, _WIDE, 6),
    "island": Kind(scenes.island, ((32, 32), (48, 48), (64, 64), (64, 48), (96, 96)), 3),
    "planet": Kind(scenes.planet, ((24, 24), (32, 32), (48, 48), (64, 64)), 3),
    "city": Kind(scenes.city, _WIDE, 3),
    "plasma": Kind(patterns.plasma, _TILES, 2),
    "kaleidoscope": Kind(patterns.kaleidoscope, _TILES, 2),
    "weave": Kind(patterns.weave, _MIDDLE, 2),
    "blossom": Kind(patterns.blossom, _MIDDLE, 2),
    "automaton": Kind(patterns.automaton, ((32, 32), (48, 48), (64, 64), (128, 64)), 1),
}

LONGEST_SIDE = 128
ANIMATED_PIXELS = 48 * 48  # larger ones stand still: a loop of them takes too long to draw
FRAME_MILLISECONDS = (80, 100, 120, 160)


class Picture(msgspec.Struct, frozen=True):
    """A drawn file, and what its drawer knows about it."""

    path: Path
    kind: str
    mood: str


def draw(folder: Path, number: int, *, seed: int) -> Picture:
    """Draw picture ``number`` of ``seed`` into ``folder`` as PNG, GIF, WebP or BMP."""
    rng = random.Random(f"{seed}:{number}")
    kind = rng.choices(list(KINDS), [kind.weight for kind in KINDS.values()])[0]
    mood = rng.choice(list(MOODS))
    size = rng.choice(KINDS[kind].sizes)
    animated = size[0] * size[1] <= ANIMATED_PIXELS and rng.random() < 0.3
    frames = rng.choice((4, 6, 8, 12)) if animated else 1
    canvases = KINDS[kind].draw(rng, size, frames)
    scale = rng.choice([s for s in (1, 1, 2, 3, 4) if max(size) * s <= LONGEST_SIDE])
    path = _save(rng, folder / f"{number:05}", canvases, palette(MOODS[mood]), scale)
    return Picture(path, kind, mood)


def _save(rng: random.Random, stem: Path, canvases: list[Canvas], colours: list[Rgb], scale: int) -> Path:
    images = [canvas.image(colours, scale) for canvas in canvases]
    see_through = any(CLEAR in canvas.pixels for canvas in canvases)
    if len(images) > 1:
        extension = rng.choice(("gif", "gif", "gif", "webp"))
    else:
        extension = rng.choices(("png", "gif", "webp", "bmp"), (80, 8, 8, 0 if see_through else 4))[0]
    options: dict[str, Any] = {"transparency": CLEAR} if see_through else {}
    if extension == "webp":
        images = [_with_channels(image, options) for image in images]
        options = {"lossless": True}
    if len(images) > 1:
        motion = {"duration": rng.choice(FRAME_MILLISECONDS), "loop": 0}
        options |= {"save_all": True, "append_images": images[1:], **motion}
    if extension == "gif":
        options |= {"optimize": False, "disposal": 2}
    path = stem.with_suffix(f".{extension}")
    images[0].save(path, **options)
    return path


def _with_channels(image: Image.Image, transparency: dict[str, int]) -> Image.Image:
    """WebP knows no palettes."""
    image.info.update(transparency)
    return image.convert("RGBA" if transparency else "RGB")
