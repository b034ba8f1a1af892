"""Loops and loudness on songs of a game, beside what their makers wrote, and another meter.

The songs are SuperTux's (``apt-get install supertux-data``), each with a ``.music`` file that says where it loops; the
meter is ``pyloudnorm``. Without them the rows are left out.
"""

import re
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from pmd_service.media.engines import levels
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.loop_search import find_loops
from pmd_service.media.messages import Work
from tests.media.quality import Signal

from .runner import Row
from .world import World

_SONGS = Path("/usr/share/games/supertux2/music")
_FIELD = r"\({}\s+\"?([^\s\")]+)"
# Their makers give most places in whole seconds.
_NEAR_SECONDS, _FIRST = 1.0, 3


async def measure(world: World) -> list[Row]:
    songs = [*_songs()][: world.sized(60, 3)]
    if not songs:
        return []
    return [_loops(songs), *(_loudness(songs[::4]) if find_spec("pyloudnorm") else ())]


def _songs() -> Iterator[tuple[Path, float, float]]:
    """Each song, and where its maker says that it begins again and ends; below zero, with the file."""
    for path in sorted(_SONGS.rglob("*.music")):
        text = path.read_text()
        name, begin, end = (re.search(_FIELD.format(field), text) for field in ("file", "loop-begin", "loop-at"))
        if name and begin and end and (path.parent / name[1]).exists():
            yield path.parent / name[1], float(begin[1]), float(end[1])


def _loops(songs: list[tuple[Path, float, float]]) -> Row:
    found = 0
    for path, begin, end in songs:
        sound, rate = _heard(path)
        seconds = sound.shape[1] / rate
        wanted = (begin, min(end, seconds) if end > 0 else seconds)
        loops = find_loops(sound.mean(axis=0, dtype=np.float32), rate)[:_FIRST]
        found += any(
            max(abs(loop.start / rate - wanted[0]), abs(loop.end / rate - wanted[1])) <= _NEAR_SECONDS for loop in loops
        )
    what = f"the maker's loop among the first {_FIRST} that “loop” lists"
    return Row(what=what, value=100 * found / len(songs), unit="%", higher_is_better=True, detail={"songs": len(songs)})


def _loudness(songs: list[tuple[Path, float, float]]) -> Iterator[Row]:
    """Songs at −16 LUFS by “level”, as another meter measures them."""
    meter, off, highest = import_module("pyloudnorm"), 0.0, -100.0
    for path, _, _ in songs:
        with tempfile.TemporaryDirectory(prefix="bench-level-") as folder:
            made = levels.run(Work(source=str(path), folder=folder), lambda *_: None)
            sound, rate = _heard(Path(folder, made.name))
        off = max(off, abs(meter.Meter(rate).integrated_loudness(sound.T) + 16))
        highest = max(highest, _true_peak(sound))
    yield Row(what="songs brought to −16 LUFS, worst distance by pyloudnorm", value=off, unit="LU", goal=0.5)
    yield Row(what="their highest true peak, eightfold", value=highest, unit="dBTP", goal=-1.0)


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
