"""Previews of images: WebP without loss, so that pixels stay pixels, and animations that play."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

# WebP by name: Pillow, asked to write a format that it has not loaded, loads all forty, which takes 0.2 s.
from PIL import Image, WebPImagePlugin  # noqa: F401

from ..probe_result import PREVIEW_SIZES, Preview
from .colours import Colours

# Up to this many pixels a side an image is drawn larger, each of its pixels as a square of several.
PIXEL_ART_SIDE = 128
# A moving preview has this many frames at most; of longer ones every second, third … is shown for as long.
FRAMES = 120
_HASH_SIDE = 8
# Chosen by what it costs: 1 to 4 ms an image; slower methods save a tenth of the bytes.
LOSSLESS = {"lossless": True, "method": 0, "quality": 0}
_LOSSY = {"quality": 82, "method": 2}


def fit(image: Image.Image, size: int) -> Image.Image:
    """The image at most ``size`` pixels wide and high; pixel art enlarged by a whole number."""
    longest = max(image.size)
    if longest <= PIXEL_ART_SIDE:
        factor = max(1, size // longest)
        return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    if longest <= size:
        return image.copy()
    smaller = (
        image.copy() if image.width * image.height <= size * size * 4 else image.reduce(max(1, longest // size // 2))
    )
    smaller.thumbnail((size, size), Image.Resampling.LANCZOS)
    return smaller


def screened(image: Image.Image, colours: Colours) -> Image.Image:
    """A still as its previews show it, in sRGB; shrunken first, where it is large, as it takes its time by pixels."""
    most = max(PREVIEW_SIZES)
    if max(image.size) <= most:
        return colours.in_srgb(image)
    # Indices of colours cannot be mixed.
    return colours.in_srgb(fit(colours.plain(image), most))


def _sizes_of(image: Image.Image) -> Sequence[int]:
    """Pixel art has the small one alone: whoever shows it larger repeats pixels, as drawing a large one would.

    That one took a quarter of all that a small file costs from its first byte on.
    """
    return PREVIEW_SIZES[:1] if max(image.size) <= PIXEL_ART_SIDE else PREVIEW_SIZES


def draw_still(image: Image.Image, folder: Path, *, is_large: bool) -> list[Preview]:
    """The sizes of a still, RGB or RGBA, as :func:`screened` gives it."""
    # Photographs would be several times larger without loss.
    options = _LOSSY if is_large else LOSSLESS
    return [save_preview(fit(image, size), size, folder, **options) for size in _sizes_of(image)]


class AnimatedPreview:
    """Takes an animation's frames as they come and keeps the few that its preview shows."""

    def __init__(self, frame_count: int, colours: Colours) -> None:
        self._colours = colours
        self._step = -(-frame_count // FRAMES)
        self._taken = 0
        self._frames: dict[int, list[Image.Image]] = {}
        self._durations: list[int] = []

    def add(self, frame: Image.Image, duration_ms: int) -> None:
        """The next frame, RGBA."""
        if self._taken % self._step == 0:
            for size in _sizes_of(frame):
                self._frames.setdefault(size, []).append(self._colours.in_srgb(fit(frame, size)))
            self._durations.append(duration_ms)
        else:
            self._durations[-1] += duration_ms
        self._taken += 1

    def save(self, folder: Path) -> list[Preview]:
        """Its sizes, playing for ever."""
        moving = {"save_all": True, "duration": self._durations, "loop": 0, **LOSSLESS}
        return [
            save_preview(first, size, folder, append_images=rest, **moving)
            for size, (first, *rest) in self._frames.items()
        ]


def on_grey(image: Image.Image) -> Image.Image:
    """A picture, RGBA, before a grey ground: what is clear looks the same as what is not there."""
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    ground.alpha_composite(image)
    return ground


def difference_hash(image: Image.Image) -> str:
    """64 bits, each whether a pixel of the image at 9 × 8 is lighter than its neighbour; on grey where it is clear."""
    smaller = image.convert("RGBA").resize((_HASH_SIDE * 4, _HASH_SIDE * 4), Image.Resampling.BOX)
    grey = on_grey(smaller).convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(_HASH_SIDE):
        for column in range(_HASH_SIDE):
            at = row * (_HASH_SIDE + 1) + column
            bits = bits << 1 | (grey[at + 1] > grey[at])
    return f"{bits:016x}"


def save_preview(image: Image.Image, size: int, folder: Path, **options: Any) -> Preview:
    """Write the preview that was asked for with this size."""
    name = f"{size}.webp"
    image.save(folder / name, "WEBP", **options)
    return Preview(name=name, mime_type="image/webp", size=size, width=image.width, height=image.height)
