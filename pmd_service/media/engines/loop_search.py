"""Detecting loop points in music, to the sample (DEPTH section 8, loop points)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias

import msgspec
import numpy as np

Mono: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
_Bands: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

# Frames of the spectrogram per second.
_RATE = 100
_WINDOW = 2048
_BANDS = 24
_BATCH = 4096
MIN_SECONDS = 1.5
_MAX_SHARE = 0.9
_LAGS, _PLACES, _PLACE_STEP = 8, 400, 20


class Stretch(msgspec.Struct, frozen=True):
    """From ``start`` to ``end`` (exclusive), in samples; ``likeness`` is the correlation around both."""

    start: int
    end: int
    likeness: float


def find_loop(sound: Mono, rate: int) -> Stretch | None:
    """The stretch whose ends are most alike; None if the sound is too short.

    Its length is found by autocorrelation of the spectrogram, its exact place by cross-correlation of the waveform.
    """
    hop, around = rate // _RATE, rate // 2
    bands = _normal(_loudness(sound, hop))
    best: Stretch | None = None
    for lag in _lags(bands):
        for place in _places(bands, lag):
            found = _aligned(sound, place * hop, (place + lag) * hop, around, hop)
            if found is not None and (best is None or found.likeness > best.likeness + 1e-4):
                best = found
    return best


def _loudness(sound: Mono, hop: int) -> _Bands:
    """The spectrogram, frames × bands, by square roots, so that soft sounds count as well."""
    edges = np.geomspace(2, _WINDOW // 2 - 24, _BANDS + 1).astype(int)
    window = np.hanning(_WINDOW)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, (0, _WINDOW)), _WINDOW)[::hop][: len(sound) // hop]

    def parts() -> Iterator[_Bands]:
        for first in range(0, len(frames), _BATCH):
            spectrum = np.sqrt(np.abs(np.fft.rfft(frames[first : first + _BATCH] * window)))
            yield np.stack([spectrum[:, low : high + 1].mean(1) for low, high in pairwise(edges)], 1)

    return np.concatenate([*parts(), np.empty((0, _BANDS))])


def _normal(bands: _Bands) -> _Bands:
    if not len(bands):
        return bands
    normal: _Bands = (bands - bands.mean(0)) / (bands.std(0) + 1e-9)
    return normal


def _lags(bands: _Bands) -> list[int]:
    """Lengths in frames with peaks of the autocorrelation, the highest first."""
    frames = len(bands)
    shortest, longest = int(MIN_SECONDS * _RATE), int(frames * _MAX_SHARE)
    if longest <= shortest + 2:
        return []
    power = np.abs(np.fft.rfft(bands, 2 * frames, axis=0)) ** 2
    alike = np.fft.irfft(power.sum(1))[:frames] / np.maximum(1, frames - np.arange(frames))
    peaks = [
        lag
        for lag in range(shortest + 1, longest - 1)
        if alike[lag] > 0 and alike[lag] >= alike[lag - 1] and alike[lag] >= alike[lag + 1]
    ]
    return sorted(peaks, key=lambda lag: -alike[lag])[:_LAGS]


def _places(bands: _Bands, lag: int) -> list[int]:
    """Frames where the music is most like that one length later."""
    alike = (bands[:-lag] * bands[lag:]).mean(1)
    if len(alike) <= _RATE // 2:
        return []
    smooth = np.convolve(alike, np.full(_RATE // 2, 2 / _RATE), "same")
    return [int(place) for place in np.argsort(-smooth)[:_PLACES:_PLACE_STEP]]


def _aligned(sound: Mono, start: int, end: int, around: int, hop: int) -> Stretch | None:
    """The stretch with its end moved by up to ``hop`` samples, to where the waveforms around both ends match best."""
    if start < around or end + around + hop > len(sound) or end - around - hop < 0:
        return None
    here = sound[start - around : start + around].astype(np.float64)
    there = sound[end - around - hop : end + around + hop].astype(np.float64)
    size = 2 * len(there)
    product = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(here, size)), size)[: 2 * hop + 1]
    sums = np.cumsum(np.concatenate([[0.0], there**2]))
    energy = sums[2 * around :][: 2 * hop + 1] - sums[: 2 * hop + 1]
    likeness = product / np.sqrt(np.maximum(energy, 0) * (here @ here) + 1e-12)
    shift = int(likeness.argmax())
    return Stretch(start, end - hop + shift, float(likeness[shift]))
