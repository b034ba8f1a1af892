"""Operations on images, audio and videos."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import enhance, video
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.r128 import measure
from pmd_service.media.engines.streams import decoded
from pmd_service.media.messages import RefusalError, Work

from .conftest import Make
from .files import animation, moving_picture, save_sound, save_video, sprite, tone
from .quality import music, si_sdr
from .test_denoise import packets, pictures
from .test_upscale import colours_of


@pytest.fixture
def sprite_file(tmp_path: Path) -> Path:
    sprite(64).save(tmp_path / "sprite.png")
    return tmp_path / "sprite.png"


def do(make: Make, source: Path, *operations: dict[str, Any]) -> Path:
    return make(enhance.run, source, operations=list(operations))


def test_contrast_reaches_black_and_white_and_leaves_alpha(tmp_path: Path, make: Make) -> None:
    grey = np.full((32, 32, 4), 255, np.uint8)
    grey[..., :3] = np.linspace(90, 160, 32).astype(np.uint8)[None, :, None]
    grey[:4, :, 3] = 0
    Image.fromarray(grey).save(tmp_path / "grey.png")
    with Image.open(do(make, tmp_path / "grey.png", {"op": "autocontrast"})) as after:
        pixels = np.asarray(after)
        assert (pixels[8:, :, :3].min(), pixels[8:, :, :3].max()) == (0, 255)
        assert np.array_equal(pixels[..., 3], grey[..., 3])


def test_cutting_behind_a_videos_end_says_so(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "short.mp4", moving_picture(12))
    with pytest.raises(RefusalError, match="no picture in the part to keep") as refused:
        make(enhance.run, source, operations=[{"op": "trim", "start": 5}])
    assert refused.value.code == "bad_trim"


def test_sharpening_makes_edges_steeper(tmp_path: Path, make: Make) -> None:
    ramp = np.full((32, 32, 3), 100, np.uint8)
    ramp[:, 16:] = 150
    Image.fromarray(ramp).save(tmp_path / "edge.png")
    with Image.open(do(make, tmp_path / "edge.png", {"op": "sharpen", "amount": 100})) as after:
        pixels = np.asarray(after)
        assert pixels.min() < 100
        assert pixels.max() > 150


def test_quantizing_an_animation_leaves_so_many_colours_in_all_frames(tmp_path: Path, make: Make) -> None:
    source = animation(tmp_path / "moving.gif", side=32)
    with Image.open(do(make, source, {"op": "quantize", "colours": 4})) as after:
        assert len(colours_of(after) - {bytes(4)}) <= 4
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(after)] == [50, 100, 200]


def test_the_transparent_margin_is_cropped(sprite_file: Path, make: Make) -> None:
    before = sprite(64)
    box = before.getchannel("A").getbbox()
    with Image.open(do(make, sprite_file, {"op": "crop_transparent"})) as after:
        assert np.array_equal(np.asarray(after.convert("RGBA")), np.asarray(before.crop(box)))


def test_an_empty_image_cannot_be_cropped(tmp_path: Path, make: Make) -> None:
    Image.new("RGBA", (8, 8)).save(tmp_path / "empty.png")
    with pytest.raises(RefusalError) as refusal:
        do(make, tmp_path / "empty.png", {"op": "crop_transparent"})
    assert refusal.value.code == "all_transparent"


def test_operations_are_done_in_their_order(sprite_file: Path, make: Make) -> None:
    steps = ({"op": "crop_transparent"}, {"op": "resize_nearest", "width": 100, "height": 60})
    with Image.open(do(make, sprite_file, *steps, {"op": "convert", "format": "gif"})) as after:
        assert (after.format, after.size) == ("GIF", (100, 60))
        assert colours_of(after) <= colours_of(sprite(64))


def test_what_a_format_cannot_hold_becomes_another_with_a_finding(sprite_file: Path, make: Make) -> None:
    assert do(make, sprite_file, {"op": "convert", "format": "jpg"}).suffix == ".png"


@pytest.mark.parametrize("level", [0.02, 0.3, 0.9])
def test_sound_is_brought_to_minus_16_lufs(tmp_path: Path, make: Make, level: float) -> None:
    played = music(12)
    source = save_sound(tmp_path / "music.wav", np.stack([played, played]) / np.abs(played).max() * level)
    result = do(make, source, {"op": "normalize"})
    shape = audio_info(result)
    loudness = measure(read_chunks(result, shape), shape)
    assert loudness.lufs == pytest.approx(-16, abs=0.5)
    assert loudness.peak_db <= -0.9
    assert sum(chunk.shape[1] for chunk in read_chunks(result, shape)) == len(played)


def test_a_sound_full_of_peaks_is_limited_and_still_as_loud(tmp_path: Path, make: Make) -> None:
    quiet = music(12) * 0.05
    quiet[:: 44_100 // 2] = 0.99
    result = do(make, save_sound(tmp_path / "peaks.wav", quiet), {"op": "normalize"})
    shape = audio_info(result)
    loudness = measure(read_chunks(result, shape), shape)
    assert loudness.lufs == pytest.approx(-16, abs=0.5)
    assert loudness.peak_db <= -0.5


def test_silence_cannot_be_made_loud(tmp_path: Path, make: Make) -> None:
    source = save_sound(tmp_path / "silence.wav", np.zeros(44_100, np.float32))
    with pytest.raises(RefusalError, match="silent"):
        do(make, source, {"op": "normalize"})
    with pytest.raises(RefusalError, match="silent"):
        do(make, source, {"op": "trim_silence"})


def test_silence_at_both_ends_goes(tmp_path: Path, make: Make) -> None:
    quiet = np.zeros(44_100, np.float32)
    source = save_sound(tmp_path / "padded.wav", np.concatenate([quiet, tone(1), quiet]))
    result = do(make, source, {"op": "trim_silence"})
    samples = sum(chunk.shape[1] for chunk in read_chunks(result, audio_info(result)))
    assert samples == pytest.approx(44_100, abs=44_100 * 0.05)


@pytest.mark.parametrize(("kind", "codec"), [("flac", "flac"), ("ogg", "opus"), ("m4a", "aac"), ("mp3", "mp3")])
def test_sound_is_converted(tmp_path: Path, make: Make, kind: str, codec: str) -> None:
    source = save_sound(tmp_path / "tone.wav", np.stack([tone(2), tone(2)]))
    result = do(make, source, {"op": "convert", "format": kind})
    shape = audio_info(result)
    assert (result.suffix, shape.codec, shape.channels) == (f".{kind}", codec, 2)
    heard = sum(chunk.shape[1] for chunk in read_chunks(result, shape)) / shape.rate
    assert heard == pytest.approx(2, abs=0.06)


def test_a_video_is_cut_with_its_sound(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(36), sound=tone(3))
    result = do(make, source, {"op": "trim", "start": 1.0, "end": 2.0})
    times = [float(time) for time, _ in pictures(result)]
    assert len(times) == 12
    assert times[0] == pytest.approx(0, abs=0.01)
    heard = [float(time) for _, time in packets(result)]
    assert -0.05 <= heard[0] <= 0.05
    assert 0.9 <= heard[-1] <= 1.05


def test_a_video_is_sharpened_and_converted_with_its_sound_untouched(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "film.mov", moving_picture(12), sound=tone(1))
    steps = ({"op": "sharpen"}, {"op": "colour", "vibrance": 0.5}, {"op": "convert", "format": "mkv"})
    result = do(make, source, *steps)
    assert result.suffix == ".mkv"
    assert [data for data, _ in packets(result)] == [data for data, _ in packets(source)]


@pytest.mark.parametrize(("kind", "codec", "wanted"), [("mkv", "flac", "mp4"), ("mp4", "libmp3lame", "mkv")])
def test_sound_that_a_container_takes_is_not_reencoded(
    tmp_path: Path, make: Make, kind: str, codec: str, wanted: str
) -> None:
    source = save_video(tmp_path / f"film.{kind}", moving_picture(12), sound=tone(1), sound_codec=codec)
    result = do(make, source, {"op": "convert", "format": wanted})
    assert [data for data, _ in packets(result)] == [data for data, _ in packets(source)]


def test_a_silent_video_is_converted(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "silent.mp4", moving_picture(12))
    assert packets_in(do(make, source, TO_WEBM)) == 0


TO_WEBM = {"op": "convert", "format": "webm"}


def packets_in(film: Path) -> int:
    with av.open(str(film)) as container:
        return len(container.streams.audio)


@pytest.mark.parametrize(
    ("kind", "codec", "wanted", "encoded", "least_db"),
    [
        ("mp4", "aac", "webm", "opus", 30),
        ("mkv", "flac", "webm", "opus", 30),
        ("mov", "pcm_s16le", "mp4", "aac", 24.5),
        ("avi", "pcm_mulaw", "mkv", "flac", 60),
    ],
)
def test_sound_a_container_does_not_take_is_reencoded_in_sync(
    tmp_path: Path, make: Make, kind: str, codec: str, wanted: str, encoded: str, least_db: float
) -> None:
    played = music(3)
    source = save_video(tmp_path / f"film.{kind}", moving_picture(36), sound=played, sound_codec=codec)
    result = do(make, source, {"op": "convert", "format": wanted})
    before, after = heard_in(source), heard_in(result)
    with av.open(str(result)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == encoded
    assert len(after) == pytest.approx(len(before), abs=44_100 // 20)
    same = min(len(before), len(after))
    # One sample later is 21 to 24 dB already: it has not moved, and Opus and AAC have changed it as little as they do.
    assert si_sdr(before[:same], after[:same]) >= least_db


def heard_in(film: Path, *, rate: int = 44_100) -> np.ndarray:
    """All samples of a film's sound, silence where it pauses, in one channel and at this rate."""
    pieces = []
    with av.open(str(film)) as container:
        resampler = av.AudioResampler("fltp", "mono", rate)
        for frame in container.decode(audio=0):
            pieces += resampler.resample(frame)
        pieces += resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


def test_a_cut_video_keeps_its_sound_in_sync_when_reencoded(tmp_path: Path, make: Make) -> None:
    """The second of three tones: pictures and sound are cut at the same times."""
    tones = np.concatenate([tone(1, hz=300), tone(1, hz=600), tone(1, hz=900)])
    source = save_video(tmp_path / "film.mp4", moving_picture(36), sound=tones)
    result = do(make, source, {"op": "trim", "start": 1.0, "end": 2.0}, TO_WEBM)
    heard = heard_in(result)
    assert len(heard) == pytest.approx(44_100, abs=2 * 1024 + 1_000)
    assert len(pictures(result)) == 12
    times = [float(time) for _, time in packets(result)]
    assert times[0] == pytest.approx(0, abs=0.03)
    assert times[-1] == pytest.approx(1, abs=0.1)
    spectrum = np.abs(np.fft.rfft(heard[4_000:40_000]))
    assert np.argmax(spectrum) * 44_100 / 36_000 == pytest.approx(600, abs=3)


def test_a_pause_in_the_sound_survives_reencoding(tmp_path: Path, make: Make) -> None:
    source = tmp_path / "paused.mkv"
    save_video(tmp_path / "whole.mkv", moving_picture(36), sound=tone(3), sound_codec="flac")
    with av.open(str(tmp_path / "whole.mkv")) as read, av.open(str(source), "w") as written:
        copies = {stream.index: written.add_stream_from_template(stream) for stream in read.streams}
        for packet in read.demux():
            is_pause = packet.stream.type == "audio" and packet.pts and 1 <= packet.pts * packet.time_base < 2
            if packet.size and not is_pause:
                packet.stream = copies[packet.stream.index]
                written.mux(packet)
    heard = heard_in(do(make, source, TO_WEBM))
    assert len(heard) == pytest.approx(3 * 44_100, abs=5_000)
    assert np.abs(heard[55_000:77_000]).max() < 0.01
    assert np.abs(heard[100_000:120_000]).max() > 0.4


def test_reencoded_sound_is_a_finding(tmp_path: Path) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(12), sound=tone(1))
    (tmp_path / "made").mkdir()
    work = Work(source=str(source), folder=str(tmp_path / "made"), params={"operations": [TO_WEBM]})
    (finding,) = enhance.run(work, lambda _value, _step: None).findings
    assert (finding.code, finding.message) == ("sound_encoded", "The sound is Opus now: WEBM supports no AAC.")


@pytest.mark.parametrize("operation", [{"op": "normalize"}, {"op": "trim"}, {"op": "convert", "format": "mp3"}])
def test_an_operation_for_another_kind_of_file_is_refused(
    sprite_file: Path, make: Make, operation: dict[str, Any]
) -> None:
    with pytest.raises(RefusalError, match="cannot be done with an image"):
        do(make, sprite_file, operation)


def test_cutting_a_long_film_decodes_only_from_the_last_keyframe(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures_of_film = np.tile(moving_picture(12), (20, 1, 1, 1))
    source = save_video(tmp_path / "long.mkv", pictures_of_film, sound=tone(20))
    read: list[object] = []

    def counted(packet: Any, kind: Any) -> Any:
        read.append(packet)
        return decoded(packet, kind)

    monkeypatch.setattr(video, "decoded", counted)
    result = do(make, source, {"op": "trim", "start": 3.0, "end": 4.0})
    assert len(pictures(result)) == 12
    assert len(read) < 120  # of 240


def test_a_sound_is_cut_to_the_sample_and_faded(tmp_path: Path, make: Make) -> None:
    source = save_sound(tmp_path / "tone.wav", tone(2, rate=8_000), rate=8_000)
    trim, fade = {"op": "trim", "start": 0.25, "end": 1.5}, {"op": "fade", "fade_in": 0.5, "fade_out": 0.25}
    cut, faded, whole = (heard(path) for path in (do(make, source, trim), do(make, source, trim, fade), source))
    assert len(cut) == len(faded) == 10_000
    assert np.allclose(cut, whole[2_000:12_000], atol=1e-4)
    assert np.allclose(faded[4_100:7_900], cut[4_100:7_900], atol=0.001)
    assert np.abs(faded[:40]).max() < 0.01 > np.abs(faded[-20:]).max()
    # Half of either fade has half of the level.
    assert np.allclose(np.abs(faded[1_990:2_010]), np.abs(cut[1_990:2_010]) / 2, atol=0.01)


def heard(path: Path) -> np.ndarray:
    return np.concatenate([chunk[0] for chunk in read_chunks(path, audio_info(path))])
