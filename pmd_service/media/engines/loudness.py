"""Loudness by EBU R128: measured first, then brought to −16 LUFS without a peak above −1 dBTP."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..messages import RefusalError
from .sounds import Samples, Shape, filtered, filtered_frames, read_chunks
from .streams import Filter

TARGET_LUFS = -16.0
PEAK_DBTP = -1.0
# Limiting takes from the loudness; each round adds what was taken, and most sounds need one or two.
_ROUNDS = 4
_NEAR_ENOUGH = 0.2
SILENT_LUFS = -69.0


class Measured(msgspec.Struct, frozen=True):
    """Integrated loudness in LUFS and true peak in dB of full scale."""

    lufs: float
    peak_db: float


def measure(chunks: Iterable[Samples], shape: Shape) -> Measured:
    """By libav's ebur128 over the whole sound."""
    lufs, peak = SILENT_LUFS, 0.0
    for frame in filtered_frames(chunks, shape, [("ebur128", "metadata=1:peak=true")]):
        tags = frame.metadata
        lufs = float(tags.get("lavfi.r128.I", lufs))
        peaks = [float(value) for name, value in tags.items() if name.startswith("lavfi.r128.true_peaks_ch")]
        peak = max([peak, *peaks])
    # The loudness is told in dB, the peaks of full scale as 1.
    return Measured(lufs, 20 * math.log10(max(peak, 1e-5)))


def normalized(source: Path, shape: Shape) -> Iterator[Samples]:
    """The sound at the target's loudness: louder or softer as a whole; only what would clip is limited.

    Raises:
        RefusalError: it is silent.
    """
    found = measure(read_chunks(source, shape), shape)
    if found.lufs <= SILENT_LUFS:
        raise RefusalError("all_silent", "This sound is silent: it cannot be made louder.")
    gain = TARGET_LUFS - found.lufs
    if found.peak_db + gain <= PEAK_DBTP:
        return filtered(read_chunks(source, shape), shape, [_volume(gain)])
    for _ in range(_ROUNDS):
        limited = measure(filtered(read_chunks(source, shape), shape, _limited(gain)), shape)
        if abs(limited.lufs - TARGET_LUFS) <= _NEAR_ENOUGH:
            break
        gain += TARGET_LUFS - limited.lufs
    return filtered(read_chunks(source, shape), shape, _limited(gain))


def _volume(gain_db: float) -> Filter:
    return ("volume", f"{gain_db:.3f}dB")


def _limited(gain_db: float) -> list[Filter]:
    # A little below the peak that is allowed: the limiter sees samples, and true peaks lie between them.
    limit = 10 ** ((PEAK_DBTP - 0.5) / 20)
    return [_volume(gain_db), ("alimiter", f"limit={limit:.4f}:level=false:attack=5:release=80:latency=true")]
