"""A sound's waveform: audiowaveform's JSON, version 2, which players read, and a picture of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import av
import msgspec
import numpy as np
from av.audio.frame import AudioFrame
from PIL import Image, ImageDraw

from ..looked import PREVIEW_SIZES, Preview
from . import previews

RATE_HZ = 8000
PEAKS = 1000
# The least and greatest sample of each 10 ms are all that is kept while the length is unknown.
_A_SECOND = 100
_BLOCK = RATE_HZ // _A_SECOND
_PLANES = 7
_SCALES = {"uint8": 2**-7, "int16": 2**-15, "int32": 2**-31}
Mono: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
_INK = (126, 140, 160, 255)
_PICTURE_SHAPE = 4  # times as wide as high


class Waveform:
    """Takes a sound's frames as they are decoded."""

    def __init__(self) -> None:
        self._unpacker = av.AudioResampler("flt")
        self._waiting: list[np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = []
        self._rest: Mono = np.empty(0, np.float32)
        self._held = 0
        self._rate = 0
        self._done = 0  # samples in the blocks that are there
        self._blocks: list[np.ndarray[tuple[int, int], np.dtype[np.int8]]] = []

    def add(self, frame: AudioFrame) -> None:
        """The next frame."""
        if not self._rate:
            self._rate, self._channels = frame.sample_rate, frame.layout.nb_channels
            self._is_planar = frame.format.is_planar and self._channels <= _PLANES
            self._as_first = av.AudioResampler(frame.format.name, frame.layout.name, self._rate)
        # PyAV's planes end at seven. A frame costs little here: what is done with it is done by the second.
        is_other = self._is_planar and frame.layout.nb_channels != self._channels
        resampler = self._as_first if is_other else self._unpacker if self._channels > _PLANES else None
        for each in resampler.resample(frame) if resampler else (frame,):
            self._waiting.append(each.to_ndarray())
            self._held += each.samples
        if self._held >= self._rate:
            self._measure(at_end=False)

    def _mixed(self) -> Mono:
        """What waits as one channel of −1 to 1, the mean of all."""
        samples = np.concatenate(self._waiting, axis=1)
        rows = samples if self._is_planar else samples.reshape(-1, self._channels).T
        mixed = rows[0] if len(rows) == 1 else rows.sum(axis=0, dtype=np.float32) / np.float32(len(rows))
        scale = np.float32(_SCALES.get(rows.dtype.name, 1.0))
        return np.concatenate([self._rest, mixed * scale - np.float32(rows.dtype == np.uint8)])

    def _measure(self, *, at_end: bool) -> None:
        """Least and greatest of each 10 ms that is there, however many samples those are at this rate."""
        samples = self._mixed()
        first = len(self._blocks) and sum(len(blocks) for blocks in self._blocks)
        last = -(-(self._done + len(samples)) * _A_SECOND // self._rate) if at_end else 0
        last = last or (self._done + len(samples)) * _A_SECOND // self._rate
        bounds = np.arange(first, last + 1) * self._rate // _A_SECOND - self._done
        starts = bounds[:-1].clip(0, max(0, len(samples) - 1))
        if len(starts) and len(samples):
            whole = samples[: bounds[-1]]
            extremes = [each.reduceat(whole, starts) for each in (np.minimum, np.maximum)]
            self._blocks.append((np.stack(extremes, axis=1) * 128).clip(-128, 127).astype(np.int8))
        kept = samples[bounds[-1] :]
        self._done += len(samples) - len(kept)
        self._waiting, self._held, self._rest = [], 0, kept

    def peaks(self) -> tuple[int, Sequence[tuple[int, int]]]:
        """Samples (at :data:`RATE_HZ`) a peak, and up to :data:`PEAKS` pairs of least and greatest, −128 to 127."""
        if self._waiting or len(self._rest):
            self._waiting = self._waiting or [np.empty((self._channels if self._is_planar else 1, 0), np.float32)]
            self._measure(at_end=True)
        blocks = np.concatenate(self._blocks) if self._blocks else np.zeros((1, 2), np.int8)
        merged = -(-len(blocks) // PEAKS)
        blocks = np.pad(blocks, ((0, -len(blocks) % merged), (0, 0)), mode="edge")
        rows = blocks.reshape(-1, merged, 2)
        pairs = np.stack([rows[:, :, 0].min(axis=1), rows[:, :, 1].max(axis=1)], axis=1)
        return merged * _BLOCK, [(int(least), int(greatest)) for least, greatest in pairs]


def draw_waveform(waveform: Waveform, folder: Path) -> list[Preview]:
    """``waveform.json`` and its pictures."""
    samples, pairs = waveform.peaks()
    data = [value for pair in pairs for value in pair]
    document = {"version": 2, "channels": 1, "sample_rate": RATE_HZ, "samples_per_pixel": samples, "bits": 8}
    (folder / "waveform.json").write_bytes(msgspec.json.encode({**document, "length": len(pairs), "data": data}))
    drawn = [previews.save_preview(_picture(pairs, size), size, folder, **previews.LOSSLESS) for size in PREVIEW_SIZES]
    return [*drawn, Preview(name="waveform.json", mime_type="application/json")]


def _picture(pairs: Sequence[tuple[int, int]], width: int) -> Image.Image:
    height = width // _PICTURE_SHAPE
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    for x in range(width):
        here = pairs[x * len(pairs) // width : max(x * len(pairs) // width + 1, (x + 1) * len(pairs) // width)]
        least, greatest = min(pair[0] for pair in here), max(pair[1] for pair in here)
        middle = height / 2
        draw.line((x, middle - greatest / 128 * middle, x, middle - least / 128 * middle), fill=_INK)
    return image
