"""Estimating a sound's noise: its spectrum, its kind, and whether it can be distinguished from the signal.

The thresholds were chosen on speech, music and effects, so that clean sounds are left unchanged.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from ..messages import NothingToDo
from .audio import Samples

Spectrum: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Content: TypeAlias = Literal["effect", "speech", "music"]

_WINDOW_SECONDS = 0.0464
_MIN_FRAMES, _MIN_FRAMES_PINK = 12, 16
_MAX_EFFECT_SECONDS = 3.0
# The power of noise at a frequency is distributed exponentially, so its percentiles are known fractions of its mean.
_TENTH_OF_MEAN = -np.log(0.9)
# A signal-to-noise ratio above which noise is inaudible.
_INAUDIBLE_DB = 38.0
_MAINS_HZ = (50, 60)
_HARMONICS, _MIN_HARMONICS, _MIN_HARMONIC_DB = 12, 3, 15.0
_PIECE_SECONDS, _PIECES = 4.0, 16
# Slopes of noise in dB per octave: white, pink, brown, and in between.
_SLOPES = (0.0, -1.5, -3.0, -4.5, -6.0)


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """A sound's noise: its power by frequency in one window, a row per channel; the factor by which to oversubtract
    it; and its name."""

    spectrum: Spectrum
    oversubtraction: float
    name: str


# Clicks and knocks are over before a spectrum of them is steady, and are taken for the sound.
HARDLY_ANY = "No steady noise was found, and this does not remove clicks or knocks: it was left unchanged."
_INDISTINGUISHABLE = "Its noise cannot be distinguished from the sound itself: it was left unchanged."


def window_size(rate: int) -> int:
    """The window size at this rate: 2048 at 44.1 kHz."""
    return max(64, int(2 ** np.round(np.log2(rate * _WINDOW_SECONDS))))


def window_of(size: int) -> Spectrum:
    """The root of a Hann window: applied twice with 75 % overlap, it adds up to 2."""
    return np.asarray(np.sqrt(np.hanning(size + 1)[:size]))


def sampled(chunks: Iterable[Samples], rate: int) -> Samples:
    """The sound, or a minute or two of pieces evenly spread over it."""
    size = int(_PIECE_SECONDS * rate)
    pieces: list[Samples] = []
    rest: list[Samples] = []
    held, every, number = 0, 1, 0
    for chunk in chunks:
        rest.append(chunk)
        held += chunk.shape[1]
        while held >= size:
            whole = np.concatenate(rest, axis=1)
            rest, held = [whole[:, size:]], held - size
            if number % every == 0:
                pieces.append(whole[:, :size])
            number += 1
            if len(pieces) >= 2 * _PIECES:
                pieces, every = pieces[::2], every * 2
    return np.concatenate([*pieces, *rest], axis=1)


def powers_of(samples: Spectrum, rate: int) -> Spectrum:
    """The power spectrogram of one channel: windows × frequencies."""
    size = window_size(rate)
    padded = np.pad(samples, (size, size))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
    return np.asarray(np.abs(np.fft.rfft(windows * window_of(size), axis=1)) ** 2)


def spectrum_of(powers: Spectrum) -> Spectrum | None:
    """The noise power by frequency; None if the sound is too short.

    The lower of two estimates: the mean over the quietest tenth of the windows (too high if it is never quiet), and one
    by the tenth percentile (right with music, too high for a steady tone).
    """
    live = powers[powers.sum(axis=1) > 1e-9 * powers.sum(axis=1).max()]  # without digital silence
    if len(live) < _MIN_FRAMES:
        return None
    quietest = np.argsort(live.sum(axis=1))[: max(6, len(live) // 10)]
    by_windows = live[quietest].mean(axis=0)
    return np.asarray(np.minimum(by_windows, np.percentile(live, 10, axis=0) / _TENTH_OF_MEAN) + 1e-20)


def judge(samples: Samples, rate: int) -> Noise:
    """The removable noise of a sound (channels × samples).

    Raises:
        NothingToDo: there is hardly any, or it cannot be distinguished from the signal.
    """
    powers = powers_of(samples.mean(axis=0).astype(float), rate)
    spectrum = spectrum_of(powers)
    if spectrum is None or _snr_db(powers, spectrum) > _INAUDIBLE_DB:
        raise NothingToDo(HARDLY_ANY)
    hz: Spectrum = np.fft.rfftfreq(window_size(rate), 1 / rate).astype(np.float64)
    kind = _content(powers, spectrum, hz, samples.shape[1] / rate)
    share, slope = _line(spectrum, hz, _SLOPES)
    rows = [_of_channel(row, rate) for row in samples]
    if slope >= (0 if kind == "effect" else -1.5) and share >= 0.5:
        slope, name = 0.0, "white noise"
    elif kind == "speech" and share >= 0.3 and _noise_like_share(powers, spectrum, hz) >= 0.6:
        return Noise(spectrum=np.stack(rows), oversubtraction=1.3, name="noise in speech")
    elif slope != -3.0 or share < 0.5 or len(powers) < _MIN_FRAMES_PINK:
        raise NothingToDo(_INDISTINGUISHABLE)
    else:
        name = "pink noise"
    if _snr_db(powers, _flat(spectrum, hz, slope)) > _INAUDIBLE_DB:
        raise NothingToDo(HARDLY_ANY)
    models = np.stack([_flat(row, hz, slope) for row in rows])
    return Noise(spectrum=models, oversubtraction=1.2, name=f"{name} in {kind}" if kind != "effect" else name)


def _of_channel(samples: Samples, rate: int) -> Spectrum:
    found = spectrum_of(powers_of(samples.astype(float), rate))
    return found if found is not None else np.full(window_size(rate) // 2 + 1, 1e-20)


def _snr_db(powers: Spectrum, spectrum: Spectrum) -> float:
    return float(10 * np.log10(powers.sum(axis=1).mean() / spectrum.sum() + 1e-20))


def _audible(hz: Spectrum) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return np.asarray((hz > 60) & (hz < min(16_000, hz[-1] * 0.8)))


def _content(powers: Spectrum, spectrum: Spectrum, hz: Spectrum, seconds: float) -> Content:
    """Speech is modulated by its syllables, has little below 150 Hz, and pauses of nothing but noise."""
    if seconds < _MAX_EFFECT_SECONDS:
        return "effect"
    energy = powers.sum(axis=1)
    live = energy > 1e-6 * energy.max()
    envelope = np.sqrt(energy[1:-1]) / (np.sqrt(energy[1:-1]).mean() + 1e-20)
    modulation = np.abs(np.fft.rfft(envelope - envelope.mean())) ** 2
    rate = np.fft.rfftfreq(len(envelope), seconds / len(energy))
    syllables = modulation[(rate >= 2) & (rate < 8)].sum() / (modulation[rate > 0.3].sum() + 1e-20)
    low = powers[:, hz < 150].sum() / powers.sum()
    band = _audible(hz)
    # For noise alone, the mean logarithm of power over mean power is −0.577.
    noise_only = np.abs(np.log(powers[live][:, band] / spectrum[band] + 1e-12).mean(axis=1) + 0.577) < 0.25
    return "speech" if syllables > 0.38 and low < 0.15 and noise_only.mean() > 0.1 else "music"


def _noise_like_share(powers: Spectrum, spectrum: Spectrum, hz: Spectrum) -> float:
    """The share of frequencies, by power, whose 3rd and 10th percentiles are as far apart as those of noise; pauses
    make them farther apart, and tones nearer."""
    energy, band = powers.sum(axis=1), _audible(hz)
    live = powers[energy > 1e-6 * energy.max()][:, band]
    third, tenth = np.percentile(live, 3, axis=0), np.percentile(live, 10, axis=0)
    apart = np.log(tenth / (third + 1e-20) + 1e-20)
    weight = spectrum[band] / spectrum[band].sum()
    return float((weight * ((apart > 0.6) & (apart < 2.1))).sum())


def _line(spectrum: Spectrum, hz: Spectrum, slopes: Iterable[float]) -> tuple[float, float]:
    """The share of third-octave bands within 2 dB of one straight line in dB over octaves, and its slope."""
    edges = np.geomspace(80, min(16_000, hz[-1] * 0.8), 33)
    bands = [
        (np.log2(np.sqrt(low * high) / 1000), 10 * np.log10(spectrum[inside].mean()))
        for low, high in pairwise(edges)
        if (inside := (hz >= low) & (hz < high)).any()
    ]
    octaves, levels = np.array(bands).T
    best = (-1.0, 0.0)
    for slope in slopes:
        rest = levels - slope * octaves
        near = float((np.abs(rest - np.percentile(rest, 25)) < 2).mean())
        if near > best[0] + 0.02:
            best = (near, slope)
    return best


def _flat(spectrum: Spectrum, hz: Spectrum, slope: float) -> Spectrum:
    """The noise as a straight line fitted from below, as music lies above it."""
    band, power = _audible(hz), -slope / 3.01
    lower = np.sort(spectrum[band] * hz[band] ** power)
    return np.asarray(lower[: len(lower) // 2].mean() / np.maximum(hz, 40) ** power)


def hum_of(samples: Spectrum, rate: int) -> list[float] | None:
    """The frequencies of mains hum: at least three harmonics of 50 or 60 Hz that stand out in the quiet seconds."""
    size = 1 << int(np.ceil(np.log2(rate)))
    count = len(samples) // (size // 2) - 1
    if count < 2:
        return None
    window = np.hanning(size)
    starts = range(0, count * (size // 2), size // 2)
    seconds = np.array([np.abs(np.fft.rfft(samples[at : at + size] * window)) ** 2 for at in starts])
    quiet = np.percentile(seconds, 30, axis=0)
    best: tuple[float, list[float]] | None = None
    for mains in _MAINS_HZ:
        for first in np.arange(mains - 0.4, mains + 0.41, 0.1):
            harmonics = [number * float(first) for number in range(1, _HARMONICS + 1) if number * first < rate * 0.4]
            levels = {line: _prominence_db(quiet, round(line * size / rate)) for line in harmonics}
            above = {line: level for line, level in levels.items() if level > _MIN_HARMONIC_DB}
            if len(above) >= _MIN_HARMONICS and (best is None or sum(above.values()) > best[0]):
                best = (sum(above.values()), list(above))
    return best[1] if best else None


def _prominence_db(power: Spectrum, at: int) -> float:
    around = np.concatenate([power[at - 12 : at - 4], power[at + 5 : at + 13]])
    return float(10 * np.log10(power[at - 1 : at + 2].max() / (np.median(around) + 1e-20) + 1e-20))
