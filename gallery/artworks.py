"""Artworks for a gallery: drawn ones or a user's own images, as files of a vault with the metadata of their posts."""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from . import draw, words
from .images import Found, Measures, measure

SEED = 2026

# More posts than this share pictures: 10,000 rows are seeded in seconds, 10,000 drawings are not.
MAX_DRAWINGS = 1000

_FOLDER = Path("art") / "demo"  # below the vault


class Artwork(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the vault that becomes a post. ``source`` is the file it must be equal to."""

    source: Path
    art_url: str
    title: str
    description: str | None
    hashtags: Sequence[str]
    measures: Measures


def draw_artworks(
    vault: Path, count: int, *, max_drawings: int = MAX_DRAWINGS, on_progress: Callable[[int], None] = lambda _: None
) -> list[Artwork]:
    """Draw pictures into the vault, the same ones each time. Blocks: about 7 ms a picture.

    Args:
        on_progress: called with the number of pictures so far.
    """
    folder = vault / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    different = []
    for number in range(min(count, max_drawings)):
        picture = draw(folder, number, seed=SEED)
        different.append((picture, measure(picture.path)))
        on_progress(len(different))
    rng = random.Random(SEED)
    artworks = []
    for number in range(count):
        picture, measures = different[number % max_drawings]
        artworks.append(
            Artwork(
                source=picture.path,
                art_url=f"/vault/{picture.path.relative_to(vault).as_posix()}",
                title=words.title(rng, picture.kind),
                description=words.description(rng, picture.kind),
                hashtags=words.hashtags(rng, picture.kind, picture.mood, *_moving(measures)),
                measures=measures,
            )
        )
    return artworks


def import_artworks(vault: Path, images: Sequence[Found]) -> list[Artwork]:
    """Copy a user's own images into the vault. Blocks.

    Raises:
        OSError: an image cannot be read any more, or the vault cannot be written.
    """
    folder = vault / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    artworks = []
    for number, image in enumerate(images):
        # The vault's own name: what the user's file system allowed is not for URLs.
        copy = folder / f"{number:05}.{image.measures.file_format}"
        shutil.copyfile(image.path, copy)
        tags = [tag for tag in (*words.hashtags_of_file(image.name), *_moving(image.measures)) if tag]
        artworks.append(
            Artwork(
                source=image.path,
                art_url=f"/vault/{copy.relative_to(vault).as_posix()}",
                title=words.title_of_file(image.name),
                description=None,
                hashtags=list(dict.fromkeys(tags)),
                measures=image.measures,
            )
        )
    return artworks


def _moving(measures: Measures) -> Sequence[str]:
    return ("animated",) if measures.frame_count > 1 else ()
