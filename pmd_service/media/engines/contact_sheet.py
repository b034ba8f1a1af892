"""A pack's preview images, drawn from its files' previews: a contact sheet, its cover, and a few enlarged ones."""

from pathlib import Path

import msgspec
from PIL import Image

from ..messages import Progress, Work

CELL = 160
GAP = 8
COLUMNS = 8
LARGE = 1024
# Both light and dark sprites are visible on it.
_BACKGROUND = (96, 96, 104, 255)
# The page's colours behind art.
_MATS = {"dark": (23, 23, 26, 255), "middle": (97, 97, 103, 255), "light": (237, 237, 240, 255)}
_PIXEL_ART = 512


class Cover(msgspec.Struct, frozen=True):
    """The cover's size in pixels, its pictures in a row (preview, width and height of the file, enlargement), the part
    of the room beside each that is left and above, and the background.
    """

    size: tuple[int, int]
    pictures: list[tuple[str, int, int, float]]
    place: tuple[float, float]
    mat: str


def run(work: Work, progress: Progress) -> None:
    """Draw ``params["grid"]`` into grid.png and ``params["cover"]`` into cover.png, and enlarge each of
    ``params["large"]`` into one of ``params["names"]``.

    All but the last are names of previews in the folder of the work's source.
    """
    given, folder = Path(work.source).parent, Path(work.folder)
    progress(0, "drawing previews")
    _draw_grid([given / name for name in work.params["grid"]]).save(folder / "grid.png")
    _draw_cover(given, msgspec.convert(work.params["cover"], Cover)).save(folder / "cover.png")
    for name, called in zip(work.params["large"], work.params["names"], strict=True):
        _enlarge(_first_frame(given / name)).save(folder / called)


def _draw_grid(previews: list[Path]) -> Image.Image:
    columns = min(COLUMNS, len(previews))
    rows = -(-len(previews) // columns)
    pitch = CELL + GAP
    grid = Image.new("RGBA", (columns * pitch + GAP, rows * pitch + GAP), _BACKGROUND)
    for place, path in enumerate(previews):
        picture = _first_frame(path)
        # Previews of pixel art are integer multiples of it.
        picture.thumbnail((CELL, CELL), Image.Resampling.BOX)
        left = GAP + place % columns * pitch + (CELL - picture.width) // 2
        top = GAP + place // columns * pitch + (CELL - picture.height) // 2
        grid.alpha_composite(picture, (left, top))
    return grid


def _draw_cover(given: Path, cover: Cover) -> Image.Image:
    canvas = Image.new("RGBA", cover.size, _MATS[cover.mat])
    room = cover.size[0] // len(cover.pictures), cover.size[1]
    for place, (name, *measures, scale) in enumerate(cover.pictures):
        drawn = measures[0] * scale, measures[1] * scale
        left, top = ((room[side] - drawn[side]) * cover.place[side] for side in (0, 1))
        # Only what is seen is enlarged: all of it may be too large for memory.
        box = max(0.0, -left), max(0.0, -top), min(drawn[0], room[0] - left), min(drawn[1], room[1] - top)
        seen = _cropped(_first_frame(given / name), drawn, box, is_art=max(measures) <= _PIXEL_ART)
        canvas.alpha_composite(seen, (place * room[0] + max(0, int(left)), max(0, int(top))))
    return canvas


def _cropped(
    preview: Image.Image, drawn: tuple[float, float], box: tuple[float, float, float, float], *, is_art: bool
) -> Image.Image:
    """A part, in pixels of the drawn size, of a preview that is drawn at this size."""
    across, down = preview.width / drawn[0], preview.height / drawn[1]
    size = max(1, int(box[2] - box[0])), max(1, int(box[3] - box[1]))
    resampling = Image.Resampling.NEAREST if is_art else Image.Resampling.LANCZOS
    right, bottom = min(preview.width, box[2] * across), min(preview.height, box[3] * down)
    return preview.resize(size, resampling, box=(box[0] * across, box[1] * down, right, bottom))


def _enlarge(picture: Image.Image) -> Image.Image:
    factor = max(1, LARGE // max(picture.size))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _first_frame(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGBA")
