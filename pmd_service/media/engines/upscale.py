"""Enlarging images: by pixels, or by a network for drawings (LIBRARY section 4, ``upscale``)."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from ..made import Made
from ..messages import Work
from ..params import Upscale
from .pictures import Picture, read_picture, refuse_too_large, write_picture
from .pixels import Pixels, enlarge

Progress = Callable[[float, str], None]


def run(work: Work, progress: Progress) -> Made:
    """Every frame enlarged, with its time, its transparency and the animation's loop."""
    params = msgspec.convert(work.params, Upscale)
    progress(0, "reading")
    picture = read_picture(Path(work.source))
    width, height = picture.frames[0].size
    refuse_too_large(width * params.factor, height * params.factor, len(picture.frames))
    if picture.file_format == "jpg":
        picture.file_format = "png"  # a second loss would undo what is gained
    _enlarge_all(picture, params, progress)
    progress(95, "writing")
    return write_picture(picture, Path(work.folder))


def _enlarge_all(picture: Picture, params: Upscale, progress: Progress) -> None:
    frames = len(picture.frames)

    def told(share: float) -> None:
        progress(2 + 92 * (done + share) / frames, f"enlarging {done + 1} of {frames}" if frames > 1 else "enlarging")

    for done, frame in enumerate(picture.frames):
        pixels: Pixels = np.asarray(frame)
        if params.method == "model":
            # Of all engines only this one needs ncnn, an extra of its own.
            from .model import enlarge_by_model  # noqa: PLC0415

            larger = enlarge_by_model(pixels, params.factor, told)
        else:
            larger = enlarge(pixels, params.factor, params.style)
            told(1.0)
        picture.frames[done] = Image.fromarray(larger, "RGBA")
