"""Pixels as numpy arrays: enlarging by whole numbers without a new colour."""

from typing import TypeAlias

import numpy as np

# Height × width × 4, RGBA.
Pixels: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
_Packed: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]


def enlarge(pixels: Pixels, factor: int, style: str) -> Pixels:
    """``factor`` times as large: each pixel as a square, or with corners rounded by EPX."""
    if style == "nearest":
        return np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
    packed = _pack(pixels)
    for step in {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}[factor]:
        packed = _epx2(packed) if step == 2 else _epx3(packed)
    return packed.view(np.uint8).reshape(*packed.shape, 4)


def _pack(pixels: Pixels) -> _Packed:
    """A pixel as one number: two are the same colour, alpha and all, or they are not."""
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _epx2(packed: _Packed) -> _Packed:
    """Scale2x (AdvanceMAME): a corner takes its neighbours' colour where both agree and the others do not."""
    around = np.pad(packed, 1, mode="edge")
    up, right, left, down = around[:-2, 1:-1], around[1:-1, 2:], around[1:-1, :-2], around[2:, 1:-1]
    larger = np.empty((packed.shape[0] * 2, packed.shape[1] * 2), np.uint32)
    larger[0::2, 0::2] = np.where((left == up) & (left != down) & (up != right), up, packed)
    larger[0::2, 1::2] = np.where((up == right) & (up != left) & (right != down), right, packed)
    larger[1::2, 0::2] = np.where((down == left) & (down != right) & (left != up), left, packed)
    larger[1::2, 1::2] = np.where((right == down) & (right != up) & (down != left), right, packed)
    return larger


def _epx3(packed: _Packed) -> _Packed:
    """Scale3x (AdvanceMAME), neighbours named by rows: a b c, d e f, g h i."""
    around = np.pad(packed, 1, mode="edge")
    a, b, c = around[:-2, :-2], around[:-2, 1:-1], around[:-2, 2:]
    d, e, f = around[1:-1, :-2], packed, around[1:-1, 2:]
    g, h, i = around[2:, :-2], around[2:, 1:-1], around[2:, 2:]
    top_left = (d == b) & (d != h) & (b != f)
    top_right = (b == f) & (b != d) & (f != h)
    bottom_left = (h == d) & (h != f) & (d != b)
    bottom_right = (f == h) & (f != b) & (h != d)
    larger = np.empty((packed.shape[0] * 3, packed.shape[1] * 3), np.uint32)
    larger[0::3, 0::3] = np.where(top_left, d, e)
    larger[0::3, 1::3] = np.where((top_left & (e != c)) | (top_right & (e != a)), b, e)
    larger[0::3, 2::3] = np.where(top_right, f, e)
    larger[1::3, 0::3] = np.where((bottom_left & (e != a)) | (top_left & (e != g)), d, e)
    larger[1::3, 1::3] = e
    larger[1::3, 2::3] = np.where((top_right & (e != i)) | (bottom_right & (e != c)), f, e)
    larger[2::3, 0::3] = np.where(bottom_left, d, e)
    larger[2::3, 1::3] = np.where((bottom_right & (e != g)) | (bottom_left & (e != i)), h, e)
    larger[2::3, 2::3] = np.where(bottom_right, f, e)
    return larger
