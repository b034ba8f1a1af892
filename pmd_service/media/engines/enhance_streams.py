"""Operations on audio and video. In between, audio is stored as float samples; video is encoded once."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..kinds.enhance import Colour, Fade, Normalize, Operation, Sharpen, Trim, TrimSilence
from ..messages import Output, Progress, RefusalError, not_supported, nothing_to_change, subrange
from . import video
from .audio import AudioInfo, Samples, audio_info, read_chunks, with_progress, write_result, write_sound
from .mark_reader import read_marks
from .r128 import normalized
from .streams import Filter

# Kept on either side, as attacks begin below any threshold.
_MARGIN_SECONDS = 0.02


def change_sound(
    source: Path,
    folder: Path,
    operations: Sequence[Operation],
    progress: Progress,
    *,
    wanted: str | None = None,
    keeps_tags: bool = True,
) -> Output:
    """Apply the operations to a sound; lossless unless it is in a lossy format, or this is ``wanted``.

    Raises:
        NothingToDo: they change nothing.
        RefusalError: one of them is not for sounds, or nothing would be left.
    """
    info = audio_info(source)
    target, codec = info.kept_format, info.kept_codec
    if wanted is not None:
        target, codec = wanted, info.codec_for(wanted)
    current, marks = source, read_marks(source)
    share = 90 / max(1, len(operations))
    for number, operation in enumerate(operations):
        begin = 2 + share * number
        progress(begin, operation.op.replace("_", " "))
        following = folder / f"step{number}.wav"
        # Read as the intermediate file's format, also if it is the source.
        here, rest = msgspec.structs.replace(info, file_format="wav"), subrange(progress, begin, begin + share)
        if isinstance(operation, Trim | TrimSilence):
            part = _part(current, here, operation, rest)
            if part == (0, _length(current, here)):
                continue
            changed: Iterable[Samples] | None = _between(read_chunks(current, here), *part)
            marks = marks.part(*part)
        else:
            changed = _changed(current, here, operation, rest)
        if changed is None:
            continue
        write_sound(changed, info, following, codec="pcm_f32le")
        if current != source:
            current.unlink()
        current = following
    if current == source and operations and wanted is None and keeps_tags:
        raise nothing_to_change()
    name = f"result.{target}"
    # The intermediate file has float samples, and the source's bits count.
    before = msgspec.structs.replace(audio_info(current), bits=info.bits, bit_rate=info.bit_rate)
    last = with_progress(read_chunks(current, before), before, progress, 92, 98, "writing")
    findings = write_result(last, before, source, folder / name, codec=codec, marks=marks, keeps_tags=keeps_tags)
    if current != source:
        current.unlink()
    return Output(name=name, findings=findings)


def _changed(source: Path, info: AudioInfo, operation: Operation, progress: Progress) -> Iterable[Samples] | None:
    """None: it changes nothing."""
    match operation:
        case Normalize():
            return normalized(source, info, progress)
        case Fade(fade_in, fade_out):
            return _faded(read_chunks(source, info), info.rate, _length(source, info), fade_in, fade_out)
        case _:
            raise not_supported(operation.op, "a sound")


def _part(source: Path, info: AudioInfo, operation: Trim | TrimSilence, progress: Progress) -> tuple[int, int]:
    """The part to keep, in samples.

    Raises:
        RefusalError: nothing would be left.
    """
    if isinstance(operation, TrimSilence):
        return _heard(source, info, 10 ** (operation.threshold_db / 20), progress)
    samples = _length(source, info)
    begin = round(operation.start * info.rate)
    if begin >= samples:
        message = (
            f"The part to keep begins at {operation.start:g} s, and the sound ends at {samples / info.rate:.2f} s."
        )
        raise RefusalError("bad_trim", message)
    end = samples if operation.end is None else min(samples, round(operation.end * info.rate))
    return begin, max(end, begin + 1)


def _length(source: Path, info: AudioInfo) -> int:
    return sum(chunk.shape[1] for chunk in read_chunks(source, info))


def _heard(source: Path, info: AudioInfo, threshold: float, progress: Progress) -> tuple[int, int]:
    first = last = None
    at = 0
    for chunk in with_progress(read_chunks(source, info), info, progress, 0, 60, "finding silence"):
        loud = np.flatnonzero(np.abs(chunk).max(axis=0) > threshold)
        if len(loud):
            first = at + int(loud[0]) if first is None else first
            last = at + int(loud[-1])
        at += chunk.shape[1]
    if first is None or last is None:
        raise RefusalError("all_silent", "This sound is silent: nothing would be left of it.")
    margin = int(_MARGIN_SECONDS * info.rate)
    return max(0, first - margin), min(at, last + 1 + margin)


def _between(chunks: Iterable[Samples], begin: int, end: int) -> Iterator[Samples]:
    at = 0
    for chunk in chunks:
        kept = chunk[:, max(0, begin - at) : max(0, end - at)]
        at += chunk.shape[1]
        if kept.shape[1]:
            yield kept
        if at >= end:
            return


def _faded(chunks: Iterable[Samples], rate: int, samples: int, fade_in: float, fade_out: float) -> Iterator[Samples]:
    """By a raised cosine, which has no corner at either end; fades longer than the sound meet within it."""
    at = 0
    for chunk in chunks:
        places = np.arange(at, at + chunk.shape[1])
        gain = _slope(places + 0.5, fade_in * rate) * _slope(samples - places - 0.5, fade_out * rate)
        at += chunk.shape[1]
        yield chunk * gain.astype(np.float32)


def _slope(distance: "np.ndarray[Any, Any]", length: float) -> "np.ndarray[Any, Any]":
    if length < 1:
        return np.ones(len(distance))
    return (1 - np.cos(np.pi * np.clip(distance / length, 0, 1))) / 2


def change_video(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Output:
    """Apply the operations to a video; the audio is copied if the format supports it.

    Raises:
        NothingToDo: they change nothing.
        RefusalError: one of them is not for videos.
    """
    filters: list[Filter] = []
    for operation in operations:
        match operation:
            case Sharpen(amount):
                filters.append(("unsharp", f"5:5:{amount / 100 * 1.5:.2f}"))
            case Colour(0):
                continue
            case Colour(vibrance):
                filters.append(("vibrance", f"intensity={vibrance:.2f}"))
            case _:
                raise not_supported(operation.op, "a video")
    if not filters:
        raise nothing_to_change()
    name = f"result.{video.kept_format(video.require_video(source))}"
    return Output(name=name, findings=video.transcode(source, folder / name, filters, progress, step="encoding"))
