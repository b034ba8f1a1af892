"""The content of an Aseprite file, and composing its frames. Tilemaps are not drawn."""

import zlib
from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from ..messages import RefusalError
from .blending import Canvas, Pixels, blend_onto

_TILEMAP = 2

Direction: TypeAlias = Literal["forward", "reverse", "pingpong", "pingpong_reverse"]


class AsepriteError(RefusalError):
    """The file is damaged; the message says how."""

    def __init__(self, message: str) -> None:
        super().__init__("broken", message)


class Layer(msgspec.Struct, frozen=True):
    """A layer; ``is_shown`` if its groups are shown as well."""

    name: str
    level: int
    kind: int
    blend: int
    opacity: int
    is_shown: bool
    is_background: bool


class Cel(msgspec.Struct, frozen=True):
    """A layer's image in one frame, with its position and raw data."""

    x: int
    y: int
    width: int
    height: int
    opacity: int
    z_index: int
    data: bytes
    is_packed: bool


class Tag(msgspec.Struct, frozen=True):
    """A named range of frames, inclusive; ``repeat`` 0 means for ever."""

    name: str
    first: int
    last: int
    direction: Direction
    repeat: int


class Slice(msgspec.Struct, frozen=True):
    """A named rectangle (x, y, width, height) from this frame on, with a nine-patch's centre and a pivot within it."""

    name: str
    frame: int
    bounds: tuple[int, int, int, int]
    centre: tuple[int, int, int, int] | None = None
    pivot: tuple[int, int] | None = None


class Sprite(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed file; images are inflated only when a frame is drawn."""

    width: int
    height: int
    depth: int
    clear_index: int
    durations_ms: Sequence[int]
    layers: Sequence[Layer]
    cels: dict[tuple[int, int], Cel]
    palettes: Sequence[Pixels]
    tags: Sequence[Tag]
    slices: Sequence[Slice]

    @property
    def has_tilemaps(self) -> bool:
        return any(layer.kind == _TILEMAP and layer.is_shown for layer in self.layers)

    def slices_in(self, frame: int) -> Sequence[Slice]:
        """Those that this frame has; without a width or height, a slice is hidden from its frame on."""
        latest: dict[str, Slice] = {}
        for each in sorted((each for each in self.slices if each.frame <= frame), key=lambda each: each.frame):
            latest[each.name] = each
        return [each for each in latest.values() if each.bounds[2] and each.bounds[3]]

    def draw(self, frame: int) -> Pixels:
        """Compose a frame: height × width × 4, RGBA.

        Raises:
            AsepriteError: an image in it is damaged.
        """
        canvas: Canvas = np.zeros((self.height, self.width, 4), np.float32)
        shown = [(at, self.cels.get((frame, at))) for at, layer in enumerate(self.layers) if layer.is_shown]
        drawn = [(at, cel) for at, cel in shown if cel is not None]
        for at, cel in sorted(drawn, key=lambda each: (each[0] + each[1].z_index, each[1].z_index)):
            layer = self.layers[at]
            opacity = layer.opacity * cel.opacity / (255 * 255)
            blend_onto(canvas, self._colours(cel, layer, frame), cel.x, cel.y, opacity, layer.blend)
        return np.rint(canvas * 255).astype(np.uint8)

    def _colours(self, cel: Cel, layer: Layer, frame: int) -> Pixels:
        channels = self.depth // 8
        size = cel.width * cel.height * channels
        data = _unpack(cel.data, size) if cel.is_packed else cel.data[:size]
        if len(data) != size:
            raise AsepriteError("A picture in this file is damaged.")
        pixels: Pixels = np.frombuffer(data, np.uint8).reshape(cel.height, cel.width, channels)
        if self.depth == 32:
            return pixels
        if self.depth == 16:
            return pixels[..., [0, 0, 0, 1]]
        colours = self.palettes[frame][pixels[..., 0]]
        if not layer.is_background:
            colours[pixels[..., 0] == self.clear_index] = 0
        return colours


def _unpack(data: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, size + 1)
    except zlib.error as error:
        raise AsepriteError("A picture in this file is damaged.") from error
