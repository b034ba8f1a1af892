"""Project files that are ZIP archives with a picture of the whole: Krita's, OpenRaster's, Procreate's."""

import zipfile
from pathlib import Path

from .. import caps
from .drawings import Drawing
from .embedded import NO_PICTURE, embedded_picture

# The largest first.
_PICTURES = ("mergedimage.png", "QuickLook/Thumbnail.png", "Thumbnails/thumbnail.png", "preview.png")


def draw(path: Path, folder: Path) -> Drawing:
    """Raises: RefusalError: the picture exceeds the limits."""
    with zipfile.ZipFile(path) as archive:
        name = next(filter(set(archive.namelist()).__contains__, _PICTURES), None)
        if name is None:
            return Drawing(missing=NO_PICTURE)
        with archive.open(name) as file:
            # What the directory says of its size may be a lie.
            return Drawing(picture=embedded_picture(file.read(caps.BYTES["image"] + 1)))
