"""Upscaling images: by pixels, by Lanczos, or by a neural network (LIBRARY section 4, ``upscale``)."""

from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
from PIL import Image

from ...locales import translatable
from ..kinds.upscale import Upscale
from ..messages import Finding, Output, Progress, Work
from ..modules import MODEL_MODULES, missing_modules
from . import deep
from .blending import Pixels
from .content_kind import kind_of
from .doublings import model_pixels
from .likeness import gradient_deviation, psnr_db, values_of
from .pictures import Picture, read_picture, refuse_too_large, write_picture

# Side of the crop that methods are compared on.
_CROP_SIDE = 256
# The model has to be this much better, as it takes a hundred times as long.
_MIN_GAIN_DB = 0.5
# Where Lanczos comes this near at half size, the rest is not seen, and the model was as often farther at full size.
_ALIKE_DB = 42.0
# What the model may read unless it is asked for: a few minutes.
_MAX_MODEL_PIXELS = 16_000_000
_Packed: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint32 | np.uint64]]


def run(work: Work, progress: Progress) -> Output:
    """Upscale all frames, with their durations, transparency and loop count."""
    params = msgspec.convert(work.params, Upscale)
    progress(0, "reading")
    picture = read_picture(Path(work.source))
    width, height = picture.frames[0].size
    refuse_too_large(width * params.factor, height * params.factor, len(picture.frames))
    if picture.file_format == "jpg":
        picture.becomes("png", "A second JPEG compression would undo the gain")
    _enlarge_all(picture, params, progress)
    progress(95, "writing")
    return write_picture(picture, Path(work.folder))


def _enlarge_all(picture: Picture, params: Upscale, progress: Progress) -> None:
    frames, method = len(picture.frames), _method(picture, params)

    def report(share: float) -> None:
        progress(2 + 92 * (done + share) / frames, f"enlarging {done + 1} of {frames}" if frames > 1 else "enlarging")

    if method == "model":
        picture.narrow()
    if picture.low is not None:
        _enlarge_deep(picture, picture.low, params, method)
        return
    for done, frame in enumerate(picture.frames):
        if method == "smooth":
            picture.frames[done] = frame.resize(_size(frame, params), Image.Resampling.LANCZOS)
            report(1.0)
            continue
        pixels: Pixels = np.asarray(frame)
        if method == "model":
            # ncnn is an extra of its own.
            from .model import enlarge_by_model  # noqa: PLC0415

            larger = enlarge_by_model(pixels, params.factor, report)
        else:
            larger = enlarge(pixels, params.factor, params.style)
            report(1.0)
        picture.frames[done] = Image.fromarray(larger, "RGBA")


def _enlarge_deep(picture: Picture, low: Image.Image, params: Upscale, method: str) -> None:
    high = picture.frames[0]
    if method == "smooth":
        picture.frames[0], picture.low = deep.resized((high, low), _size(high, params))
        return
    # Both halves at once, eight bytes a pixel, so that only equal 16-bit colours are equal.
    larger = enlarge(np.concatenate([np.asarray(high), np.asarray(low)], axis=-1), params.factor, params.style)
    picture.frames[0], picture.low = Image.fromarray(larger[..., :4]), Image.fromarray(larger[..., 4:])


def _size(frame: Image.Image, params: Upscale) -> tuple[int, int]:
    return frame.width * params.factor, frame.height * params.factor


def _method(picture: Picture, params: Upscale) -> str:
    """The requested method, with a finding if it is the worse one; or the best for this image, with a finding why."""
    first, findings = picture.frames[0], picture.metadata.findings
    if params.method in ("pixel", "smooth"):
        return params.method
    if params.method == "model":
        gain = model_gain(first)
        if gain.is_loss:
            message = f"The model is worse than Lanczos (the method “smooth”) at restoring its half size: {gain}."
            findings.append(Finding("model_worse", message))
        return "model"
    kind = kind_of(first)
    if kind == "pixel art":
        return "pixel"
    method, why = _chosen(picture, params)
    findings.append(Finding("method", f"Enlarged by {why}"))
    return method


def _chosen(picture: Picture, params: Upscale) -> tuple[str, str]:
    """Model or Lanczos for a drawing or photograph, and why."""
    first = picture.frames[0]
    if missing_modules(MODEL_MODULES):
        return "smooth", "Lanczos: the model is not set up here."
    if model_pixels(first.width * first.height * len(picture.frames), params.factor) > _MAX_MODEL_PIXELS:
        return "smooth", "Lanczos: the model, which can be chosen, would take long for so many pixels."
    gain = model_gain(first)
    if gain.smooth_db >= _ALIKE_DB:
        return "smooth", translatable(
            f"Lanczos, which restores its half size to {gain.smooth_db:.0f} dB: nothing better is seen."
        )
    if gain.is_loss or gain.psnr_db < _MIN_GAIN_DB:
        return "smooth", translatable(f"Lanczos: the model is no better at restoring its half size ({gain}).")
    return "model", translatable(f"the model, which is better at restoring its half size: {gain}.")


class Gain(msgspec.Struct, frozen=True):
    """By how much the model restores an image from its half size better than Lanczos, by pixels and by edges; and how
    near Lanczos comes."""

    psnr_db: float
    edges: float
    smooth_db: float = 0.0

    @property
    def is_loss(self) -> bool:
        return self.psnr_db < 0 or self.edges < 0

    def __str__(self) -> str:
        return f"{self.psnr_db:+.1f} dB PSNR, {-self.edges:+.4f} GMSD"


def model_gain(image: Image.Image) -> Gain:
    """Compare both on the middle of the image, RGBA."""
    # ncnn is an extra of its own.
    from .model import enlarge_by_model  # noqa: PLC0415

    left, top = max(0, (image.width - _CROP_SIDE) // 2), max(0, (image.height - _CROP_SIDE) // 2)
    wide, high = (min(_CROP_SIDE, side) // 2 * 2 for side in image.size)
    if not wide or not high:
        return Gain(0.0, 0.0)
    whole = image.crop((left, top, left + wide, top + high))
    half = whole.resize((wide // 2, high // 2), Image.Resampling.LANCZOS)
    smooth = half.resize(whole.size, Image.Resampling.LANCZOS)
    drawn = Image.fromarray(enlarge_by_model(np.asarray(half), 2, lambda _: None), "RGBA")
    true, ours, theirs = (values_of(each) for each in (whole, drawn, smooth))
    near, edges = psnr_db(true, theirs), gradient_deviation(true, theirs)
    return Gain(psnr_db(true, ours) - near, edges - gradient_deviation(true, ours), near)


def enlarge(pixels: Pixels, factor: int, style: str) -> Pixels:
    """``factor`` times as large: each pixel as a square, or with corners rounded by EPX."""
    if style == "nearest":
        return np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
    packed = _pack(pixels)
    for step in {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}[factor]:
        packed = _epx2(packed) if step == 2 else _epx3(packed)
    return packed.view(np.uint8).reshape(*packed.shape, -1)


def _pack(pixels: Pixels) -> _Packed:
    """Pixels as numbers, alpha included."""
    return np.ascontiguousarray(pixels).view(f"u{pixels.shape[-1]}")[..., 0]


def _epx2(packed: _Packed) -> _Packed:
    """Scale2x (AdvanceMAME): a corner takes its neighbours' colour where both agree and the others do not."""
    around = np.pad(packed, 1, mode="edge")
    up, right, left, down = around[:-2, 1:-1], around[1:-1, 2:], around[1:-1, :-2], around[2:, 1:-1]
    larger = np.empty((packed.shape[0] * 2, packed.shape[1] * 2), packed.dtype)
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
    larger = np.empty((packed.shape[0] * 3, packed.shape[1] * 3), packed.dtype)
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
