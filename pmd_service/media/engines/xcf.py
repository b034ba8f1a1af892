"""GIMP's files, by their visible layers (https://developer.gimp.org/core/standards/xcf/).

No library of a permissive licence reads them. Groups are drawn as what is in them, one layer after the other; modes
that are drawn otherwise than GIMP does are a finding.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from .. import caps
from ..messages import Finding, RefusalError
from .blending import Pixels, blend_onto
from .drawings import Drawing

_MAX_BYTES, _MAX_LAYERS, _MAX_PIXELS = 512 * caps.MIB, 4096, 2 * caps.PIXELS
# The canvas is drawn at a fraction of its size, a power of two.
_SIDE, _TILE = 1024, 64
_END, _COLOURS, _OPACITY, _MODE, _VISIBLE, _HAS_MASK, _OFFSETS, _PACKING = 0, 1, 6, 7, 8, 11, 15, 17
_GROUP, _PATH = 29, 30
_UNPACKED, _RLE, _ZLIB = 0, 1, 2
_WIDE_SINCE, _PRECISE_SINCE, _BIG_ENDIAN_SINCE = 11, 4, 12
# Bytes of a channel, and its numbers, by the hundreds of its precision; half of these are in linear light.
_KINDS = {1: "u1", 2: "u2", 3: "u4", 5: "f2", 6: "f4", 7: "f8"}
_GREYS, _INDEXED = (2, 3), (4, 5)
# Legacy modes and today's, by Aseprite's numbers; what is normal has none.
_MODES: Mapping[int, int] = {
    **{3: 1, 30: 1, 4: 2, 31: 2, 5: 3, 23: 3, 9: 4, 35: 4, 10: 5, 36: 5, 16: 6, 42: 6, 17: 7, 43: 7, 18: 8, 44: 8},
    **{19: 9, 45: 9, 6: 10, 32: 10, 11: 12, 37: 12, 12: 13, 38: 13, 13: 14, 39: 14, 14: 15, 40: 15, 7: 16, 33: 16},
    **{8: 17, 34: 17, 15: 18, 41: 18},
}
_NORMAL = frozenset((0, 22, 28, 61))


class _Layer(NamedTuple):
    size: tuple[int, int]
    kind: int
    properties: Mapping[int, bytes]
    pixels_at: int
    mask_at: int

    def number(self, name: int, default: int) -> int:
        return int.from_bytes(self.properties[name][:4], "big") if name in self.properties else default

    @property
    def place(self) -> tuple[int, int]:
        x, y = struct.unpack_from(">ii", self.properties.get(_OFFSETS, bytes(8)))
        return x, y

    @property
    def has_mask(self) -> bool:
        return bool(self.mask_at and self.number(_HAS_MASK, 0))


def draw(path: Path, folder: Path) -> Drawing:
    """Raises: RefusalError: it has more than is drawn."""
    if path.stat().st_size > _MAX_BYTES:
        raise RefusalError("too_large", f"Files of up to {_MAX_BYTES // caps.MIB} MiB are drawn.")
    file = _File(path.read_bytes())
    modes = {layer.number(_MODE, 0) for layer, _ in file.drawn}
    message = "Its preview may differ: some layers mix in modes that are drawn as normal here."
    findings = [Finding("other_modes", message)] if modes - _NORMAL - {*_MODES} else []
    return Drawing(picture=file.picture(), findings=findings)


class _File:
    def __init__(self, data: bytes) -> None:
        self._data = data
        version = int(data[10:13]) if data[9:10] == b"v" else 0
        self._word = "Q" if version >= _WIDE_SINCE else "I"
        width, height, _ = struct.unpack_from(">3I", data, 14)
        is_precise = version >= _PRECISE_SINCE
        precision = struct.unpack_from(">I", data, 26)[0] if is_precise else 150
        order = ">" if version >= _BIG_ENDIAN_SINCE else "<"
        # In version 4, precisions are numbered otherwise.
        if (kind := max(precision // 100, 1)) not in _KINDS:
            raise ValueError(f"a precision of {precision}")
        self._numbers = np.dtype(order + _KINDS[kind])
        self._is_linear = precision % 100 == 0 and self._numbers.itemsize > 1
        properties, at = self._properties(30 if is_precise else 26)
        self._packing = int.from_bytes(properties.get(_PACKING, b"")[:1], "big")
        self._palette = np.frombuffer(properties.get(_COLOURS, bytes(4))[4:], np.uint8).reshape(-1, 3)
        self._share = 1
        while max(width, height) > _SIDE * self._share:
            self._share *= 2
        self._size = width, height
        if not 0 < width * height <= caps.PIXELS:
            raise RefusalError("too_many_pixels", f"It has no pixels, or more than {caps.PIXELS // 10**6} megapixels.")
        layers = [self._layer(place) for place in self._pointers(at)]
        self.drawn = [*_shown(layers)]
        if sum(layer.size[0] * layer.size[1] for layer, _ in self.drawn) > _MAX_PIXELS:
            most = _MAX_PIXELS // 10**6
            raise RefusalError("too_many_pixels", f"It has more than {most} megapixels over all its layers.")

    def picture(self) -> Image.Image:
        width, height = (-(-side // self._share) for side in self._size)
        canvas = np.zeros((height, width, 4), np.float32)
        # The uppermost is first.
        for layer, groups in reversed(self.drawn):
            image, opacity = self._masked(layer, self._pixels(layer)), layer.number(_OPACITY, 255) / 255
            for group in groups:
                opacity *= group.number(_OPACITY, 255) / 255
                image = self._masked(group, image, place=layer.place)
            x, y = (side // self._share for side in layer.place)
            mode = _MODES.get(layer.number(_MODE, 0), 0)
            blend_onto(canvas, np.asarray(image.reduce(self._share)), x, y, opacity, mode)
        return Image.fromarray((canvas * 255).round().astype(np.uint8))

    def _pixels(self, layer: _Layer) -> Image.Image:
        rows = self._hierarchy(layer.pixels_at, layer.size)
        if layer.kind in _INDEXED:
            if rows[..., 0].max() >= len(self._palette):
                raise ValueError("a colour that the palette lacks")
            return Image.fromarray(_with_alpha(self._palette[rows[..., 0]], rows[..., 1:]))
        colours = rows[..., [0, 0, 0]] if layer.kind in _GREYS else rows[..., :3]
        return Image.fromarray(_with_alpha(colours, rows[..., 1 if layer.kind in _GREYS else 3 :]))

    def _masked(self, layer: _Layer, image: Image.Image, place: tuple[int, int] | None = None) -> Image.Image:
        """The image with its alpha times that of the layer's mask, if it has one; nothing is seen beside it."""
        if not layer.has_mask:
            return image
        x, y = place or layer.place
        size, _, at = self._head(layer.mask_at)
        (mask_at,) = struct.unpack_from(f">{self._word}", self._data, self._properties(at)[1])
        mask = Image.fromarray(self._hierarchy(mask_at, size)[..., 0])
        seen = Image.new("L", image.size)
        seen.paste(mask, (layer.place[0] - x, layer.place[1] - y))
        alpha = np.asarray(image)[..., 3:].astype(np.uint16) * np.asarray(seen)[..., None] // 255
        return Image.fromarray(_with_alpha(np.asarray(image)[..., :3], alpha))

    # The file's structure

    def _pointers(self, at: int) -> Iterator[int]:
        for number in range(_MAX_LAYERS):
            (place,) = struct.unpack_from(f">{self._word}", self._data, at + number * struct.calcsize(self._word))
            if not place:
                return
            yield place
        raise RefusalError("too_many_layers", f"It has more than {_MAX_LAYERS} layers.")

    def _head(self, at: int, *, is_layer: bool = False) -> tuple[tuple[int, int], int, int]:
        """The size of a layer or channel, the layer's kind, and where its properties begin."""
        width, height, kind = struct.unpack_from(">3I", self._data, at)
        if not 0 < width * height <= caps.PIXELS:
            raise RefusalError("too_many_pixels", f"A layer has more than {caps.PIXELS // 10**6} megapixels, or none.")
        at += 12 if is_layer else 8
        (length,) = struct.unpack_from(">I", self._data, at)
        return (width, height), kind, at + 4 + length

    def _layer(self, at: int) -> _Layer:
        size, kind, at = self._head(at, is_layer=True)
        properties, at = self._properties(at)
        return _Layer(size, kind, properties, *struct.unpack_from(f">2{self._word}", self._data, at))

    def _properties(self, at: int) -> tuple[Mapping[int, bytes], int]:
        found: dict[int, bytes] = {}
        while True:
            name, length = struct.unpack_from(">II", self._data, at)
            at += 8 + length
            if name == _END:
                return found, at
            found[name] = self._data[at - length : at]

    def _hierarchy(self, at: int, size: tuple[int, int]) -> Pixels:
        """The rows of pixels of a layer or channel, in eight bits; those of its first level are all."""
        width, height, bytes_each = struct.unpack_from(">3I", self._data, at)
        if (width, height) != size or not self._numbers.itemsize <= bytes_each <= 32:
            raise ValueError("a layer is of another size than its pixels")
        channels = bytes_each // self._numbers.itemsize
        (level,) = struct.unpack_from(f">{self._word}", self._data, at + 12)
        rows = np.zeros((height, width, channels), np.uint8)
        corners = [(x, y) for y in range(0, height, _TILE) for x in range(0, width, _TILE)]
        places = struct.unpack_from(f">{len(corners)}{self._word}", self._data, level + 8)
        for (x, y), place in zip(corners, places, strict=True):
            across, down = min(_TILE, width - x), min(_TILE, height - y)
            tile = self._tile(place, across * down, bytes_each).view(self._numbers).reshape(down, across, channels)
            rows[y : y + down, x : x + across] = self._narrow(tile)
        return rows

    def _tile(self, at: int, pixels: int, bytes_each: int) -> Pixels:
        size = pixels * bytes_each
        if self._packing == _RLE:
            planes = np.frombuffer(_unrolled(self._data, at, pixels, bytes_each), np.uint8)
            return np.ascontiguousarray(planes.reshape(bytes_each, pixels).T)
        packed = self._data[at : at + 2 * size + 64]
        plain = zlib.decompressobj().decompress(packed, size) if self._packing == _ZLIB else packed[:size]
        return np.frombuffer(plain, np.uint8).reshape(pixels, bytes_each)

    def _narrow(self, tile: Pixels) -> Pixels:
        if tile.dtype == np.uint8:
            return tile
        most = np.iinfo(tile.dtype).max if tile.dtype.kind == "u" else 1
        shares = np.clip(np.nan_to_num(tile.astype(np.float32) / most), 0, 1)
        if self._is_linear:
            shares[..., :3] **= 1 / 2.2
        return (shares * 255).round().astype(np.uint8)


def _shown(layers: Sequence[_Layer]) -> Iterator[tuple[_Layer, Sequence[_Layer]]]:
    """Each visible layer with pixels, the uppermost first, and the groups that it is in."""
    groups: dict[tuple[int, ...], _Layer] = {}
    above = 0
    for layer in layers:
        path = struct.unpack(f">{len(layer.properties.get(_PATH, b'')) // 4}I", layer.properties.get(_PATH, b""))
        if not path:
            path, above = (above,), above + 1
        around = [groups[path[:depth]] for depth in range(1, len(path)) if path[:depth] in groups]
        if _GROUP in layer.properties:
            groups[path] = layer
        elif all(each.number(_VISIBLE, 1) for each in (layer, *around)):
            yield layer, around


def _with_alpha(colours: Pixels, alpha: Pixels) -> Pixels:
    whole = np.full((*colours.shape[:2], 1), 255, np.uint8)
    return np.concatenate([colours, alpha[..., :1].astype(np.uint8) if alpha.shape[-1] else whole], axis=-1)


def _unrolled(data: bytes, at: int, pixels: int, planes: int) -> bytes:
    """A tile's planes of bytes, one after the other, each run-length encoded."""
    whole = bytearray()
    for number in range(1, planes + 1):
        while len(whole) < number * pixels:
            if at >= len(data):
                raise ValueError("a tile that is cut off")
            code, at = data[at], at + 1
            if code in (127, 128):
                count, at = int.from_bytes(data[at : at + 2], "big"), at + 2
            else:
                count = code + 1 if code < 127 else 256 - code
            if code < 128:
                whole += data[at : at + 1] * count
                at += 1
            else:
                whole += data[at : at + count]
                at += count
            if count == 0:
                raise ValueError("a run of nothing")
    if len(whole) != planes * pixels:
        raise ValueError("a tile has more or less than its pixels")
    return bytes(whole)
