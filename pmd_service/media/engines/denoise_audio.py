"""Steady noise out of sound: libav's afftdn, told how loud the noise is (LIBRARY section 4, ``denoise_audio``).

With its own idea of the noise floor the filter does next to nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from ..messages import Made, Progress, RefusalError, Work
from ..params import Denoise
from .sounds import Samples, Shape, filtered, read_chunks, shape_of, watched, write_sound
from .tags import Carrying

_BLOCK = 2048
# Blocks looked at; of a longer sound every second, fourth … is.
_BLOCKS = 4096
_FEWEST_BLOCKS = 8
# In its quietest tenth a sound is noise, if it is ever quiet.
_QUIET_PERCENT = 10
# Below this nobody hears it, and the filter would only take from the sound.
HARDLY_ANY_DB = -75.0
# afftdn's bounds for its noise floor, and what it wants on top of ours.
_FLOOR_LEAST_DB, _FLOOR_MOST_DB, _FLOOR_ABOVE_DB = -80.0, -20.0, 6.0
_REDUCTION_DB = 0.4  # a unit of strength
# afftdn steps by an 80th of a second, in whole samples, and is two steps late.
_STEPS_A_SECOND, _STEPS_LATE = 80, 2


def run(work: Work, progress: Progress) -> Made:
    """The sound with less noise, of the same length to the sample.

    Raises:
        RefusalError: there is hardly any noise in it.
    """
    params = msgspec.convert(work.params, Denoise)
    source = Path(work.source)
    shape = shape_of(source)
    progress(1, "measuring the noise")
    floor = noise_floor_db(read_chunks(source, shape))
    if floor is None or floor < HARDLY_ANY_DB or params.strength == 0:
        raise RefusalError("no_noise", "There is hardly any noise in it: nothing would be better for this.")
    name = f"result.{shape.kept_format}"
    cleaned = denoise(read_chunks(source, shape), shape, floor_db=floor, strength=params.strength)
    told = watched(cleaned, shape, progress, 10, 98, "taking the noise out")
    carrying = Carrying(source, shape.kept_format)
    write_sound(told, shape, Path(work.folder) / name, codec=shape.kept_codec, carrying=carrying)
    return Made(name=name, findings=[*shape.lost_in(shape.kept_codec, shape.kept_format), *carrying.findings])


def denoise(chunks: Iterable[Samples], shape: Shape, *, floor_db: float, strength: int) -> Iterator[Samples]:
    """The chunks cleaned; the filter is late by some 25 ms, which are cut off in front and fed behind."""
    floor = min(max(floor_db + _FLOOR_ABOVE_DB, _FLOOR_LEAST_DB), _FLOOR_MOST_DB)
    late = shape.rate // _STEPS_A_SECOND * _STEPS_LATE
    options = f"nr={max(0.01, strength * _REDUCTION_DB):.2f}:nf={floor:.1f}"
    skipped = late
    for chunk in filtered(_and_silence(chunks, shape, late), shape, [("afftdn", options)]):
        kept = chunk[:, skipped:]
        skipped = max(0, skipped - chunk.shape[1])
        if kept.shape[1]:
            yield kept


def noise_floor_db(chunks: Iterable[Samples]) -> float | None:
    """The steady noise of a sound in dB of full scale, from the quiet moments of each frequency.

    Of noise alone, a bin's power is distributed exponentially: a low percentile tells the mean, whatever plays
    meanwhile. None where the sound is too short to tell.
    """
    window = np.hanning(_BLOCK).astype(np.float32)
    powers = [np.abs(np.fft.rfft(block * window)) ** 2 for block in _sampled(chunks)]
    if len(powers) < _FEWEST_BLOCKS:
        return None
    means = np.percentile(np.stack(powers), _QUIET_PERCENT, axis=0) / -np.log(1 - _QUIET_PERCENT / 100)
    band = np.sort(means[8 : int(_BLOCK * 0.45)])
    level = float(np.median(band[: len(band) // 2]))
    return float(10 * np.log10(max(level, 1e-20) / float(np.sum(window**2)) + 1e-20))


def _sampled(chunks: Iterable[Samples]) -> list[Samples]:
    """Blocks of the sound, one channel, evenly spread."""
    blocks: list[Samples] = []
    rest = np.empty(0, np.float32)
    every, number = 1, 0
    for chunk in chunks:
        rest = np.concatenate([rest, chunk.mean(axis=0)])
        while len(rest) >= _BLOCK:
            block, rest = rest[:_BLOCK], rest[_BLOCK:]
            if number % every == 0:
                blocks.append(block)
            number += 1
            if len(blocks) >= _BLOCKS:
                blocks, every = blocks[::2], every * 2
    return blocks


def _and_silence(chunks: Iterable[Samples], shape: Shape, samples: int) -> Iterator[Samples]:
    yield from chunks
    yield np.zeros((shape.channels, samples), np.float32)
