"""Noise in sound: how much at each frequency, of what kind, and whether it can be told from what plays.

Measured and tried on speech, music and effects; thresholds are chosen so that clean sounds of each are left alone.
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
_FEWEST_FRAMES, _FEWEST_FOR_PINK = 12, 16
_EFFECT_SECONDS = 3.0
# Of noise alone, a frequency's power is distributed exponentially: its percentiles are known parts of its mean.
_TENTH_OF_MEAN = -np.log(0.9)
# Quieter than this below the sound nobody hears it.
_HARDLY_DB = 38.0
_MAINS_HZ = (50, 60)
_LINES, _FEWEST_LINES, _LINE_DB = 12, 3, 15.0
_PIECE_SECONDS, _PIECES = 4.0, 16
# Slopes of noise in dB an octave: white, pink, brown and between them.
_SLOPES = (0.0, -1.5, -3.0, -4.5, -6.0)


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What a sound's noise is like; ``spectrum`` is its power by frequency in one window, a row each channel."""

    spectrum: Spectrum
    over: float
    said: str


HARDLY_ANY = "There is hardly any noise in it: nothing would be better for this."
_UNTELLABLE = "Its noise cannot be told from the sound itself: it is left alone."


def window_size(rate: int) -> int:
    """Samples of a window at this rate: 2048 at 44.1 kHz."""
    return max(64, int(2 ** np.round(np.log2(rate * _WINDOW_SECONDS))))


def window_of(size: int) -> Spectrum:
    """The root of Hann's: applied before and after, four times overlapping, it adds up to 2."""
    return np.asarray(np.sqrt(np.hanning(size + 1)[:size]))


def sampled(chunks: Iterable[Samples], rate: int) -> Samples:
    """The sound, or pieces of it, evenly spread: a minute or two, however long it is."""
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
    """Windows × frequencies, of one channel."""
    size = window_size(rate)
    padded = np.pad(samples, (size, size))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
    return np.asarray(np.abs(np.fft.rfft(windows * window_of(size), axis=1)) ** 2)


def spectrum_of(powers: Spectrum) -> Spectrum | None:
    """The noise by frequency; None where the sound is too short to tell.

    The lesser of the mean over the quietest tenth of the windows (too high where it is never quiet) and of what the
    tenth percentile says (right under music, too high for a steady tone).
    """
    live = powers[powers.sum(axis=1) > 1e-9 * powers.sum(axis=1).max()]  # digital silence tells nothing of the rest
    if len(live) < _FEWEST_FRAMES:
        return None
    quietest = np.argsort(live.sum(axis=1))[: max(6, len(live) // 10)]
    by_windows = live[quietest].mean(axis=0)
    return np.asarray(np.minimum(by_windows, np.percentile(live, 10, axis=0) / _TENTH_OF_MEAN) + 1e-20)


def judge(samples: Samples, rate: int) -> Noise:
    """The noise of a sound (channels × samples) that can be taken out of it.

    Raises:
        NothingToDo: there is hardly any, or none that can be told from what plays.
    """
    powers = powers_of(samples.mean(axis=0).astype(float), rate)
    spectrum = spectrum_of(powers)
    if spectrum is None or _above_db(powers, spectrum) > _HARDLY_DB:
        raise NothingToDo(HARDLY_ANY)
    hz: Spectrum = np.fft.rfftfreq(window_size(rate), 1 / rate).astype(np.float64)
    kind = _content(powers, spectrum, hz, samples.shape[1] / rate)
    share, slope = _line(spectrum, hz, _SLOPES)
    rows = [_of_channel(row, rate) for row in samples]
    if slope >= (0 if kind == "effect" else -1.5) and share >= 0.5:
        slope, said = 0.0, "white noise"
    elif kind == "speech" and share >= 0.3 and _is_noise_by_law(powers, spectrum, hz) >= 0.6:
        return Noise(spectrum=np.stack(rows), over=1.3, said="noise in speech")
    elif slope != -3.0 or share < 0.5 or len(powers) < _FEWEST_FOR_PINK:
        raise NothingToDo(_UNTELLABLE)
    else:
        said = "pink noise"
    if _above_db(powers, _flat(spectrum, hz, slope)) > _HARDLY_DB:
        raise NothingToDo(HARDLY_ANY)
    models = np.stack([_flat(row, hz, slope) for row in rows])
    return Noise(spectrum=models, over=1.2, said=f"{said} in {kind}" if kind != "effect" else said)


def _of_channel(samples: Samples, rate: int) -> Spectrum:
    found = spectrum_of(powers_of(samples.astype(float), rate))
    return found if found is not None else np.full(window_size(rate) // 2 + 1, 1e-20)


def _above_db(powers: Spectrum, spectrum: Spectrum) -> float:
    return float(10 * np.log10(powers.sum(axis=1).mean() / spectrum.sum() + 1e-20))


def _heard(hz: Spectrum) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return np.asarray((hz > 60) & (hz < min(16_000, hz[-1] * 0.8)))


def _content(powers: Spectrum, spectrum: Spectrum, hz: Spectrum, seconds: float) -> Content:
    """Speech swells with its syllables, has little below 150 Hz, and moments of nothing but noise."""
    if seconds < _EFFECT_SECONDS:
        return "effect"
    energy = powers.sum(axis=1)
    live = energy > 1e-6 * energy.max()
    swell = np.sqrt(energy[1:-1]) / (np.sqrt(energy[1:-1]).mean() + 1e-20)
    turns = np.abs(np.fft.rfft(swell - swell.mean())) ** 2
    a_second = np.fft.rfftfreq(len(swell), seconds / len(energy))
    syllables = turns[(a_second >= 2) & (a_second < 8)].sum() / (turns[a_second > 0.3].sum() + 1e-20)
    low = powers[:, hz < 150].sum() / powers.sum()
    band = _heard(hz)
    # Of noise alone, the mean logarithm of its share in the mean is −0.577.
    only = np.abs(np.log(powers[live][:, band] / spectrum[band] + 1e-12).mean(axis=1) + 0.577) < 0.25
    return "speech" if syllables > 0.38 and low < 0.15 and only.mean() > 0.1 else "music"


def _is_noise_by_law(powers: Spectrum, spectrum: Spectrum, hz: Spectrum) -> float:
    """The share of frequencies, by power, whose third and tenth percentile lie as far apart as noise's: a clean
    sound's lie further apart (pauses) or nearer (tones)."""
    energy, band = powers.sum(axis=1), _heard(hz)
    live = powers[energy > 1e-6 * energy.max()][:, band]
    third, tenth = np.percentile(live, 3, axis=0), np.percentile(live, 10, axis=0)
    apart = np.log(tenth / (third + 1e-20) + 1e-20)
    weight = spectrum[band] / spectrum[band].sum()
    return float((weight * ((apart > 0.6) & (apart < 2.1))).sum())


def _line(spectrum: Spectrum, hz: Spectrum, slopes: Iterable[float]) -> tuple[float, float]:
    """The share of third octaves that lie on one straight line in dB over octaves, within 2 dB, and its slope."""
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
    """The noise as a straight line from below: music lies above it, and would be taken for noise by frequency."""
    band, power = _heard(hz), -slope / 3.01
    lower = np.sort(spectrum[band] * hz[band] ** power)
    return np.asarray(lower[: len(lower) // 2].mean() / np.maximum(hz, 40) ** power)


def hum_of(samples: Spectrum, rate: int) -> list[float] | None:
    """Mains hum, in Hz: lines at multiples of 50 or 60 that stand out in a channel's quiet seconds, three at least."""
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
            places = [number * float(first) for number in range(1, _LINES + 1) if number * first < rate * 0.4]
            above = {
                line: over for line in places if (over := _stands_out(quiet, round(line * size / rate))) > _LINE_DB
            }
            if len(above) >= _FEWEST_LINES and (best is None or sum(above.values()) > best[0]):
                best = (sum(above.values()), list(above))
    return best[1] if best else None


def _stands_out(power: Spectrum, at: int) -> float:
    around = np.concatenate([power[at - 12 : at - 4], power[at + 5 : at + 13]])
    return float(10 * np.log10(power[at - 1 : at + 2].max() / (np.median(around) + 1e-20) + 1e-20))
