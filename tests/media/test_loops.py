"""Loops in music, and sounds brought to a level (DEPTH section 8)."""

import math
import wave
from pathlib import Path

import numpy as np
import pytest

from pmd_service.media.engines import levels, loop, r128
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.loop_search import find_loops
from pmd_service.media.messages import RefusalError

from .files import save_sound, tone
from .workbench import run


def song(rate: int = 22_050) -> tuple[np.ndarray, int]:
    """A part that comes twice behind an opening, and how long it is in samples."""
    rng = np.random.default_rng(5)

    def notes(seconds: float) -> np.ndarray:
        parts = [
            tone(0.25, rate=rate, hz=220 * 2 ** (rng.integers(0, 24) / 12), level=rng.uniform(0.1, 0.5))
            for _ in range(int(seconds * 4))
        ]
        return np.concatenate(parts)

    part = notes(4)
    return np.concatenate([notes(1.5), part, part, part[: rate // 2]]), len(part)


def test_a_repeat_is_found_to_the_sample() -> None:
    sound, length = song()
    noisy = sound + np.random.default_rng(2).normal(0, 0.0005, len(sound)).astype(np.float32)
    found, *_ = (loop for loop in find_loops(noisy, 22_050) if (loop.likeness or 0) > 0.98)
    assert found.end - found.start == length
    assert found.likeness is not None
    assert found.likeness > 0.999


def test_the_whole_sound_is_among_the_first_loops_and_listed_once() -> None:
    sound, _ = song()
    loops = find_loops(sound, 22_050)
    wholes = [place for place, loop in enumerate(loops) if loop.start < 5_000 and loop.end > len(sound) - 5_000]
    assert len(wholes) == 1
    assert wholes[0] < 3


def test_a_silent_sound_has_no_loop_to_be_found(tmp_path: Path, folder: Path) -> None:
    source = save_sound(tmp_path / "silent.wav", np.zeros(22_050 * 6, np.float32), rate=22_050)
    with pytest.raises(RefusalError) as refused:
        run(loop, folder, source)
    assert refused.value.code == "all_silent"


@pytest.mark.parametrize("file_format", ["wav", "flac", "ogg"])
def test_a_loop_stands_where_engines_read_it_and_its_seam_is_silent(
    tmp_path: Path, folder: Path, file_format: str
) -> None:
    sound, length = song()
    source = save_sound(tmp_path / "song.wav", sound, rate=22_050)
    made = run(loop, folder, source, format=file_format)
    start, end, rate = loop_of(folder / made.name)
    # Opus has a rate of its own.
    assert math.isclose(end - start, length * rate / 22_050, abs_tol=1 if file_format == "ogg" else 0)
    shape = audio_info(folder / made.name)
    played = np.concatenate([chunk[0] for chunk in read_chunks(folder / made.name, shape)])
    around = rate // 50
    jump = played[end : end + around] - played[start : start + around]
    power = (played[start : start + around] ** 2).mean()
    # What comes behind the end is what comes behind the start: going back is not heard.
    assert (jump**2).mean() < power * 10 ** (-20 / 10)


def loop_of(path: Path) -> tuple[int, int, int]:
    """Start, end and rate as an engine would read them."""
    if path.suffix == ".wav":
        data = path.read_bytes()
        assert int.from_bytes(data[4:8], "little") == len(data) - 8
        at = data.index(b"smpl") + 8
        fields = np.frombuffer(data[at : at + 60], "<u4")
        assert (fields[7], fields[10]) == (1, 0)
        with wave.open(str(path)) as sound:
            return int(fields[11]), int(fields[12]) + 1, sound.getframerate()
    import av  # noqa: PLC0415

    with av.open(str(path)) as container:
        tags = {**container.metadata, **container.streams.audio[0].metadata}
        start = int(tags["LOOPSTART"])
        return start, start + int(tags["LOOPLENGTH"]), container.streams.audio[0].rate


def test_music_that_never_repeats_gets_the_best_loop_points(tmp_path: Path, folder: Path) -> None:
    noise = np.random.default_rng(9).normal(0, 0.1, 22_050 * 6).astype(np.float32)
    source = save_sound(tmp_path / "noise.wav", noise, rate=22_050)
    with pytest.raises(RefusalError, match="No inaudible loop was found") as refused:
        run(loop, folder, source)
    assert refused.value.code == "no_loop"
    made = run(loop, folder, source, start=1.0, end=2.5)
    assert loop_of(folder / made.name)[:2] == (22_050, 55_125)


def test_sounds_of_a_group_keep_their_distance(tmp_path: Path, folder: Path) -> None:
    loud = save_sound(tmp_path / "loud.wav", tone(2, level=0.1))
    soft = save_sound(tmp_path / "soft.wav", tone(2, level=0.01))
    made = run(levels, folder, loud, soft, target_lufs=-20.0)
    first, second = (measured(folder / piece.name) for piece in made.files)
    assert [piece.source for piece in made.files] == [0, 1]
    assert first - second == pytest.approx(20, abs=0.3)
    power = 10 * math.log10((10 ** (first / 10) + 10 ** (second / 10)) / 2)
    assert power == pytest.approx(-20, abs=0.3)


def test_each_sound_reaches_the_loudness_unless_a_peak_prevents_it(tmp_path: Path, folder: Path) -> None:
    soft = save_sound(tmp_path / "soft.wav", tone(2, level=0.01))
    spiked = tone(2, level=0.01)
    spiked[1000] = 0.9
    spike = save_sound(tmp_path / "spike.wav", spiked)
    made = run(levels, folder, soft, spike, target_lufs=-20.0, as_group=False, limit=False)
    assert measured(folder / made.files[0].name) == pytest.approx(-20, abs=0.3)
    assert measured(folder / made.files[1].name) < -25
    assert [finding.message for finding in made.findings] == ["1 of 2 stay below the target because of their peaks."]


def measured(path: Path) -> float:
    shape = audio_info(path)
    return r128.measure(read_chunks(path, shape), shape).lufs


def test_level_limits_peaks_and_reaches_its_loudness(tmp_path: Path, folder: Path) -> None:
    spiked = tone(4, level=0.02)
    spiked[1000::9000] = 0.9
    made = run(levels, folder, save_sound(tmp_path / "spiked.wav", spiked), target_lufs=-20.0)
    shape = audio_info(folder / made.name)
    found = r128.measure(read_chunks(folder / made.name, shape), shape)
    assert found.lufs == pytest.approx(-20, abs=0.5)
    assert found.peak_db <= -1.0
    assert "limited" in {finding.code for finding in made.findings}


@pytest.mark.parametrize("name", ["tone.ogg", "tone.mp3", "tone.m4a", "tone.flac", "tone.wav"])
def test_a_sound_stays_in_its_format(tmp_path: Path, folder: Path, name: str) -> None:
    source = save_sound(tmp_path / name, tone(2, rate=48_000), rate=48_000)
    made = run(levels, folder, source, target_lufs=-20.0)
    before, after = audio_info(source), audio_info(folder / made.name)
    assert (after.file_format, after.codec) == (before.file_format, before.codec)
    assert ("encoded_again" in {finding.code for finding in made.findings}) == (before.bits is None)
