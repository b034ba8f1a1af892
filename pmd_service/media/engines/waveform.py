"""A sound's waveform: audiowaveform's JSON, version 2, which players read, and a picture of it."""

from collections.abc import Sequence
from pathlib import Path

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
_BLOCK = RATE_HZ // 100
_INK = (126, 140, 160, 255)
_PICTURE_SHAPE = 4  # times as wide as high


class Waveform:
    """Takes a sound's frames as they are decoded."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler("s16", "mono", RATE_HZ)
        self._rest = np.empty(0, np.int16)
        self._blocks: list[np.ndarray[tuple[int, int], np.dtype[np.int8]]] = []

    def add(self, frame: AudioFrame | None) -> None:
        """The next frame; None at the end."""
        for resampled in self._resampler.resample(frame):
            self._rest = np.concatenate([self._rest, resampled.to_ndarray()[0]])
        if frame is None:
            self._rest = np.pad(self._rest, (0, -len(self._rest) % _BLOCK))
        whole = len(self._rest) // _BLOCK * _BLOCK
        if whole:
            rows = self._rest[:whole].reshape(-1, _BLOCK)
            self._blocks.append(np.stack([rows.min(axis=1) >> 8, rows.max(axis=1) >> 8], axis=1).astype(np.int8))
            self._rest = self._rest[whole:]

    def peaks(self) -> tuple[int, Sequence[tuple[int, int]]]:
        """Samples (at :data:`RATE_HZ`) a peak, and up to :data:`PEAKS` pairs of least and greatest, −128 to 127."""
        self.add(None)
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
