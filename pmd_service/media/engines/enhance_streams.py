"""Operations on audio and video. In between, audio is stored as float samples; video is encoded once."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from ..formats import TARGETS
from ..kinds.enhance import Colour, Convert, Normalize, Operation, Sharpen, Trim, TrimSilence
from ..messages import Output, Progress, RefusalError, not_supported, subrange
from . import video
from .audio import AudioInfo, Samples, audio_info, read_chunks, with_progress, write_result, write_sound
from .audio_codecs import CODECS
from .r128 import normalized
from .streams import Filter
from .video_audio import Cut

# Kept on either side, as attacks begin below any threshold.
_MARGIN_SECONDS = 0.02


def change_sound(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Output:
    """Apply the operations to a sound; lossless unless a lossy format is requested."""
    info = audio_info(source)
    target, codec = info.kept_format, info.kept_codec
    current = source
    share = 90 / len(operations)
    for number, operation in enumerate(operations):
        begin = 2 + share * number
        progress(begin, operation.op.replace("_", " "))
        if isinstance(operation, Convert):
            if operation.format not in CODECS:
                raise not_supported(f"convert to {operation.format}", "a sound")
            target, codec = operation.format, info.codec_for(operation.format)
            continue
        following = folder / f"step{number}.wav"
        changed = _changed(current, info, operation, subrange(progress, begin, begin + share))
        write_sound(changed, info, following, codec="pcm_f32le")
        if current != source:
            current.unlink()
        current = following
    name = f"result.{target}"
    # The intermediate file has float samples, and the source's bits count.
    before = msgspec.structs.replace(audio_info(current), bits=info.bits)
    last = with_progress(read_chunks(current, before), before, progress, 92, 98, "writing")
    findings = write_result(last, before, source, folder / name, codec=codec)
    if current != source:
        current.unlink()
    return Output(name=name, findings=findings)


def _changed(source: Path, info: AudioInfo, operation: Operation, progress: Progress) -> Iterable[Samples]:
    # Read as the intermediate file's format, also if it is the source.
    here = msgspec.structs.replace(info, file_format="wav")
    match operation:
        case Normalize():
            return normalized(source, here, progress)
        case TrimSilence(threshold):
            return _trimmed(source, here, 10 ** (threshold / 20), progress)
        case _:
            raise not_supported(operation.op, "a sound")


def _trimmed(source: Path, info: AudioInfo, threshold: float, progress: Progress) -> Iterator[Samples]:
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
    begin, end = max(0, first - margin), last + 1 + margin
    at = 0
    for chunk in read_chunks(source, info):
        kept = chunk[:, max(0, begin - at) : max(0, end - at)]
        at += chunk.shape[1]
        if kept.shape[1]:
            yield kept


def change_video(source: Path, folder: Path, operations: Sequence[Operation], progress: Progress) -> Output:
    """Apply the operations to a video; the audio is copied if the format supports it."""
    target = video.kept_format(video.require_video(source))
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
                    raise RefusalError("bad_trim", "The end of the part to keep is before its start.")
                cut = Cut(start=start, end=end)
            case Convert(wanted) if wanted in TARGETS["video"]:
                target = wanted
            case _:
                raise not_supported(operation.op, "a video")
    name = f"result.{target}"
    findings = video.transcode(source, folder / name, filters, progress, step="encoding", cut=cut)
    return Output(name=name, findings=findings)
