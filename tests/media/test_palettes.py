"""Palettes: reduced to, swapped, taken out (DEPTH section 8)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pmd_service.media.engines import palette
from pmd_service.media.engines.oklab import oklab
from pmd_service.media.palettes import gimp_palette, read_colours

from .files import animation, sprite
from .workbench import run


@pytest.mark.parametrize(
    "text",
    [
        "GIMP Palette\nName: three\nColumns: 4\n#\n255 0 0\tred\n  0 128   0 green\n0 0 255\n",
        "JASC-PAL\n0100\n3\n255 0 0\n0 128 0\n0 0 255\n",
        "ff0000\n008000\n0000ff\n",
        "; paint.net\nFFff0000\nFF008000\nFF0000FF\n",
        "#ff0000, #008000 #0000ff",
        gimp_palette("again", [(255, 0, 0), (0, 128, 0), (0, 0, 255)]),
    ],
    ids=["gpl", "pal", "hex", "paint.net", "list", "our own"],
)
def test_lists_of_colours_are_read_alike(text: str) -> None:
    assert read_colours(text) == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]


@pytest.mark.parametrize("text", ["", "red", "GIMP Palette\n999 0 0\n", "\n".join(f"{n:06x}" for n in range(257))])
def test_what_is_no_palette_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"no colour|1 to 256"):
        read_colours(text)


@pytest.mark.parametrize("dither", [0, 50, 100])
def test_of_a_palette_exactly_its_colours_come_out(tmp_path: Path, folder: Path, dither: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 4), np.uint8)
    Image.fromarray(noise, "RGBA").save(tmp_path / "noise.png")
    wanted = [(0, 0, 0), (255, 255, 255), (200, 30, 30), (30, 60, 200)]
    colours = " ".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in wanted)
    made = run(palette, folder, tmp_path / "noise.png", colours=colours, dither=dither)
    pixels = np.asarray(Image.open(folder / made.name).convert("RGBA"))
    assert {tuple(colour) for colour in pixels.reshape(-1, 4)[:, :3].tolist()} == set(wanted)
    assert (pixels[..., 3] == noise[..., 3]).all()


def test_a_dithered_grey_is_as_bright_as_it_was() -> None:
    for grey in (64, 99, 150):
        pixels = np.full((8, 8, 4), grey, np.uint8)
        palette.reduce_to(pixels, [(0, 0, 0), (255, 255, 255)], 1.0)
        assert (pixels[..., 0] > 0).mean() == pytest.approx(oklab(np.full(3, grey, np.uint8))[0], abs=1 / 16)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_greys_take_a_palettes_colours(tmp_path: Path, folder: Path, mode: str) -> None:
    grey = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert(mode)
    grey.save(tmp_path / "grey.png")
    made = run(palette, folder, tmp_path / "grey.png", colours="ff0000 0000ff")
    with Image.open(folder / made.name) as image:
        found = {colour[:3] for _, colour in image.convert("RGBA").getcolors() or () if isinstance(colour, tuple)}
    assert found == {(255, 0, 0), (0, 0, 255)}


def test_a_swap_changes_these_colours_alone_in_every_frame(tmp_path: Path, folder: Path) -> None:
    first = {tuple(pixel) for pixel in np.asarray(sprite(16)).reshape(-1, 4).tolist() if pixel[3]}
    one, other, *rest = sorted(first)
    text = [f"{r:02x}{g:02x}{b:02x}" for r, g, b, _ in (one, other)]
    made = run(
        palette,
        folder,
        animation(tmp_path / "walk.png"),
        method="swap",
        replaces=" ".join(text),
        colours="010203 040506",
    )
    with Image.open(folder / made.name) as image:
        assert getattr(image, "n_frames", 1) == 3
        found = {tuple(pixel) for pixel in np.asarray(image.convert("RGBA")).reshape(-1, 4).tolist() if pixel[3]}
    assert found == {(1, 2, 3, 255), (4, 5, 6, 255), *rest}


def test_a_pictures_own_palette_is_read_back(tmp_path: Path, folder: Path) -> None:
    sprite(32).save(tmp_path / "hero.png")
    made = run(palette, folder, tmp_path / "hero.png", method="extract")
    colours = read_colours((folder / made.name).read_text())
    counts = Counter(tuple(p[:3]) for p in np.asarray(sprite(32)).reshape(-1, 4).tolist() if p[3])
    assert set(colours) == set(counts)
    assert [counts[each] for each in colours] == sorted(counts.values(), reverse=True)
    assert len(set(counts.values())) > 1
