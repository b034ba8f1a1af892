"""Saving a copy of a file in another format, size or quality (``export``)."""

from pathlib import Path

import msgspec

from ..content import content_of
from ..formats import FORMATS
from ..kinds.export import SAME, Export
from ..messages import Output, Progress, Work, not_supported
from . import export_images


def run(work: Work, progress: Progress) -> Output:
    """Write the copy.

    Raises:
        RefusalError: it cannot be done with this kind of file.
    """
    params = msgspec.convert(work.params, Export)
    source, folder = Path(work.source), Path(work.folder)
    type_ = content_of(source).type
    wanted = type_ if params.format == SAME else FORMATS[params.format].type
    if (type_, wanted) == ("image", "image"):
        return export_images.run(source, folder, params, progress)
    # libav takes longer to import than most images take to process.
    from . import export_films, export_sounds  # noqa: PLC0415

    match (type_, wanted):
        case ("audio" | "video", "audio"):
            return export_sounds.run(source, folder, params, progress)
        case ("video", "video"):
            return export_films.run(source, folder, params, progress)
        case ("video", "image"):
            return export_films.animate(source, folder, params, progress)
        case ("image", "video"):
            return export_films.film(source, folder, params, progress)
        case _:
            kind = {"image": "an image", "audio": "a sound"}.get(type_, "a video")
            raise not_supported(f"export to {params.format}", kind)
