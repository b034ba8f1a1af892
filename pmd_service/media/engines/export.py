"""Saving a copy of a file in another format, size or quality (``export``)."""

from pathlib import Path

import msgspec

from ..content import content_of
from ..formats import FORMATS, Format
from ..kinds.export import SAME, Export
from ..messages import Output, Progress, Work, not_supported, nothing_to_change
from . import export_images


def run(work: Work, progress: Progress) -> Output:
    """Write the copy.

    Raises:
        RefusalError: it cannot be done with this kind of file, or is as asked for already.
    """
    params = msgspec.convert(work.params, Export)
    source, folder = Path(work.source), Path(work.folder)
    content = content_of(source)
    if content.type == "image" and params.longest_side is not None and export_images.fits(source, content, params):
        params = msgspec.structs.replace(params, longest_side=None)
    if _is_as_asked_for(content, params):
        raise nothing_to_change()
    type_ = content.type
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


def _is_as_asked_for(content: Format, params: Export) -> bool:
    """Whether a copy would have the format that the file has, and nothing else is asked for.

    A video is copied: another codec may be what its container is asked for.
    """
    if content.type == "video" or params.format not in (SAME, content.file_format):
        return False
    is_kept = params.format != SAME or not content.for_work
    alike = msgspec.structs.replace(params, format=SAME, scaling=_PLAIN.scaling, dither=_PLAIN.dither)
    return is_kept and alike == _PLAIN


_PLAIN = Export()
