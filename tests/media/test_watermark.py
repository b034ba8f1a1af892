"""A watermark is drawn at its place and nowhere else, and a mark is never larger than its picture."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import watermark
from pmd_service.media.messages import RefusalError, Work

from .files import sprite

GREY = (90, 90, 90, 255)
PLACES = [f"{down}_{across}".replace("_middle", "") for down in ("top", "middle", "bottom")
          for across in ("left", "middle", "right")]  # fmt: skip
TEXT = {"text": "© pixelfan", "place": "bottom_right", "opacity": 100, "size": 30}


def plain(path: Path, size: tuple[int, int] = (240, 180)) -> Path:
    Image.new("RGBA", size, GREY).save(path, lossless=True)
    return path


def run(source: Path, *more: Path, **params: Any) -> Path:
    folder = source.parent / f"drawn{len(list(source.parent.iterdir()))}"
    folder.mkdir()
    work = Work(source=str(source), folder=str(folder), more=[str(path) for path in more], params=params)
    return folder / watermark.run(work, lambda _value, _step: None).name


def changed(path: Path) -> tuple[float, float, np.ndarray]:
    """The middle of what differs from the ground, across and down from 0 to 1, and where it is."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGBA"))
    where = (pixels != GREY).any(axis=2)
    rows, columns = np.nonzero(where)
    return columns.mean() / where.shape[1], rows.mean() / where.shape[0], where


@pytest.mark.parametrize("place", PLACES)
def test_mark_is_at_its_place_of_nine(tmp_path: Path, place: str) -> None:
    across, down, where = changed(run(plain(tmp_path / "a.webp"), **TEXT | {"place": place}))
    row, _, column = place.partition("_")
    assert {"left": across < 0.4, "right": across > 0.6, "": 0.4 < across < 0.6}[column]
    assert {"top": down < 0.4, "bottom": down > 0.6, "middle": 0.4 < down < 0.6}[row]
    assert 0.001 < where.mean() < 0.2


def test_opacity_lets_the_picture_through(tmp_path: Path) -> None:
    source = plain(tmp_path / "a.webp")
    differences = []
    for opacity in (100, 20):
        with Image.open(run(source, **TEXT | {"opacity": opacity})) as image:
            pixels = np.asarray(image.convert("RGB")).astype(int)
        differences.append(abs(pixels - GREY[0]).max())
    assert differences[0] > 150
    assert 20 < differences[1] < 50


def test_size_is_that_of_the_box(tmp_path: Path) -> None:
    source = plain(tmp_path / "a.webp")
    widths = []
    for size in (30, 60):
        columns = np.nonzero(changed(run(source, **TEXT | {"size": size}))[2].any(axis=0))[0]
        widths.append((columns[-1] - columns[0]) / 240)
    assert widths == pytest.approx([0.3, 0.6], abs=0.05)


def test_picture_is_never_enlarged_and_pixel_art_keeps_its_colours(tmp_path: Path) -> None:
    art = tmp_path / "art.png"
    sprite(32).save(art)
    mark = run(art)
    picture = {"text": None, "place": "top_left", "opacity": 100}
    _, _, where = changed(run(plain(tmp_path / "a.webp", (600, 600)), mark, **picture, size=100))
    rows, columns = (np.nonzero(where.any(axis=axis))[0] for axis in (1, 0))
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) < 32
    with Image.open(run(plain(tmp_path / "b.webp", (40, 40)), mark, **picture, size=40)) as image:
        shown = {tuple(pixel) for pixel in np.asarray(image.convert("RGBA")).reshape(-1, 4)}
    with Image.open(art) as image:
        opaque = {tuple(pixel) for pixel in np.asarray(image.convert("RGBA")).reshape(-1, 4) if pixel[3] == 255}
    assert shown - {GREY} <= opaque


def test_animation_has_it_on_each_frame(tmp_path: Path) -> None:
    source = tmp_path / "a.webp"
    frames = [Image.new("RGBA", (120, 80), (shade, shade, shade, 255)) for shade in (90, 91, 92)]
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=[50, 70, 90], lossless=True)
    with Image.open(run(source, **TEXT)) as image:
        drawn = [(np.asarray(each.convert("RGB")), each.info["duration"]) for each in ImageSequence.Iterator(image)]
    assert [duration for _, duration in drawn] == [50, 70, 90]
    assert all(abs(pixels.astype(int) - 91).max() > 100 for pixels, _ in drawn)


def test_photograph_stays_as_small_as_a_photograph(tmp_path: Path) -> None:
    source = tmp_path / "a.webp"
    Image.effect_noise((400, 300), 60).convert("RGB").save(source, quality=82)
    assert run(source, **TEXT).stat().st_size < 2 * source.stat().st_size


def test_text_that_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusalError) as refused:
        run(plain(tmp_path / "a.webp"), **TEXT | {"text": "森 x"})
    assert (refused.value.code, "森" in str(refused.value)) == ("no_such_sign", True)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_smallest_pictures_are_drawn_on(tmp_path: Path, size: tuple[int, int]) -> None:
    with Image.open(run(plain(tmp_path / "a.webp", size), **TEXT)) as image:
        assert image.size == size
