"""Enlarged images: no new colour, transparency exact, animations with their times."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageSequence

from pmd_service.media.engines import upscale
from pmd_service.media.engines.content_kind import kind_of
from pmd_service.media.engines.likeness import gradient_deviation, psnr_db, values_of
from pmd_service.media.engines.upscale import Gain, enlarge, model_gain
from pmd_service.media.messages import RefusalError
from pmd_service.media.modules import MODEL_MODULES, missing_modules

from .conftest import Make, Report
from .files import animation, png_of, sprite
from .quality import psnr

MODEL = pytest.mark.skipif(bool(missing_modules(MODEL_MODULES)), reason="the model is not set up here")


def colours_of(image: Image.Image) -> set[bytes]:
    """All different colours of all frames; what is clear is one colour."""
    found = set()
    for frame in ImageSequence.Iterator(image):
        pixels = np.array(frame.convert("RGBA")).reshape(-1, 4)
        pixels[pixels[:, 3] == 0] = 0
        found |= {bytes(colour) for colour in np.unique(pixels, axis=0)}
    return found


@pytest.mark.parametrize("factor", [2, 3, 4, 8])
@pytest.mark.parametrize("style", ["nearest", "epx"])
def test_no_new_colour_comes_into_a_sprite(tmp_path: Path, make: Make, factor: int, style: str) -> None:
    before = sprite(64)
    before.putpixel((1, 1), (9, 9, 9, 77))
    before.save(tmp_path / "sprite.png")
    result = make(upscale.run, tmp_path / "sprite.png", factor=factor, style=style)
    with Image.open(result) as after:
        assert after.size == (64 * factor, 64 * factor)
        assert colours_of(after) <= colours_of(before)


@pytest.mark.parametrize("factor", [2, 3, 4, 8])
def test_nearest_is_each_pixel_as_a_square(tmp_path: Path, make: Make, factor: int) -> None:
    before = sprite(16)
    before.save(tmp_path / "sprite.png")
    with Image.open(make(upscale.run, tmp_path / "sprite.png", factor=factor)) as after:
        size = (16 * factor, 16 * factor)
        assert np.array_equal(np.asarray(after), np.asarray(before.resize(size, Image.Resampling.NEAREST)))


def test_epx_rounds_corners_and_leaves_straight_edges() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 3] = 255
    diagonal = pixels.copy()
    for at in range(4):
        diagonal[at, : at + 1, 0] = 200
    doubled = enlarge(diagonal, 2, "epx")
    assert not np.array_equal(doubled, enlarge(diagonal, 2, "nearest"))
    pixels[:2, :, 0] = 200
    for factor in (2, 3):
        assert np.array_equal(enlarge(pixels, factor, "epx"), enlarge(pixels, factor, "nearest"))


def scale3x(around: np.ndarray) -> list[list[int]]:
    """A pixel as nine, by AdvanceMAME's rules (https://www.scale2x.it/algorithm)."""
    (a, b, c), (d, e, f), (g, h, i) = around.tolist()
    if b == h or d == f:
        return [[e] * 3] * 3
    left_up, right_up, left_down, right_down = d == b, b == f, d == h, h == f
    return [
        [d if left_up else e, b if (left_up and e != c) or (right_up and e != a) else e, f if right_up else e],
        [
            d if (left_up and e != g) or (left_down and e != a) else e,
            e,
            f if (right_up and e != i) or (right_down and e != c) else e,
        ],
        [d if left_down else e, h if (left_down and e != i) or (right_down and e != g) else e, f if right_down else e],
    ]


def test_corners_are_rounded_as_scale3x_defines() -> None:
    small = np.random.default_rng(2).integers(0, 3, (16, 16), dtype=np.uint8)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(small, 1, mode="edge"), (3, 3))
    wanted = np.array([[scale3x(each) for each in row] for row in around]).swapaxes(1, 2).reshape(48, 48)
    assert np.array_equal(enlarge(np.dstack([small] * 4), 3, "epx")[..., 0], wanted)


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
@pytest.mark.parametrize("loop", [0, 3])
def test_an_animation_keeps_times_loop_and_transparency(tmp_path: Path, make: Make, kind: str, loop: int) -> None:
    source = animation(tmp_path / f"moving.{kind}", durations=(50, 120, 200), loop=loop, step=4)
    with Image.open(make(upscale.run, source, factor=4, style="epx")) as after, Image.open(source) as before:
        assert after.format == before.format
        assert after.info.get("loop") == before.info.get("loop")
        frames = zip(ImageSequence.Iterator(before), ImageSequence.Iterator(after), strict=True)
        for small, large in frames:
            expected = enlarge(np.asarray(small.convert("RGBA")), 4, "epx")
            got = np.asarray(large.convert("RGBA"))
            assert np.array_equal(got[..., 3], expected[..., 3])
            seen = expected[..., 3] > 0
            assert np.array_equal(got[seen], expected[seen])
            assert large.info["duration"] == small.info["duration"]


def test_an_animation_that_plays_once_still_does(tmp_path: Path, make: Make) -> None:
    first, second = sprite(16), sprite(16, shift=1)
    first.save(tmp_path / "once.gif", save_all=True, append_images=[second], duration=80, disposal=2)
    with Image.open(make(upscale.run, tmp_path / "once.gif", factor=2)) as after:
        assert "loop" not in after.info


def test_a_gif_of_many_near_colours_keeps_every_one(tmp_path: Path, make: Make) -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[..., 0] = np.arange(250).repeat(2)[:256].reshape(16, 16)
    pixels[..., 1] = np.arange(256).reshape(16, 16)
    pixels[-1] = pixels[0]
    Image.fromarray(pixels).quantize(256).save(tmp_path / "near.gif")
    with Image.open(tmp_path / "near.gif") as before, Image.open(make(upscale.run, tmp_path / "near.gif")) as after:
        assert after.format == "GIF"
        assert len(colours_of(before)) > 200
        assert colours_of(after) == colours_of(before)


def test_a_gif_of_too_many_colours_becomes_webp_and_loses_none(tmp_path: Path, make: Make) -> None:
    # Two local palettes of 200 colours each meet in the second frame.
    colours = np.arange(400, dtype=np.uint32) * 41_000 + 7
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[..., :3] = colours.view(np.uint8).reshape(20, 20, 4)[..., :3]
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "many.png")
    many = tmp_path / "many.gif"
    half = pixels.copy()
    half[10:] = pixels[0, 0]
    rest = pixels.copy()
    rest[:10, :, 3] = 0
    Image.fromarray(half).quantize(256).save(
        many, save_all=True, append_images=[Image.fromarray(rest).quantize(256, method=2)], duration=100, disposal=0
    )
    with Image.open(many) as before:
        before_colours = colours_of(before)
    with Image.open(make(upscale.run, many, factor=2)) as after:
        assert colours_of(after) <= before_colours


def test_a_result_that_is_too_large_is_refused_before_it_is_made(tmp_path: Path, make: Make) -> None:
    Image.new("RGB", (4000, 3000)).save(tmp_path / "large.png")
    with pytest.raises(RefusalError) as refusal:
        make(upscale.run, tmp_path / "large.png", factor=8)
    assert refusal.value.code == "result_too_large"
    (tmp_path / "bomb.png").write_bytes(png_of(100_000, 100_000))
    with pytest.raises(RefusalError):
        make(upscale.run, tmp_path / "bomb.png", factor=2)


@MODEL
@pytest.mark.parametrize("factor", [2, 3, 4, 8])
def test_the_model_keeps_alpha_and_is_near_the_drawing(tmp_path: Path, make: Make, factor: int) -> None:
    drawing = Image.radial_gradient("L").resize((240, 240)).convert("RGB")
    small = drawing.resize((240 // factor, 240 // factor), Image.Resampling.LANCZOS)
    small.putalpha(Image.new("L", small.size, 255))
    small.save(tmp_path / "small.png")
    with Image.open(make(upscale.run, tmp_path / "small.png", factor=factor, method="model")) as after:
        assert after.size == (small.width * factor, small.height * factor)
        assert psnr(np.asarray(drawing), np.asarray(after.convert("RGB"))) > 25


@MODEL
def test_tiles_of_the_model_leave_no_seams(tmp_path: Path, make: Make) -> None:
    flat = Image.new("RGBA", (400, 40), (90, 120, 150, 128))
    flat.save(tmp_path / "flat.png")
    with Image.open(make(upscale.run, tmp_path / "flat.png", factor=2, method="model")) as after:
        pixels = np.asarray(after).astype(int)
        assert pixels.reshape(-1, 4).std(axis=0).max() < 3
        assert abs(pixels[..., 3].mean() - 128) < 4


def drawing(side: int = 160) -> Image.Image:
    """A disc and lines with smooth edges, on nothing."""
    large = Image.new("RGBA", (side * 4, side * 4))
    draw = ImageDraw.Draw(large)
    draw.ellipse((side, side, side * 3, side * 3), fill=(200, 60, 40, 255), outline=(20, 16, 30, 255), width=12)
    draw.line((0, 0, side * 4, side * 3), fill=(20, 16, 30, 255), width=10)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def photograph(side: int = 160) -> Image.Image:
    grain = np.random.default_rng(4).integers(0, 256, (side, side, 3), dtype=np.uint8)
    noise = Image.fromarray(grain).filter(ImageFilter.GaussianBlur(1.5))
    return Image.blend(noise, Image.radial_gradient("L").resize((side, side)).convert("RGB"), 0.5).convert("RGBA")


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        *((sprite(64), "pixel art"), (sprite(120), "pixel art"), (sprite(32).resize((320, 320), 0), "pixel art")),
        *((drawing(), "drawing"), (photograph(), "photo"), (Image.new("RGBA", (300, 300), "red"), "pixel art")),
    ],
)
def test_pixel_art_drawings_and_photographs_are_distinguished(image: Image.Image, kind: str) -> None:
    assert kind_of(image) == kind


@pytest.mark.parametrize("made", [drawing, photograph])
def test_what_is_no_pixel_art_is_enlarged_smoothly_with_a_finding(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch, made: Callable[[], Image.Image]
) -> None:
    before = made()
    before.save(tmp_path / "soft.png")
    monkeypatch.setattr(upscale, "model_gain", lambda _: Gain(-0.1, 0.1))
    result, findings = report(upscale.run, tmp_path / "soft.png", factor=2)
    with Image.open(result) as after:
        lanczos = before.resize(after.size, Image.Resampling.LANCZOS)
        assert np.array_equal(np.asarray(after.convert("RGBA")), np.asarray(lanczos))
    assert "Lanczos" in findings["method"]


GAINS = {
    "better by both": (Gain(2.0, 0.01, 30.0), "the model"),
    "little better": (Gain(0.1, 0.01, 30.0), "Lanczos"),
    "worse by edges": (Gain(2.0, -0.01, 30.0), "Lanczos"),
    "not seen": (Gain(2.0, 0.01, 50.0), "Lanczos"),
}


@MODEL
@pytest.mark.parametrize("kind", ["drawing", "photo"])
@pytest.mark.parametrize("name", GAINS)
def test_the_model_is_used_where_it_wins_on_the_pictures_half_size(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    drawing(48).save(tmp_path / "soft.png")
    gain, reported = GAINS[name]
    monkeypatch.setattr(upscale, "model_gain", lambda _: gain)
    monkeypatch.setattr(upscale, "kind_of", lambda _: kind)
    _, findings = report(upscale.run, tmp_path / "soft.png", factor=2)
    assert f"Enlarged by {reported}" in findings["method"]


@MODEL
def test_a_small_drawing_is_restored_better_by_auto_than_by_lanczos(tmp_path: Path, report: Report) -> None:
    whole = drawing()
    small = whole.resize((80, 80), Image.Resampling.LANCZOS)
    small.save(tmp_path / "small.png")
    result, findings = report(upscale.run, tmp_path / "small.png", factor=2)
    assert "the model" in findings["method"]
    true, smooth = values_of(whole), values_of(small.resize(whole.size, Image.Resampling.LANCZOS))
    with Image.open(result) as after:
        made = values_of(after)
    assert psnr_db(true, made) > psnr_db(true, smooth) + 1
    assert gradient_deviation(true, made) < gradient_deviation(true, smooth)


@MODEL
def test_auto_starts_no_model_that_takes_minutes(tmp_path: Path, report: Report) -> None:
    photograph(64).resize((1100, 800), Image.Resampling.LANCZOS).save(tmp_path / "large.png")
    _, findings = report(upscale.run, tmp_path / "large.png", factor=8)
    assert "would take long" in findings["method"]


def test_edges_that_differ_are_less_alike_than_a_shade() -> None:
    true = values_of(drawing())
    blurred = values_of(drawing().filter(ImageFilter.GaussianBlur(1)))
    assert gradient_deviation(true, true) == 0
    assert gradient_deviation(true, true * 0.9) < gradient_deviation(true, blurred)


@MODEL
def test_a_requested_model_that_is_worse_is_a_finding(tmp_path: Path, report: Report) -> None:
    noise = Image.fromarray(np.random.default_rng(4).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    noise.save(tmp_path / "noise.png")
    assert model_gain(noise.convert("RGBA")).is_loss
    _, findings = report(upscale.run, tmp_path / "noise.png", factor=2, method="model")
    assert "worse than Lanczos" in findings["model_worse"]


@MODEL
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (97, 41), (193, 20)])
@pytest.mark.parametrize("factor", [2, 3, 8])
def test_the_model_takes_any_size(size: tuple[int, int], factor: int) -> None:
    from pmd_service.media.engines.model import enlarge_by_model  # noqa: PLC0415  ncnn is an extra

    shares: list[float] = []
    made = enlarge_by_model(np.full((size[1], size[0], 4), 90, np.uint8), factor, shares.append)
    assert made.shape == (size[1] * factor, size[0] * factor, 4)
    assert np.abs(made.astype(int) - 90).max() <= 2
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
