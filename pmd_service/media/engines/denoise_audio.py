"""Steady noise out of sound: hum line by line, and other noise by frequency (LIBRARY section 4, ``denoise_audio``).

Judged first, and tried on a part: what is clean, or cannot be told from noise, is left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np

from ..messages import NothingToDo, Output, Progress, Work
from ..params import Denoise
from .audio import Samples, audio_info, read_chunks, with_progress, write_result
from .noise import HARDLY_ANY, Noise, Spectrum, hum_of, judge, sampled, window_of, window_size

_USUAL_STRENGTH = 50
_REDUCTION_DB = 24.0
# Of Ephraim and Malah's a-priori SNR, decided by the window before: without it, noise that is left rings.
_OF_BEFORE = 0.96
# What sounds on a line of the hum for a while is louder than it: only so much of it goes.
_HUM_LIMIT = 1.5
# What was taken may be so many times what the noise was measured to be: what is more was sound.
_TAKEN_AT_MOST = 2.5
_HOPS_AT_ONCE = 32
# A window of all channels, as it is added to the others: their sum, where nothing is changed, is the sound.
_Change: TypeAlias = Callable[[Spectrum], Spectrum]


def run(work: Work, progress: Progress) -> Output:
    """The sound with less noise, of the same length to the sample.

    Raises:
        NothingToDo: there is hardly any noise in it, or none that can be told from it.
    """
    params = msgspec.convert(work.params, Denoise)
    source = Path(work.source)
    info = audio_info(source)
    if params.strength == 0:
        raise NothingToDo("With a strength of 0 there is nothing to do.")
    sample = sampled(with_progress(read_chunks(source, info), info, progress, 0, 30, "measuring the noise"), info.rate)
    cleaning = _chosen(sample, info.rate, params.strength)
    name = f"result.{info.kept_format}"
    cleaned = cleaning.through(read_chunks(source, info))
    told = with_progress(cleaned, info, progress, 30, 98, f"taking {cleaning.said} out")
    findings = write_result(told, info, source, Path(work.folder, name), codec=info.kept_codec)
    return Output(name=name, findings=findings)


def _chosen(sample: Samples, rate: int, strength: int) -> "_Unhummed | _Wiener":
    """What is done with the sound, by a part of it."""
    if not sample.size:
        raise NothingToDo(HARDLY_ANY)
    lines = hum_of(sample.mean(axis=0).astype(float), rate)
    if lines is not None:
        return _Unhummed(lines, sample, rate, strength)
    noise = judge(sample, rate)
    cleaning = _Wiener(noise, rate, strength)
    if not _is_noise(sample, cleaning, noise):
        raise NothingToDo("It would lose more than noise: it is left alone.")
    return cleaning


def _is_noise(sample: Samples, cleaning: "_Wiener", noise: Noise) -> bool:
    """Whether what goes has no more power than the noise."""
    cleaned = np.concatenate([*cleaning.through([sample])], axis=1)
    taken = float(np.mean((sample - cleaned) ** 2))
    size = 2 * (noise.spectrum.shape[1] - 1)
    # A window's power by Parseval: what lies between nothing and half the rate counts twice.
    measured = float(noise.spectrum.mean(axis=0).sum() * 2 / size / np.sum(window_of(size) ** 2))
    return taken <= measured * _TAKEN_AT_MOST


class _Wiener:
    """Wiener's filter by what the noise is at each frequency; never below a floor, so that nothing is cut dead."""

    def __init__(self, noise: Noise, rate: int, strength: int) -> None:
        self.said = noise.said
        share = min(1.0, strength / _USUAL_STRENGTH)
        more = 1 + max(0, strength - _USUAL_STRENGTH) / 100
        self._noise = noise.spectrum * noise.over * more
        self._share = share
        self._least = 10 ** (-_REDUCTION_DB * share * more / 20)
        self._size = window_size(rate)
        self._window = window_of(self._size)

    def through(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        self._before = np.zeros_like(self._noise)
        channels = len(self._noise)
        return _overlapped(chunks, channels, size=self._size, hop=self._size // 4, change=self._change)

    def _change(self, samples: Spectrum) -> Spectrum:
        turned = np.fft.rfft(samples * self._window, axis=1)
        above = np.abs(turned) ** 2 / self._noise
        now = np.maximum(above - 1, 0)
        prior = np.maximum(_OF_BEFORE * self._before + (1 - _OF_BEFORE) * now, 0.3 * now * (above > 4))
        gain = np.maximum(prior / (1 + prior), self._least)
        self._before = gain**2 * above
        kept = turned * (1 - self._share + self._share * gain)
        return np.asarray(np.fft.irfft(kept, self._size, axis=1) * self._window / 2)


class _Unhummed:
    """Each line's amplitude and phase by least squares in windows of a second, taken away: nothing between them is."""

    said = "hum"

    def __init__(self, lines: Sequence[float], sample: Samples, rate: int, strength: int) -> None:
        self._share = min(1.0, strength / _USUAL_STRENGTH)
        self._size = rate // 2 * 2
        times = np.arange(self._size) / rate
        turns = [2 * np.pi * line * times for line in lines]
        self._waves = np.stack([wave(turn) for turn in turns for wave in (np.cos, np.sin)], axis=1)
        self._window = np.hanning(self._size + 1)[: self._size]
        weighted = self._waves * self._window[:, None]
        self._fit = np.linalg.inv(weighted.T @ self._waves) @ weighted.T
        starts = range(0, max(1, sample.shape[1] - self._size), self._size // 2)
        windows = [sample[:, at : at + self._size] for at in starts]
        found = [self._amplitudes(window @ self._fit.T) for window in windows if window.shape[1] == self._size]
        self._most = np.median(np.stack(found), axis=0) * _HUM_LIMIT

    def _amplitudes(self, parts: Spectrum) -> Spectrum:
        return np.asarray(np.hypot(parts[:, 0::2], parts[:, 1::2]))

    def through(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        channels = len(self._most)
        return _overlapped(chunks, channels, size=self._size, hop=self._size // 2, change=self._change)

    def _change(self, samples: Spectrum) -> Spectrum:
        parts = samples @ self._fit.T
        limited = np.minimum(1, self._most / (self._amplitudes(parts) + 1e-12)) * self._share
        hum = (parts * np.repeat(limited, 2, axis=1)) @ self._waves.T
        return np.asarray((samples - hum) * self._window)


def _overlapped(chunks: Iterable[Samples], channels: int, *, size: int, hop: int, change: _Change) -> Iterator[Samples]:
    """The chunks in windows that overlap, changed one by one and added up again, to the sample as long as they were.

    The first and last windows reach over the ends, into silence.
    """
    length = given = 0

    def counted() -> Iterator[Samples]:
        nonlocal length
        for chunk in chunks:
            length += chunk.shape[1]
            yield chunk
        yield np.zeros((channels, size), np.float32)

    before = size - hop
    hops = _hops(counted(), channels, size, hop, change)
    while made := [*islice(hops, _HOPS_AT_ONCE)]:
        whole = np.concatenate(made, axis=1)
        piece = whole[:, before : before + length - given]
        before = max(0, before - whole.shape[1])
        given += piece.shape[1]
        if piece.shape[1]:
            yield piece


def _hops(chunks: Iterable[Samples], channels: int, size: int, hop: int, change: _Change) -> Iterator[Samples]:
    """The windows' sum, as far as no further window reaches."""
    held, added = np.zeros((channels, size - hop)), np.zeros((channels, size))
    for chunk in chunks:
        held = np.concatenate([held, chunk], axis=1)
        while held.shape[1] >= size:
            added += change(held[:, :size])
            yield added[:, :hop].astype(np.float32)
            added = np.concatenate([added[:, hop:], np.zeros((channels, hop))], axis=1)
            held = held[:, hop:]
