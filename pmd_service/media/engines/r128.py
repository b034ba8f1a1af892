"""Measuring loudness by EBU R128, and normalising to −16 LUFS with true peaks of at most −1 dBTP."""

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np

from ..messages import Progress, RefusalError
from .audio import AudioInfo, Samples, filtered, filtered_frames, read_chunks, with_progress
from .streams import Filter

TARGET_LUFS = -16.0
PEAK_DBTP = -1.0
# Meters differ by this much for the same true peak.
_PEAK_MARGIN_DB = 0.15
# Limiting reduces the loudness, and each round compensates; most sounds need one or two.
_MAX_ROUNDS = 6
_TOLERANCE = 0.2
SILENT_LUFS = -69.0
# Less is not heard: a sound has this loudness already.
SAME_DB = 0.05
# A block of R128, in seconds: for shorter sounds, ebur128 returns silence.
_BLOCK_SECONDS = 0.4
# The true peaks of the last samples come out of ebur128's resampler later.
_TAIL_SECONDS = 0.1
Read: TypeAlias = Callable[[float, float], Iterator[Samples]]
_Curve: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]
# K weighting at 48 kHz (ITU-R BS.1770-4, tables 1 and 2): a shelf for the head, and a high-pass.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


class Measured(msgspec.Struct, frozen=True):
    """Integrated loudness in LUFS, and true peak in dBTP."""

    lufs: float
    peak_db: float


def measure(chunks: Iterable[Samples], info: AudioInfo) -> Measured:
    """By libav's ebur128; sounds shorter than a block by their power."""
    lufs, peak = SILENT_LUFS, 0.0
    short = _Short(info.rate)
    for frame in filtered_frames(_with_tail(short.passing(chunks), info), info, [("ebur128", "metadata=1:peak=true")]):
        tags = frame.metadata
        lufs = float(tags.get("lavfi.r128.I", lufs))
        peaks = [float(value) for name, value in tags.items() if name.startswith("lavfi.r128.true_peaks_ch")]
        peak = max([peak, *peaks])
    if (whole := short.whole()) is not None:
        lufs = max(SILENT_LUFS, power_lufs(whole, info.rate))
    # ebur128 reports peaks as a factor of full scale.
    return Measured(lufs, 20 * math.log10(max(peak, 1e-5)))


def power_lufs(samples: Samples, rate: int) -> float:
    """LUFS without gating, by K weighting of the spectrum (Parseval)."""
    count = samples.shape[1]
    hz = np.fft.rfftfreq(count, 1 / rate)
    # The coefficients are for 48 kHz, and the curve is flat above.
    turn = np.exp(-2j * np.pi * np.minimum(hz, 23_999) / 48_000)
    curve = np.abs(_biquad(*_SHELF, turn) * _biquad(*_PASS, turn)) ** 2
    power = np.abs(np.fft.rfft(samples, axis=1)) ** 2 * curve
    power[:, 1:] *= 2
    return float(-0.691 + 10 * np.log10(power.sum() / count**2 + 1e-20))


def normalized(source: Path, info: AudioInfo, progress: Progress) -> Iterator[Samples] | None:
    """The sound with the target's loudness, by a constant gain; only peaks are limited. None: it has it already.

    Raises:
        RefusalError: it is silent.
    """

    def read(begin: float, end: float) -> Iterator[Samples]:
        return with_progress(read_chunks(source, info), info, progress, begin, end, "measuring the loudness")

    found = measure(read(0, 30), info)
    if found.lufs <= SILENT_LUFS:
        raise RefusalError("all_silent", "This sound is silent: it cannot be made louder.")
    if abs(TARGET_LUFS - found.lufs) < SAME_DB and found.peak_db <= PEAK_DBTP + SAME_DB:
        return None
    filters = leveling(read, info, found, gain=TARGET_LUFS - found.lufs, max_peak=PEAK_DBTP, target=TARGET_LUFS)
    return filtered(read(80, 98), info, filters)


def leveling(
    read: Read, info: AudioInfo, found: Measured, *, gain: float, max_peak: float, target: float | None
) -> list[Filter]:
    """Filters that raise a sound by this gain, in dB, and limit only what would exceed the true peak.

    Args:
        read: the sound's samples again, while progress goes from one percentage to another.
        target: the loudness, for which the gain is raised by what limiting takes.
    """
    filters = [volume(gain)]
    max_peak -= _PEAK_MARGIN_DB
    if found.peak_db + gain <= max_peak:
        return filters
    # The limiter works on samples, and true peaks are between them.
    limit, reached = max_peak - 0.4, 30.0
    for _ in range(_MAX_ROUNDS):
        begin, reached = reached, reached + (80 - reached) / 2
        limited = measure(filtered(read(begin, reached), info, _limited(gain, limit)), info)
        above = max(0.0, limited.peak_db - max_peak)
        filters = [*_limited(gain, limit), volume(-above)]
        if not above and (target is None or abs(limited.lufs - target) <= _TOLERANCE):
            break
        gain += 0.0 if target is None else target - limited.lufs
        limit -= above
    return filters


class _Short:
    """Keeps a sound that is shorter than a block, as its chunks pass by."""

    def __init__(self, rate: int) -> None:
        self._block = int(_BLOCK_SECONDS * rate)
        self._kept: list[Samples] = []
        self._samples = 0

    def passing(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        for chunk in chunks:
            self._samples += chunk.shape[1]
            if self._samples < self._block:
                self._kept.append(chunk)
            yield chunk

    def whole(self) -> Samples | None:
        """The sound; None if it is longer."""
        return np.concatenate(self._kept, axis=1) if self._kept and self._samples < self._block else None


def _with_tail(chunks: Iterable[Samples], info: AudioInfo) -> Iterator[Samples]:
    yield from chunks
    yield np.zeros((info.channels, int(_TAIL_SECONDS * info.rate)), np.float32)


def _biquad(above: tuple[float, float, float], below: tuple[float, float], turn: _Curve) -> _Curve:
    (b0, b1, b2), (a1, a2) = above, below
    return (b0 + b1 * turn + b2 * turn**2) / (1 + a1 * turn + a2 * turn**2)


def volume(gain_db: float) -> Filter:
    return ("volume", f"{gain_db:.3f}dB")


def _limited(gain_db: float, limit_db: float) -> list[Filter]:
    limit = 10 ** (limit_db / 20)
    return [volume(gain_db), ("alimiter", f"limit={limit:.4f}:level=false:attack=5:release=80:latency=true")]
