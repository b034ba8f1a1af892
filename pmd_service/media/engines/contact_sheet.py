"""A pack's preview images: a contact sheet of its files, and a few enlarged ones, drawn from the files' previews."""

from pathlib import Path

from PIL import Image

from ..messages import Progress, Work

CELL = 160
GAP = 8
COLUMNS = 8
LARGE = 1024
# Both light and dark sprites are visible on it.
_BACKGROUND = (96, 96, 104, 255)


def run(work: Work, progress: Progress) -> None:
    """Draw ``params["grid"]`` into grid.png, and enlarge each of ``params["large"]`` into one of ``params["names"]``.

    The former two are names of previews in the folder of the work's source.
    """
    given, folder = Path(work.source).parent, Path(work.folder)
    progress(0, "drawing previews")
    _draw_grid([given / name for name in work.params["grid"]]).save(folder / "grid.png")
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


def _enlarge(picture: Image.Image) -> Image.Image:
    factor = max(1, LARGE // max(picture.size))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _first_frame(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGBA")
