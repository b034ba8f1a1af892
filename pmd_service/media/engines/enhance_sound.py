"""Operations on sound. Between them it is kept as float samples, so that nothing is lost on the way."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from ..messages import Made, Progress, RefusalError, cannot_be_done
from ..params import Convert, Normalize, Operation, TrimSilence
from .loudness import normalized
from .sounds import CODECS, Samples, Shape, read_chunks, shape_of, write_sound

# A little of what is next to the silence stays: attacks begin below any threshold.
_MARGIN_SECONDS = 0.02


def run(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Made:
    """The operations on a sound; lossless unless a lossy format is asked for."""
    shape = shape_of(source)
    target, codec = shape.kept_format, shape.kept_codec
    current = source
    for number, operation in enumerate(operations):
        progress(2 + 90 * number / len(operations), operation.op.replace("_", " "))
        if isinstance(operation, Convert):
            if operation.format not in CODECS:
                raise cannot_be_done(f"convert to {operation.format}", "a sound")
            target, codec = operation.format, CODECS[operation.format]
            continue
        following = folder / f"step{number}.wav"
        write_sound(_changed(current, shape, operation), shape, following, codec="pcm_f32le")
        if current != source:
            current.unlink()
        current = following
    progress(94, "writing")
    name = f"result.{target}"
    written = shape_of(current)
    write_sound(read_chunks(current, written), written, folder / name, codec=codec)
    if current != source:
        current.unlink()
    return Made(name=name)


def _changed(source: Path, shape: Shape, operation: Operation) -> Iterable[Samples]:
    # From here on the file between two operations is read, whatever the first one was.
    here = msgspec.structs.replace(shape, file_format="wav")
    match operation:
        case Normalize():
            return normalized(source, here)
        case TrimSilence(threshold):
            return _trimmed(source, here, 10 ** (threshold / 20))
        case _:
            raise cannot_be_done(operation.op, "a sound")


def _trimmed(source: Path, shape: Shape, threshold: float) -> Iterator[Samples]:
    first = last = None
    at = 0
    for chunk in read_chunks(source, shape):
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
