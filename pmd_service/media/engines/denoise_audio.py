"""Removing noise from audio: hum by harmonic, noise around speech by a model, other noise by frequency.

It is first estimated and tried on a sample: sounds that are clean, or would lose more than noise, are left unchanged.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from ..kinds.denoise_audio import Denoise
from ..messages import Finding, NothingToDo, Output, Progress, RefusalError, Work
from ..modules import SPEECH_MODULES, missing_modules
from .audio import AudioInfo, Samples, audio_info, read_chunks, with_progress, write_result
from .noise import HARDLY_ANY, Noise, Spectrum, hum_of, judge, sampled, window_of, window_size

if TYPE_CHECKING:
    from .speech import SpeechFilter

_USUAL_STRENGTH = 50
# In Hz. Below it there are no bands in which noise could be measured: such a file holds readings rather than sound.
_MIN_RATE = 250
_REDUCTION_DB = 24.0
# Smoothing of Ephraim and Malah's decision-directed a-priori SNR: without it, residual noise rings.
_SMOOTHING = 0.96
# Notes on a harmonic of the hum are louder than it: no more than this multiple of the hum is removed.
_HUM_LIMIT = 1.5
# If more than this multiple of the measured noise was removed, it was signal.
_MAX_REMOVED = 2.5
_HOPS_AT_ONCE = 32
# Seconds of all channels that the model reads unless it is asked for: ten minutes or so.
_MOST_BY_MODEL = 3000
_BY_MODEL = Finding(
    "method", "Cleaned by the model for speech: music or effects behind the voice are gone as well, if there were any."
)
# Processes a window of all channels; unchanged windows add up to the sound.
_Change: TypeAlias = Callable[[Spectrum], Spectrum]


def run(work: Work, progress: Progress) -> Output:
    """Reduce the noise; the length stays the same to the sample.

    Raises:
        NothingToDo: there is hardly any noise, or it cannot be distinguished from the signal.
    """
    params = msgspec.convert(work.params, Denoise)
    source = Path(work.source)
    info = audio_info(source)
    if params.strength == 0:
        raise NothingToDo("With a strength of 0 there is nothing to do.")
    if info.rate < _MIN_RATE:
        raise NothingToDo(f"It has only {info.rate} samples a second, too few to find noise: it was left unchanged.")
    sample = sampled(with_progress(read_chunks(source, info), info, progress, 0, 30, "measuring the noise"), info.rate)
    denoiser = _denoiser_for(sample, info, params)
    name = f"result.{info.kept_format}"
    cleaned = denoiser.apply(read_chunks(source, info))
    chunks = with_progress(cleaned, info, progress, 30, 98, f"removing {denoiser.name}")
    findings = write_result(chunks, info, source, Path(work.folder, name), codec=info.kept_codec)
    by_model = not isinstance(denoiser, _HumFilter | _WienerFilter)
    return Output(name=name, findings=[_BY_MODEL, *findings] if by_model else findings)


def _denoiser_for(sample: Samples, info: AudioInfo, params: Denoise) -> "_HumFilter | _WienerFilter | SpeechFilter":
    """The denoiser for a sound, by a sample of it."""
    if not sample.any():
        raise NothingToDo(HARDLY_ANY)
    if params.method == "speech":
        return _speech_filter(sample, info, params)
    rate, strength = info.rate, params.strength
    lines = hum_of(sample.mean(axis=0).astype(float), rate)
    if lines is not None:
        return _HumFilter(lines, sample, rate, strength)
    if params.method == "auto" and _is_for_model(sample, info):
        return _speech_filter(sample, info, params)
    noise = judge(sample, rate)
    denoiser = _WienerFilter(noise, rate, strength)
    if not _removes_only_noise(sample, denoiser, noise):
        raise NothingToDo("It would lose more than noise: it was left unchanged.")
    return denoiser


def _is_for_model(sample: Samples, info: AudioInfo) -> bool:
    if missing_modules(SPEECH_MODULES) or (info.seconds or 0) * info.channels > _MOST_BY_MODEL:
        return False
    # The model is an extra of its own.
    from .speech import is_noisy_speech  # noqa: PLC0415

    return is_noisy_speech(sample, info)


def _speech_filter(sample: Samples, info: AudioInfo, params: Denoise) -> "SpeechFilter":
    """Raises: RefusalError: the model is not installed."""
    if missing_modules(SPEECH_MODULES):
        raise RefusalError("not_set_up", "The model for speech is not installed here.")
    from .speech import SpeechFilter, level_of  # noqa: PLC0415

    return SpeechFilter(info, level_of(sample), min(1.0, params.strength / _USUAL_STRENGTH))


def _removes_only_noise(sample: Samples, denoiser: "_WienerFilter", noise: Noise) -> bool:
    """Whether the removed power is about that of the noise."""
    cleaned = np.concatenate([*denoiser.apply([sample])], axis=1)
    removed = float(np.mean((sample - cleaned) ** 2))
    size = 2 * (noise.spectrum.shape[1] - 1)
    # By Parseval; frequencies between zero and half the rate count twice.
    measured = float(noise.spectrum.mean(axis=0).sum() * 2 / size / np.sum(window_of(size) ** 2))
    return removed <= measured * _MAX_REMOVED


class _WienerFilter:
    """A Wiener filter for the noise's spectrum, with a gain floor."""

    def __init__(self, noise: Noise, rate: int, strength: int) -> None:
        self.name = noise.name
        share = min(1.0, strength / _USUAL_STRENGTH)
        more = 1 + max(0, strength - _USUAL_STRENGTH) / 100
        self._noise = noise.spectrum * noise.oversubtraction * more
        self._share = share
        self._min_gain = 10 ** (-_REDUCTION_DB * share * more / 20)
        self._size = window_size(rate)
        self._window = window_of(self._size)

    def apply(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        self._previous = np.zeros_like(self._noise)
        channels = len(self._noise)
        return _overlapped(chunks, channels, size=self._size, hop=self._size // 4, change=self._change)

    def _change(self, samples: Spectrum) -> Spectrum:
        spectrum = np.fft.rfft(samples * self._window, axis=1)
        snr = np.abs(spectrum) ** 2 / self._noise
        now = np.maximum(snr - 1, 0)
        prior = np.maximum(_SMOOTHING * self._previous + (1 - _SMOOTHING) * now, 0.3 * now * (snr > 4))
        gain = np.maximum(prior / (1 + prior), self._min_gain)
        self._previous = gain**2 * snr
        kept = spectrum * (1 - self._share + self._share * gain)
        return np.asarray(np.fft.irfft(kept, self._size, axis=1) * self._window / 2)


class _HumFilter:
    """Subtracts harmonics, whose amplitude and phase are fitted by least squares in windows of a second."""

    name = "hum"

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
        self._limits = np.median(np.stack(found), axis=0) * _HUM_LIMIT

    def _amplitudes(self, parts: Spectrum) -> Spectrum:
        return np.asarray(np.hypot(parts[:, 0::2], parts[:, 1::2]))

    def apply(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        channels = len(self._limits)
        return _overlapped(chunks, channels, size=self._size, hop=self._size // 2, change=self._change)

    def _change(self, samples: Spectrum) -> Spectrum:
        parts = samples @ self._fit.T
        limited = np.minimum(1, self._limits / (self._amplitudes(parts) + 1e-12)) * self._share
        hum = (parts * np.repeat(limited, 2, axis=1)) @ self._waves.T
        return np.asarray((samples - hum) * self._window)


def _overlapped(chunks: Iterable[Samples], channels: int, *, size: int, hop: int, change: _Change) -> Iterator[Samples]:
    """Overlap-add: windows of the chunks are changed and added up, to exactly the same length.

    The first and last windows extend into silence.
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
    """The windows' sum, up to where the next window begins."""
    held, added = np.zeros((channels, size - hop)), np.zeros((channels, size))
    for chunk in chunks:
        held = np.concatenate([held, chunk], axis=1)
        while held.shape[1] >= size:
            added += change(held[:, :size])
            yield added[:, :hop].astype(np.float32)
            added = np.concatenate([added[:, hop:], np.zeros((channels, hop))], axis=1)
            held = held[:, hop:]
