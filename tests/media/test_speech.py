"""Noise around speech, by the model: the voice stays, and what is no voice is not given to it."""

import wave
from pathlib import Path

import numpy as np
import pytest

from pmd_service.media.engine import make as make_in_child
from pmd_service.media.engines import denoise_audio, speech
from pmd_service.media.engines.audio import AudioInfo, audio_info, read_chunks
from pmd_service.media.messages import NothingToDo, Output, RefusalError
from pmd_service.media.modules import SPEECH_MODULES, missing_modules
from pmd_service.media.registry import KINDS

from .conftest import Make
from .files import save_sound
from .quality import Signal, lag_of, music, noise_for, si_sdr, voice

pytestmark = pytest.mark.skipif(bool(missing_modules(SPEECH_MODULES)), reason="the model is not set up here")


def heard(path: Path) -> Signal:
    return np.concatenate(list(read_chunks(path, audio_info(path))), axis=1)


def clicks_for(signal: Signal, *, snr_db: float, rate: int = 48_000) -> Signal:
    random, clicks = np.random.default_rng(4), np.zeros(len(signal))
    for at in range(4_000, len(signal) - 2_000, rate // 5):
        clicks[at : at + 900] += random.normal(0, 1, 900) * np.exp(-np.arange(900) / 200)
    return np.asarray(clicks * np.sqrt(np.mean(signal**2) / 10 ** (snr_db / 10) / np.mean(clicks**2)), np.float32)


def _info(sound: Signal, rate: int = 48_000) -> AudioInfo:
    channels = len(sound)
    layout = {1: "mono", 2: "stereo"}[channels]
    return AudioInfo(rate=rate, layout=layout, channels=channels, file_format="wav", codec="pcm_f32le", seconds=None)


def filtered(sound: Signal, *, level: float = 0.05, size: int = 4096) -> Signal:
    pieces = (sound[:, at : at + size] for at in range(0, sound.shape[1], size))
    return np.concatenate([*speech.SpeechFilter(_info(sound), level).apply(pieces)], axis=1)


@pytest.mark.parametrize(("kind", "rate"), [("wav", 48_000), ("flac", 44_100), ("wav", 16_000), ("wav", 96_000)])
def test_noise_around_speech_goes_in_time(tmp_path: Path, make: Make, kind: str, rate: int) -> None:
    clean = voice(rate=rate)
    noisy = clean + noise_for(clean, snr_db=8)
    result = make(denoise_audio.run, save_sound(tmp_path / f"noisy.{kind}", noisy, rate=rate))
    cleaned = heard(result)[0]
    assert len(cleaned) == len(noisy)
    # Above 24 kHz the noise stays.
    every = max(1, rate // 48_000)
    assert lag_of(clean[::every], cleaned[::every]) == 0
    assert si_sdr(clean, cleaned) - si_sdr(clean, noisy) >= (7 if every == 1 else 2)


def test_clicks_between_words_go_though_they_are_not_steady(tmp_path: Path, make: Make) -> None:
    clean = voice()
    source = save_sound(tmp_path / "keys.wav", clean + clicks_for(clean, snr_db=8), rate=48_000)
    assert si_sdr(clean, heard(make(denoise_audio.run, source))[0]) >= 14
    with pytest.raises(NothingToDo, match="left unchanged"):
        make(denoise_audio.run, source, method="steady")


def test_the_model_is_for_noisy_speech_and_nothing_else() -> None:
    clean, played = voice(), music(5.0, rate=48_000)
    sounds = {
        "noisy speech": clean + noise_for(clean, snr_db=8),
        "clean speech": clean,
        "music": played,
        "noisy music": played + noise_for(played, snr_db=8),
        "a voice over music": clean + played,
        "speech and then music": np.concatenate([clean + noise_for(clean, snr_db=8), played]),
        "noise": noise_for(clean, snr_db=0),
        "a word": (clean + noise_for(clean, snr_db=8))[: 48_000 * 3 // 2],
    }
    judged = [name for name, sound in sounds.items() if speech.is_noisy_speech(sound[None], _info(sound[None]))]
    assert judged == ["noisy speech"]


def test_a_hum_below_speech_goes_line_by_line(tmp_path: Path, make: Make) -> None:
    clean = voice()
    times = np.arange(len(clean)) / 48_000
    hum = sum(np.sin(2 * np.pi * 50 * number * times + number) / number for number in range(1, 9)) * 0.03
    cleaned = heard(make(denoise_audio.run, save_sound(tmp_path / "hum.wav", clean + hum, rate=48_000)))[0]
    assert si_sdr(clean, cleaned) - si_sdr(clean, clean + hum) >= 7


def test_music_is_cleaned_by_the_model_only_on_request(tmp_path: Path, make: Make) -> None:
    played = music(4.0, rate=48_000)
    source = save_sound(tmp_path / "song.wav", played + noise_for(played, snr_db=10), rate=48_000)
    kept, gone = (heard(make(denoise_audio.run, source, method=method))[0] for method in ("auto", "speech"))
    assert si_sdr(played, kept) >= 15
    assert np.sqrt(np.mean(gone**2)) < np.sqrt(np.mean(played**2)) / 3


def test_chunks_of_any_size_make_the_same_samples() -> None:
    noisy = voice(2.0)[None] + noise_for(voice(2.0), snr_db=8)
    whole = filtered(noisy, size=noisy.shape[1])
    assert np.array_equal(whole, filtered(noisy, size=1_111))
    assert np.array_equal(whole, filtered(noisy))


def test_channels_are_cleaned_each_by_itself_and_soft_speech_stays() -> None:
    clean = voice(3.0)
    noisy = np.stack([clean + noise_for(clean, snr_db=8), np.zeros_like(clean)]) * np.float32(1e-3)
    made = filtered(noisy, level=speech.level_of(noisy))
    assert si_sdr(clean, made[0]) >= 14
    assert not made[1].any()


@pytest.mark.parametrize("strength", [0, 25])
def test_half_of_the_strength_removes_half(tmp_path: Path, make: Make, strength: int) -> None:
    clean = voice(3.0)
    source = save_sound(tmp_path / "noisy.wav", clean + noise_for(clean, snr_db=8), rate=48_000)
    if strength == 0:
        with pytest.raises(NothingToDo):
            make(denoise_audio.run, source, strength=strength, method="speech")
        return
    noisy = heard(source)[0]
    all_of_it, half = (
        noisy - heard(make(denoise_audio.run, source, strength=each, method="speech"))[0] for each in (50, strength)
    )
    assert np.sqrt(np.mean(half**2)) == pytest.approx(np.sqrt(np.mean(all_of_it**2)) / 2, rel=0.01)


def test_samples_that_are_no_numbers_spoil_only_themselves() -> None:
    noisy = voice(2.0)[None] + noise_for(voice(2.0), snr_db=8)
    broken = noisy.copy()
    broken[0, 10_000:10_004] = (np.nan, np.inf, -np.inf, 1e30)
    made = filtered(broken, level=speech.level_of(broken[:, :9_000]))
    assert np.isfinite(np.delete(made[0], range(10_000, 10_004))).all()
    assert speech.is_noisy_speech(broken, _info(broken)) in (True, False)


async def test_the_model_runs_in_the_sandbox_with_the_same_bytes(tmp_path: Path) -> None:
    clean = voice(3.0)
    source = save_sound(tmp_path / "noisy.wav", clean + noise_for(clean, snr_db=8), rate=48_000)
    made = []
    for name in ("one", "two"):
        (folder := tmp_path / name).mkdir()
        engine = KINDS["denoise_audio"].engine
        assert engine is not None
        output = await make_in_child(engine, source, folder, params={"method": "speech"})
        assert isinstance(output, Output), output
        assert [finding.code for finding in output.findings] == ["method"]
        made.append((folder / output.name).read_bytes())
    assert made[0] == made[1]


def test_speech_cut_off_or_too_short_is_read_to_its_end(tmp_path: Path, make: Make) -> None:
    clean = voice(2.0)
    source = save_sound(tmp_path / "noisy.wav", clean + noise_for(clean, snr_db=8), rate=48_000)
    cut = tmp_path / "cut.wav"
    cut.write_bytes(source.read_bytes()[:60_001])
    assert heard(make(denoise_audio.run, cut, method="speech")).shape == heard(cut).shape
    with wave.open(str(tmp_path / "one.wav"), "wb") as written:
        written.setparams((1, 2, 48_000, 0, "NONE", ""))
        written.writeframes(b"\1\1")
    assert heard(make(denoise_audio.run, tmp_path / "one.wav", method="speech")).shape == (1, 1)


def test_without_the_model_it_is_refused_and_auto_does_without(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denoise_audio, "SPEECH_MODULES", ("no_such_model",))
    clean = voice(4.0)
    source = save_sound(tmp_path / "noisy.wav", clean + noise_for(clean, snr_db=8), rate=48_000)
    with pytest.raises(RefusalError) as refused:
        make(denoise_audio.run, source, method="speech")
    assert refused.value.code == "not_set_up"
    assert si_sdr(clean, heard(make(denoise_audio.run, source))[0]) >= 10
