"""Operations on images, audio and videos."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pmd_service.media.engines import enhance
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.r128 import measure
from pmd_service.media.messages import RefusalError

from .conftest import Make
from .files import moving_picture, save_sound, save_video, sprite, tone
from .quality import music
from .test_denoise import packets


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


def test_a_video_is_sharpened_with_its_sound_untouched(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "film.mov", moving_picture(12), sound=tone(1))
    result = do(make, source, {"op": "sharpen"}, {"op": "colour", "vibrance": 0.5})
    assert result.suffix == ".mov"
    assert [data for data, _ in packets(result)] == [data for data, _ in packets(source)]


@pytest.mark.parametrize("operation", [{"op": "normalize"}, {"op": "trim"}, {"op": "colour"}])
def test_an_operation_for_another_kind_of_file_is_refused(
    sprite_file: Path, make: Make, operation: dict[str, Any]
) -> None:
    with pytest.raises(RefusalError, match="cannot be done with an image"):
        do(make, sprite_file, operation)


def test_a_sound_is_cut_to_the_sample_and_faded(tmp_path: Path, make: Make) -> None:
    source = save_sound(tmp_path / "tone.wav", tone(2, rate=8_000), rate=8_000)
    trim, fade = {"op": "trim", "start": 0.24995, "end": 1.49995}, {"op": "fade", "fade_in": 0.5, "fade_out": 0.25}
    cut, faded, whole = (heard(path) for path in (do(make, source, trim), do(make, source, trim, fade), source))
    assert len(cut) == len(faded) == 10_000
    assert np.allclose(cut, whole[2_000:12_000], atol=1e-4)
    assert np.allclose(faded[4_100:7_900], cut[4_100:7_900], atol=0.001)
    assert np.abs(faded[:40]).max() < 0.01 > np.abs(faded[-20:]).max()
    # Half of either fade has half of the level.
    assert np.allclose(np.abs(faded[1_990:2_010]), np.abs(cut[1_990:2_010]) / 2, atol=0.01)


def heard(path: Path) -> np.ndarray:
    return np.concatenate([chunk[0] for chunk in read_chunks(path, audio_info(path))])
