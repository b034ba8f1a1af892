"""Resizing by Lanczos in linear light and with premultiplied alpha: edges keep their brightness and get no fringes.

The light is that of sRGB's curve, which those of most profiles resemble.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image

from .blending import Pixels
from .oklab import LINEAR, Lab, to_levels
from .pictures import has_alpha

_Plane: TypeAlias = Callable[[Pixels], Lab]

_BAND_PIXELS = 1_000_000
_LEAST_ALPHA = np.float32(1 / 512)


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An RGBA image in this size."""
    is_clear = has_alpha(image)
    alpha = _plane(image, size, _alpha_of) if is_clear else None
    made = np.full((size[1], size[0], 4), 255, np.uint8)
    if alpha is not None:
        made[..., 3] = np.round(np.clip(alpha, 0, 1) * 255)
    for channel in range(3):
        light = _plane(image, size, _light_of(channel, is_clear=is_clear))
        if alpha is not None:
            light /= np.maximum(alpha, _LEAST_ALPHA)
        made[..., channel] = to_levels(light)
    made[made[..., 3] == 0] = 0
    return Image.fromarray(made)


def _alpha_of(pixels: Pixels) -> Lab:
    return pixels[..., 3].astype(np.float32) / np.float32(255)


def _light_of(channel: int, *, is_clear: bool) -> _Plane:
    def light(pixels: Pixels) -> Lab:
        linear: Lab = LINEAR[pixels[..., channel]]
        return linear * _alpha_of(pixels) if is_clear else linear

    return light


def _plane(image: Image.Image, size: tuple[int, int], of: _Plane) -> Lab:
    """One channel, resized row by row and then column by column, in bands: all channels at once take gigabytes."""
    width, height = size
    rows = max(1, _BAND_PIXELS // image.width)
    narrow = np.empty((image.height, width), np.float32)
    for top in range(0, image.height, rows):
        band = np.asarray(image.crop((0, top, image.width, min(image.height, top + rows))))
        narrow[top : top + rows] = _lanczos(of(band), (width, len(band)))
    columns = max(1, _BAND_PIXELS // image.height)
    made = np.empty((height, width), np.float32)
    for left in range(0, width, columns):
        part = narrow[:, left : left + columns]
        made[:, left : left + columns] = _lanczos(part, (part.shape[1], height))
    return made


def _lanczos(plane: Lab, size: tuple[int, int]) -> Lab:
    resized_plane: Lab = np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(size, Image.Resampling.LANCZOS))
    return resized_plane
