"""What a pack shows of itself: one grid of its files, and a few large pictures, drawn from previews that lie here."""

from pathlib import Path

from PIL import Image

from ..messages import Progress, Work

CELL = 160
GAP = 8
COLUMNS = 8
LARGE = 1024
# Both light and dark drawings are seen on it.
_GROUND = (96, 96, 104, 255)


def run(work: Work, progress: Progress) -> None:
    """Draw ``params["grid"]`` into grid.png, and each of ``params["large"]`` into a picture of its own.

    Both are names of previews beside the work's source; the large ones are called as ``params["names"]`` has it.
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
    grid = Image.new("RGBA", (columns * pitch + GAP, rows * pitch + GAP), _GROUND)
    for place, path in enumerate(previews):
        picture = _first_frame(path)
        # Previews of pixel art are whole multiples already; a cell takes a whole fraction, so that pixels stay pixels.
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
