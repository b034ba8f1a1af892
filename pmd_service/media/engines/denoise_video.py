"""Grain out of video: libav's nlmeans, told how strong the grain is (LIBRARY section 4, ``denoise_video``)."""

from contextlib import suppress
from itertools import islice
from pathlib import Path

import av
import msgspec
import numpy as np
from av.video.frame import VideoFrame

from ..messages import Made, NothingToDo, Progress, Work
from ..params import Denoise
from . import films
from .streams import open_media, required_video

_FRAMES_MEASURED = 24
# Below this, of 255, nobody sees it.
HARDLY_ANY = 1.5
# The strength that was best for a known noise, and nlmeans' own bounds for it.
_STRENGTH_OF_SIGMA = 0.8
_LEAST, _MOST = 1.0, 30.0
_USUAL_STRENGTH = 50


def run(work: Work, progress: Progress) -> Made:
    """The video with less grain, each picture at its own time, the sound untouched.

    Raises:
        NothingToDo: there is hardly any grain in it.
    """
    params = msgspec.convert(work.params, Denoise)
    source = Path(work.source)
    file_format = films.require_video(source)
    progress(0, "measuring the noise")
    sigma = measure_noise(source)
    if sigma < HARDLY_ANY or params.strength == 0:
        raise NothingToDo("There is hardly any noise in it: nothing would be better for this.")
    strength = min(max(_STRENGTH_OF_SIGMA * sigma * params.strength / _USUAL_STRENGTH, _LEAST), _MOST)
    name = f"result.{films.kept_format(file_format)}"
    filters = [("nlmeans", f"s={strength:.2f}:p=5:r=9")]
    findings = films.transcode(source, Path(work.folder) / name, filters, progress, step="taking the noise out")
    return Made(name=name, findings=findings)


def measure_noise(path: Path) -> float:
    """The standard deviation of the noise in the luma, of 255: the median of some frames."""
    found: list[float] = []
    with open_media(path) as container:
        video = required_video(container)
        every = max(1, (video.frames or _FRAMES_MEASURED) // _FRAMES_MEASURED)
        with suppress(av.FFmpegError):  # what cannot be decoded is told when it is transcoded
            frames = islice(container.decode(video), 0, None, every)
            for frame in islice(frames, _FRAMES_MEASURED):
                found.append(_noise_of(frame))
    return float(np.median(found)) if found else 0.0


def _noise_of(frame: VideoFrame) -> float:
    """By the diagonal details of 2 × 2 pixels, of which half are noise and nothing else (Donoho's estimator)."""
    luma = frame.to_ndarray(format="gray").astype(np.float32)
    height, width = luma.shape[0] // 2 * 2, luma.shape[1] // 2 * 2
    rows = luma[:height, :width]
    diagonal = (rows[0::2, 0::2] - rows[0::2, 1::2] - rows[1::2, 0::2] + rows[1::2, 1::2]) / 2
    return float(np.median(np.abs(diagonal)) / 0.6745) if diagonal.size else 0.0
