"""A sound's waveform, as audiowaveform's JSON (version 2) for players, and as an image."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import av
import msgspec
import numpy as np
from av.audio.frame import AudioFrame
from PIL import Image, ImageDraw

from ..probe_result import PREVIEW_SIZES, Preview
from . import previews

RATE_HZ = 8000
PEAKS = 1000
# While the length is unknown, minimum and maximum of each 10 ms are kept.
_BLOCKS_A_SECOND = 100
_BLOCK = RATE_HZ // _BLOCKS_A_SECOND
_MAX_PLANES = 7  # of PyAV
_SCALES = {"uint8": 2**-7, "int16": 2**-15, "int32": 2**-31}
Mono: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Extremes: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int8]]
_INK = (126, 140, 160, 255)
_ASPECT = 4


class Waveform:
    """Measures a sound's frames as they are decoded."""

    def __init__(self) -> None:
        self._unpacker = av.AudioResampler("flt")
        # Converting each frame to an array would cost as much as decoding it, so they are gathered by the second.
        self._waiting = av.AudioFifo()
        self._rate = 0
        self._blocks: list[Extremes] = []

    def add(self, frame: AudioFrame) -> None:
        if not self._rate:
            self._rate = frame.sample_rate
            self._is_unpacked = frame.layout.nb_channels > _MAX_PLANES
            kind = "flt" if self._is_unpacked else frame.format.name
            self._as_first = av.AudioResampler(kind, frame.layout.name, self._rate)
        for each in self._unpacker.resample(frame) if self._is_unpacked else (frame,):
            each.pts = None  # timestamps are ignored
            try:
                self._waiting.write(each)
            except ValueError:  # the format has changed
                for converted in self._as_first.resample(each):
                    converted.pts = None
                    self._waiting.write(converted)
        while self._waiting.samples >= self._rate:
            self._measure(self._waiting.read(self._rate))

    def _measure(self, frame: AudioFrame | None) -> None:
        """Minimum and maximum of each 10 ms of a second."""
        if frame is None:
            return
        samples, channels = frame.to_ndarray(), frame.layout.nb_channels
        first, *others = samples if frame.format.is_planar else samples.reshape(-1, channels).T
        mixed = first.astype(np.float32)
        for row in others:
            mixed += row
        # Unsigned samples, once scaled, have their middle at 1.
        scale, middle = _SCALES.get(samples.dtype.name, 1.0) / channels, float(samples.dtype == np.uint8)
        self._blocks.append(((_extremes(mixed, self._rate) * scale - middle) * 128).clip(-128, 127).astype(np.int8))

    def peaks(self) -> tuple[int, Sequence[tuple[int, int]]]:
        """Samples (at :data:`RATE_HZ`) per peak, and up to :data:`PEAKS` pairs of minimum and maximum, −128 to 127."""
        if self._rate:
            self._measure(self._waiting.read())
        blocks = np.concatenate(self._blocks) if self._blocks else np.zeros((1, 2), np.int8)
        merged = -(-len(blocks) // PEAKS)
        blocks = np.pad(blocks, ((0, -len(blocks) % merged), (0, 0)), mode="edge")
        rows = blocks.reshape(-1, merged, 2)
        pairs = np.stack([rows[:, :, 0].min(axis=1), rows[:, :, 1].max(axis=1)], axis=1)
        return merged * _BLOCK, [(int(low), int(high)) for low, high in pairs]


def _extremes(samples: Mono, rate: int) -> Mono:
    """Minimum and maximum of each 10 ms of up to a second."""
    blocks = -(-len(samples) * _BLOCKS_A_SECOND // rate)
    starts = (np.arange(blocks) * rate // _BLOCKS_A_SECOND).clip(0, len(samples) - 1)
    return np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)


def draw_waveform(waveform: Waveform, folder: Path) -> list[Preview]:
    """Write ``waveform.json`` and the previews."""
    samples, pairs = waveform.peaks()
    data = [value for pair in pairs for value in pair]
    document = {"version": 2, "channels": 1, "sample_rate": RATE_HZ, "samples_per_pixel": samples, "bits": 8}
    (folder / "waveform.json").write_bytes(msgspec.json.encode({**document, "length": len(pairs), "data": data}))
    drawn = [previews.save_preview(_picture(pairs, size), size, folder, **previews.LOSSLESS) for size in PREVIEW_SIZES]
    return [*drawn, Preview(name="waveform.json", mime_type="application/json")]


def _picture(pairs: Sequence[tuple[int, int]], width: int) -> Image.Image:
    height = width // _ASPECT
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    for x in range(width):
        here = pairs[x * len(pairs) // width : max(x * len(pairs) // width + 1, (x + 1) * len(pairs) // width)]
        low, high = min(pair[0] for pair in here), max(pair[1] for pair in here)
        middle = height / 2
        draw.line((x, middle - high / 128 * middle, x, middle - low / 128 * middle), fill=_INK)
    return image
