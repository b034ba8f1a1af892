"""Writes Aseprite's files by their published specification, for the tests."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image


def text(findings: str) -> bytes:
    return struct.pack("<H", len(findings.encode())) + findings.encode()


def chunk(kind: int, data: bytes) -> bytes:
    return struct.pack("<IH", len(data) + 6, kind) + data


def layer(
    name: str,
    *,
    shown: bool = True,
    blend: int = 0,
    opacity: int = 255,
    level: int = 0,
    kind: int = 0,
    back: bool = False,
) -> bytes:
    flags = shown | back << 3
    return chunk(0x2004, struct.pack("<HHHHHHB3x", flags, kind, level, 0, 0, blend, opacity) + text(name))


def cel(
    at: int,
    pixels: bytes,
    size: tuple[int, int],
    *,
    x: int = 0,
    y: int = 0,
    opacity: int = 255,
    z: int = 0,
    raw: bool = False,
) -> bytes:
    head = struct.pack("<HhhBHh5xHH", at, x, y, opacity, 0 if raw else 2, z, *size)
    return chunk(0x2005, head + (pixels if raw else zlib.compress(pixels)))


def linked(at: int, frame: int) -> bytes:
    return chunk(0x2005, struct.pack("<HhhBHh5xH", at, 0, 0, 255, 1, 0, frame))


def palette(colours: Sequence[tuple[int, int, int, int]]) -> bytes:
    entries = b"".join(struct.pack("<HBBBB", 0, *colour) for colour in colours)
    return chunk(0x2019, struct.pack("<III8x", len(colours), 0, len(colours) - 1) + entries)


def tags(*named: tuple[str, int, int, int]) -> bytes:
    each = b"".join(struct.pack("<HHBH10x", first, last, way, 0) + text(name) for name, first, last, way in named)
    return chunk(0x2018, struct.pack("<H8x", len(named)) + each)


def slices(
    name: str,
    *keys: tuple[int, int, int, int, int],
    centre: tuple[int, int, int, int] | None = None,
    pivot: tuple[int, int] | None = None,
) -> bytes:
    more = (struct.pack("<iiII", *centre) if centre else b"") + (struct.pack("<ii", *pivot) if pivot else b"")
    each = b"".join(struct.pack("<IiiII", *key) + more for key in keys)
    flags = bool(centre) | bool(pivot) << 1
    return chunk(0x2022, struct.pack("<III", len(keys), flags, 0) + text(name) + each)


def sprite(
    size: tuple[int, int], *frames: Sequence[bytes], depth: int = 32, ms: int = 80, clear: int = 0, flags: int = 1
) -> bytes:
    """A file of these frames' chunks; without flags, layers have no opacity."""
    body = b""
    for chunks in frames:
        data = b"".join(chunks)
        body += struct.pack("<IHHH2xI", len(data) + 16, 0xF1FA, len(chunks), ms, len(chunks)) + data
    head = struct.pack("<IHHHHHIH8xB3xH", 128 + len(body), 0xA5E0, len(frames), *size, depth, flags, 100, clear, 0)
    return head.ljust(128, b"\0") + body


def flat(colour: tuple[int, int, int, int], size: tuple[int, int]) -> bytes:
    return bytes(colour) * (size[0] * size[1])


def noise(seed: int, size: tuple[int, int]) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), np.uint8)
    return Image.fromarray(pixels)


def hero(number: int = 0) -> bytes:
    """A small animation in two layers, with a tag and a slice."""
    size = (16, 16)
    first = [
        layer("body"),
        layer("light", blend=1, opacity=200),
        cel(0, noise(number, size).tobytes(), size),
        cel(1, flat((255, 200, 90, 255), (8, 8)), (8, 8), x=4, y=4),
        tags(("walk", 0, 1, 2)),
        slices("head", (0, 2, 2, 8, 6)),
    ]
    return sprite(size, first, [linked(0, 0), cel(1, flat((0, 0, 0, 99), (4, 4)), (4, 4), x=13, y=-1)])
