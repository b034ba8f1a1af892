"""Pictures in another format, size or quality, and with a palette of their own."""

import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import export
from pmd_service.media.engines.export_images import _quality_of, fitted
from pmd_service.media.engines.image_metadata import no_metadata
from pmd_service.media.engines.oklab import LINEAR, oklab, rgb_of
from pmd_service.media.engines.pictures import Picture
from pmd_service.media.engines.quantizing import _diffused_band, palette_of, quantized
from pmd_service.media.engines.scaling import resized
from pmd_service.media.kinds.export import Export
from pmd_service.media.messages import RefusalError

from .conftest import Make, Report
from .files import animation, sprite
from .quality import psnr
from .test_upscale import colours_of


@pytest.fixture
def sprite_file(tmp_path: Path) -> Path:
    sprite(64).save(tmp_path / "sprite.png")
    return tmp_path / "sprite.png"


def slopes(width: int = 160, height: int = 120) -> Image.Image:
    """Smooth slopes of colour, with some grain."""
    down, across = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(2).normal(0, 2, (height, width, 3))
    rgb = np.stack([across * 255 / width, down * 255 / height, 128 + 100 * np.sin(across / 25)], -1) + noise
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    slopes().save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_quantizing_an_animation_leaves_so_many_colours_in_all_frames(tmp_path: Path, make: Make) -> None:
    source = animation(tmp_path / "moving.gif", side=32)
    with Image.open(make(export.run, source, colours=4)) as after:
        assert len(colours_of(after) - {bytes(4)}) <= 4
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(after)] == [50, 100, 200]


def test_an_animation_as_avif_keeps_its_times_and_tells_of_repeats(tmp_path: Path, report: Report) -> None:
    endless, twice = (animation(tmp_path / f"{loop}.webp", side=32, loop=loop) for loop in (0, 2))
    result, findings = report(export.run, endless, format="avif")
    with Image.open(result) as after:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(after) if frame.load()] == [50, 100, 200]
    assert "loop_left" not in findings
    assert "loop_left" in report(export.run, twice, format="avif")[1]
    with Image.open(report(export.run, result, format="gif")[0]) as back:
        assert back.info["loop"] == 0


@pytest.mark.parametrize("kind", ["webp", "png"])
def test_an_animation_that_plays_once_plays_once_in_other_formats(tmp_path: Path, make: Make, kind: str) -> None:
    first, second = (sprite(16, shift=number) for number in range(2))
    first.save(tmp_path / "once.gif", save_all=True, append_images=[second], duration=50)
    with Image.open(make(export.run, tmp_path / "once.gif", format=kind)) as after:
        assert after.info["loop"] == 1


def test_what_a_format_cannot_hold_becomes_another_with_a_finding(sprite_file: Path, make: Make) -> None:
    assert make(export.run, sprite_file, format="jpg").suffix == ".png"


@pytest.mark.parametrize("kind", ["webp", "avif", "jpg"])
def test_a_lower_quality_makes_a_smaller_file(photo: Path, make: Make, kind: str) -> None:
    high, low = (make(export.run, photo, format=kind, quality=quality) for quality in (90, 30))
    assert low.stat().st_size < high.stat().st_size * 0.7
    with Image.open(high) as image:
        assert psnr(np.asarray(slopes()), np.asarray(image.convert("RGB"))) > 34


@pytest.mark.parametrize("kind", ["jpg", "avif"])
def test_fine_colours_are_whole_from_a_quality_of_90_on(tmp_path: Path, make: Make, kind: str) -> None:
    stripes = np.tile(np.array([[255, 0, 0], [0, 0, 255]], np.uint8), (32, 16, 1))
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    errors = []
    for quality in (89, 90):
        with Image.open(make(export.run, tmp_path / "stripes.png", format=kind, quality=quality)) as image:
            errors.append(np.abs(np.asarray(image.convert("RGB")).astype(int) - stripes).mean())
    assert errors[1] < 20 < errors[0]


QUALITIES = [
    *(("jpg", Export(), 82), ("jpg", Export("jpg"), 82), ("webp", Export(), None), ("webp", Export("webp"), 82)),
    *(("avif", Export("avif"), 82), ("png", Export("png"), None), ("webp", Export("webp", quality=100), None)),
    *(("jpg", Export("jpg", quality=100), 100), ("webp", Export(quality=99), 99)),
]


@pytest.mark.parametrize(("kind", "params", "quality"), QUALITIES)
def test_without_a_quality_only_lossy_formats_lose(kind: str, params: Export, quality: int | None) -> None:
    frame = slopes().convert("RGBA")
    metadata = no_metadata(frame)
    picture = Picture(frames=[frame], durations_ms=[], loop=None, file_format=kind, metadata=metadata)
    assert _quality_of(picture, params) == quality


def test_pixel_art_as_webp_stays_as_it_is_unless_a_quality_is_chosen(sprite_file: Path, report: Report) -> None:
    result, findings = report(export.run, sprite_file, format="webp")
    with Image.open(result) as image:
        assert np.array_equal(np.asarray(image.convert("RGBA")), np.asarray(sprite(64)))
    assert "lossy" not in findings
    assert "lossy" in report(export.run, sprite_file, format="webp", quality=50)[1]


def test_photographs_as_webp_are_lossy_and_at_100_they_are_not(photo: Path, report: Report) -> None:
    assert "lossy" in report(export.run, photo, format="webp")[1]
    result, findings = report(export.run, photo, format="webp", quality=100)
    assert "lossy" not in findings
    with Image.open(result) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(slopes()))


def test_the_longest_side_is_reduced_and_nothing_is_enlarged(photo: Path, make: Make) -> None:
    with Image.open(make(export.run, photo, longest_side=80)) as image:
        assert image.size == (80, 60)
    with Image.open(make(export.run, photo, longest_side=2000, format="webp")) as image:
        assert image.size == (160, 120)
    assert fitted((3000, 4), 80) == (80, 1)


def test_nearest_scaling_adds_no_colours_and_smooth_does(sprite_file: Path, make: Make) -> None:
    with Image.open(make(export.run, sprite_file, longest_side=20, scaling="nearest")) as image:
        assert colours_of(image) <= colours_of(sprite(64))
    with Image.open(make(export.run, sprite_file, longest_side=20)) as image:
        assert not colours_of(image) <= colours_of(sprite(64))


def test_smooth_scaling_averages_light_and_not_levels() -> None:
    stripes = np.zeros((64, 64, 4), np.uint8)
    stripes[..., 3] = 255
    stripes[:, ::2, :3] = 255
    made = np.asarray(resized(Image.fromarray(stripes), (16, 16)))
    assert np.abs(made[4:-4, 4:-4, :3].astype(int) - 188).max() <= 1


def test_smooth_scaling_gives_edges_no_fringe_of_what_is_transparent() -> None:
    disc = np.zeros((64, 64, 4), np.uint8)
    disc[..., 1] = 255
    disc[16:48, 15:49] = (255, 0, 0, 255)
    made = np.asarray(resized(Image.fromarray(disc), (20, 20)))
    seen = made[made[..., 3] > 0]
    assert ((seen[:, 3] > 0) & (seen[:, 3] < 255)).sum() > 0
    assert seen[:, 1].max() <= 2
    assert seen[seen[:, 3] > 8][:, 0].min() >= 250, "nor do they become darker"


def test_large_pictures_are_scaled_in_bands_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    image = slopes().convert("RGBA")
    whole = np.asarray(resized(image, (50, 40)))
    monkeypatch.setattr("pmd_service.media.engines.scaling._BAND_PIXELS", 700)
    assert np.array_equal(np.asarray(resized(image, (50, 40))), whole)


def test_oklab_is_reversible_and_equal_to_itself() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (4096, 3), dtype=np.uint8)
    assert np.array_equal(rgb_of(oklab(levels)), levels)
    assert LINEAR[0] == 0 and LINEAR[255] == pytest.approx(1)


@pytest.mark.parametrize("dither", [False, True])
def test_few_colours_are_kept_exactly_with_their_alpha(dither: bool) -> None:
    image = sprite(64)
    image.putpixel((0, 0), (20, 200, 28, 128))
    (made,) = quantized([image], 256, lambda *_: None, dither=dither)
    before, after = np.asarray(image).copy(), np.asarray(made.convert("RGBA")).copy()
    before[before[..., 3] == 0] = 0
    assert np.array_equal(after, before)


@pytest.mark.parametrize("colours", [2, 16, 256])
def test_a_palette_has_at_most_so_many_colours_and_is_near(photo: Path, make: Make, colours: int) -> None:
    with Image.open(make(export.run, photo, format="png", colours=colours, dither=False)) as image:
        assert image.mode == "P"
        assert len(colours_of(image)) <= colours
        error = np.linalg.norm(oklab(np.asarray(image.convert("RGB"))) - oklab(np.asarray(slopes())), axis=-1).mean()
    median_cut = slopes().quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    assert error < np.linalg.norm(oklab(np.asarray(median_cut)) - oklab(np.asarray(slopes())), axis=-1).mean()


def test_dithering_keeps_the_mean_of_a_slope(photo: Path) -> None:
    ramp = np.tile(np.linspace(60, 200, 256).astype(np.uint8)[None, :, None], (64, 1, 3))
    image = Image.fromarray(ramp).convert("RGBA")
    plain, dithered = (
        oklab(np.asarray(quantized([image], 4, lambda *_: None, dither=dither)[0].convert("RGB")))[..., 0]
        for dither in (False, True)
    )
    wanted = oklab(ramp)[..., 0].reshape(64, 16, 16).mean((0, 2))
    errors = [np.abs(made.reshape(64, 16, 16).mean((0, 2)) - wanted).mean() for made in (plain, dithered)]
    assert errors[1] < errors[0] * 0.6


def test_errors_are_diffused_as_floyd_and_steinberg_did() -> None:
    """Pixel by pixel, row by row: 7/16 to the right; 3, 5 and 1/16 below, from the left to the right."""
    random, size = np.random.default_rng(4), (24, 40)
    points, means = (random.random(each).astype(np.float32) * 0.04 for each in ((*size, 4), (3, 4)))
    shares, left = random.random(size).astype(np.float32), np.pad(points, ((0, 1), (1, 1), (0, 0)))
    chosen = np.zeros(size, np.uint8)
    for y, x in np.ndindex(size):
        wanted = left[y, x + 1]
        chosen[y, x] = ((means - wanted) ** 2).sum(-1).argmin()
        error = (wanted - means[chosen[y, x]]) * shares[y, x]
        for down, across, share in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
            left[y + down, x + 1 + across] += error * share / 16
    found, _ = _diffused_band(points, shares, np.zeros(size, np.bool_), means)
    assert np.array_equal(found, chosen)


def test_bands_of_a_large_picture_are_diffused_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    image = slopes().convert("RGBA")
    (whole,) = quantized([image], 16, lambda *_: None, dither=True)
    monkeypatch.setattr("pmd_service.media.engines.quantizing._BAND_ROWS", 7)
    (banded,) = quantized([image], 16, lambda *_: None, dither=True)
    assert np.array_equal(np.asarray(whole), np.asarray(banded))


def test_a_palette_of_what_is_transparent_everywhere_is_that() -> None:
    assert palette_of([Image.new("RGBA", (8, 8))], 16).tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize(("colours", "bits"), [(2, 1), (4, 2), (16, 4), (17, 8)])
def test_an_indexed_png_is_written_with_as_few_bits_as_it_needs(
    photo: Path, make: Make, colours: int, bits: int
) -> None:
    result = make(export.run, photo, colours=colours, dither=False)
    assert result.read_bytes()[24:26] == bytes([bits, 3])
    with Image.open(result) as image:
        assert image.size == (160, 120)
        image.load()


def test_a_gif_of_a_photograph_has_256_colours_and_says_so(photo: Path, report: Report) -> None:
    result, findings = report(export.run, photo, format="gif")
    assert result.suffix == ".gif"
    assert "fewer_colours" in findings


def test_half_transparency_in_a_gif_is_a_finding(tmp_path: Path, report: Report) -> None:
    image = sprite(32)
    image.putpixel((16, 16), (200, 12, 28, 200))
    image.putpixel((17, 16), (200, 12, 28, 100))
    image.save(tmp_path / "half.png")
    result, findings = report(export.run, tmp_path / "half.png", format="gif")
    assert "alpha_left" in findings
    with Image.open(result) as made:
        alpha = made.convert("RGBA").getchannel("A")
        assert {value for _, value in alpha.getcolors() or ()} == {0, 255}
        assert (alpha.getpixel((16, 16)), alpha.getpixel((17, 16))) == (255, 0)


def test_an_animation_keeps_its_times_in_any_format(tmp_path: Path, make: Make) -> None:
    source = animation(tmp_path / "moving.gif", side=32, step=4)
    for params in ({"format": "webp"}, {"format": "png", "colours": 8}, {"longest_side": 16}):
        with Image.open(make(export.run, source, **params)) as image, Image.open(source) as before:
            found = []
            for frame, other in zip(ImageSequence.Iterator(image), ImageSequence.Iterator(before), strict=True):
                frame.load()
                found.append(int(frame.info["duration"]))
                # Nothing is left of the frames before.
                alphas = [each.convert("RGBA").getchannel("A").tobytes() for each in (frame, other)]
                assert alphas[0] == alphas[1] or image.size != before.size
            assert found == [50, 100, 200], params


@pytest.mark.parametrize("params", [{"start": 1.0}, {"at_keyframes": True}, {"format": "mp3"}, {"format": "mp4"}])
def test_what_a_still_picture_has_none_of_is_refused(sprite_file: Path, make: Make, params: dict[str, object]) -> None:
    with pytest.raises(RefusalError, match="cannot be done") as refusal:
        make(export.run, sprite_file, **params)
    assert refusal.value.code == "not_for_this"


def test_what_a_sound_has_none_of_is_refused_in_words(tmp_path: Path, make: Make) -> None:
    sound = tmp_path / "a.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    with pytest.raises(RefusalError, match=r"“export to png” cannot be done with a sound\."):
        make(export.run, sound, format="png")


# Exports in a child, and says how much memory the child had at most, in MiB.
_MEASURED = """
import asyncio, json, resource, sys
from pathlib import Path
from pmd_service.media.engine import make
from pmd_service.media.registry import KINDS

source, folder, params = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
made = asyncio.run(make(KINDS["export"].engine, source, folder, params=params))
print(made.name, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("params", [{"format": "webp", "quality": 60}, {"colours": 16, "dither": False}])
def test_a_picture_of_60_megapixels_takes_at_most_a_gigabyte(tmp_path: Path, params: dict[str, object]) -> None:
    source, folder = tmp_path / "large.png", tmp_path / "made"
    folder.mkdir()
    slopes(400, 300).resize((8944, 6708), Image.Resampling.BILINEAR).save(source, compress_level=1)
    command = [sys.executable, "-c", _MEASURED, str(source), str(folder), json.dumps(params)]
    name, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (folder / name).stat().st_size > 0
    assert int(megabytes) <= 1024
