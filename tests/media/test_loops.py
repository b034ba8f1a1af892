"""Loops in music, and sounds brought to a level (DEPTH section 8)."""

import math
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from pmd_service.media.engines import denoise_audio, enhance, export, levels, loop, ogg, r128
from pmd_service.media.engines.audio import AudioInfo, audio_info, read_chunks
from pmd_service.media.engines.loop_search import Stretch, _best, _evenness, find_loops
from pmd_service.media.engines.vorbis import write_vorbis
from pmd_service.media.messages import RefusalError

from .files import save_sound, tone
from .quality import music, noise_for, si_sdr
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


def test_the_whole_sound_is_third_at_most_and_bars_before_beats() -> None:
    whole = Stretch(start=0, end=90_000, score=0.5)
    better = [Stretch(start=9_000 * number, end=80_000, score=1 + number) for number in range(6)]
    assert _best(whole, better, 1_000).index(whole) == 2
    assert _best(whole, better[:1], 1_000) == [better[0], whole]
    assert _evenness(8, 0.5) > _evenness(7, 0.5) > _evenness(None, None) > _evenness(None, 0.5)


def test_a_silent_sound_has_no_loop_to_be_found(tmp_path: Path, folder: Path) -> None:
    source = save_sound(tmp_path / "silent.wav", np.zeros(22_050 * 6, np.float32), rate=22_050)
    with pytest.raises(RefusalError) as refused:
        run(loop, folder, source)
    assert refused.value.code == "all_silent"


@pytest.mark.parametrize("seconds", [0.01, 3.4])
def test_a_sound_that_is_too_short_is_no_loop_as_a_whole(tmp_path: Path, folder: Path, seconds: float) -> None:
    source = save_sound(tmp_path / "short.wav", tone(seconds, rate=22_050), rate=22_050)
    with pytest.raises(RefusalError) as refused:
        run(loop, folder, source)
    assert refused.value.code == "too_short"


def test_loops_are_found_in_sounds_of_up_to_15_minutes(tmp_path: Path, folder: Path) -> None:
    source = save_sound(tmp_path / "long.wav", np.full(902 * 1_000, 0.1, np.float32), rate=1_000)
    with pytest.raises(RefusalError, match=r"up to 15 minutes\. Give start and end") as refused:
        run(loop, folder, source)
    assert refused.value.code == "too_long"


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
            assert fields[2] == round(1e9 / sound.getframerate())
            return int(fields[11]), int(fields[12]) + 1, sound.getframerate()
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
    made = run(loop, folder, source, start=0.99999, end=2.50001)
    assert loop_of(folder / made.name)[:2] == (22_050, 55_125)


def test_sounds_of_a_group_keep_their_distance(tmp_path: Path, folder: Path) -> None:
    loud = save_sound(tmp_path / "loud.wav", tone(2, level=0.1))
    soft = save_sound(tmp_path / "soft.wav", tone(2, level=0.01))
    silent = save_sound(tmp_path / "silent.wav", np.zeros(44_100 * 4, np.float32))
    made = run(levels, folder, loud, soft, silent, target_lufs=-20.0)
    first, second, _ = (measured(folder / piece.name) for piece in made.files)
    assert [piece.source for piece in made.files] == [0, 1, 2]
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


def test_findings_for_one_sound_of_a_group_are_not_for_the_others(tmp_path: Path, folder: Path) -> None:
    sounds = [save_sound(tmp_path / name, tone(2, level=0.05)) for name in ("a.mp3", "b.wav")]
    made = run(levels, folder, *sounds, target_lufs=-28.0)
    assert [[finding.code for finding in piece.own] for piece in made.files] == [["encoded_again"], []]
    assert [finding.code for finding in made.findings] == ["group_gain"]


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
    assert "limited" in {finding.code for finding in made.own}


@pytest.mark.parametrize(("gain", "is_limited"), [(1.7, False), (1.8, True), (1.95, True)])
def test_peaks_are_limited_a_little_below_the_highest(gain: float, is_limited: bool) -> None:
    """Meters differ by 0.15 dB."""
    shape = AudioInfo(rate=8_000, layout="mono", channels=1, file_format="wav", codec="", seconds=0.5)
    sound = [tone(0.5, rate=8_000, level=0.7)[None]]
    found = r128.Measured(-20.0, -2.9)
    filters = r128.leveling(lambda *_: iter(sound), shape, found, gain=gain, max_peak=-1.0, target=None)
    assert ("alimiter" in [name for name, _ in filters]) == is_limited


@pytest.mark.parametrize("name", ["tone.ogg", "tone.mp3", "tone.m4a", "tone.flac", "tone.wav"])
def test_a_sound_stays_in_its_format(tmp_path: Path, folder: Path, name: str) -> None:
    source = save_sound(tmp_path / name, tone(2, rate=48_000), rate=48_000)
    made = run(levels, folder, source, target_lufs=-20.0)
    before, after = audio_info(source), audio_info(folder / made.name)
    assert (after.file_format, after.codec) == (before.file_format, before.codec)
    assert ("encoded_again" in {finding.code for finding in made.own}) == (before.bits is None)


def played(path: Path) -> np.ndarray:
    return np.concatenate([*read_chunks(path, audio_info(path))], axis=1)


def vorbis(path: Path, *, looped: tuple[int, int] | None = None, rate: int = 44_100) -> Path:
    """Five seconds of music, and its loop in samples."""
    save_sound(path, np.stack([music(5.0) * 0.3] * 2), codec="vorbis", rate=rate)
    if looped is None:
        return path
    (folder := path.parent / "looped").mkdir()
    start, end = (place / rate for place in looped)
    return folder / run(loop, folder, path, start=start, end=end, format="ogg").name


VORBIS_TASKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "level": (levels, {"target_lufs": -20.0}),
    "clean": (denoise_audio, {"strength": 80}),
    "fade": (enhance, {"operations": [{"op": "fade", "fade_in": 0.1}]}),
}


@pytest.mark.parametrize("task", VORBIS_TASKS)
def test_ogg_vorbis_stays_ogg_vorbis_with_its_loop(tmp_path: Path, folder: Path, task: str) -> None:
    engine, params = VORBIS_TASKS[task]
    if task == "clean":
        clean = music(5.0) * 0.3
        noisy = (clean + noise_for(clean, snr_db=10)).astype(np.float32)
        save_sound(tmp_path / "song.ogg", noisy, codec="vorbis")
        (tmp_path / "looped").mkdir()
        name = run(loop, tmp_path / "looped", tmp_path / "song.ogg", start=1.0, end=4.0, format="ogg").name
        source = tmp_path / "looped" / name
    else:
        source = vorbis(tmp_path / "song.ogg", looped=(44_100, 176_400))
    made = run(engine, folder, source, **params)
    result = folder / made.name
    before, after = audio_info(source), audio_info(result)
    assert (after.file_format, after.codec, after.rate) == ("ogg", "vorbis", before.rate)
    assert loop_of(result) == (44_100, 176_400, 44_100)
    assert played(result).shape == played(source).shape
    assert "encoded_again" in {finding.code for finding in [*made.findings, *made.own]}


def test_vorbis_written_again_is_in_time_and_near_what_it_was(tmp_path: Path, folder: Path) -> None:
    source = vorbis(tmp_path / "song.ogg")
    made = run(export, folder, source, format="ogg", metadata=False)
    before, after = played(source), played(folder / made.name)
    assert si_sdr(before[0], after[0]) > 15
    assert (folder / made.name).stat().st_size < source.stat().st_size * 1.1


def test_vorbis_is_written_in_the_same_bytes_each_time(tmp_path: Path) -> None:
    source, made = vorbis(tmp_path / "song.ogg"), []
    for name in ("one", "two"):
        (folder := tmp_path / name).mkdir()
        made.append((folder / run(levels, folder, source, target_lufs=-20.0).name).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("layout", ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"])
def test_vorbis_channels_keep_their_places(tmp_path: Path, layout: str) -> None:
    channels, rate = av.AudioLayout(layout).nb_channels, 44_100
    # Low tones, as the channel for effects holds no others.
    sound = np.stack([tone(1.5, rate=rate, hz=40 + 8 * number, level=0.3) for number in range(channels)])
    made = tmp_path / "made.ogg"
    write_vorbis([sound], made, rate=rate, layout=layout, bit_rate=None)
    found = played(made)[:, : rate // 2 * 2]
    peaks = np.abs(np.fft.rfft(found)).argmax(axis=1) * rate / found.shape[1]
    assert audio_info(made).layout == layout
    assert peaks == pytest.approx([40 + 8 * number for number in range(channels)], abs=1)


@pytest.mark.parametrize("rate", [4_000, 8_000, 22_050, 96_000, 192_000])
def test_vorbis_is_written_at_any_usual_rate(tmp_path: Path, folder: Path, rate: int) -> None:
    source = vorbis(tmp_path / "song.ogg", rate=rate)
    made = run(levels, folder, source, target_lufs=-20.0)
    assert audio_info(folder / made.name).rate == rate


@pytest.mark.parametrize("seconds", [0.02, 0.7, 2.0])
def test_a_short_vorbis_sound_lasts_as_long_as_it_did(tmp_path: Path, folder: Path, seconds: float) -> None:
    sound = tone(seconds, level=0.1, hz=60)
    source = save_sound(tmp_path / "hit.ogg", sound, codec="vorbis")
    made = run(levels, folder, source, target_lufs=-20.0)
    # Of a sound that is one page, libav leaves out the last 128 samples.
    assert len(soundfile.read(folder / made.name)[0]) in (len(sound), len(sound) - 128)
    assert audio_info(folder / made.name).seconds == pytest.approx(seconds, abs=0.01)
    if seconds == 2.0:
        (looped := tmp_path / "looped").mkdir()
        copied = looped / run(loop, looped, source, start=0.5, end=1.5, format="ogg").name
        assert np.array_equal(soundfile.read(copied)[0], soundfile.read(source)[0])
        assert loop_of(copied) == (22_050, 66_150, 44_100)


def test_comments_longer_than_a_page_are_read_again(tmp_path: Path) -> None:
    source = save_sound(tmp_path / "song.ogg", tone(2), codec="vorbis")
    words = {"title": "é" * 70_000, "lyrics": "x" * (255 * 255 - 40), "album_artist": "A"}
    (tmp_path / "tagged.ogg").write_bytes(b"".join(ogg.retagged(source.read_bytes(), words)))
    with av.open(str(tmp_path / "tagged.ogg")) as read:
        found = {name.lower(): value for name, value in read.streams.audio[0].metadata.items()}
    assert {name: found[name] for name in words} == words
    assert np.array_equal(soundfile.read(tmp_path / "tagged.ogg")[0], soundfile.read(source)[0])


@pytest.mark.parametrize("size", [7, 255 * 254 + 7, 255 * 255, 255 * 255 + 7, 255 * 510 + 7])
def test_a_page_says_whether_it_goes_on_from_the_one_before(size: int) -> None:
    """RFC 3533, section 6; where no packet ends, no time does."""
    pages = [*ogg._paged([bytes(size), bytes(300)])]
    assert b"".join(page.body for page in pages) == bytes(size + 300)
    assert [page.flags & 1 for page in pages] == [0, *(page.segments[-1] == 255 for page in pages[:-1])]
    assert [page.granule == -1 for page in pages] == [min(page.segments) == 255 for page in pages]


def test_a_damaged_ogg_is_refused_and_a_chained_one_is_known(tmp_path: Path) -> None:
    data = save_sound(tmp_path / "song.ogg", tone(2), codec="vorbis").read_bytes()
    for damaged in (data[:-9], data[:40], b"OggS", data + b"more", data[:70] + bytes(30) + data[100:], data[:58]):
        with pytest.raises(RefusalError):
            list(ogg.retagged(damaged, {}))
    other = save_sound(tmp_path / "other.ogg", tone(2, hz=300), codec="vorbis").read_bytes()
    with pytest.raises(ogg.ChainedError):
        list(ogg.retagged(data + other.replace(other[14:18], b"\x09\x09\x09\x09"), {}))
