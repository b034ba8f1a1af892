"""Colours are seen as their profile says, in previews and in results."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pmd_service.media.engines import export, upscale
from pmd_service.media.probe import preview_folder

from .conftest import Make, Probe
from .files import sprite
from .icc import (
    ADOBE_RGB,
    PROPHOTO,
    STEPS,
    delta_e,
    grey_profile,
    ink_in_srgb,
    ink_profile,
    matrix_in_srgb,
    matrix_profile,
)
from .test_probe import probed

WIDE = {"AdobeRGB": ADOBE_RGB, "ProPhoto": PROPHOTO}


def chart(channels: int) -> np.ndarray:
    """36 × 36 colours: of inks each point of the profile's table, of lights as many by chance."""
    if channels == 4:
        levels = np.linspace(0, 255, STEPS).astype(np.uint8)
        return np.stack(np.meshgrid(*[levels] * 4), axis=-1).reshape(36, 36, 4)
    return np.random.default_rng(5).integers(0, 256, (36, 36, channels), dtype=np.uint8)


def preview_of(previews: Path, size: int = 256) -> Image.Image:
    with Image.open(preview_folder(previews, 0) / f"{size}.webp") as preview:
        return preview.convert("RGBA")


def by_pixel(preview: Image.Image, width: int) -> np.ndarray:
    """A small picture's preview, each square as the one pixel that it was."""
    factor = preview.width // width
    return np.asarray(preview.convert("RGB"))[factor // 2 :: factor, factor // 2 :: factor]


def premultiplied(image: Image.Image) -> np.ndarray:
    """What is clear has no colour."""
    return np.asarray(image.convert("RGBA").convert("RGBa"))


@pytest.mark.parametrize("space", [*WIDE])
async def test_previews_of_wide_colours_are_in_srgb(probe: Probe, tmp_path: Path, previews: Path, space: str) -> None:
    pixels = chart(3)
    Image.fromarray(pixels).save(tmp_path / "wide.png", icc_profile=matrix_profile(*WIDE[space]))
    await probed(probe, tmp_path / "wide.png")
    wanted = matrix_in_srgb(pixels, *WIDE[space])
    assert delta_e(by_pixel(preview_of(previews), 36), wanted).max() <= 2
    assert delta_e(pixels, wanted).mean() > 3  # what was shown while profiles were ignored


async def test_previews_of_inks_are_in_srgb(probe: Probe, tmp_path: Path, previews: Path) -> None:
    pixels = chart(4)
    Image.fromarray(pixels, "CMYK").save(tmp_path / "inks.tif", icc_profile=ink_profile())
    await probed(probe, tmp_path / "inks.tif")
    assert delta_e(by_pixel(preview_of(previews), 36), ink_in_srgb(pixels)).max() <= 2


async def test_previews_of_greys_are_in_srgb(probe: Probe, tmp_path: Path, previews: Path) -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(pixels).save(tmp_path / "grey.png", icc_profile=grey_profile(256))
    await probed(probe, tmp_path / "grey.png")
    linear = pixels / 255
    wanted = 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert delta_e(by_pixel(preview_of(previews), 16), np.stack([wanted] * 3, axis=-1)).max() <= 2


async def test_a_large_photograph_s_preview_has_its_colours_and_its_size(
    probe: Probe, tmp_path: Path, previews: Path
) -> None:
    """Decoded at a fraction, turned, and converted after it was shrunken."""
    pixels = chart(3)[:4, :3].repeat(500, axis=0).repeat(500, axis=1)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(
        tmp_path / "large.jpg", quality=95, subsampling=0, exif=exif, icc_profile=matrix_profile(*ADOBE_RGB)
    )
    found = await probed(probe, tmp_path / "large.jpg")
    assert (found.width, found.height) == (2000, 1500)
    seen = np.rot90(np.asarray(preview_of(previews, 512).convert("RGB")))
    assert seen.shape == (512, 384, 3)
    places = [64 + 128 * row for row in range(4)], [64 + 128 * column for column in range(3)]
    got = seen[np.ix_(*places)]
    assert delta_e(got, matrix_in_srgb(pixels[250::500, 250::500], *ADOBE_RGB)).max() <= 4


@pytest.mark.parametrize("profile", [b"junk", matrix_profile(*ADOBE_RGB)[:200], ink_profile()])
async def test_an_unusable_profile_is_a_finding_and_damages_nothing(
    probe: Probe, tmp_path: Path, profile: bytes
) -> None:
    sprite(16).save(tmp_path / "odd.png", icc_profile=profile)
    assert [finding.code for finding in (await probed(probe, tmp_path / "odd.png")).findings] == ["profile_unusable"]


async def test_cmyk_without_a_profile_is_converted_with_a_finding(probe: Probe, tmp_path: Path) -> None:
    Image.fromarray(chart(4), "CMYK").save(tmp_path / "inks.tif")
    assert [finding.code for finding in (await probed(probe, tmp_path / "inks.tif")).findings] == ["colours_guessed"]


@pytest.mark.parametrize("wanted", ["png", "webp", "bmp", "gif"])
def test_colours_become_srgb_without_a_profile_and_are_kept_with_one(tmp_path: Path, make: Make, wanted: str) -> None:
    pixels = chart(3)[:12, :12]
    Image.fromarray(pixels).save(tmp_path / "wide.png", icc_profile=matrix_profile(*ADOBE_RGB))
    with Image.open(make(export.run, tmp_path / "wide.png", format=wanted, quality=100)) as after:
        seen = np.asarray(after.convert("RGB"))
        if after.info.get("icc_profile"):
            assert np.array_equal(seen, pixels)
        else:
            assert delta_e(seen, matrix_in_srgb(pixels, *ADOBE_RGB)).max() <= 2


def test_results_of_cmyk_keep_their_colours(tmp_path: Path, make: Make) -> None:
    pixels = chart(4)
    Image.fromarray(pixels, "CMYK").save(tmp_path / "inks.tif", icc_profile=ink_profile())
    with Image.open(make(upscale.run, tmp_path / "inks.tif", factor=2, method="pixel")) as after:
        assert delta_e(np.asarray(after.convert("RGB"))[::2, ::2], ink_in_srgb(pixels)).max() <= 2


@pytest.mark.parametrize("clear", [None, 0, 3, bytes([255, 128, 0, 255])])
def test_an_indexed_picture_keeps_its_palette_in_its_order(
    tmp_path: Path, make: Make, clear: int | bytes | None
) -> None:
    image = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) % 4, "P")
    image.putpalette([200, 0, 0, 0, 90, 0, 0, 0, 80, 9, 9, 9])
    if clear is not None:
        image.info["transparency"] = clear
    image.save(tmp_path / "few.png")
    result = make(upscale.run, tmp_path / "few.png", factor=4)
    with Image.open(tmp_path / "few.png") as before, Image.open(result) as after:
        assert after.mode == "P"
        large = before.convert("RGBA").resize((32, 32), Image.Resampling.NEAREST)
        assert np.array_equal(premultiplied(after), premultiplied(large))
        if clear is None:
            assert (after.getpalette() or [])[:12] == (before.getpalette() or [])[:12]
        assert np.array_equal(np.asarray(after)[::4, ::4], np.asarray(before))
    assert result.stat().st_size < 300
