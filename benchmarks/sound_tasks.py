"""Loops, loudness and speech on what games ship, beside what makers wrote and other meters; into ``docs/tasks.md``.

Songs are SuperTux's, each with a ``.music`` file that says where it loops, and voices Fish Fillets' (``apt-get install
supertux-data fillets-ng-data-cs``; installed, or unpacked below ``BENCH_MATERIAL``). The meters are ``pyloudnorm`` and
``pesq``. Without them rows are left out, and then the table is not written. All of it takes up to four minutes.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

import numpy as np

from pmd_service.media.engines import denoise_audio, levels
from pmd_service.media.engines.audio import AudioInfo, audio_info, read_chunks, resampled
from pmd_service.media.engines.loop_search import find_loops
from pmd_service.media.messages import NothingToDo, Work
from tests.media.files import save_sound
from tests.media.quality import Signal

from .runner import MATERIAL, Row, write_block
from .world import World

_FIELD = r"\({}\s+\"?([^\s\")]+)"
# Their makers give most places in whole seconds.
_NEAR_SECONDS, _FIRST, _UNLISTED = 1.0, 3, 99
# Songs that are brought to a loudness, and those that loop as a whole beside those that loop from their middle.
_LEVELLED, _WHOLE = 3, 4
# Spoken without effects or music.
_VOICES = ("*/fillets-ng/sound/hanoi/cs/m-*.ogg", "*/fillets-ng/sound/rush/cs/v-*.ogg")
_SPOKEN, _LONGEST_SECONDS, _SNR_DB = 4, 5, 8.0
# The gain in PESQ above “steady” that each noise is worth; hum goes by the same method.
_NOISES = {"white": 0.1, "pink": 0.1, "fan": 0.1, "clicks": 0.1, "hum": 0.0}
_PESQ_RATE = 16_000


async def measure(world: World) -> list[Row]:
    songs = [*_songs()]
    middle = [song for song in songs if song[1] > _NEAR_SECONDS]
    whole = [song for song in songs if song[1] == 0][:: max(1, len(songs) // _WHOLE)]
    rows = [*_loops(middle[: world.sized(60, 2)], "the middle"), *_loops(whole[: world.sized(60, 1)], "the start")]
    if find_spec("pyloudnorm"):
        rows += _loudness(whole[: world.sized(_LEVELLED, 1)])
    if find_spec("pesq"):
        rows += _speech(_voices()[: world.sized(_SPOKEN, 1)])
    if len(rows) == _ROWS and not world.is_quick:
        write_block("tasks.md", "sounds", "\n".join(_table(rows)))
    return rows


_ROWS = 4 + len(_NOISES)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| what | measured | worst |", "| --- | --- | --- |")
    for row in rows:
        yield f"| {row.detail['short']} | {row.value:.3g} {row.unit} | {row.detail.get('worst', '')} |"


def _songs() -> Iterator[tuple[Path, float, float]]:
    """Each song, and where its maker says that it begins again and ends; below zero, with the file."""
    for path in sorted(MATERIAL.glob("**/supertux2/music/**/*.music")):
        text = path.read_text()
        name, begin, end = (re.search(_FIELD.format(field), text) for field in ("file", "loop-begin", "loop-at"))
        if name and begin and end and (path.parent / name[1]).exists():
            yield path.parent / name[1], float(begin[1]), float(end[1])


def _loops(songs: Sequence[tuple[Path, float, float]], where: str) -> Iterator[Row]:
    """In how many songs the maker's loop is listed, at most a second beside it."""
    places = []
    for path, begin, end in songs:
        sound, rate = _heard(path)
        seconds = sound.shape[1] / rate
        wanted = (begin, min(end, seconds) if end > 0 else seconds)
        listed = find_loops(sound.mean(axis=0, dtype=np.float32), rate)
        ends = [(abs(loop.start / rate - wanted[0]), abs(loop.end / rate - wanted[1])) for loop in listed]
        places.append(next((place for place, each in enumerate(ends) if max(each) <= _NEAR_SECONDS), _UNLISTED))
    if songs:
        yield Row(
            what=f"looped from {where}: the maker's loop among the first {_FIRST}",
            value=100 * mean(place < _FIRST for place in places),
            unit="%",
            higher_is_better=True,
            detail={
                "short": f"loops from {where} ({len(songs)} songs)",
                "listed": sum(place < _UNLISTED for place in places),
            },
        )


def _loudness(songs: Sequence[tuple[Path, float, float]]) -> Iterator[Row]:
    """Songs at −16 LUFS by “level”, as another meter measures them."""
    meter, off, peaks = import_module("pyloudnorm"), [0.0], [-100.0]
    for path, _, _ in songs:
        with tempfile.TemporaryDirectory(prefix="bench-level-") as folder:
            made = levels.run(Work(source=str(path), folder=folder), lambda *_: None)
            sound, rate = _heard(Path(folder, made.name))
        off.append(abs(meter.Meter(rate).integrated_loudness(sound.T) + 16))
        peaks.append(_true_peak(sound))
    what, songs_of = "songs brought to −16 LUFS, worst distance by pyloudnorm", {"songs": len(songs)}
    yield Row(what=what, value=max(off), unit="LU", goal=0.5, detail={"short": "off −16 LUFS", **songs_of})
    what, detail = "their highest true peak, eightfold", {"short": "true peak", **songs_of}
    yield Row(what=what, value=max(peaks), unit="dBTP", goal=-1.0, detail=detail)


def _voices() -> list[Path]:
    """The same each time, and long enough."""
    found = sorted(path for pattern in _VOICES for path in MATERIAL.glob(f"**/{pattern.removeprefix('*/')}"))
    long = [path for path in found if (audio_info(path).seconds or 0) >= _LONGEST_SECONDS - 2]
    return long[:: max(1, len(long) // _SPOKEN)]


def _speech(voices: Sequence[Path]) -> Iterator[Row]:
    """PESQ of speech in noise, cleaned as steady noise and as “auto” does."""
    heard = [(sound.mean(axis=0)[: _LONGEST_SECONDS * rate], rate) for sound, rate in map(_heard, voices)]
    for kind, goal in _NOISES.items() if heard else ():
        gains, after = [], []
        for number, (sound, rate) in enumerate(heard):
            noise = _noise(kind, len(sound), rate, number)
            noisy = sound + noise * np.sqrt(np.mean(sound**2) / 10 ** (_SNR_DB / 10) / np.mean(noise**2))
            steady, auto = (_quality(sound, _cleaned(noisy, rate, method), rate) for method in ("steady", "auto"))
            gains.append(auto - steady)
            after.append(auto)
        yield Row(
            what=f"speech and {kind} at {_SNR_DB:.0f} dB: PESQ of “auto” above “steady”",
            value=mean(gains),
            unit="",
            goal=goal,
            higher_is_better=True,
            detail={
                "short": f"speech and {kind}",
                "worst": f"{min(gains):+.2f}",
                "sentences": len(heard),
                "afterwards": round(mean(after), 2),
            },
        )


def _cleaned(sound: Signal, rate: int, method: str) -> Signal:
    with tempfile.TemporaryDirectory(prefix="bench-speech-") as folder:
        source = save_sound(Path(folder, "noisy.wav"), sound * 0.5, rate=rate)
        try:
            work = Work(source=str(source), folder=folder, params={"method": method})
            made = denoise_audio.run(work, lambda *_: None)
        except NothingToDo:
            return sound
        return np.asarray(_heard(Path(folder, made.name))[0][0] * 2)


def _quality(clean: Signal, made: Signal, rate: int) -> float:
    """PESQ (ITU-T P.862.2, wideband)."""
    info = AudioInfo(rate=rate, layout="mono", channels=1, file_format="wav", codec="pcm_f32le", seconds=None)
    one, other = (
        np.concatenate([*resampled([each[None].astype(np.float32)], info, _PESQ_RATE)], axis=1)[0]
        for each in (clean, made)
    )
    return float(import_module("pesq").pesq(_PESQ_RATE, one, other, "wb"))


def _noise(kind: str, samples: int, rate: int, seed: int) -> Signal:
    random, times = np.random.default_rng(seed), np.arange(samples) / rate
    if kind == "hum":
        return _lines(times, 50.03, 8, random)
    white, hz = random.normal(0, 1, samples), np.fft.rfftfreq(samples, 1 / rate)
    match kind:
        case "pink":
            return np.asarray(np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.maximum(hz, 20)), samples))
        case "fan":
            # Air below some hundred hertz, and blades, that swell slowly.
            air = np.fft.irfft(np.fft.rfft(white) / (1 + (hz / 400) ** 2), samples)
            blades = _lines(times, 87, 3, random)
            swell = 1 + 0.3 * np.sin(2 * np.pi * 0.3 * times)
            return np.asarray((air / air.std() + 0.6 * blades / blades.std()) * swell)
        case "clicks":
            # Of keys, some each second.
            begins = np.cumsum(random.uniform(0.08, 0.35, samples // rate * 10))
            since = times[:, None] - begins[None, begins < times[-1]]
            return np.asarray(white * np.where(since >= 0, np.exp(-np.maximum(since, 0) / 0.004), 0).sum(axis=1))
    return white


def _lines(times: Signal, hz: float, count: int, random: np.random.Generator) -> Signal:
    waves = [np.sin(2 * np.pi * hz * number * times + random.uniform(0, 6)) / number for number in range(1, count + 1)]
    return np.asarray(np.sum(waves, axis=0))


def _heard(path: Path) -> tuple[Signal, int]:
    info = audio_info(path)
    return np.concatenate([*read_chunks(path, info)], axis=1), info.rate


def _true_peak(sound: Signal, block: int = 1 << 18, edge: int = 1 << 12) -> float:
    """By the spectrum of blocks, with eight times as many samples; their edges overlap, as they ring."""
    peak = 0.0
    for at in range(0, sound.shape[1], block - 2 * edge):
        part = np.pad(sound[:, at : at + block], ((0, 0), (edge, edge)))
        more = np.fft.irfft(np.fft.rfft(part), 8 * part.shape[1]) * 8
        peak = max(peak, float(np.abs(more[:, 16 * edge : -16 * edge]).max(initial=0)))
    return float(20 * np.log10(max(peak, 1e-5)))
