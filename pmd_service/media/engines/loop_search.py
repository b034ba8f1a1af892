"""Finding where music loops, best places first and to the sample (DEPTH section 8, loop points)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import msgspec
import numpy as np

Mono: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
_Numbers: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_Places: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

# Frames of the spectrogram per second: measured ones, and their means, which are compared.
_FINE_RATE, _RATE = 100, 25
_WINDOW, _LOWEST_RATE = 2048, 1000
_BANDS = 24
_BATCH = 4096
_MIN_SECONDS = 1.5
# Seconds of music that are compared behind and in front of a seam, and the fewest that mean anything.
_AFTER, _BEFORE, _FEWEST, _MOMENT = 4.0, 3.0, 2.0, 0.6
SHORTEST_SECONDS = _MIN_SECONDS + _FEWEST  # of a sound
# What a loop's share of the sound counts beside the likeness of its ends: short repeats are always the most alike.
_LENGTH_WEIGHT, _REST_WEIGHT, _WAVE_WEIGHT = 0.4, 0.1, 0.1
# And that it is a whole number of bars, of beats, or neither.
_OF_BARS, _OF_BEATS, _UNEVEN = 0.15, 0.05, -0.1
_BAR = 4
# Music is usually cut where its loop ends.
_TO_THE_END = 0.1
# The seam of the whole sound has nothing to be compared with.
_WHOLE, _FADES = 0.95, 0.1
# How much later, in seconds, a loop may begin if its seam is exact there.
_LATER, _EXACT = 1.5, 0.99
_HEARD = 0.5
_MAX_LOOPS, _MAX_REFINED, _WHOLE_AMONG = 8, 40, 3
# Loops whose lengths differ by less are the same, begun elsewhere.
_SAME_SECONDS = 0.25
_NEAR_SECONDS, _NEAR_SHARE = 3.0, 0.1
_SLOWEST_BEAT, _FASTEST_BEAT, _OFF_BEAT = 0.9, 0.3, 0.08


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """From ``start`` to ``end`` (exclusive), in samples.

    Args:
        likeness: the correlation of the waveforms around both ends; None if there is nothing to compare.
        score: by which loops are ranked.
        beats: its length; None if the music has no steady beat, or the loop is no whole number of beats.
    """

    start: int
    end: int
    likeness: float | None = None
    score: float = 1.0
    beats: int | None = None


class _Seam(msgspec.Struct, frozen=True):
    """From ``end`` the music goes on at ``start``, as it does at ``model`` in the recording; in frames."""

    score: float
    start: int
    end: int
    model: int


def find_loops(sound: Mono, rate: int) -> Sequence[Stretch]:
    """The loops that sound best, the best first; none if the sound is too short. It must not be silent.

    A seam is good where the music before it, or behind it, is like that at another place of the recording.
    """
    if rate < _LOWEST_RATE or len(sound) < SHORTEST_SECONDS * rate:
        return []
    fine = _loudness(sound, rate)
    music = _Music(fine)
    beat = _beat(fine)
    seams = _distinct([*_repeats(music), *_to_the_end(music)])
    loops = [_refined(sound, rate, seam, beat) for seam in seams]
    return _best(_whole(music, len(sound), rate, beat), loops, rate)


def _best(whole: Stretch, loops: Iterable[Stretch], rate: int) -> Sequence[Stretch]:
    """The best ones; of those that begin and end near to another, only the better.

    The whole sound is among the first three: if it was made to loop, nothing in it shows that it does.
    """
    kept: list[Stretch] = []
    for loop in sorted(loops, key=lambda loop: -loop.score):
        near = min(_NEAR_SECONDS * rate, (loop.end - loop.start) * _NEAR_SHARE)
        others = [(whole, _SAME_SECONDS * rate), *((other, near) for other in kept)]
        if all(max(abs(loop.start - other.start), abs(loop.end - other.end)) > far for other, far in others):
            kept.append(loop)
    place = sum(loop.score > whole.score for loop in kept[: _WHOLE_AMONG - 1])
    return [*kept[:place], whole, *kept[place : _MAX_LOOPS - 1]]


class _Music:
    """The spectrogram, and how alike its stretches are."""

    def __init__(self, fine: _Numbers) -> None:
        step = _FINE_RATE // _RATE
        means = fine[: len(fine) // step * step].reshape(-1, step, _BANDS).mean(1)
        self.loudness: _Numbers = means.mean(1)
        self.bands: _Numbers = (means - means.mean(0)) / (means.std(0) + 1e-9)
        self.frames = len(means)
        self._energy = _summed((self.bands**2).sum(1))
        self._level = _summed(self.loudness / self.loudness.mean())
        self._lag, self._sums = 0, self._energy

    def alike(self, lag: int, first: _Places, last: _Places, *, fewest: float = _FEWEST) -> _Numbers:
        """How alike the frames from ``first`` to ``last`` are to those ``lag`` later, −1 to 1; −1 where too few."""
        if lag < 0:
            return self.alike(-lag, first + lag, last + lag, fewest=fewest)
        sums = self._products(lag)
        power = self._power(first, last) * self._power(first + lag, last + lag)
        found: _Numbers = (sums[last] - sums[first]) / np.sqrt(power + 1e-9)
        # Silence is always like silence.
        heard = (self._level[last] - self._level[first]) / np.maximum(last - first, 1)
        return np.where(last - first < fewest * _RATE, -1.0, found * np.minimum(1, heard / _HEARD))

    def _products(self, lag: int) -> _Numbers:
        # Several stretches of one lag are asked for in a row.
        if self._lag != lag:
            self._sums = _summed(np.einsum("tb,tb->t", self.bands[: self.frames - lag], self.bands[lag:]))
            self._lag = lag
        return self._sums

    def _power(self, first: _Places, last: _Places) -> _Numbers:
        power: _Numbers = self._energy[last] - self._energy[first]
        return power

    def score(self, likeness: float, start: int, end: int) -> float:
        length, rest = (end - start) / self.frames, (self.frames - end) / self.frames
        return likeness + _LENGTH_WEIGHT * length - _REST_WEIGHT * rest


def _summed(values: _Numbers) -> _Numbers:
    return np.concatenate([[0.0], np.cumsum(values)])


def _repeats(music: _Music) -> Iterator[_Seam]:
    """For each length, the first place from where on the music is as it is one length later."""
    for lag in range(int(_MIN_SECONDS * _RATE), music.frames - int(_FEWEST * _RATE)):
        starts = np.arange(music.frames - lag + 1)
        likeness = np.maximum(_ahead(music, lag, starts), _past(music, lag, starts))
        best = float(likeness.max())
        start = int(np.flatnonzero(likeness >= best - 0.04)[0])
        yield _Seam(music.score(best, start, start + lag), start, start + lag, start + lag)


def _ahead(music: _Music, lag: int, starts: _Places) -> _Numbers:
    """How alike the music is behind these places and behind those ``lag`` later, in the first moment as well."""
    last = music.frames - lag
    whole, first = (np.minimum(starts + int(seconds * _RATE), last) for seconds in (_AFTER, _MOMENT))
    return np.minimum(music.alike(lag, starts, whole), music.alike(lag, starts, first, fewest=_MOMENT))


def _past(music: _Music, lag: int, starts: _Places) -> _Numbers:
    """The same before them."""
    whole, last = (np.maximum(starts - int(seconds * _RATE), 0) for seconds in (_BEFORE, _MOMENT))
    return np.minimum(music.alike(lag, whole, starts), music.alike(lag, last, starts, fewest=_MOMENT))


def _to_the_end(music: _Music) -> Iterator[_Seam]:
    """Loops that end with the sound: before a model in it the music is as at the end, and behind it as at the start."""
    after, before = int(_AFTER * _RATE), int(_BEFORE * _RATE)
    end = int(np.flatnonzero(music.loudness > music.loudness.mean() / 10)[-1]) + 1
    models = np.arange(before, end - int(_FEWEST * _RATE))
    if not len(models):
        return
    as_end = np.full(music.frames, -1.0)
    for model in models:
        where = np.array([model - before])
        as_end[model] = music.alike(end - int(model), where, where + before)[0]
    best, chosen = np.full(music.frames, -1.0), np.zeros(music.frames, int)
    for shift in range(-music.frames + after, music.frames - after):
        starts = np.arange(max(0, -shift), music.frames - after - max(0, shift))
        ahead = music.alike(shift, starts, starts + after) if shift else np.ones(len(starts))
        likeness = (3 * np.minimum(ahead, as_end[starts + shift]) + np.maximum(ahead, as_end[starts + shift])) / 4
        better = likeness > best[starts]
        best[starts[better]], chosen[starts[better]] = likeness[better], starts[better] + shift
    for start in range(music.frames - int(_MIN_SECONDS * _RATE)):
        near = best[max(0, start - _RATE) : start + _RATE + 1]
        if best[start] > 0 and best[start] == near.max():
            score = music.score(float(best[start]), start, music.frames) + _TO_THE_END
            yield _Seam(score, start, music.frames, int(chosen[start]))


def _distinct(seams: Iterable[_Seam]) -> Sequence[_Seam]:
    """The best ones, each length once: the same loop may begin anywhere where the music repeats."""
    kept: list[_Seam] = []
    for seam in sorted(seams, key=lambda seam: -seam.score):
        length = seam.end - seam.start
        if all(abs(length - other.end + other.start) > _SAME_SECONDS * _RATE for other in kept):
            kept.append(seam)
            if len(kept) == _MAX_REFINED:
                break
    return kept


def _refined(sound: Mono, rate: int, seam: _Seam, beat: float | None) -> Stretch:
    """The seam to the sample: the model is moved to where it is most like the end, and the start to the model."""
    unit = rate / _RATE
    start, end, model = (round(frame * unit) for frame in (seam.start, seam.end, seam.model))
    end = min(end, len(sound))
    if seam.model == seam.end:
        # One side is enough: what is played behind the seam, or what came before it, is as in the recording.
        sides = (_aligned(sound, start, end, rate, before=False), _aligned(sound, start, end, rate, behind=False))
        end, likeness = max(sides, key=lambda side: side[1])
        start, end, likeness = _later(sound, rate, start, end, likeness)
    else:
        model, likeness = _aligned(sound, end, model, rate, behind=False)
        moved, ahead = _aligned(sound, model, start + model - round(seam.model * unit), rate, before=False)
        start, likeness = (model, likeness) if seam.start == seam.model else (moved, min(likeness, ahead))
    beats = _beats(end - start, rate, beat)
    score = seam.score + _WAVE_WEIGHT * max(0.0, likeness) + _evenness(beats, beat)
    return Stretch(start=max(0, start), end=end, likeness=likeness, score=score, beats=beats)


def _later(sound: Mono, rate: int, start: int, end: int, likeness: float) -> tuple[int, int, float]:
    """The same loop begun a little later, where the first music that repeats is exactly as it was."""
    best = (start, end, likeness)
    for moved in range(0, int(_LATER * rate), rate // _RATE):
        if best[2] >= _EXACT or end + moved + rate // 2 > len(sound):
            break
        here, there = (sound[at + moved : at + moved + rate // 2].astype(np.float64) for at in (start, end))
        found = float(here @ there / np.sqrt((here @ here) * (there @ there) + 1e-12))
        if found > best[2]:
            best = (start + moved, end + moved, found)
    return best


def _aligned(
    sound: Mono, fixed: int, moving: int, rate: int, *, before: bool = True, behind: bool = True
) -> tuple[int, float]:
    """The second place moved by up to a frame, to where the waveform around it is most like that around the first."""
    around, reach = rate // 2, rate // _RATE
    early = min(around, fixed, moving - reach) if before else 0
    late = min(around, len(sound) - fixed, len(sound) - moving - reach) if behind else 0
    if early < 0 or late < 0 or early + late < around // 2:
        return moving, 0.0
    here = sound[fixed - early : fixed + late].astype(np.float64)
    there = sound[moving - reach - early : moving + reach + late].astype(np.float64)
    if moving - reach - early < 0 or len(there) < len(here) + 2 * reach:
        return moving, 0.0
    size = 2 * len(there)
    product = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(here, size)), size)[: 2 * reach + 1]
    sums = _summed(there**2)
    power = sums[len(here) :][: 2 * reach + 1] - sums[: 2 * reach + 1]
    likeness = product / np.sqrt(np.maximum(power, 0) * (here @ here) + 1e-12)
    shift = int(likeness.argmax())
    return moving - reach + shift, float(likeness[shift])


def _whole(music: _Music, samples: int, rate: int, beat: float | None) -> Stretch:
    """The whole sound, which loops well if it does not fade or end in silence."""
    level = music.loudness.mean()
    fades = music.loudness[-_RATE:].mean() < level / 4
    beats = _beats(samples, rate, beat)
    score = music.score(_WHOLE, 0, music.frames) - (_FADES if fades else 0.0) + _evenness(beats, beat)
    return Stretch(start=0, end=samples, score=score, beats=beats)


def _beat(fine: _Numbers) -> float | None:
    """Seconds from beat to beat, by the spectrum of the onsets; None if there is no steady beat."""
    onsets = np.maximum(np.diff(fine, axis=0), 0).sum(1)
    size = 4 * len(onsets)
    spectrum = np.abs(np.fft.rfft(onsets - onsets.mean(), size))
    low, high = (int(size / _FINE_RATE / seconds) for seconds in (_SLOWEST_BEAT, _FASTEST_BEAT))
    here = spectrum[low:high]
    if not len(here) or here.max() < 6 * np.median(here):
        return None
    # Between two bins of the spectrum: over a song, half a bin would be an eighth of a beat.
    at = low + int(here.argmax())
    left, middle, right = spectrum[at - 1 : at + 2]
    return size / _FINE_RATE / (at + float((right - left) / (4 * middle - 2 * left - 2 * right)))


def _evenness(beats: int | None, beat: float | None) -> float:
    if beats is None:
        return 0.0 if beat is None else _UNEVEN
    return _OF_BEATS if beats % _BAR else _OF_BARS


def _beats(samples: int, rate: int, beat: float | None) -> int | None:
    if beat is None:
        return None
    beats = samples / rate / beat
    return round(beats) if abs(beats - round(beats)) <= _OFF_BEAT else None


def _loudness(sound: Mono, rate: int) -> _Numbers:
    """The spectrogram, frames × bands, by square roots, so that soft sounds count as well."""
    hop = rate // _FINE_RATE
    edges = np.geomspace(2, _WINDOW // 2 - 24, _BANDS + 1).astype(int)
    window = np.hanning(_WINDOW)
    padded = np.pad(sound, (_WINDOW // 2, _WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::hop][: len(sound) // hop]

    def parts() -> Iterator[_Numbers]:
        for first in range(0, len(frames), _BATCH):
            spectrum = np.sqrt(np.abs(np.fft.rfft(frames[first : first + _BATCH] * window)))
            yield np.stack([spectrum[:, low : high + 1].mean(1) for low, high in pairwise(edges)], 1)

    return np.concatenate([*parts(), np.empty((0, _BANDS))])
