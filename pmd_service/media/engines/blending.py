"""Alpha compositing with blend modes (W3C, “Compositing and Blending Level 1”, section 5).

Channels are 0 to 1, without conversion to linear light. The modes are numbered as in Aseprite files.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

# Height × width × 4, RGBA, alpha not premultiplied.
Pixels: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Canvas: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]

# Backdrop and source of one channel.
_Mode: TypeAlias = Callable[[Canvas, Canvas], Canvas]
_LUMINANCE = np.array([0.3, 0.59, 0.11], np.float32)
_LEAST = np.float32(1e-6)


def blend_onto(canvas: Canvas, pixels: Pixels, x: int, y: int, opacity: float, mode: int) -> None:
    """Composite the pixels onto the canvas, with their upper left corner at (x, y); they are clipped to it.

    Args:
        mode: 0 to 18; unknown ones are treated as normal.
    """
    height, width = canvas.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + pixels.shape[1], width), min(y + pixels.shape[0], height)
    if left >= right or top >= bottom:
        return
    source = pixels[top - y : bottom - y, left - x : right - x].astype(np.float32) / 255
    below = canvas[top:bottom, left:right]
    colour, alpha = source[..., :3], source[..., 3:] * np.float32(opacity)
    if mode and (blended := _MODES.get(mode)):
        under = below[..., 3:]
        colour = (1 - under) * colour + under * np.clip(blended(below[..., :3], colour), 0, 1)
    total = alpha + below[..., 3:] * (1 - alpha)
    mixed = colour * alpha + below[..., :3] * below[..., 3:] * (1 - alpha)
    below[..., :3] = mixed / np.maximum(total, _LEAST)
    below[..., 3:] = total


def _hard_light(below: Canvas, above: Canvas) -> Canvas:
    return np.where(above <= 0.5, below * above * 2, _screen(below, above * 2 - 1))


def _screen(below: Canvas, above: Canvas) -> Canvas:
    return below + above - below * above


def _dodge(below: Canvas, above: Canvas) -> Canvas:
    return np.where(below <= 0, 0, np.minimum(1, below / np.maximum(1 - above, _LEAST)))


def _burn(below: Canvas, above: Canvas) -> Canvas:
    return np.where(below >= 1, 1, 1 - np.minimum(1, (1 - below) / np.maximum(above, _LEAST)))


def _soft_light(below: Canvas, above: Canvas) -> Canvas:
    root = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    darker = below - (1 - 2 * above) * below * (1 - below)
    lighter: Canvas = below + (2 * above - 1) * (root - below)
    return np.where(above <= 0.5, darker, lighter)


def _luminance(colour: Canvas) -> Canvas:
    light: Canvas = np.sum(colour * _LUMINANCE, axis=-1, keepdims=True)
    return light


def _saturation(colour: Canvas) -> Canvas:
    return np.asarray(colour.max(-1, keepdims=True) - colour.min(-1, keepdims=True))


def _with_luminance(colour: Canvas, wanted: Canvas) -> Canvas:
    shifted = colour + wanted - _luminance(colour)
    light, least, most = _luminance(shifted), shifted.min(-1, keepdims=True), shifted.max(-1, keepdims=True)
    raised = light + (shifted - light) * light / np.maximum(light - least, _LEAST)
    shifted = np.where(least < 0, raised, shifted)
    lowered = light + (shifted - light) * (1 - light) / np.maximum(most - light, _LEAST)
    whole: Canvas = np.where(most > 1, lowered, shifted)
    return whole


def _with_saturation(colour: Canvas, wanted: Canvas) -> Canvas:
    saturated: Canvas = (colour - colour.min(-1, keepdims=True)) * wanted / np.maximum(_saturation(colour), _LEAST)
    return saturated


_MODES: dict[int, _Mode] = {
    1: lambda below, above: below * above,
    2: _screen,
    3: lambda below, above: _hard_light(above, below),  # overlay
    4: np.minimum,
    5: np.maximum,
    6: _dodge,
    7: _burn,
    8: _hard_light,
    9: _soft_light,
    10: lambda below, above: np.abs(below - above),
    11: lambda below, above: below + above - 2 * below * above,  # exclusion
    12: lambda below, above: _with_luminance(_with_saturation(above, _saturation(below)), _luminance(below)),  # hue
    13: lambda below, above: _with_luminance(_with_saturation(below, _saturation(above)), _luminance(below)),
    14: lambda below, above: _with_luminance(above, _luminance(below)),  # colour
    15: lambda below, above: _with_luminance(below, _luminance(above)),
    16: lambda below, above: below + above,
    17: lambda below, above: below - above,
    18: lambda below, above: below / np.maximum(above, _LEAST),
}
