"""Parsing Aseprite files (``.aseprite``, ``.ase``) by the “Aseprite File Format (.ase/.aseprite) Specifications”.

Little-endian: a header of 128 bytes, then frames (16 bytes) of chunks (size, type, data). All reads are
bounds-checked; damaged files raise :class:`.AsepriteError`.
"""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import caps
from .aseprite_sprite import AsepriteError, Cel, Direction, Layer, Slice, Sprite, Tag
from .blending import Pixels

FILE_MAGIC, FRAME_MAGIC = 0xA5E0, 0xF1FA
_FRAME_BYTES, _CHUNK_BYTES = 16, 6
_DEFAULT_MS = 100
# Over all cels of all frames, including linked ones: composing takes 20 ns a pixel.
_MAX_CEL_PIXELS = 2 * caps.FRAMES_PIXELS
_MAX_LAYERS = 4096
_MAX_SLICES = 4096
_DIRECTIONS: tuple[Direction, ...] = ("forward", "reverse", "pingpong", "pingpong_reverse")
_COLOURS = 256
_RAW, _LINKED, _COMPRESSED, _TILES = range(4)


def read_sprite(data: bytes) -> Sprite:
    """Parse a file.

    Raises:
        AsepriteError: it is no Aseprite file, is damaged, or exceeds the limits.
    """
    return _Reader(data).read()


class _Section:
    """A section of the file with a read position; reads beyond its end fail."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        if end > len(data) or at > end:
            raise AsepriteError("This file ends too early.")
        self.data, self.at, self.end = data, at, end

    def take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(f"<{form}")
        if self.at + size > self.end:
            raise AsepriteError("This file ends too early.")
        values = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += size
        return values

    def one(self, form: str) -> int:
        value: int = self.take(form)[0]
        return value

    def text(self) -> str:
        raw: bytes = self.take(f"{self.one('H')}s")[0]
        return raw.decode("utf-8", "replace")

    def rest(self) -> bytes:
        return self.data[self.at : self.end]

    def section(self, min_bytes: int) -> "_Section":
        """The next section, which begins with its size."""
        start, size = self.at, self.one("I")
        if size < min_bytes or start + size > self.end:
            raise AsepriteError("A part of this file is damaged.")
        section = _Section(self.data, self.at, start + size)
        self.at = start + size
        return section


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._file = _Section(data, 0, len(data))
        self._layers: list[Layer] = []
        self._cels: dict[tuple[int, int], Cel] = {}
        self._tags: list[Tag] = []
        self._slices: list[Slice] = []
        self._palette: Pixels = np.zeros((_COLOURS, 4), np.uint8)
        self._palette[:, 3] = 255
        self._has_new_palette = False
        self._drawn = 0

    def read(self) -> Sprite:
        _, magic, frames, width, height, depth, flags, speed = self._file.take("IHHHHHIH")
        if magic != FILE_MAGIC or depth not in (8, 16, 32):
            raise AsepriteError("This is no Aseprite file.")
        if not (frames and width and height):
            raise AsepriteError("There is no picture in this file.")
        if frames > caps.FRAMES or width * height > caps.PIXELS or frames * width * height > caps.FRAMES_PIXELS:
            raise AsepriteError("This file has too many pixels or frames.")
        self._file.take("8x")
        clear = self._file.one("B")
        self._file.take("99x")
        self._has_opacity = bool(flags & 1)
        durations: list[int] = []
        palettes: list[Pixels] = []
        for frame in range(frames):
            durations.append(self._read_frame(frame) or speed or _DEFAULT_MS)
            same = bool(palettes) and np.array_equal(palettes[-1], self._palette)
            palettes.append(palettes[-1] if same else self._palette.copy())
        return Sprite(
            width=width,
            height=height,
            depth=depth,
            clear_index=clear,
            durations_ms=durations,
            layers=self._layers,
            cels=self._cels,
            palettes=palettes,
            tags=self._tags,
            slices=self._slices,
        )

    def _read_frame(self, frame: int) -> int:
        part = self._file.section(_FRAME_BYTES)
        magic, old_count, milliseconds, count = part.take("HHH2xI")
        if magic != FRAME_MAGIC:
            raise AsepriteError("A frame of this file is damaged.")
        for _ in range(count or old_count):
            chunk = part.section(_CHUNK_BYTES)
            match chunk.one("H"):
                case 0x2004:
                    self._read_layer(chunk)
                case 0x2005:
                    self._read_cel(chunk, frame)
                case 0x2019:
                    self._read_palette(chunk)
                case (0x0004 | 0x0011) as kind:
                    self._read_old_palette(chunk, scale=255 if kind == 0x0004 else 63)
                case 0x2018:
                    self._tags += self._read_tags(chunk)
                case 0x2022:
                    self._slices += self._read_slices(chunk)
        duration: int = milliseconds
        return duration

    def _read_layer(self, chunk: _Section) -> None:
        flags, kind, level, _, _, blend, opacity = chunk.take("HHHHHHB3x")
        if len(self._layers) >= _MAX_LAYERS:
            raise AsepriteError("This file has too many layers.")
        above = next((each for each in reversed(self._layers) if each.level < level), None)
        self._layers.append(
            Layer(
                name=chunk.text(),
                level=level,
                kind=kind,
                blend=blend,
                opacity=opacity if self._has_opacity else 255,
                is_shown=bool(flags & 1) and (above is None or level == 0 or above.is_shown),
                is_background=bool(flags & 8),
            )
        )

    def _read_cel(self, chunk: _Section, frame: int) -> None:
        layer, x, y, opacity, kind, z_index = chunk.take("HhhBHh5x")
        if layer >= len(self._layers):
            raise AsepriteError("A picture in this file has no layer.")
        if kind == _LINKED:
            linked = self._cels.get((chunk.one("H"), layer))
            if linked is not None:
                self._keep(frame, layer, linked)
        elif kind in (_RAW, _COMPRESSED):
            width, height = chunk.take("HH")
            if width * height > caps.PIXELS:
                raise AsepriteError("A picture in this file has too many pixels.")
            self._keep(frame, layer, Cel(x, y, width, height, opacity, z_index, chunk.rest(), kind == _COMPRESSED))
        elif kind != _TILES:
            raise AsepriteError("A picture in this file is of an unknown kind.")

    def _keep(self, frame: int, layer: int, cel: Cel) -> None:
        self._drawn += cel.width * cel.height
        if self._drawn > _MAX_CEL_PIXELS:
            raise AsepriteError("This file has too many pixels over all its layers.")
        self._cels[frame, layer] = cel

    def _read_palette(self, chunk: _Section) -> None:
        _, first, last = chunk.take("III8x")
        if first > last or last >= _COLOURS:
            raise AsepriteError("The palette of this file has more than 256 colours.")
        self._has_new_palette = True
        for at in range(first, last + 1):
            flags, *colour = chunk.take("HBBBB")
            self._palette[at] = colour
            if flags & 1:
                chunk.text()

    def _read_old_palette(self, chunk: _Section, *, scale: int) -> None:
        if self._has_new_palette:
            return
        at = 0
        for _ in range(chunk.one("H")):
            skipped, count = chunk.take("BB")
            at += skipped
            for _ in range(count or _COLOURS):
                colour = chunk.take("BBB")
                if at < _COLOURS:
                    self._palette[at, :3] = [min(value, scale) * 255 // scale for value in colour]
                at += 1

    def _read_tags(self, chunk: _Section) -> Iterator[Tag]:
        (count,) = chunk.take("H8x")
        for _ in range(count):
            first, last, way, repeat = chunk.take("HHBH10x")
            yield Tag(chunk.text(), first, last, _DIRECTIONS[way & 3], repeat)

    def _read_slices(self, chunk: _Section) -> Iterator[Slice]:
        count, flags, _ = chunk.take("III")
        name = chunk.text()
        for _ in range(count):
            frame, x, y, width, height = chunk.take("IiiII")
            centre = chunk.take("iiII") if flags & 1 else None
            pivot = chunk.take("ii") if flags & 2 else None
            if len(self._slices) >= _MAX_SLICES:
                raise AsepriteError("This file has too many slices.")
            yield Slice(name, frame, (x, y, width, height), centre, pivot)
