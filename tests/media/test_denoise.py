"""Less noise, and nothing else changed: length, lag, times, sound, turn."""

import wave
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from pmd_service.media.engines import denoise_audio, denoise_video
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.noise import hum_of
from pmd_service.media.engines.probe_streams import _poster
from pmd_service.media.messages import NothingToDo, RefusalError

from .conftest import Make
from .files import moving_picture, save_sound, save_video, sprite, tone
from .quality import lag_of, music, noise_for, psnr, si_sdr


def heard(path: Path) -> np.ndarray:
    return np.concatenate(list(read_chunks(path, audio_info(path))), axis=1)


@pytest.mark.parametrize(("kind", "rate"), [("wav", 48_000), ("flac", 44_100), ("flac", 22_050), ("wav", 11_025)])
def test_noise_at_10_db_goes_by_5_db_and_more(tmp_path: Path, make: Make, kind: str, rate: int) -> None:
    clean = music(5, rate=rate)
    noisy = clean + noise_for(clean, snr_db=10)
    source = save_sound(tmp_path / f"noisy.{kind}", noisy, rate=rate)
    result = make(denoise_audio.run, source)
    assert result.suffix == f".{kind}"
    cleaned = heard(result)[0]
    assert len(cleaned) == len(noisy)
    assert si_sdr(clean, cleaned) - si_sdr(clean, noisy) >= 5
    assert lag_of(clean, cleaned) == 0


def test_channels_stay_apart(tmp_path: Path, make: Make) -> None:
    left, right = music(5, seed=1), music(5, seed=2)
    noise = noise_for(left, snr_db=10)
    source = save_sound(tmp_path / "stereo.wav", np.stack([left + noise, right + noise]))
    cleaned = heard(make(denoise_audio.run, source))
    assert cleaned.shape == (2, len(left))
    assert si_sdr(left, cleaned[0]) >= 15
    assert si_sdr(right, cleaned[1]) >= 15


@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_a_clean_sound_is_left_alone(tmp_path: Path, make: Make, kind: str) -> None:
    source = save_sound(tmp_path / f"clean.{kind}", music(5))
    with pytest.raises(NothingToDo, match="left unchanged"):
        make(denoise_audio.run, source)


def test_clicks_alone_are_not_called_hardly_any_noise(tmp_path: Path, make: Make) -> None:
    """Keys that are pressed, and nothing else."""
    random, sound = np.random.default_rng(6), np.zeros(3 * 44_100)
    for at in range(4_000, len(sound) - 2_000, 9_000):
        sound[at : at + 400] = random.normal(0, 0.3, 400) * np.exp(-np.arange(400) / 80)
    with pytest.raises(NothingToDo, match="No steady noise was found, and this does not remove clicks or knocks"):
        make(denoise_audio.run, save_sound(tmp_path / "keys.wav", sound))


@pytest.mark.parametrize("rate", [1, 8, 150, 200])
def test_a_sound_of_hardly_any_samples_a_second_is_not_called_damaged(tmp_path: Path, make: Make, rate: int) -> None:
    path = tmp_path / "readings.wav"
    with wave.open(str(path), "wb") as written:
        written.setparams((1, 2, rate, 0, "NONE", ""))
        written.writeframes(np.random.default_rng(1).normal(0, 3000, 5000).astype("<i2").tobytes())
    with pytest.raises(NothingToDo, match=f"only {rate} samples a second"):
        make(denoise_audio.run, path)


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_of_both_mains_is_found_and_goes_by_strength(mains: int) -> None:
    rate, times = 4_000, np.arange(12_000) / 4_000
    waves = sum(np.sin(2 * np.pi * mains * number * times + number) / number for number in range(1, 6)) * 0.1
    sound = (waves + np.random.default_rng(1).normal(0, 0.001, len(times)))[None].astype(np.float32)
    lines = [float(mains * number) for number in range(1, 6)]
    assert (hum_of(sound[0].astype(float), rate) or [])[:5] == pytest.approx(lines, rel=0.005)
    for strength, left in ((25, 0.5), (50, 0.0), (100, 0.0)):
        taken = np.concatenate([*denoise_audio._HumFilter(lines, sound, rate, strength).apply([sound])], axis=1)
        middle = slice(rate, 2 * rate)  # the ends fade into silence
        assert np.std(taken[0, middle]) / np.std(sound[0, middle]) == pytest.approx(left, abs=0.05)


def test_no_strength_is_no_change(tmp_path: Path, make: Make) -> None:
    source = save_sound(tmp_path / "noisy.wav", noise_for(music(2), snr_db=10))
    with pytest.raises(NothingToDo):
        make(denoise_audio.run, source, strength=0)


def test_more_strength_takes_more(tmp_path: Path, make: Make) -> None:
    clean = music(4)
    source = save_sound(tmp_path / "noisy.wav", clean + noise_for(clean, snr_db=10))
    gains = [si_sdr(clean, heard(make(denoise_audio.run, source, strength=strength))[0]) for strength in (10, 30, 60)]
    assert gains == sorted(gains)


def test_what_is_no_sound_is_refused(tmp_path: Path, make: Make) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    with pytest.raises(RefusalError) as refusal:
        make(denoise_audio.run, tmp_path / "sprite.png")
    assert refusal.value.code == "not_a_sound"


def pictures(path: Path) -> list[tuple[Fraction, np.ndarray]]:
    """Each picture's time and luma."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            found.append((frame.pts * frame.time_base, np.asarray(frame.to_ndarray(format="gray"))))
    return found


def packets(path: Path) -> list[tuple[bytes, Fraction]]:
    """The sound's packets with their times."""
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if packet.size and packet.pts is not None:
                found.append((bytes(packet), packet.pts * packet.time_base))
    return found


UNEVEN = [0, 40, 90, 200, 233, 300, 400, 480, 500, 601, 640, 680, 720, 760, 800, 900, 1000, 1033, 1066, 1100]


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "webm"])
def test_grain_goes_by_6_db_and_every_picture_keeps_its_time(tmp_path: Path, make: Make, kind: str) -> None:
    codec = "libvpx-vp9" if kind == "webm" else "libx264"
    sound = None if kind == "webm" else tone(1.2)
    size = {"width": 240, "height": 136}
    clean = save_video(tmp_path / f"clean.{kind}", moving_picture(20, **size), times=UNEVEN, codec=codec)
    noisy = save_video(
        tmp_path / f"noisy.{kind}",
        moving_picture(20, **size, noise=15),
        times=UNEVEN,
        codec=codec,
        crf=4,
        sound=sound,
    )
    result = make(denoise_video.run, noisy)
    assert result.suffix == f".{kind}"
    before, after, ideal = pictures(noisy), pictures(result), pictures(clean)
    assert [time for time, _ in after] == [time for time, _ in before]
    gains = [psnr(c, a) - psnr(c, b) for (_, a), (_, b), (_, c) in zip(after, before, ideal, strict=True)]
    assert np.mean(gains) >= 6
    if sound is not None:
        assert packets(result) == packets(noisy)


@pytest.mark.parametrize("blur", [0.5, 0.8, 1.2])
@pytest.mark.parametrize("grain", [4, 8, 15])
@pytest.mark.parametrize("strength", [50, 100])
def test_texture_under_grain_is_never_worse_than_with_the_grain(
    tmp_path: Path, make: Make, blur: float, grain: int, strength: int
) -> None:
    texture, grainy = (np.stack([*each])[..., None].repeat(3, axis=-1) for each in panned(blur, grain))
    source = save_video(tmp_path / "grainy.mkv", grainy, crf=1)
    clean = save_video(tmp_path / "clean.mkv", texture, crf=1)
    ideal, before = [np.stack([luma for _, luma in pictures(path)]) for path in (clean, source)]
    try:
        result = make(denoise_video.run, source, strength=strength)
    except NothingToDo:
        return
    after = np.stack([luma for _, luma in pictures(result)])
    assert psnr(ideal, after) > psnr(ideal, before)


def panned(blur: float, grain: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Texture everywhere that moves, clean and with grain."""
    random = np.random.default_rng(2)
    ground = Image.fromarray(random.integers(0, 256, (96, 140), dtype=np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    wide = np.asarray(ImageOps.autocontrast(ground, cutoff=1))
    clean = np.stack([wide[:, at : at + 128] for at in range(6)])
    return clean, [*(clean + random.normal(0, grain, clean.shape)).clip(0, 255).round().astype(np.uint8)]


def test_coarse_grain_has_a_filter_of_its_own_but_in_deep_films() -> None:
    cases = ((10.9, False, "fftdnoiz"), (11.0, False, "nlmeans"), (15.0, True, "fftdnoiz"))
    assert [denoise_video.grain_filter(sigma, 50, is_deep=deep)[0] for sigma, deep, _ in cases] == [
        name for *_, name in cases
    ]


@pytest.mark.parametrize("blur", [0.5, 3])
@pytest.mark.parametrize("grain", [4, 15])
def test_grain_is_separated_from_texture_by_frame_differences(blur: float, grain: float) -> None:
    assert denoise_video.temporal_noise(panned(blur, grain)[1]) == pytest.approx(grain, rel=0.1)


@pytest.mark.parametrize(("blur", "grain"), [(0.5, 4), (0.5, 15), (1.2, 8)])
def test_a_trial_on_samples_estimates_the_error_without_clean_ones(blur: float, grain: float) -> None:
    clean, noisy = panned(blur, grain)
    for taking in (("null", None), denoise_video.grain_filter(grain, 100)):
        true = np.mean((denoise_video.filtered(noisy, taking) - clean) ** 2)
        assert denoise_video.remaining_error(noisy, grain, taking) == pytest.approx(true, rel=0.15)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_video_is_upright_afterwards(tmp_path: Path, make: Make, turn: int) -> None:
    source = tmp_path / "turned.mp4"
    noisy = moving_picture(8, noise=15)
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"crf": "4"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(turn)
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for picture in noisy:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    with av.open(str(source)) as container:
        rotation = next(container.decode(video=0)).rotation % 360
    assert rotation in (90, 180, 270)
    upright = np.rot90(noisy[0].mean(axis=2), rotation // 90)
    assert psnr(upright, np.asarray(_poster(source)[0].convert("L"))) > 18
    result = make(denoise_video.run, source)
    with av.open(str(result)) as container:
        frame = next(container.decode(video=0))
        assert frame.rotation == 0
        aspect = container.streams.video[0].codec_context.sample_aspect_ratio
        assert aspect == (Fraction(4, 3) if turn == 180 else Fraction(3, 4))
        assert frame.to_ndarray(format="gray").shape == upright.shape
        assert psnr(upright, frame.to_ndarray(format="gray")) > 18


def test_a_clean_video_is_left_alone(tmp_path: Path, make: Make) -> None:
    with pytest.raises(NothingToDo, match="hardly any noise"):
        make(denoise_video.run, save_video(tmp_path / "clean.mp4", moving_picture(12)))


def test_a_video_without_times_comes_out_even(tmp_path: Path, make: Make) -> None:
    noisy = save_video(tmp_path / "noisy.avi", moving_picture(12, noise=15))
    times = [time for time, _ in pictures(make(denoise_video.run, noisy))]
    steps = [float(later - earlier) for earlier, later in pairwise(times)]
    assert len(times) == 12
    assert steps == pytest.approx([1 / 12] * 11, abs=0.002)
