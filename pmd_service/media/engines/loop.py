"""Writing loop points, given or detected, where game engines read them (DEPTH section 8, ``loop``)."""

import struct
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np

from ..kinds.loop import Loop
from ..messages import Finding, Output, Progress, RefusalError, Work
from .audio import AudioInfo, audio_info, read_chunks, write_result
from .loop_search import MIN_SECONDS, Mono, Stretch, find_loop
from .streams import open_media
from .tags import TagCopier, open_output

# Below this correlation the seam is audible.
_MIN_LIKENESS = 0.98
_MAX_SECONDS = 900
_OPUS_RATE = 48_000


def run(work: Work, progress: Progress) -> Output:
    """Write the loop as a WAV's “smpl” chunk, or as tags LOOPSTART and LOOPLENGTH in samples.

    Raises:
        RefusalError: no inaudible loop was found.
    """
    params = msgspec.convert(work.params, Loop)
    source, folder = Path(work.source), Path(work.folder)
    progress(0, "reading")
    info = audio_info(source)
    stretch = _given(params, info) or _detected(source, info, progress)
    progress(80, "writing")
    name = f"result.{params.format}"
    findings = _write(source, info, folder / name, stretch)
    message = f"It loops from {stretch.start / info.rate:.3f} to {stretch.end / info.rate:.3f} s."
    return Output(name=name, findings=[Finding("loop", message), *findings])


def _given(params: Loop, info: AudioInfo) -> Stretch | None:
    if params.start is None or params.end is None:
        return None
    if info.seconds is not None and params.end > info.seconds + 0.01:
        raise RefusalError("loop_too_late", f"The loop ends after the sound, which plays for {info.seconds:.2f} s.")
    return Stretch(round(params.start * info.rate), round(params.end * info.rate), 1.0)


def _detected(source: Path, info: AudioInfo, progress: Progress) -> Stretch:
    if (info.seconds or 0) > _MAX_SECONDS:
        message = f"Loops are detected in up to {_MAX_SECONDS // 60} minutes. Give start and end of this one."
        raise RefusalError("too_long", message)
    sound: Mono = np.concatenate(
        [np.zeros(0, np.float32), *(chunk.mean(axis=0, dtype=np.float32) for chunk in read_chunks(source, info))]
    )
    progress(20, "detecting the loop")
    found = find_loop(sound, info.rate)
    if found is None:
        message = f"This sound is too short for loop detection: a loop lasts at least {MIN_SECONDS} s."
        raise RefusalError("too_short", message)
    if found.likeness < _MIN_LIKENESS:
        start, end = found.start / info.rate, found.end / info.rate
        raise RefusalError(
            "no_loop",
            f"No inaudible loop was found. The best one is from {start:.3f} to {end:.3f} s, and its ends are "
            f"{found.likeness:.0%} alike: give it as start and end to use it.",
        )
    return found


def _write(source: Path, info: AudioInfo, path: Path, stretch: Stretch) -> list[Finding]:
    """Write the sound with its loop points; Ogg is remuxed and not re-encoded."""
    file_format = path.suffix[1:]
    if file_format == info.file_format == "ogg":
        share = Fraction(_OPUS_RATE if info.codec == "opus" else info.rate, info.rate)
        copier = TagCopier(source, file_format, _tags(stretch, share))
        _copy(source, path, copier)
        return copier.findings
    codec = info.kept_codec if info.file_format == file_format else info.codec_for(file_format)
    share = Fraction(info.supported_by(codec)[0], info.rate)
    tags = {} if file_format == "wav" else _tags(stretch, share)
    findings = write_result(read_chunks(source, info), info, source, path, codec=codec, tags=tags)
    if file_format == "wav":
        _append_loop(path, stretch, info.rate)
    return findings


def _append_loop(path: Path, stretch: Stretch, rate: int) -> None:
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        chunk = smpl(stretch, rate)
        file.write(b"\0" * (size & 1) + b"smpl" + struct.pack("<I", len(chunk)) + chunk)
        # The RIFF header's size.
        total = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", total))


def smpl(stretch: Stretch, rate: int) -> bytes:
    """The content of a “smpl” chunk with one infinite forward loop (Multimedia Data Standards Update, 1994).

    Its end is inclusive.
    """
    period = round(1e9 / rate)
    middle_c = 60
    header = struct.pack("<9I", 0, 0, period, middle_c, 0, 0, 0, 1, 0)
    return header + struct.pack("<6I", 0, 0, stretch.start, stretch.end - 1, 0, 0)


def _tags(stretch: Stretch, share: Fraction) -> dict[str, str]:
    start, end = round(stretch.start * share), round(stretch.end * share)
    return {"LOOPSTART": str(start), "LOOPLENGTH": str(end - start)}


def _copy(source: Path, target: Path, copier: TagCopier) -> None:
    """Copy the packets."""
    with open_media(source) as read, open_output(target) as made:
        (sound,) = read.streams.audio[:1]
        stream = made.add_stream_from_template(sound)
        copier.begin(made)
        for packet in read.demux(sound):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
