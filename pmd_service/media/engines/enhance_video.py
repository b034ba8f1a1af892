"""Operations on video: all of them in one pass, so that it is encoded once."""

from collections.abc import Sequence
from pathlib import Path

from ..messages import Made, Progress, RefusalError, cannot_be_done
from ..params import Colour, Convert, Operation, Sharpen, Trim
from . import films
from .film_sound import Cut
from .streams import Filter

_FORMATS = ("mp4", "webm", "mkv")


def run(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Made:
    """The operations on a video, each picture at its own time, the sound untouched where the format takes it."""
    target = films.kept_format(films.require_video(source))
    filters: list[Filter] = []
    cut = Cut()
    for operation in operations:
        match operation:
            case Sharpen(amount):
                filters.append(("unsharp", f"5:5:{amount / 100 * 1.5:.2f}"))
            case Colour(vibrance):
                filters.append(("vibrance", f"intensity={vibrance:.2f}"))
            case Trim(start, end):
                if end is not None and end <= start:
                    raise RefusalError("bad_trim", "The end of what is kept lies before its start.")
                cut = Cut(start=start, end=end)
            case Convert(wanted) if wanted in _FORMATS:
                target = wanted
            case _:
                raise cannot_be_done(operation.op, "a video")
    name = f"result.{target}"
    findings = films.transcode(source, folder / name, filters, progress, step="encoding", cut=cut)
    return Made(name=name, findings=findings)
