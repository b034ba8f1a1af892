"""Colour profiles (ICC.1), made for a test, and what their colours are in sRGB by arithmetic of our own."""

import struct
from itertools import product

import numpy as np

Colour = np.ndarray

# The primaries' XYZ, a row each, adapted to D50, and the gamma as a profile writes it, in 256ths.
ADOBE_RGB = (((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)), 563)
PROPHOTO = (((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.00009), (0.03134, 0.00009, 0.82491)), 461)
_SRGB = np.array([(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)])
_D50 = np.array([0.96422, 1.0, 0.82521])
# A table's steps: 0, 51 … 255, so that its points are whole numbers.
STEPS = 6


def matrix_profile(primaries: tuple[tuple[float, ...], ...], gamma: int) -> bytes:
    """A display's profile of three primaries and a curve."""
    curve = struct.pack(">4sIIH2x", b"curv", 0, 1, gamma)
    tags = {name: _xyz(row) for name, row in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def grey_profile(gamma: int) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": struct.pack(">4sIIH2x", b"curv", 0, 1, gamma)})


def ink_profile() -> bytes:
    """A printer's, by a table: its inks are those of arithmetic, so that each has its place in sRGB."""
    header = struct.pack(">4sI4B9i", b"mft1", 0, 4, 3, STEPS, 0, *(65_536 if n % 4 == 0 else 0 for n in range(9)))
    levels = np.array([*product(range(0, 256, 255 // (STEPS - 1)), repeat=4)])
    table = np.round(lab(ink_in_srgb(levels)) * (2.55, 1, 1) + (0, 128, 128)).clip(0, 255).astype(np.uint8)
    line = bytes(range(256))
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": header + line * 4 + table.tobytes() + line * 3})


def ink_in_srgb(cmyk: Colour) -> Colour:
    """0 … 255."""
    ink = np.asarray(cmyk, float) / 255
    return np.asarray(255 * (1 - ink[..., :3]) * (1 - ink[..., 3:]))


def matrix_in_srgb(pixels: Colour, primaries: tuple[tuple[float, ...], ...], gamma: int) -> Colour:
    """0 … 255, what lies outside cut off."""
    xyz = (np.asarray(pixels, float) / 255) ** (gamma / 256) @ np.array(primaries)
    linear = (xyz @ np.linalg.inv(_SRGB)).clip(0, 1)
    return np.asarray(255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def lab(srgb: Colour) -> Colour:
    """CIE L*a*b* (D50) of sRGB, 0 … 255."""
    value = np.asarray(srgb, float) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    share = linear @ _SRGB / _D50
    root = np.where(share > 216 / 24_389, np.cbrt(share), (24_389 / 27 * share + 16) / 116)
    lightness = 116 * root[..., 1] - 16
    return np.stack([lightness, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])], axis=-1)


def delta_e(one: Colour, other: Colour) -> Colour:
    """ΔE76 of two pictures in sRGB."""
    return np.asarray(np.linalg.norm(lab(one) - lab(other), axis=-1))


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65_536) for value in values))


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"made for a test\0"
    tags = tags | {
        b"desc": struct.pack(">4sII", b"desc", 0, len(name)) + name + bytes(8 + 3 + 67),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(tuple(_D50)),
    }
    table, body, begin = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += struct.pack(">4sII", tag, begin + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4sI4s4s4s12x4s", begin + len(body), b"test", 0x02400000, kind, space, connection, b"acsp")
    middle = bytes(24) + struct.pack(">I3i", 1, *(round(value * 65_536) for value in _D50))
    return (header + middle).ljust(128, b"\0") + table + body
