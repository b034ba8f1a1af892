"""How near an image is to another: by its pixels, and by how it looks."""

from typing import TypeAlias

import numpy as np
from PIL import Image

from .previews import on_grey

# Height × width × RGB, or height × width.
Values: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_STABLE = 170.0


def values_of(image: Image.Image) -> Values:
    """An RGBA image on grey, 0 to 255."""
    return np.asarray(on_grey(image).convert("RGB")).astype(np.float32)


def psnr_db(one: Values, other: Values) -> float:
    return float(10 * np.log10(255**2 / (np.mean((one - other) ** 2) + 1e-3)))


def gradient_deviation(one: Values, other: Values) -> float:
    """0 if edges are as strong at the same places, higher the more they differ.

    Gradient magnitude similarity deviation (Xue et al., IEEE TIP 23, 2014).
    """
    first, second = (_gradients(_halved(each @ _LUMA)) for each in (one, other))
    alike = (2 * first * second + _STABLE) / (first**2 + second**2 + _STABLE)
    return float(alike.std())


def _halved(plane: Values) -> Values:
    """Means of two by two; an odd side loses its last pixel."""
    even = plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2]
    means: Values = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).mean(axis=(1, 3))
    return means


def _gradients(plane: Values) -> Values:
    """The strength of edges, by Prewitt's filter."""
    around = np.pad(plane, 1, mode="edge")
    columns = around[:-2] + around[1:-1] + around[2:]
    rows = around[:, :-2] + around[:, 1:-1] + around[:, 2:]
    strength: Values = np.hypot(columns[:, 2:] - columns[:, :-2], rows[2:] - rows[:-2]) / 3
    return strength
