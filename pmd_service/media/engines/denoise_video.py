"""Removing grain from video by libav's filters, set to its measured strength (LIBRARY section 4, ``denoise_video``).

Fine grain by ``fftdnoiz`` (by frequency over three frames), which preserves texture but removes too little coarse
grain; that by ``nlmeans`` (non-local means). Either is tried on some frames first.
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

from ..kinds.denoise_audio import Denoise
from ..messages import NothingToDo, Output, Progress, Work, subrange
from . import video
from .streams import GRAY_TIME_BASE, Filter, gray_graph, open_media, pushed, require_video_stream

_FRAMES_MEASURED = 24
# Below this (of 255) grain is invisible, and clean photographs measure as much.
HARDLY_ANY = 2.0
_BLOCK, _BLACK = 16, 10
# A fifth of the blocks of pure noise measure this factor of it or less.
_SMOOTH_PERCENT, _BIAS = 20, 0.88
# From here on (of 255) grain is coarse. ``nlmeans`` supports 8 bits only.
_COARSE = 11.0
# The filter is tried on the middle of this many frames, from this share of the video on.
_SAMPLE_FRAMES, _SAMPLE_SIDE, _SAMPLE_AT = 6, 256, 0.3
# The mean square error that encoding adds to texture, of 255².
_ENCODING_ERROR = 5.0
# Motion search: its radius, and the side of its blocks.
_MAX_MOTION, _MOTION_BLOCK = 8, 32
Luma: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
_FFT_MAX, _NLM_MIN, _NLM_MAX = 30.0, 1.0, 30.0


def run(work: Work, progress: Progress) -> Output:
    """Reduce the grain; timestamps and audio stay the same.

    Raises:
        NothingToDo: there is hardly any grain, or removing it would cost as much detail.
    """
    params = msgspec.convert(work.params, Denoise)
    source = Path(work.source)
    file_format = video.require_video(source)
    progress(0, "measuring the noise")
    sample = _sample(source)
    sigma = min(measure_noise(source), temporal_noise(sample))
    if sigma < HARDLY_ANY or params.strength == 0:
        raise NothingToDo("There is hardly any noise in it: it was left unchanged.")
    filter_ = grain_filter(sigma, params.strength, is_deep=_is_deep(source))
    progress(3, "trying it")
    if remaining_error(sample, sigma, filter_) + _ENCODING_ERROR > sigma**2:
        raise NothingToDo("It would lose as much detail as noise: it was left unchanged.")
    name = f"result.{video.kept_format(file_format)}"
    rest = subrange(progress, 5, 100)
    findings = video.transcode(source, Path(work.folder) / name, [filter_], rest, step="removing the noise")
    return Output(name=name, findings=findings)


def grain_filter(sigma: float, strength: int, *, is_deep: bool = False) -> Filter:
    """The filter for grain of this standard deviation.

    On panned photographs with known grain, a strength of 50 was best or near it, and 100 still better than none.
    """
    share = strength / 100
    if sigma < _COARSE or is_deep:
        setting = min(_FFT_MAX, sigma * (0.5 + 1.5 * share))
        return ("fftdnoiz", f"sigma={setting:.2f}:block=16:overlap=0.5:prev=1:next=1")
    setting = min(max(sigma * (0.3 + 0.3 * share), _NLM_MIN), _NLM_MAX)
    return ("nlmeans", f"s={setting:.2f}:p=5:r=9")


def remaining_error(frames: Sequence[Luma], sigma: float, filter_: Filter) -> float:
    """The mean square error of the filtered frames compared with the unknown clean ones.

    Stein's unbiased risk estimate, with the divergence by Monte Carlo (Ramani, Blu and Unser 2008).
    """
    noisy = np.stack(frames).astype(np.float32)
    signs = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), noisy.shape)
    perturbed = (noisy + signs * max(2.0, sigma / 2)).clip(0, 255).round().astype(np.uint8)
    change = perturbed - noisy
    one, other = filtered(frames, filter_), filtered([*perturbed], filter_)
    divergence = float(((other - one) * change).mean() / (change**2).mean())
    return float(((one - noisy) ** 2).mean()) + (2 * divergence - 1) * sigma**2


def filtered(frames: Sequence[Luma], filter_: Filter) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """The luma frames through the filter."""
    high, wide = frames[0].shape
    graph = gray_graph(wide, high, [filter_])
    made = []
    for number, luma in enumerate([*frames, None]):
        frame = None if luma is None else VideoFrame.from_ndarray(np.ascontiguousarray(luma), format="gray")
        if frame is not None:
            frame.pts, frame.time_base = number, GRAY_TIME_BASE
        made += [each.to_ndarray(format="gray") for each in pushed(graph, frame, VideoFrame)]
    return np.stack(made).astype(np.float32)


def temporal_noise(frames: Sequence[Luma]) -> float:
    """The standard deviation of what changes between frames after motion compensation, which texture does not.

    The maximum of all pairs, because videos repeat frames.
    """
    return max((_changed(one, other) for one, other in pairwise(frames)), default=float("inf"))


def _changed(before: Luma, after: Luma) -> float:
    high, wide = ((side - 2 * _MAX_MOTION) // _MOTION_BLOCK * _MOTION_BLOCK for side in after.shape)
    if high <= 0 or wide <= 0:
        return float("inf")
    old = before.astype(np.float32)
    new = after[_MAX_MOTION : _MAX_MOTION + high, _MAX_MOTION : _MAX_MOTION + wide].astype(np.float32)
    nearest = np.full(high * wide // _MOTION_BLOCK**2, np.inf)
    for down, right in product(range(2 * _MAX_MOTION + 1), repeat=2):
        errors = _blocks((old[down : down + high, right : right + wide] - new) ** 2, _MOTION_BLOCK)
        nearest = np.minimum(nearest, errors.mean(axis=1))
    return float(np.sqrt(np.median(nearest) / 2))


def _sample(path: Path) -> list[Luma]:
    """The middle of some consecutive frames, in 8 bits."""
    # Videos that were cut between keyframes can only be decoded from their beginning.
    return _frames_at(path, _SAMPLE_AT) or _frames_at(path, 0)


def _frames_at(path: Path, share: float) -> list[Luma]:
    with open_media(path) as container:
        video = require_video_stream(container)
        with suppress(av.FFmpegError):  # transcoding will report it
            if share:
                container.seek(int((container.duration or 0) * share))
            return [_middle(frame) for frame in islice(container.decode(video), _SAMPLE_FRAMES)]
    return []


def _middle(frame: VideoFrame) -> Luma:
    luma = frame.to_ndarray(format="gray")
    left, top = (max(0, (side - _SAMPLE_SIDE) // 2) for side in (frame.width, frame.height))
    return np.asarray(luma[top : top + _SAMPLE_SIDE, left : left + _SAMPLE_SIDE])


def _is_deep(path: Path) -> bool:
    with open_media(path) as container:
        kind = require_video_stream(container).format
        return kind is not None and kind.components[0].bits > 8


def measure_noise(path: Path) -> float:
    """The standard deviation of the noise in the luma, of 255; the median of some frames."""
    found: list[float] = []
    with open_media(path) as container:
        video = require_video_stream(container)
        every = max(1, (video.frames or _FRAMES_MEASURED) // _FRAMES_MEASURED)
        with suppress(av.FFmpegError):  # transcoding will report it
            frames = islice(container.decode(video), 0, None, every)
            for frame in islice(frames, _FRAMES_MEASURED):
                found.append(_noise_of(frame))
    return float(np.median(found)) if found else 0.0


def _noise_of(frame: VideoFrame) -> float:
    """By the diagonal details of 2 × 2 pixels (Donoho's estimator) in the smoother blocks, as others have texture."""
    luma = frame.to_ndarray(format="gray").astype(np.float32)
    high, wide = (side // _BLOCK * _BLOCK for side in luma.shape)
    if not high or not wide:
        return 0.0
    rows = luma[:high, :wide]
    diagonal = (rows[0::2, 0::2] - rows[0::2, 1::2] - rows[1::2, 0::2] + rows[1::2, 1::2]) / 2
    blocks, levels = _blocks(np.abs(diagonal), _BLOCK // 2), _blocks(rows, _BLOCK).mean(axis=1)
    # Noise is clipped in black and white areas.
    usable = blocks[(levels > _BLACK) & (levels < 255 - _BLACK)]
    return float(np.percentile(np.median(usable, axis=1), _SMOOTH_PERCENT) / 0.6745 / _BIAS) if len(usable) else 0.0


def _blocks(values: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", side: int) -> Any:
    """Square blocks with this side, a row each."""
    high, wide = values.shape
    return values.reshape(high // side, side, wide // side, side).swapaxes(1, 2).reshape(-1, side * side)
