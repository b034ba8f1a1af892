"""Writing loop points, given or detected, where game engines read them (DEPTH section 8, ``loop``)."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np

from ...locales import translatable
from ..kinds.loop import Loop
from ..messages import Finding, Found, LoopChoice, Output, Progress, RefusalError, Work
from .audio import AudioInfo, audio_info, read_chunks, write_result
from .loop_search import SHORTEST_SECONDS, Mono, Stretch, find_loops
from .mark_reader import read_marks
from .marks import Loop as LoopMark
from .marks import Marks
from .ogg import ChainedError, retagged
from .streams import open_media
from .tags import TagCopier, open_output
from .vorbis import CODEC

# Below this correlation the seam is audible.
_MIN_LIKENESS = 0.98
_MAX_SECONDS = 900


def run(work: Work, progress: Progress) -> Output | Found:
    """Write the loop as a WAV's “smpl” chunk, or as tags LOOPSTART, LOOPLENGTH and LOOPEND in samples; or list loops.

    Raises:
        RefusalError: no inaudible loop was found.
    """
    params = msgspec.convert(work.params, Loop)
    source, folder = Path(work.source), Path(work.folder)
    progress(0, "reading")
    info = audio_info(source)
    stretch = _given(params, info)
    if stretch is None:
        loops = _detected(source, info, progress)
        if params.list_only:
            return _listed(loops, info.rate)
        stretch = _inaudible(loops, info.rate)
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
    return Stretch(start=round(params.start * info.rate), end=round(params.end * info.rate))


def _detected(source: Path, info: AudioInfo, progress: Progress) -> Sequence[Stretch]:
    """The best loops first, at least one."""
    if (info.seconds or 0) > _MAX_SECONDS:
        message = f"Loops are detected in up to {_MAX_SECONDS // 60} minutes. Give start and end of this one."
        raise RefusalError("too_long", message)
    sound: Mono = np.concatenate(
        [np.zeros(0, np.float32), *(chunk.mean(axis=0, dtype=np.float32) for chunk in read_chunks(source, info))]
    )
    if not sound.any():
        raise RefusalError("all_silent", "This sound is silent: every part of it loops.")
    progress(20, "detecting the loop")
    loops = find_loops(sound, info.rate)
    if not loops:
        message = f"Loops are detected in sounds of at least {SHORTEST_SECONDS} s. Give start and end of this one."
        raise RefusalError("too_short", message)
    return loops


def _inaudible(loops: Sequence[Stretch], rate: int) -> Stretch:
    """The best loop whose seam was compared and is inaudible."""
    measured = [(loop, loop.likeness) for loop in loops if loop.likeness is not None]
    found = next((loop for loop, likeness in measured if likeness >= _MIN_LIKENESS), None)
    if found is not None:
        return found
    best = loops[0]
    alike = "" if best.likeness is None else translatable(f", and its ends are {max(0.0, best.likeness):.0%} alike")
    raise RefusalError(
        "no_loop",
        f"No inaudible loop was found. The best one is from {best.start / rate:.3f} to {best.end / rate:.3f} s{alike}: "
        "give it as start and end to use it, or list the loops to choose from.",
    )


def _listed(loops: Sequence[Stretch], rate: int) -> Found:
    choices = [
        LoopChoice(
            start=round(loop.start / rate, 6),
            end=round(loop.end / rate, 6),
            likeness=None if loop.likeness is None else round(loop.likeness, 3),
            score=round(loop.score, 3),
            beats=loop.beats,
        )
        for loop in loops
    ]
    return Found(message=f"Loops to choose from: {len(choices)}.", loops=choices)


def _write(source: Path, info: AudioInfo, path: Path, stretch: Stretch) -> list[Finding]:
    """Write the sound with its loop points; Ogg is remuxed and not re-encoded."""
    file_format = path.suffix[1:]
    marks = msgspec.structs.replace(read_marks(source), loops=[LoopMark(stretch.start, stretch.end)])
    if file_format == info.file_format == "ogg":
        return _copy(source, info, path, marks)
    codec = info.kept_codec if info.file_format == file_format else info.codec_for(file_format)
    return write_result(read_chunks(source, info), info, source, path, codec=codec, marks=marks)


def _copy(source: Path, info: AudioInfo, target: Path, marks: Marks) -> list[Finding]:
    """Copy the packets."""
    copier = TagCopier(source, "ogg", marks)
    if info.codec == CODEC:
        with suppress(ChainedError):
            pages = [*retagged(source.read_bytes(), copier.comments())]
            target.write_bytes(b"".join(pages))
            return copier.findings
    with open_media(source) as read, open_output(target) as made:
        (sound,) = read.streams.audio[:1]
        stream = made.add_stream_from_template(sound)
        copier.begin(made)
        for packet in read.demux(sound):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    return copier.findings
