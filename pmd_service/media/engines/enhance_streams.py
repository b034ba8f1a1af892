"""Operations on sound and video.

Between two of them a sound is kept as float samples, so that nothing is lost on the way; a video is encoded once.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from ..messages import Made, Progress, RefusalError, cannot_be_done, part
from ..params import Colour, Convert, Normalize, Operation, Sharpen, Trim, TrimSilence
from . import films
from .film_sound import Cut
from .loudness import normalized
from .sound_codecs import CODECS
from .sounds import Samples, Shape, read_chunks, shape_of, watched, write_result, write_sound
from .streams import Filter

_VIDEOS = ("mp4", "webm", "mkv")
# A little of what is next to the silence stays: attacks begin below any threshold.
_MARGIN_SECONDS = 0.02


def change_sound(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Made:
    """The operations on a sound; lossless unless a lossy format is asked for."""
    shape = shape_of(source)
    target, codec = shape.kept_format, shape.kept_codec
    current = source
    share = 90 / len(operations)
    for number, operation in enumerate(operations):
        begin = 2 + share * number
        progress(begin, operation.op.replace("_", " "))
        if isinstance(operation, Convert):
            if operation.format not in CODECS:
                raise cannot_be_done(f"convert to {operation.format}", "a sound")
            target, codec = operation.format, shape.codec_for(operation.format)
            continue
        following = folder / f"step{number}.wav"
        changed = _changed(current, shape, operation, part(progress, begin, begin + share))
        write_sound(changed, shape, following, codec="pcm_f32le")
        if current != source:
            current.unlink()
        current = following
    name = f"result.{target}"
    # Between two operations samples are float; how many bits they had is the source's matter.
    before = msgspec.structs.replace(shape_of(current), bits=shape.bits)
    last = watched(read_chunks(current, before), before, progress, 92, 98, "writing")
    findings = write_result(last, before, source, folder / name, codec=codec)
    if current != source:
        current.unlink()
    return Made(name=name, findings=findings)


def _changed(source: Path, shape: Shape, operation: Operation, progress: Progress) -> Iterable[Samples]:
    # From here on the file between two operations is read, whatever the first one was.
    here = msgspec.structs.replace(shape, file_format="wav")
    match operation:
        case Normalize():
            return normalized(source, here, progress)
        case TrimSilence(threshold):
            return _trimmed(source, here, 10 ** (threshold / 20), progress)
        case _:
            raise cannot_be_done(operation.op, "a sound")


def _trimmed(source: Path, shape: Shape, threshold: float, progress: Progress) -> Iterator[Samples]:
    first = last = None
    at = 0
    for chunk in watched(read_chunks(source, shape), shape, progress, 0, 60, "looking for silence"):
        loud = np.flatnonzero(np.abs(chunk).max(axis=0) > threshold)
        if len(loud):
            first = at + int(loud[0]) if first is None else first
            last = at + int(loud[-1])
        at += chunk.shape[1]
    if first is None or last is None:
        raise RefusalError("all_silent", "This sound is silent from end to end: nothing would be left of it.")
    margin = int(_MARGIN_SECONDS * shape.rate)
    begin, end = max(0, first - margin), last + 1 + margin
    at = 0
    for chunk in read_chunks(source, shape):
        kept = chunk[:, max(0, begin - at) : max(0, end - at)]
        at += chunk.shape[1]
        if kept.shape[1]:
            yield kept


def change_video(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Made:
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
            case Convert(wanted) if wanted in _VIDEOS:
                target = wanted
            case _:
                raise cannot_be_done(operation.op, "a video")
    name = f"result.{target}"
    findings = films.transcode(source, folder / name, filters, progress, step="encoding", cut=cut)
    return Made(name=name, findings=findings)
