"""A loop in music, found or said, written where engines read it (DEPTH section 8, ``loop``)."""

import struct
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np

from ..messages import Finding, Output, Progress, RefusalError, Work
from ..params import Loop
from .audio import AudioInfo, audio_info, read_chunks, write_result
from .loop_search import LEAST_SECONDS, Mono, Stretch, find_loop
from .streams import open_media
from .tags import TagCopier, open_output

# Below it, people hear the seam.
_GOOD_LIKENESS = 0.98
_LONGEST_SECONDS = 900
_OPUS_RATE = 48_000


def run(work: Work, progress: Progress) -> Output:
    """The sound with its loop: a WAV's “smpl” chunk, or LOOPSTART and LOOPLENGTH in samples among the tags.

    Raises:
        RefusalError: there is no loop in it that nobody would hear.
    """
    params = msgspec.convert(work.params, Loop)
    source, folder = Path(work.source), Path(work.folder)
    progress(0, "reading")
    info = audio_info(source)
    stretch = _asked(params, info) or _found(source, info, progress)
    progress(80, "writing")
    name = f"result.{params.format}"
    findings = _write(source, info, folder / name, stretch)
    return Output(name=name, findings=[Finding("loop", _told(stretch, info.rate)), *findings])


def _asked(params: Loop, info: AudioInfo) -> Stretch | None:
    if params.start is None or params.end is None:
        return None
    if info.seconds is not None and params.end > info.seconds + 0.01:
        raise RefusalError(
            "loop_too_late", f"The loop would end behind the sound, which plays for {info.seconds:.2f} s."
        )
    return Stretch(round(params.start * info.rate), round(params.end * info.rate), 1.0)


def _found(source: Path, info: AudioInfo, progress: Progress) -> Stretch:
    if (info.seconds or 0) > _LONGEST_SECONDS:
        minutes = _LONGEST_SECONDS // 60
        raise RefusalError("too_long", f"Loops are looked for in up to {minutes} minutes. Say where this one is.")
    sound: Mono = np.concatenate(
        [np.zeros(0, np.float32), *(chunk.mean(axis=0, dtype=np.float32) for chunk in read_chunks(source, info))]
    )
    progress(20, "looking for a loop")
    found = find_loop(sound, info.rate)
    if found is None:
        detail = f"This sound is too short for a loop to be found in it: one lasts {LEAST_SECONDS} s at least."
        raise RefusalError("too_short", detail)
    if found.likeness < _GOOD_LIKENESS:
        start, end = found.start / info.rate, found.end / info.rate
        raise RefusalError(
            "no_loop",
            f"No loop was found that nobody would hear. The best runs from {start:.3f} to {end:.3f} s, and is "
            f"{found.likeness:.0%} alike at its ends: give it as start and end if it will do.",
        )
    return found


def _told(stretch: Stretch, rate: int) -> str:
    return f"It plays round from {stretch.start / rate:.3f} to {stretch.end / rate:.3f} s."


def _write(source: Path, info: AudioInfo, path: Path, stretch: Stretch) -> list[Finding]:
    """The whole sound with its loop; Vorbis and Opus stay what they are."""
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
        # RIFF's own size counts what follows it.
        total = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", total))


def smpl(stretch: Stretch, rate: int) -> bytes:
    """A “smpl” chunk's content with one loop, forward and for ever (Multimedia Data Standards Update, 1994).

    Its end is the last sample that is played.
    """
    period = round(1e9 / rate)
    middle_c = 60
    header = struct.pack("<9I", 0, 0, period, middle_c, 0, 0, 0, 1, 0)
    return header + struct.pack("<6I", 0, 0, stretch.start, stretch.end - 1, 0, 0)


def _tags(stretch: Stretch, share: Fraction) -> dict[str, str]:
    start, end = round(stretch.start * share), round(stretch.end * share)
    return {"LOOPSTART": str(start), "LOOPLENGTH": str(end - start)}


def _copy(source: Path, target: Path, copier: TagCopier) -> None:
    """The same packets."""
    with open_media(source) as read, open_output(target) as made:
        (sound,) = read.streams.audio[:1]
        stream = made.add_stream_from_template(sound)
        copier.begin(made)
        for packet in read.demux(sound):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
