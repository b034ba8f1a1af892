"""Loudness by EBU R128: measured first, then brought to −16 LUFS without a peak above −1 dBTP."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np

from ..messages import Progress, RefusalError
from .audio import AudioInfo, Samples, filtered, filtered_frames, read_chunks, with_progress
from .streams import Filter

TARGET_LUFS = -16.0
PEAK_DBTP = -1.0
# What is measured here and what others measure of the same peak lie so far apart.
_PEAK_MARGIN_DB = 0.15
# Limiting takes from the loudness; each round adds what was taken, and most sounds need one or two.
_ROUNDS = 6
_NEAR_ENOUGH = 0.2
SILENT_LUFS = -69.0
# One block of R128, in seconds: of what is shorter its measure says that it is silent.
_BLOCK_SECONDS = 0.4
# Peaks lie between samples: those at the very end come out of the resampler behind them.
_TAIL_SECONDS = 0.1
_Curve: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]
# The K curve at 48 kHz (ITU-R BS.1770-4, tables 1 and 2): a head's shelf, and a high-pass.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


class Measured(msgspec.Struct, frozen=True):
    """Integrated loudness in LUFS and true peak in dB of full scale."""

    lufs: float
    peak_db: float


def measure(chunks: Iterable[Samples], info: AudioInfo) -> Measured:
    """By libav's ebur128 over the whole sound; what is shorter than one of its blocks by its power."""
    lufs, peak = SILENT_LUFS, 0.0
    short = _Short(info.rate)
    for frame in filtered_frames(_and_tail(short.passing(chunks), info), info, [("ebur128", "metadata=1:peak=true")]):
        tags = frame.metadata
        lufs = float(tags.get("lavfi.r128.I", lufs))
        peaks = [float(value) for name, value in tags.items() if name.startswith("lavfi.r128.true_peaks_ch")]
        peak = max([peak, *peaks])
    if (whole := short.whole()) is not None:
        lufs = max(SILENT_LUFS, power_lufs(whole, info.rate))
    # The loudness is told in dB, the peaks of full scale as 1.
    return Measured(lufs, 20 * math.log10(max(peak, 1e-5)))


def power_lufs(samples: Samples, rate: int) -> float:
    """LUFS without a gate, by the K curve on the spectrum (Parseval)."""
    count = samples.shape[1]
    hz = np.fft.rfftfreq(count, 1 / rate)
    # The curve is drawn for 48 kHz, and flat above.
    turn = np.exp(-2j * np.pi * np.minimum(hz, 23_999) / 48_000)
    curve = np.abs(_biquad(*_SHELF, turn) * _biquad(*_PASS, turn)) ** 2
    power = np.abs(np.fft.rfft(samples, axis=1)) ** 2 * curve
    power[:, 1:] *= 2
    return float(-0.691 + 10 * np.log10(power.sum() / count**2 + 1e-20))


def normalized(source: Path, info: AudioInfo, progress: Progress) -> Iterator[Samples]:
    """The sound at the target's loudness: louder or softer as a whole; only what would clip is limited.

    Raises:
        RefusalError: it is silent.
    """

    def read(begin: float, end: float) -> Iterator[Samples]:
        return with_progress(read_chunks(source, info), info, progress, begin, end, "measuring the loudness")

    told = 30.0
    found = measure(read(0, told), info)
    if found.lufs <= SILENT_LUFS:
        raise RefusalError("all_silent", "This sound is silent: it cannot be made louder.")
    gain = TARGET_LUFS - found.lufs
    filters = [_volume(gain)]
    most = PEAK_DBTP - _PEAK_MARGIN_DB
    if found.peak_db + gain > most:
        # A little below the peak that is allowed: the limiter sees samples, and true peaks lie between them.
        limit, above = most - 0.4, 0.0
        for _ in range(_ROUNDS):
            begin, told = told, told + (80 - told) / 2
            limited = measure(filtered(read(begin, told), info, _limited(gain, limit)), info)
            above = max(0.0, limited.peak_db - most)
            filters = [*_limited(gain, limit), _volume(-above)]
            if abs(limited.lufs - TARGET_LUFS) <= _NEAR_ENOUGH and not above:
                break
            gain += TARGET_LUFS - limited.lufs
            limit -= above
    return filtered(read(told, 98), info, filters)


class _Short:
    """Keeps the beginning of what passes, as long as all of it may be one block."""

    def __init__(self, rate: int) -> None:
        self._most = int(_BLOCK_SECONDS * rate)
        self._kept: list[Samples] = []
        self._samples = 0

    def passing(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        for chunk in chunks:
            self._samples += chunk.shape[1]
            if self._samples < self._most:
                self._kept.append(chunk)
            yield chunk

    def whole(self) -> Samples | None:
        """The sound, where it is short."""
        return np.concatenate(self._kept, axis=1) if self._kept and self._samples < self._most else None


def _and_tail(chunks: Iterable[Samples], info: AudioInfo) -> Iterator[Samples]:
    yield from chunks
    yield np.zeros((info.channels, int(_TAIL_SECONDS * info.rate)), np.float32)


def _biquad(above: tuple[float, float, float], below: tuple[float, float], turn: _Curve) -> _Curve:
    (b0, b1, b2), (a1, a2) = above, below
    return (b0 + b1 * turn + b2 * turn**2) / (1 + a1 * turn + a2 * turn**2)


def _volume(gain_db: float) -> Filter:
    return ("volume", f"{gain_db:.3f}dB")


def _limited(gain_db: float, limit_db: float) -> list[Filter]:
    limit = 10 ** (limit_db / 20)
    return [_volume(gain_db), ("alimiter", f"limit={limit:.4f}:level=false:attack=5:release=80:latency=true")]
