"""Operations on images, sounds and videos."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import enhance
from pmd_service.media.engines.loudness import measure
from pmd_service.media.engines.sounds import read_chunks, shape_of
from pmd_service.media.refusal import RefusalError

from .conftest import Make
from .files import animation, moving_picture, save_sound, save_video, sprite, tone
from .quality import music
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


def test_what_a_format_cannot_hold_becomes_another_and_says_so(sprite_file: Path, make: Make) -> None:
    assert do(make, sprite_file, {"op": "convert", "format": "jpg"}).suffix == ".png"


@pytest.mark.parametrize("level", [0.02, 0.3, 0.9])
def test_sound_is_brought_to_minus_16_lufs(tmp_path: Path, make: Make, level: float) -> None:
    played = music(12)
    source = save_sound(tmp_path / "music.wav", np.stack([played, played]) / np.abs(played).max() * level)
    result = do(make, source, {"op": "normalize"})
    shape = shape_of(result)
    loudness = measure(read_chunks(result, shape), shape)
    assert loudness.lufs == pytest.approx(-16, abs=0.5)
    assert loudness.peak_db <= -0.9
    assert sum(chunk.shape[1] for chunk in read_chunks(result, shape)) == len(played)


def test_a_sound_full_of_peaks_is_limited_and_still_as_loud(tmp_path: Path, make: Make) -> None:
    quiet = music(12) * 0.05
    quiet[:: 44_100 // 2] = 0.99
    result = do(make, save_sound(tmp_path / "peaks.wav", quiet), {"op": "normalize"})
    shape = shape_of(result)
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
    samples = sum(chunk.shape[1] for chunk in read_chunks(result, shape_of(result)))
    assert samples == pytest.approx(44_100, abs=44_100 * 0.05)


@pytest.mark.parametrize(("kind", "codec"), [("flac", "flac"), ("ogg", "opus"), ("m4a", "aac"), ("mp3", "mp3float")])
def test_sound_is_converted(tmp_path: Path, make: Make, kind: str, codec: str) -> None:
    source = save_sound(tmp_path / "tone.wav", np.stack([tone(2), tone(2)]))
    result = do(make, source, {"op": "convert", "format": kind})
    shape = shape_of(result)
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


def test_no_video_loses_its_sound_in_a_container_that_cannot_hold_it(tmp_path: Path, make: Make) -> None:
    to_webm = {"op": "convert", "format": "webm"}
    with pytest.raises(RefusalError, match="WebM takes Vorbis and Opus sound alone") as refusal:
        do(make, save_video(tmp_path / "film.mp4", moving_picture(12), sound=tone(1)), to_webm)
    assert refusal.value.code == "sound_not_kept"
    assert do(make, save_video(tmp_path / "silent.mp4", moving_picture(12)), to_webm).suffix == ".webm"


@pytest.mark.parametrize("operation", [{"op": "normalize"}, {"op": "trim"}, {"op": "convert", "format": "mp3"}])
def test_an_operation_for_another_kind_of_file_is_refused(
    sprite_file: Path, make: Make, operation: dict[str, Any]
) -> None:
    with pytest.raises(RefusalError, match="cannot be done with an image"):
        do(make, sprite_file, operation)
