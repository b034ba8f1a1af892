"""Grain out of video, by libav's filters that are told how strong it is (LIBRARY section 4, ``denoise_video``).

Fine grain goes by ``fftdnoiz`` (three pictures at a time, by frequency), which leaves texture alone; of coarse grain
it takes too little, and ``nlmeans`` (places that look alike) more. Either is tried on some pictures first.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice, pairwise, product
from pathlib import Path
from typing import Any, TypeAlias

import av
import msgspec
import numpy as np
from av.video.frame import VideoFrame

from ..messages import NothingToDo, Output, Progress, Work, subrange
from ..params import Denoise
from . import video
from .streams import GRAY_TIME_BASE, Filter, gray_graph, open_media, pushed, require_video_stream

_FRAMES_MEASURED = 24
# Below this, of 255, nobody sees it; clean photographs measure as much.
HARDLY_ANY = 2.0
_PLACE, _BLACK = 16, 10
# Of noise alone the places differ, and a fifth of them show this much of it or less.
_SMOOTH_PERCENT, _LOW_BY = 20, 0.88
# From here on grain is coarse, of 255; deeper pictures than 8 bits only one of the filters takes.
_COARSE = 11.0
# The filter is tried on so many pictures, in their middle, from this share of the film on.
_TRIED, _TRIED_SIDE, _TRIED_AT = 6, 256, 0.3
# The mean square that encoding adds to texture, of 255².
_ENCODED = 5.0
# What moved from one picture to the next is looked for so far away, by squares of this side.
_MOVED, _SQUARE = 8, 32
Luma: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
_FFT_MOST, _NLM_LEAST, _NLM_MOST = 30.0, 1.0, 30.0


def run(work: Work, progress: Progress) -> Output:
    """The video with less grain, each picture at its own time, the sound untouched.

    Raises:
        NothingToDo: there is hardly any grain in it.
    """
    params = msgspec.convert(work.params, Denoise)
    source = Path(work.source)
    file_format = video.require_video(source)
    progress(0, "measuring the noise")
    sample = _sample(source)
    sigma = min(measure_noise(source), changing_noise(sample))
    if sigma < HARDLY_ANY or params.strength == 0:
        raise NothingToDo("There is hardly any noise in it: nothing would be better for this.")
    taking = taking_grain(sigma, params.strength, is_deep=_is_deep(source))
    progress(3, "trying it")
    if error_left(sample, sigma, taking) + _ENCODED > sigma**2:
        raise NothingToDo("Tried on some of its pictures, it took as much of them as of the noise: it is left alone.")
    name = f"result.{video.kept_format(file_format)}"
    told = subrange(progress, 5, 100)
    findings = video.transcode(source, Path(work.folder) / name, [taking], told, step="taking the noise out")
    return Output(name=name, findings=findings)


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


def error_left(pictures: Sequence[Luma], sigma: float, taking: Filter) -> float:
    """The mean square by which pictures differ behind the filter from what is under their grain, unknown as it is.

    Stein's unbiased estimate; how far each pixel stands by itself is found by nudging all of them by chance (Ramani,
    Blu and Unser 2008).
    """
    noisy = np.stack(pictures).astype(np.float32)
    by_chance = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), noisy.shape)
    nudged = (noisy + by_chance * max(2.0, sigma / 2)).clip(0, 255).round().astype(np.uint8)
    nudge = nudged - noisy
    one, other = filtered(pictures, taking), filtered([*nudged], taking)
    alone = float(((other - one) * nudge).mean() / (nudge**2).mean())
    return float(((one - noisy) ** 2).mean()) + (2 * alone - 1) * sigma**2


def filtered(pictures: Sequence[Luma], taking: Filter) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """The pictures, luma alone, through the filter."""
    high, wide = pictures[0].shape
    graph = gray_graph(wide, high, [taking])
    made = []
    for number, picture in enumerate([*pictures, None]):
        frame = None if picture is None else VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="gray")
        if frame is not None:
            frame.pts, frame.time_base = number, GRAY_TIME_BASE
        made += [each.to_ndarray(format="gray") for each in pushed(graph, frame, VideoFrame)]
    return np.stack(made).astype(np.float32)


def changing_noise(pictures: Sequence[Luma]) -> float:
    """The standard deviation of what is new in each picture, where what moved is followed: texture moves, and stays.

    The greatest of all pairs, because films repeat pictures.
    """
    return max((_new_in(one, other) for one, other in pairwise(pictures)), default=float("inf"))


def _new_in(before: Luma, after: Luma) -> float:
    high, wide = ((side - 2 * _MOVED) // _SQUARE * _SQUARE for side in after.shape)
    if high <= 0 or wide <= 0:
        return float("inf")
    old = before.astype(np.float32)
    new = after[_MOVED : _MOVED + high, _MOVED : _MOVED + wide].astype(np.float32)
    nearest = np.full(high * wide // _SQUARE**2, np.inf)
    for down, right in product(range(2 * _MOVED + 1), repeat=2):
        apart = _places((old[down : down + high, right : right + wide] - new) ** 2, _SQUARE)
        nearest = np.minimum(nearest, apart.mean(axis=1))
    return float(np.sqrt(np.median(nearest) / 2))


def _sample(path: Path) -> list[Luma]:
    """The middle of some pictures that follow each other, in 8 bits."""
    # A film that was cut between keyframes can be read from its beginning only.
    return _pictures_at(path, _TRIED_AT) or _pictures_at(path, 0)


def _pictures_at(path: Path, share: float) -> list[Luma]:
    with open_media(path) as container:
        video = require_video_stream(container)
        with suppress(av.FFmpegError):  # what cannot be decoded is told when it is transcoded
            if share:
                container.seek(int((container.duration or 0) * share))
            return [_middle(frame) for frame in islice(container.decode(video), _TRIED)]
    return []


def _middle(frame: VideoFrame) -> Luma:
    luma = frame.to_ndarray(format="gray")
    left, top = (max(0, (side - _TRIED_SIDE) // 2) for side in (frame.width, frame.height))
    return np.asarray(luma[top : top + _TRIED_SIDE, left : left + _TRIED_SIDE])


def _is_deep(path: Path) -> bool:
    with open_media(path) as container:
        kind = require_video_stream(container).format
        return kind is not None and kind.components[0].bits > 8


def measure_noise(path: Path) -> float:
    """The standard deviation of the noise in the luma, of 255: the median of some frames."""
    found: list[float] = []
    with open_media(path) as container:
        video = require_video_stream(container)
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
