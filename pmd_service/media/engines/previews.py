"""Previews of images: animated where the image is, and lossless WebP for all but large images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Imported so that saving WebP does not load all of Pillow's plugins, which takes 0.2 s.
from PIL import Image, WebPImagePlugin  # noqa: F401

from ..probe_result import PREVIEW_SIZES, Preview
from .colours import Colours

# Images up to this size are enlarged by whole factors.
PIXEL_ART_SIDE = 128
# Of longer animations, every nth frame is shown, for n times as long.
MAX_FRAMES = 120
_PALETTE_SIDE = 64
_PALETTE_COLOURS = 8
_HASH_SIDE = 8
# Of 255: what a lossy format adds to a flat area is no edge.
_HASH_STEP = 3
# 1 to 4 ms an image; slower methods save a tenth of the bytes.
LOSSLESS = {"lossless": True, "method": 0, "quality": 0}
LOSSY = {"quality": 82, "method": 2}


def fit(image: Image.Image, size: int) -> Image.Image:
    """Resize to at most ``size`` pixels a side; pixel art is enlarged by a whole factor."""
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
    """A still image in sRGB, at most as large as its previews; a large one is resized first, as conversion is slow."""
    if max(image.size) <= max(PREVIEW_SIZES):
        return colours.in_srgb(image)
    return colours.in_srgb(fit(colours.plain(image), max(PREVIEW_SIZES)))


def _sizes_of(image: Image.Image) -> Sequence[int]:
    """Pixel art has the small size only: it can be scaled up without loss, and drawing the large one is slow."""
    return PREVIEW_SIZES[:1] if max(image.size) <= PIXEL_ART_SIDE else PREVIEW_SIZES


def draw_still(image: Image.Image, folder: Path, *, is_large: bool) -> list[Preview]:
    """Draw a still image, as returned by :func:`screened`, in all sizes."""
    # Lossless photographs would be several times as large.
    options = LOSSY if is_large else LOSSLESS
    return [save_preview(fit(image, size), size, folder, **options) for size in _sizes_of(image)]


class AnimatedPreview:
    """Collects those of an animation's frames that its preview shows."""

    def __init__(self, frame_count: int, colours: Colours) -> None:
        self._colours = colours
        self._step = -(-frame_count // MAX_FRAMES)
        self._added = 0
        self._frames: dict[int, list[Image.Image]] = {}
        self._durations: list[int] = []

    def add(self, frame: Image.Image, duration_ms: int) -> None:
        """The next frame, RGBA."""
        if self._added % self._step == 0:
            for size in _sizes_of(frame):
                self._frames.setdefault(size, []).append(self._colours.in_srgb(fit(frame, size)))
            self._durations.append(duration_ms)
        else:
            self._durations[-1] += duration_ms
        self._added += 1

    def save(self, folder: Path) -> list[Preview]:
        """Write all sizes, looping for ever."""
        moving = {"save_all": True, "duration": self._durations, "loop": 0, **LOSSLESS}
        return [
            save_preview(first, size, folder, append_images=rest, **moving)
            for size, (first, *rest) in self._frames.items()
        ]


def on_grey(image: Image.Image) -> Image.Image:
    """An RGBA image on a grey background."""
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    ground.alpha_composite(image)
    return ground


def difference_hash(image: Image.Image) -> str:
    """64 bits: whether each pixel of the image at 9 × 8, on grey, is clearly darker than its right neighbour."""
    smaller = image.convert("RGBA").resize((_HASH_SIDE * 4, _HASH_SIDE * 4), Image.Resampling.BOX)
    grey = on_grey(smaller).convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(_HASH_SIDE):
        for column in range(_HASH_SIDE):
            at = row * (_HASH_SIDE + 1) + column
            bits = bits << 1 | (grey[at + 1] > grey[at] + _HASH_STEP)
    return f"{bits:016x}"


def palette(image: Image.Image) -> list[str]:
    """Up to eight colours of the image, the most frequent first, of its pixels that are not transparent."""
    small = image.convert("RGBA")
    small.thumbnail((_PALETTE_SIDE, _PALETTE_SIDE), Image.Resampling.NEAREST)
    pixels = small.tobytes()
    opaque = [pixels[at : at + 3] for at in range(0, len(pixels), 4) if pixels[at + 3] >= 128]
    if not opaque:
        return []
    row = Image.frombytes("RGB", (len(opaque), 1), b"".join(opaque))
    reduced = row.quantize(_PALETTE_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = bytes(reduced.getpalette() or [])
    counts = reduced.histogram()[: len(colours) // 3]
    frequent = sorted((at for at, count in enumerate(counts) if count), key=lambda at: -counts[at])
    return list(dict.fromkeys(colours[3 * at : 3 * at + 3].hex() for at in frequent))


def save_preview(image: Image.Image, size: int, folder: Path, **options: Any) -> Preview:
    """Write the preview of this requested size."""
    name = f"{size}.webp"
    image.save(folder / name, "WEBP", **options)
    return Preview(name=name, mime_type="image/webp", size=size, width=image.width, height=image.height)
