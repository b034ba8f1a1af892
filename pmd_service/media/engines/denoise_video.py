"""Grain out of video, by libav's filters that are told how strong it is (LIBRARY section 4, ``denoise_video``).

Fine grain goes by ``fftdnoiz`` (three pictures at a time, by frequency), which leaves texture alone; of coarse grain
it takes too little, and ``nlmeans`` (places that look alike) more.
"""

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
from av.video.frame import VideoFrame

from ..messages import Made, NothingToDo, Progress, Work, part
from ..params import Denoise
from . import films
from .streams import Filter, open_media, required_video

_FRAMES_MEASURED = 24
# Below this, of 255, nobody sees it; clean photographs measure as much.
HARDLY_ANY = 2.0
_PLACE, _BLACK = 16, 10
# Of noise alone the places differ, and a fifth of them show this much of it or less.
_SMOOTH_PERCENT, _LOW_BY = 20, 0.88
# From here on grain is coarse, of 255; deeper pictures than 8 bits only one of the filters takes.
_COARSE = 11.0
_FFT_MOST, _NLM_LEAST, _NLM_MOST = 30.0, 1.0, 30.0


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
    name = f"result.{films.kept_format(file_format)}"
    filters = [taking_grain(sigma, params.strength, is_deep=_is_deep(source))]
    told = part(progress, 5, 100)
    findings = films.transcode(source, Path(work.folder) / name, filters, told, step="taking the noise out")
    return Made(name=name, findings=findings)


def taking_grain(sigma: float, strength: int, *, is_deep: bool = False) -> Filter:
    """The filter for grain of this standard deviation.

    On panned photographs with known grain 50 was best or near it, and 100 still better than the grain itself.
    """
    share = strength / 100
    if sigma < _COARSE or is_deep:
        most = min(_FFT_MOST, sigma * (0.5 + 1.5 * share))
        return ("fftdnoiz", f"sigma={most:.2f}:block=16:overlap=0.5:prev=1:next=1")
    most = min(max(sigma * (0.3 + 0.3 * share), _NLM_LEAST), _NLM_MOST)
    return ("nlmeans", f"s={most:.2f}:p=5:r=9")


def _is_deep(path: Path) -> bool:
    with open_media(path) as container:
        kind = required_video(container).format
        return kind is not None and kind.components[0].bits > 8


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
    """By the diagonal details of 2 × 2 pixels (Donoho's estimator), in the smoother places: elsewhere it is texture."""
    luma = frame.to_ndarray(format="gray").astype(np.float32)
    high, wide = (side // _PLACE * _PLACE for side in luma.shape)
    if not high or not wide:
        return 0.0
    rows = luma[:high, :wide]
    diagonal = (rows[0::2, 0::2] - rows[0::2, 1::2] - rows[1::2, 0::2] + rows[1::2, 1::2]) / 2
    places, levels = _places(np.abs(diagonal), _PLACE // 2), _places(rows, _PLACE).mean(axis=1)
    # What is clipped to black or white has no noise to show.
    seen = places[(levels > _BLACK) & (levels < 255 - _BLACK)]
    return float(np.percentile(np.median(seen, axis=1), _SMOOTH_PERCENT) / 0.6745 / _LOW_BY) if len(seen) else 0.0


def _places(values: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", side: int) -> Any:
    """Squares of so many values a side, a row each."""
    high, wide = values.shape
    return values.reshape(high // side, side, wide // side, side).swapaxes(1, 2).reshape(-1, side * side)
