"""Reducing images to a palette of their own: k-means in OKLab, transparency included, and error diffusion.

Everything is done in bands of rows, so that an image of 60 megapixels takes little more memory than itself.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from ..messages import Progress
from .blending import Pixels
from .indexed import Packed, drawn, packed
from .oklab import Lab, oklab, rgb_of

_Indices: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
_Places: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]
_Weights: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

# How much a difference in opacity counts, beside one of lightness from black to white.
_ALPHA_WEIGHT = np.float32(0.6)
# OKLab's differences in chroma look larger than they are long, beside those in lightness (CSS Color 4, ΔEOK2).
_WEIGHTS = np.array([1, 2, 2], np.float32)
_SAMPLED_PIXELS, _SAMPLED_COLOURS = 2_000_000, 65_536
_ROUNDS, _SETTLED = 24, 1e-4
_BATCH = 8192
# An entry that is nearly opaque is opaque: seams would show.
_OPAQUE = 252
_BAND_PIXELS, _BAND_ROWS = 1_000_000, 384
# Floyd and Steinberg's shares of an error, in sixteenths: to the right; below to the left, below, and to the right.
_RIGHT, _LEFT_BELOW, _BELOW, _RIGHT_BELOW = (np.float32(share / 16) for share in (7, 3, 5, 1))
# Steps in lightness to the neighbours from which on an error starts to be hidden by them, and is hidden.
_SEEN_STEP, _HIDDEN_STEP = 0.012, 0.06
_DIFFUSED = 0.6
# No error is passed on beyond this length: it would only show as a speck.
_MOST_ERROR = np.float32(0.06)


def quantized(frames: Sequence[Image.Image], colours: int, progress: Progress, *, dither: bool) -> list[Image.Image]:
    """The frames, RGBA, with one palette of at most so many colours; fully transparent pixels are one of them."""
    table = palette_of(frames, colours)
    found = []
    for done, frame in enumerate(frames):
        progress(100 * done / len(frames), "reducing the colours")
        found.append(drawn(_diffused(frame, table) if dither else _nearest(frame, table), _numbers(table)))
    return found


def palette_of(frames: Sequence[Image.Image], colours: int) -> Pixels:
    """RGBA entries that represent the frames' colours best, dark ones first; transparency precedes them."""
    numbers, counts = _sampled(frames)
    clear = np.zeros((int(any(frame.getchannel("A").getextrema()[0] == 0 for frame in frames)), 4), np.uint8)
    if not len(numbers):
        return clear
    if len(numbers) <= colours - len(clear):
        table = _rgba(numbers)
    else:
        features, weights = _merged(numbers, counts)
        table = _entries(_settled(features, weights, _split(features, weights, colours - len(clear))))
    order = np.argsort(_features(table)[:, 0], kind="stable")
    return np.concatenate([clear, table[order]])


def _sampled(frames: Sequence[Image.Image]) -> tuple[Packed, _Weights]:
    """The colours of regularly chosen visible pixels, and how often each occurs."""
    pixels = sum(frame.width * frame.height for frame in frames)
    # No divisor of a usual width, which would choose columns.
    step = max(1, pixels // _SAMPLED_PIXELS) | 1
    chosen = np.concatenate([band.ravel()[::step] for frame in frames for _, band in _bands(frame)])
    numbers, counts = np.unique(chosen, return_counts=True)
    is_seen = numbers > 0
    return numbers[is_seen], counts[is_seen].astype(np.float64)


def _bands(image: Image.Image) -> Iterator[tuple[int, Packed]]:
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield top, packed(image.crop((0, top, image.width, min(image.height, top + rows))))


def _rgba(numbers: Packed) -> Pixels:
    return np.ascontiguousarray(numbers).view(np.uint8).reshape(*numbers.shape, 4)


def _numbers(table: Pixels) -> Packed:
    return np.ascontiguousarray(table).view(np.uint32)[:, 0]


def _features(rgba: Pixels) -> Lab:
    """Colours as points: premultiplied OKLab and opacity, so that what is hardly seen hardly counts."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return np.concatenate([oklab(rgba[..., :3]) * _WEIGHTS * alpha, _ALPHA_WEIGHT * (1 - alpha)], axis=-1)


def _entries(points: Lab) -> Pixels:
    alpha = np.clip(1 - points[:, 3:] / _ALPHA_WEIGHT, 1 / 255, 1)
    levels = np.round(alpha * 255).astype(np.uint8)
    levels[levels >= _OPAQUE] = 255
    return np.unique(np.concatenate([rgb_of(points[:, :3] / alpha / _WEIGHTS), levels], axis=-1), axis=0)


def _merged(numbers: Packed, counts: _Weights) -> tuple[Lab, _Weights]:
    """The colours as points, those that differ in the lowest bits only as one, if there are very many."""
    rgba, bits = _rgba(numbers), 0
    groups = numbers
    while len(groups) > _SAMPLED_COLOURS:
        bits += 1
        groups, places = np.unique(
            numbers & np.uint32(0xFF >> bits << bits) * np.uint32(0x01010101), return_inverse=True
        )
    if not bits:
        return _features(rgba), counts
    weights = np.bincount(places, counts, len(groups)).astype(np.float64)
    return _means(_features(rgba), counts, places, len(groups)), weights


def _means(features: Lab, weights: _Weights, places: _Places, size: int) -> Lab:
    total = np.maximum(np.bincount(places, weights, size), 1e-9)
    sums = [np.bincount(places, weights * column, size) for column in features.T]
    return (np.stack(sums, -1) / total[:, None]).astype(np.float32)


def _split(features: Lab, weights: _Weights, colours: int) -> Lab:
    """Means to begin with: the group with the largest error is split across its longest extent, again and again."""
    groups = [_Group(features, weights, np.arange(len(features)))]
    while len(groups) < colours:
        worst = max(range(len(groups)), key=lambda place: groups[place].error)
        if groups[worst].error <= 0:
            break
        groups[worst : worst + 1] = groups[worst].halves(features, weights)
    return np.stack([group.mean for group in groups]).astype(np.float32)


class _Group:
    def __init__(self, features: Lab, weights: _Weights, members: _Places):
        self._members = members
        points, counts = features[members].astype(np.float64), weights[members]
        self.mean = np.average(points, axis=0, weights=counts)
        apart = points - self.mean
        spread = (apart * counts[:, None]).T @ apart
        self.error = float(np.trace(spread)) if len(members) > 1 else 0.0
        self._along = apart @ np.linalg.eigh(spread)[1][:, -1]

    def halves(self, features: Lab, weights: _Weights) -> "list[_Group]":
        is_beyond = self._along > 0
        if is_beyond.all() or not is_beyond.any():
            is_beyond = np.arange(len(self._along)) >= len(self._along) // 2
        return [_Group(features, weights, self._members[part]) for part in (~is_beyond, is_beyond)]


def _settled(features: Lab, weights: _Weights, means: Lab) -> Lab:
    """Lloyd's k-means; a mean that nothing is nearest to stays where it is."""
    before = np.inf
    for _ in range(_ROUNDS):
        places, error = _assigned(features, weights, means)
        is_used = np.bincount(places, minlength=len(means)) > 0
        means = np.where(is_used[:, None], _means(features, weights, places, len(means)), means)
        if error > before * (1 - _SETTLED):
            break
        before = error
    return means


def _assigned(features: Lab, weights: _Weights, means: Lab) -> tuple[_Places, float]:
    places, error = np.empty(len(features), np.intp), 0.0
    for start in range(0, len(features), _BATCH):
        some = features[start : start + _BATCH]
        near = _nearest_of(some, means)
        places[start : start + _BATCH] = near
        error += float(((some - means[near]) ** 2).sum(-1) @ weights[start : start + _BATCH])
    return places, error


def _nearest_of(points: Lab, means: Lab) -> _Places:
    # |p − m|² without |p|², which is the same for all means.
    nearest: _Places = ((means**2).sum(-1) / 2 - points @ means.T).argmin(-1)
    return nearest


def _nearest(image: Image.Image, table: Pixels) -> _Indices:
    means, found = _features(table), np.empty((image.height, image.width), np.uint8)
    for top, band in _bands(image):
        colours, places = np.unique(band, return_inverse=True)
        near = np.empty(len(colours), np.uint8)
        for start in range(0, len(colours), _BATCH):
            near[start : start + _BATCH] = _nearest_of(_features(_rgba(colours[start : start + _BATCH])), means)
        found[top : top + len(band)] = near[places.reshape(band.shape)]
    return found


def _diffused(image: Image.Image, table: Pixels) -> _Indices:
    """The entries' indices, by error diffusion where a step would show."""
    means, found = _features(table), np.empty((image.height, image.width), np.uint8)
    above = np.zeros((image.width + 2, 4), np.float32)
    for top in range(0, image.height, _BAND_ROWS):
        # One row more on either side, whose steps are counted.
        around = image.crop((0, max(0, top - 1), image.width, min(image.height, top + _BAND_ROWS + 1)))
        points = _features(np.asarray(around))
        begin, rows = min(top, 1), min(_BAND_ROWS, image.height - top)
        shares = _shares(points)[begin : begin + rows]
        is_clear = np.asarray(around.getchannel("A"))[begin : begin + rows] == 0
        points = points[begin : begin + rows]
        points[0] += _RIGHT_BELOW * above[:-2] + _BELOW * above[1:-1] + _LEFT_BELOW * above[2:]
        found[top : top + rows], above[1:-1] = _diffused_band(points, shares, is_clear, means)
    return found


def _shares(points: Lab) -> Lab:
    """How much of its error each pixel passes on: none among details, which hide it, nor where it is transparent."""
    lightness = points[..., 0]
    steps = np.zeros_like(lightness)
    across, down = np.abs(np.diff(lightness, axis=1)), np.abs(np.diff(lightness, axis=0))
    steps[:, 1:] = across
    steps[:, :-1] = np.maximum(steps[:, :-1], across)
    steps[1:] = np.maximum(steps[1:], down)
    steps[:-1] = np.maximum(steps[:-1], down)
    seen: Lab = np.clip((_HIDDEN_STEP - steps) / (_HIDDEN_STEP - _SEEN_STEP), 0, 1).astype(np.float32)
    return seen * np.float32(_DIFFUSED)


def _diffused_band(
    points: Lab, shares: Lab, is_clear: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", means: Lab
) -> tuple[_Indices, Lab]:
    """The band's indices, and the errors of its last row.

    What a pixel gets comes from its left and from the row above, so that all pixels of a slanted line, one row down
    and two columns left, are independent: each line is one step of numpy's.
    """
    rows, columns = points.shape[:2]
    lines = columns + 2 * (rows - 1)
    slanted, passed = np.zeros((lines, rows, 4), np.float32), np.zeros((lines, rows), np.float32)
    chosen = np.zeros((lines, rows), np.uint8)
    for row in range(rows):
        slanted[2 * row : 2 * row + columns, row] = points[row]
        passed[2 * row : 2 * row + columns, row] = np.where(is_clear[row], 0, shares[row])
    # Of the three lines before; the first row has none above it.
    errors = np.zeros((3, rows + 1, 4), np.float32)
    last, halves = np.zeros((columns, 4), np.float32), (means**2).sum(-1) / 2
    for line in range(lines):
        begin, end = max(0, (line - columns + 2) // 2), min(rows, line // 2 + 1)
        one, two, three = errors[(line - 1) % 3], errors[(line - 2) % 3], errors[line % 3]
        wanted = slanted[line, begin:end] + (
            _RIGHT * one[begin + 1 : end + 1]
            + _LEFT_BELOW * one[begin:end]
            + _BELOW * two[begin:end]
            + _RIGHT_BELOW * three[begin:end]
        )
        near = (halves - wanted @ means.T).argmin(-1)
        error = (wanted - means[near]) * passed[line, begin:end, None]
        length = np.sqrt((error**2).sum(-1, keepdims=True))
        error *= np.minimum(1, _MOST_ERROR / np.maximum(length, 1e-9))
        three[:] = 0
        three[begin + 1 : end + 1] = error
        chosen[line, begin:end] = near
        if end == rows:
            last[line - 2 * (rows - 1)] = error[-1]
    found = np.stack([chosen[2 * row : 2 * row + columns, row] for row in range(rows)])
    found[is_clear] = 0
    return found, last
