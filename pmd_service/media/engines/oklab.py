"""OKLab, in which distances are as large as they look (Ottosson, A perceptual color space for image processing)."""

from typing import Any, TypeAlias

import numpy as np

from .blending import Pixels

Lab: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

# Linear sRGB to cone responses, and to OKLab.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.2119034982, 0.0883024619],
        [0.5363325363, 0.6806995451, 0.2817188376],
        [0.0514459929, 0.1073969566, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 1.9779984951, 0.0259040371],
        [0.7936177850, -2.4285922050, 0.7827717662],
        [-0.0040720468, 0.4505937099, -0.8086757660],
    ],
    np.float32,
)
# Lightness near black, where a cube root alone is far too steep, as in CIELAB (Ottosson, Okhsv and Okhsl, 2021).
_K1, _K2, _LEAST = np.float32(0.206), np.float32(0.03), np.float32(1e-6)
_K3 = (1 + _K1) / (1 + _K2)
_FROM_LAB, _FROM_LMS = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_LMS)


# Linear light of each level of sRGB (IEC 61966-2-1).
_SHARES = np.arange(256) / 255
LINEAR = np.where(_SHARES <= 0.04045, _SHARES / 12.92, ((_SHARES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_levels(linear: Lab) -> Pixels:
    """Linear light as levels of sRGB, 0 to 255; light beyond both ends is clipped."""
    light = np.clip(linear, 0, 1)
    share = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    levels: Pixels = np.round(share * 255).astype(np.uint8)
    return levels


def oklab(rgb: Pixels) -> Lab:
    """Levels of sRGB in OKLab, by the last axis."""
    return lab_of(LINEAR[rgb])


def lab_of(linear: Lab) -> Lab:
    """Linear light in OKLab."""
    lab: Lab = np.cbrt(linear @ _TO_LMS) @ _TO_LAB
    # Chroma is scaled along, so that what is nearly black is nearly the same, as it looks.
    lightness = np.maximum(lab[..., :1], _LEAST)
    scaled = _K3 * lightness - _K1
    lab *= (scaled + np.sqrt(scaled**2 + 4 * _K2 * _K3 * lightness)) / 2 / lightness
    return lab


def rgb_of(lab: Lab) -> Pixels:
    """The nearest levels of sRGB."""
    toed = np.maximum(lab[..., :1], _LEAST)
    plain = lab * ((toed + _K1) / (_K3 * (toed + _K2)))
    return to_levels((plain @ _FROM_LAB) ** 3 @ _FROM_LMS)
